"""Sensitive pictures are blurred wherever they are shown, until somebody asks for them."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.coded_site import COUNT, write_coded_site
from tests.browser.viewer_page import ViewerPage

WORD = "fruit"  # the category of every other image


@pytest.fixture(scope="module")
def veiled_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a site in which half of the pictures are sensitive."""
    return write_coded_site(tmp_path_factory.mktemp("veiled"), sensitive=(WORD,)).folder


@pytest.fixture
def veiled(window: Page, serve_folder: Callable[[Path], str], veiled_folder: Path) -> ViewerPage:
    """Return its viewer."""
    return ViewerPage(window).open(serve_folder(veiled_folder))


def test_half_of_the_map_is_veiled(veiled: ViewerPage) -> None:
    flags = veiled.page.evaluate("() => [...__clipplot.state.veiled]")
    assert sum(flags) == COUNT // 2


def test_a_veiled_picture_is_blurred_in_the_panel_until_asked_for(veiled: ViewerPage) -> None:
    page = veiled.page
    rank = veiled.page.evaluate("() => __clipplot.state.veiled.indexOf(1)")
    box = veiled.box(rank)
    page.mouse.click(box["x"], box["y"])
    veiled.until("rank => __clipplot.state.open === rank", rank)
    panel = page.get_by_role("complementary", name="Image details")
    picture = panel.locator("figure img")
    expect(picture).to_have_css("filter", re.compile("blur"))
    expect(panel.get_by_role("link", name="Download")).to_have_count(0)
    panel.get_by_role("button", name="Show it").click()
    expect(picture).to_have_css("filter", "none")
    expect(panel.get_by_role("link", name="Download")).to_be_visible()
    flags = page.evaluate("() => [...__clipplot.state.veiled]")
    assert sum(flags) == COUNT // 2 - 1
    assert flags[rank] == 0
