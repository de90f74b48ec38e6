"""The viewer with real hands in a real browser: all that mouse, wheel, keys and fingers can do."""

from __future__ import annotations

import re

import numpy as np
import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from tests.browser.coded_site import (
    COUNT,
    REASON,
    TAGLINE,
    TITLE,
)
from tests.browser.viewer_page import HEIGHT, MIDDLE, WIDTH, ViewerPage
from tests.browser.watch import PageWatch


def test_it_loads(moving: ViewerPage, watch: PageWatch) -> None:
    page = moving.page
    marks = page.evaluate("() => performance.getEntriesByType('mark').map(m => m.name)")
    for name in ("first-dots", "first-thumbnails", "interactive", "settled"):
        assert marks.count(f"clipplot:{name}") == 1, marks
    script = "names => names.map(n => performance.getEntriesByName(`clipplot:${n}`)[0].startTime)"
    times = page.evaluate(script, ["first-dots", "first-thumbnails", "settled"])
    assert times == sorted(times)
    assert page.title() == TITLE
    expect(page.get_by_role("heading", level=1)).to_have_text(TITLE)
    expect(page.get_by_text(TAGLINE, exact=True)).to_be_visible()
    assert page.evaluate("() => window.hazard") is None
    drawn = page.evaluate("() => __clipplot.drawn()")
    assert drawn["thumbnails"] == COUNT
    assert 0 < page.evaluate("() => __clipplot.gpuBytes") < 200e6
    assert len(watch.requests) == len(set(watch.requests)), "something was asked for twice"
    assert len(watch.requests) <= 20


def test_the_wheel_zooms_to_the_cursor(moving: ViewerPage) -> None:
    box = moving.box(20)
    x, y = round(box["x"]), round(box["y"])  # a wheel event has whole coordinates
    before = moving.state()["camera"]["scale"]
    moving.zoom(x, y, steps=3)
    after = moving.box(20)
    grown = moving.state()["camera"]["scale"] / before
    assert grown > 1.5
    assert after["x"] - x == pytest.approx(grown * (box["x"] - x), abs=0.05)
    assert after["y"] - y == pytest.approx(grown * (box["y"] - y), abs=0.05)
    moving.zoom(x, y, steps=8, delta=240)
    lowest = moving.state()["camera"]["scale"]
    assert 0.3 * before < lowest < before, "zooming out ends before the map is lost"


def test_dragging_moves_the_map_and_opens_nothing(viewer: ViewerPage) -> None:
    viewer.zoom(*MIDDLE, steps=3)
    before = viewer.boxes(COUNT)
    viewer.drag(*MIDDLE, -130, 70)
    for old, new in zip(before, viewer.boxes(COUNT), strict=True):
        assert abs(new["x"] - old["x"] + 130) < 1
        assert abs(new["y"] - old["y"] - 70) < 1
    assert viewer.open_rank() == -1


def test_keys(moving: ViewerPage) -> None:
    page = moving.page
    page.locator("#clipplot-map").focus()
    home = moving.state()["camera"]
    page.keyboard.press("+")
    scale = moving.settle().state()["camera"]["scale"]
    assert scale == pytest.approx(1.5 * home["scale"], rel=0.01)
    page.keyboard.press("-")
    assert moving.settle().state()["camera"]["scale"] == pytest.approx(home["scale"], rel=0.01)
    for key, axis, sign in (
        ("ArrowRight", "x", 1),
        ("ArrowLeft", "x", -1),
        ("ArrowUp", "y", 1),
        ("ArrowDown", "y", -1),
    ):
        old = moving.state()["camera"]
        page.keyboard.press(key)
        new = moving.settle().state()["camera"]
        moved = (new[axis] - old[axis]) * sign * old["scale"]
        assert moved == pytest.approx(110, abs=6), key
    page.keyboard.press("+")
    page.keyboard.press("0")
    moving.settle()
    assert moving.state()["camera"] == pytest.approx(home)
    page.keyboard.press("Enter")
    expect(page.get_by_role("complementary", name="Image details")).to_be_visible()
    nearest = moving.open_rank()
    page.keyboard.press("ArrowRight")
    assert moving.settle().open_rank() == nearest + 1
    page.keyboard.press("Escape")
    assert moving.settle().open_rank() == -1
    page.keyboard.press("?")
    sheet = page.get_by_role("dialog", name="Keys and gestures")
    expect(sheet).to_contain_text("Esc")
    page.keyboard.press("Escape")
    expect(sheet).to_have_count(0)
    page.keyboard.press("0")
    assert moving.settle().state()["camera"] == pytest.approx(home), "the map takes keys again"


def test_keys_step_from_picture_to_picture(viewer: ViewerPage, coded) -> None:
    page = viewer.page
    page.locator("#clipplot-map").focus()
    page.keyboard.press("Shift+ArrowRight")
    first = int(viewer.settle().state()["stepped"])
    for key, axis, sign in (("ArrowRight", "x", 1), ("ArrowDown", "y", 1), ("ArrowLeft", "x", -1)):
        before = int(viewer.state()["stepped"])
        here = viewer.box(before)
        page.keyboard.press(f"Shift+{key}")
        stepped = int(viewer.settle().state()["stepped"])
        assert stepped not in {before, -1}, key
        # Where it lay when the step was made; the map follows only where it would have been out of sight.
        ahead = sign * (viewer.box(stepped)[axis] - viewer.box(before)[axis])
        assert ahead > 0, (key, here)
        expect(page.get_by_text(f"Picture <u>{coded.codes[stepped]}</u>", exact=True).first).to_be_attached()
    assert first != -1
    stepped = int(viewer.state()["stepped"])
    page.keyboard.press("Enter")
    expect(page.get_by_role("complementary", name="Image details")).to_be_visible()
    assert viewer.open_rank() == stepped
    page.keyboard.press("Escape")
    for _ in range(12):
        page.keyboard.press("Shift+ArrowUp")
        viewer.settle()
    box = viewer.box(int(viewer.state()["stepped"]))
    assert 0 < box["x"] < WIDTH, "the map goes with whoever steps"
    assert 0 < box["y"] < HEIGHT


def test_addresses(viewer: ViewerPage, coded) -> None:
    page = viewer.page
    box = viewer.box(30)
    rank = viewer.pick(box["x"], box["y"])
    page.mouse.click(box["x"], box["y"])
    viewer.until("() => location.hash.includes('image=')")
    assert f"image={coded.ids[rank]}" in page.url
    viewer.layout("Grid")
    viewer.until("() => location.hash.includes('layout=grid')")
    page.reload()
    viewer.settle()
    assert viewer.state()["layout"] == "grid"
    assert viewer.open_rank() == rank
    page.go_back()
    viewer.until("() => __clipplot.state.layout === 'umap'")
    assert viewer.settle().open_rank() == rank
    page.go_back()
    viewer.until("() => __clipplot.state.open === -1")
    page.go_forward()
    viewer.until("() => __clipplot.state.open >= 0")
    assert viewer.open_rank() == rank
    # An image that is gone, and rubbish: told, or passed over.
    ViewerPage(page).open(
        page.url.partition("#")[0] + "?again", "#image=ffffffffffffffffffff&at=x&layout=none"
    )
    expect(page.get_by_text("is not, or no longer, in this collection")).to_be_visible()
    assert viewer.state()["layout"] == "umap"


def test_a_place_survives_a_reload(viewer: ViewerPage, coded) -> None:
    viewer.zoom(350, 200, steps=3)
    before = viewer.boxes(COUNT)
    viewer.until("() => location.hash.includes('at=')")
    viewer.page.reload()
    viewer.settle()
    for old, new in zip(before, viewer.boxes(COUNT), strict=True):
        assert abs(old["x"] - new["x"]) < 2
        assert abs(old["y"] - new["y"]) < 2


def test_an_empty_layout_says_why(viewer: ViewerPage) -> None:
    places = viewer.page.get_by_role("radio", name="Places")
    expect(places).to_have_attribute("aria-disabled", "true")
    assert REASON in (places.get_attribute("title") or "")
    places.click(force=True)
    assert viewer.settle().state()["layout"] == "umap"
    # By keys it can be reached, to read why; the next one is chosen.
    viewer.page.get_by_role("radio", name="A to Z").focus()
    viewer.page.keyboard.press("ArrowRight")
    expect(places).to_be_focused()
    viewer.page.keyboard.press("ArrowLeft")
    viewer.until("() => __clipplot.state.layout === 'alphabetical'")


def test_hovering_names_the_picture(viewer: ViewerPage, coded) -> None:
    box = viewer.box(25)
    rank = viewer.pick(box["x"], box["y"])
    viewer.page.mouse.move(box["x"] - 3, box["y"])
    viewer.page.mouse.move(box["x"], box["y"])
    caption = viewer.page.get_by_text(f"Picture <u>{coded.codes[rank]}</u>", exact=True)
    expect(caption).to_be_visible()
    shown = caption.bounding_box()
    mine = viewer.box(rank)
    assert shown is not None
    assert abs(shown["x"] + shown["width"] / 2 - mine["x"]) < 3
    viewer.page.mouse.move(2, 2)
    expect(caption).to_have_count(0)


def test_the_window_may_change(viewer: ViewerPage, coded) -> None:
    for width, height in ((900, 600), (1500, 700)):
        viewer.page.set_viewport_size({"width": width, "height": height})
        viewer.until("w => document.querySelector('#clipplot-map').width === w", width)
        viewer.settle()
        boxes = viewer.boxes(COUNT)
        assert min(b["x"] for b in boxes) >= 0
        assert max(b["x"] for b in boxes) <= width
        assert min(b["y"] for b in boxes) >= 50
        assert max(b["y"] for b in boxes) <= height - 50
        spans = [np.ptp([b[axis] for b in boxes]) for axis in "xy"]
        assert max(spans[0] / width, spans[1] / (height - 120)) > 0.8, "the map fills the window"


def test_themes(viewer: ViewerPage) -> None:
    page = viewer.page
    ground = viewer.pixels()[HEIGHT // 2, 3].mean()
    button = page.get_by_role("button", name=re.compile("theme"))
    button.click()
    page.wait_for_timeout(300)
    viewer.settle()
    other = viewer.pixels()[HEIGHT // 2, 3].mean()
    assert abs(other - ground) > 150
    page.reload()
    viewer.settle()
    assert viewer.pixels()[HEIGHT // 2, 3].mean() == other, "the choice is remembered"


@pytest.fixture
def phone(browser: Browser) -> BrowserContext:
    made = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    yield made
    made.close()


def test_a_phone(phone: BrowserContext, address: str, coded) -> None:
    page = phone.new_page()
    watch = PageWatch(page)
    viewer = ViewerPage(page).open(address)
    fingers = phone.new_cdp_session(page)

    def touch(kind: str, *points: tuple[float, float]) -> None:
        touched = [{"x": x, "y": y, "id": k} for k, (x, y) in enumerate(points)]
        fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touched})

    assert page.evaluate("() => document.documentElement.scrollWidth") <= 390
    before = viewer.state()["camera"]["scale"]
    touch("touchStart", (170, 400), (220, 400))
    for spread in range(10, 101, 15):
        touch("touchMove", (170 - spread, 400), (220 + spread, 400))
    touch("touchEnd")
    viewer.settle()
    assert viewer.state()["camera"]["scale"] == pytest.approx(before * 250 / 50, rel=0.1)
    assert viewer.open_rank() == -1, "a pinch opens nothing"
    old = viewer.box(10)
    touch("touchStart", (200, 400))
    for step in range(1, 9):
        touch("touchMove", (200 - 10 * step, 400 + 5 * step))
    page.wait_for_timeout(120)
    touch("touchMove", (120, 440))
    touch("touchEnd")
    viewer.settle()
    assert viewer.box(10)["x"] - old["x"] == pytest.approx(-80, abs=2)
    assert viewer.box(10)["y"] - old["y"] == pytest.approx(40, abs=2)
    boxes = viewer.boxes(coded.count)
    rank = next(r for r, b in enumerate(boxes) if 0 < b["x"] < 390 and 100 < b["y"] < 740)
    rank = viewer.pick(boxes[rank]["x"], boxes[rank]["y"])
    page.touchscreen.tap(boxes[rank]["x"], boxes[rank]["y"])
    panel = page.get_by_role("complementary", name="Image details")
    expect(panel).to_be_visible()
    viewer.settle()
    page.wait_for_timeout(350)
    sheet = panel.bounding_box()
    assert sheet is not None
    assert sheet["x"] == 0
    assert sheet["width"] == 390
    assert sheet["y"] + sheet["height"] == pytest.approx(844, abs=1)
    assert 200 < sheet["y"] < 500, "a sheet at the foot, with the map above it"
    assert viewer.open_rank() == rank
    assert 50 < viewer.box(rank)["y"] < sheet["y"], "the open picture is in sight above the sheet"
    panel.get_by_role("button", name="Close").tap()
    expect(panel).to_have_count(0)
    assert not watch.problems
