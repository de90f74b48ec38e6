"""Collections of one's own, and what is special about a selection."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.coded_site import COUNT
from tests.browser.viewer_page import ViewerPage


@pytest.fixture
def chosen(viewer: ViewerPage) -> ViewerPage:
    """Return the viewer with the first quarter of the images selected, at a desk."""
    viewer.page.set_viewport_size({"width": 1100, "height": 720})
    viewer.page.get_by_role("button", name="Select images").click()
    viewer.page.mouse.move(40, 90)
    viewer.page.mouse.down()
    for point in [(550, 90), (550, 640), (40, 640)]:
        viewer.page.mouse.move(*point, steps=4)
    viewer.page.mouse.up()
    viewer.until("() => __clipplot.state.selection?.count >= 4")
    return viewer


def keep(page: Page, name: str) -> None:
    page.get_by_role("button", name="Keep…").click()
    page.get_by_label("Name", exact=True).first.fill(name)
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").filter(has_text=f"“{name}” holds")).to_be_visible()


def selected(viewer: ViewerPage) -> list[int]:
    return list(
        viewer.page.evaluate(
            "() => [...(__clipplot.state.selection?.mask ?? [])].flatMap((m, r) => m ? [r] : [])"
        )
    )


def test_a_collection_outlives_the_page(chosen: ViewerPage) -> None:
    page = chosen.page
    ranks = selected(chosen)
    keep(page, "West <b>")
    page.get_by_label("Note on West").fill("for the catalogue")
    page.keyboard.press("Escape")
    page.goto("about:blank")
    page.go_back()
    chosen.settle()
    page.evaluate("() => { location.hash = ''; }")
    page.get_by_role("button", name="More", exact=True).click()
    page.get_by_role("button", name="My collections").click()
    expect(page.get_by_label("Note on West")).to_have_value("for the catalogue")
    page.get_by_role("dialog").get_by_role("button", name="Select", exact=True).click()
    chosen.until("n => __clipplot.state.selection?.count === n", len(ranks))
    assert selected(chosen) == ranks


def test_collections_travel_as_a_file(chosen: ViewerPage, tmp_path: Path) -> None:
    page = chosen.page
    ranks = selected(chosen)
    keep(page, "West")
    with page.expect_download() as saving:
        page.get_by_role("button", name="Save as file").click()
    path = tmp_path / "collections.json"
    saving.value.save_as(path)
    file = json.loads(path.read_text("utf-8"))
    assert (file["format"], file["version"]) == ("clipplot-collections", 1)
    assert len(file["collections"][0]["images"]) == len(ranks)
    page.get_by_role("button", name="Remove West").click()
    expect(page.get_by_label("Note on West")).to_have_count(0)
    picker = page.locator("dialog input[type=file]")
    picker.set_input_files(path)
    expect(page.get_by_label("Note on West")).to_be_visible()
    path.write_text("no JSON", "utf-8")
    picker.set_input_files(path)
    expect(page.get_by_role("status").filter(has_text="not JSON")).to_be_visible()


def test_collections_colour_the_map_and_stay_out_of_the_address(chosen: ViewerPage) -> None:
    page = chosen.page
    ranks = selected(chosen)
    keep(page, "West")
    page.get_by_role("button", name="Colour the map by them").click()
    page.keyboard.press("Escape")
    codes = chosen.until("() => __clipplot.state.coloring && [...__clipplot.state.coloring.codes]")
    assert [rank for rank, code in enumerate(codes) if code] == ranks
    expect(page.get_by_role("button", name="West")).to_be_visible()  # of the legend
    assert "color" not in page.url


def test_what_is_special_about_a_selection(window: Page, address: str) -> None:
    viewer = ViewerPage(window).open(address, "#is.category=fruit")
    page = viewer.page
    page.set_viewport_size({"width": 1100, "height": 720})
    viewer.until("n => __clipplot.state.lit?.drawn < n", COUNT)
    page.locator("#clipplot-map").focus()
    page.keyboard.press("s")
    page.get_by_role("button", name="All that match").click()
    page.get_by_role("button", name="What is special").click()
    sheet = page.get_by_role("dialog", name="What is special about")
    first = sheet.get_by_role("region", name="Category").get_by_role("listitem").first
    expect(first).to_contain_text("fruit")
    expect(first).to_contain_text("only here")
    first.get_by_role("button").click()
    expect(sheet).to_have_count(0)
