"""One image at a time: its preview, its large picture, its citation, and the way to the next one."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.coded_site import COUNT, CodedSite
from tests.browser.viewer_page import ViewerPage, is_clear


@pytest.fixture
def opened(viewer: ViewerPage) -> ViewerPage:
    """Return the viewer with the details of the image in the middle."""
    viewer.page.locator("#clipplot-map").focus()
    viewer.page.keyboard.press("Enter")
    expect(viewer.page.get_by_role("complementary", name="Image details")).to_be_visible()
    return viewer.settle()


def picture(page: Page) -> dict[str, float]:
    box = page.locator("dialog img").bounding_box()
    assert box is not None
    return {"x": box["x"], "width": box["width"]}


def test_a_rest_over_an_image_shows_it_and_its_name(viewer: ViewerPage) -> None:
    page = viewer.page
    box = next(box for box in viewer.boxes(COUNT) if is_clear(box))
    page.mouse.move(box["x"], box["y"])
    expect(page.locator(".caption")).to_be_visible()
    assert page.locator(".caption").inner_text()
    page.mouse.move(3, 250)
    expect(page.locator(".caption")).to_have_count(0)


def test_the_large_picture_can_be_looked_at_closely(opened: ViewerPage) -> None:
    page = opened.page
    page.set_viewport_size({"width": 300, "height": 500})
    page.get_by_role("button", name="Enlarge").first.click()
    dialog = page.get_by_role("dialog", name=re.compile("^Picture:"))
    expect(dialog).to_be_visible()
    expect(dialog.get_by_label("Enlarged to")).to_have_text("100 %")
    opened.until("() => document.querySelector('dialog img').getBoundingClientRect().width > 50")
    whole = picture(page)
    page.mouse.move(150, 250)
    for _ in range(3):
        page.mouse.wheel(0, -240)
    opened.until(
        "w => document.querySelector('dialog img').getBoundingClientRect().width > 1.5 * w", whole["width"]
    )
    wide = picture(page)
    page.keyboard.press("ArrowRight")  # what is enlarged is moved
    opened.until("x => document.querySelector('dialog img').getBoundingClientRect().x < x - 40", wide["x"])
    page.keyboard.press("0")
    opened.until(
        "w => Math.abs(document.querySelector('dialog img').getBoundingClientRect().width - w) < 1",
        whole["width"],
    )
    before = opened.open_rank()
    page.keyboard.press("ArrowRight")  # what is whole gives way to the next
    opened.until("before => __clipplot.state.open !== before", before)
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(page.get_by_role("complementary", name="Image details")).to_be_visible()


def test_an_enlarged_picture_goes_with_its_panel_for_good(opened: ViewerPage) -> None:
    page = opened.page
    panel = page.get_by_role("complementary", name="Image details")
    dialog = page.get_by_role("dialog", name=re.compile("^Picture:"))
    page.get_by_role("button", name="Enlarge").first.click()
    expect(dialog).to_be_visible()
    page.go_back()
    expect(panel).to_have_count(0)
    expect(dialog).to_have_count(0)
    page.locator("#clipplot-map").focus()
    page.keyboard.press("Enter")
    expect(panel.get_by_role("link", name="Download")).to_be_visible()
    expect(dialog).to_have_count(0)


def test_two_fingers_enlarge_the_picture(browser: Browser, address: str) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 700}, has_touch=True, is_mobile=True)
    page = context.new_page()
    viewer = ViewerPage(page).open(address)
    page.locator("#clipplot-map").focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Enlarge").first.tap()
    viewer.until("() => document.querySelector('dialog img')?.complete")
    before = picture(page)["width"]
    fingers = context.new_cdp_session(page)
    for kind, gap in [("touchStart", 30), ("touchMove", 60), ("touchMove", 90)]:
        points = [{"x": 195 + side * gap, "y": 350, "id": i} for i, side in enumerate((-1, 1))]
        fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    fingers.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    assert picture(page)["width"] > 2 * before
    context.close()


def test_previous_and_next_go_among_the_selected(opened: ViewerPage) -> None:
    page = opened.page
    page.keyboard.press("x")
    first = opened.open_rank()
    page.get_by_role("button", name="Next image").click()
    page.get_by_role("button", name="Next image").click()
    opened.until("first => Math.abs(__clipplot.state.open - first) === 2", first)
    page.keyboard.press("x")
    expect(page.get_by_text("2 of 2 selected")).to_be_visible()
    page.get_by_role("button", name="Previous image").click()
    opened.until("first => __clipplot.state.open === first", first)


def test_an_image_can_be_saved_and_cited(opened: ViewerPage, coded: CodedSite) -> None:
    page = opened.page
    with page.expect_download() as saving:
        page.get_by_role("link", name="Download").click()
    assert saving.value.suggested_filename.endswith(".jpg")
    build = page.evaluate("async () => (await (await fetch('manifest.json')).json()).build_id")
    page.get_by_role("button", name="Cite").click()
    sheet = page.get_by_role("dialog", name="Link and citation of this image")
    expect(sheet.get_by_label("Citation", exact=True)).to_contain_text(f"build {build}, published 20")
    expect(sheet.get_by_label("BibTeX", exact=True)).to_contain_text("@misc{")
    expect(sheet.get_by_label("Link", exact=True)).to_have_text(page.url)
    page.keyboard.press("Escape")
    expect(sheet).to_have_count(0)


def test_a_view_can_be_cited_from_the_menu(viewer: ViewerPage) -> None:
    page = viewer.page
    page.get_by_role("button", name="More", exact=True).click()
    page.get_by_role("button", name="Link and citation").click()
    expect(page.get_by_role("dialog", name="Link and citation of this view")).to_be_visible()


def test_on_a_phone_the_menu_holds_what_the_header_has_no_room_for(viewer: ViewerPage) -> None:
    page = viewer.page
    page.set_viewport_size({"width": 360, "height": 640})
    viewer.settle()
    more = page.get_by_role("button", name="More", exact=True)
    more.focus()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("button", name="My collections")).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name="Keys and gestures")).to_be_visible()
    page.keyboard.press("Escape")
    more.click()
    expect(page.get_by_role("link", name="About this collection")).to_be_visible()
