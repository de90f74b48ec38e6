"""The About page of a built site: readable by everyone, without any script."""

from __future__ import annotations

from itertools import pairwise

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.coded_site import COUNT, REASON, TITLE
from tests.browser.viewer_page import ViewerPage
from tests.browser.watch import PageWatch


def test_it_is_read_without_script(browser: Browser, serve_folder, coded) -> None:
    context = browser.new_context(java_script_enabled=False, viewport={"width": 900, "height": 700})
    page = context.new_page()
    watch = PageWatch(page)
    address = serve_folder(coded.folder)
    page.goto(address)
    expect(page.get_by_role("heading", name=TITLE)).to_be_visible()
    said = page.locator("noscript").evaluate("e => [...e.children].map(c => c.innerText).join(' ')")
    assert "needs JavaScript" in said
    about = next(coded.folder.glob("b/*/about.html")).relative_to(coded.folder).as_posix()
    page.goto(address + about, wait_until="networkidle")
    text = page.locator("body").text_content() or ""
    assert TITLE in text
    assert "What <em>this</em> is." in text
    assert "bröken <b>.jpg" in text
    assert "lost.jpg" in text
    assert REASON in text
    assert f"images{COUNT}" in text.replace("\n", "")
    # What it shows is styled, and its pictures are there.
    family = page.locator("body").evaluate("e => getComputedStyle(e).fontFamily")
    assert family != "Times New Roman"
    pictures = page.locator("img").evaluate_all("all => all.map(i => i.complete && i.naturalWidth > 0)")
    assert pictures
    assert all(pictures)
    # What is folded up on the screen stands on paper.
    folded = page.locator("details > *:not(summary)").first
    expect(folded).not_to_be_visible()
    page.emulate_media(media="print")
    expect(folded).to_be_visible()
    expect(page.locator(".back")).not_to_be_visible()
    assert not watch.problems
    context.close()


@pytest.mark.parametrize("width", [360, 1280])
def test_it_fits_any_width(page: Page, serve_folder, coded, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 700})
    about = next(coded.folder.glob("b/*/about.html")).relative_to(coded.folder).as_posix()
    page.goto(serve_folder(coded.folder) + about)
    assert page.evaluate("() => document.documentElement.scrollWidth") <= width
    levels = page.locator("h1, h2, h3").evaluate_all("all => all.map(h => Number(h.tagName[1]))")
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_one_gets_there_from_the_map_and_back(viewer: ViewerPage) -> None:
    page = viewer.page
    page.get_by_role("link", name="About").click()
    expect(page.get_by_text("A second paragraph.")).to_be_visible()
    page.get_by_role("link", name="map").first.click()
    viewer.settle()
    assert viewer.state()["layout"] == "umap"
