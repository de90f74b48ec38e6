"""The viewer with real hands in a real browser: all that mouse, wheel, keys and fingers can do."""

from __future__ import annotations

import re

import numpy as np
import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from tests.browser.coded_site import (
    CLUSTERS,
    COUNT,
    DESCRIPTION,
    REASON,
    TAGLINE,
    TITLE,
    date_of,
    tags_of,
)
from tests.browser.viewer_page import HEIGHT, MIDDLE, WIDTH, ViewerPage, code_at, is_clear
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


def test_a_click_opens_the_details(viewer: ViewerPage, coded) -> None:
    page = viewer.page
    rank = max(range(COUNT), key=lambda r: viewer.pick(viewer.box(r)["x"], viewer.box(r)["y"]) == r)
    code = coded.codes[rank]
    box = viewer.box(rank)
    page.mouse.click(box["x"], box["y"])
    panel = page.get_by_role("complementary", name="Image details")
    expect(panel).to_be_visible()
    expect(panel.get_by_role("heading", level=2)).to_have_text(f"Picture <u>{code}</u>")
    words = dict(
        panel.evaluate(
            "p => [...p.querySelectorAll('dt')].map(t => [t.textContent, t.nextElementSibling.innerText.trim()])"
        )
    )
    assert words == {
        "Category": ["fruit", "<b>map</b>"][code % 2],
        **({"Tags": "\n".join(tags_of(code))} if tags_of(code) else {}),
        "Year": str(1900 + code),
        "Drawn": ["Yes", "No"][code % 2],
        **({"Date": date_of(code)} if date_of(code) else {}),
        "Description": DESCRIPTION.format(code),
        "Permalink": f"example.org/{code}",
        "File": f"shelf {code % 3}/picture {code:02d} é.jpg",
        "Size": words["Size"],
    }
    assert re.fullmatch(r"[\d,]+ × [\d,]+ px", words["Size"])
    link = panel.get_by_role("link", name=f"example.org/{code}")
    assert link.get_attribute("href") == f"https://example.org/{code}"
    assert "noopener" in (link.get_attribute("rel") or "")
    assert page.evaluate("() => window.hazard") is None
    assert panel.locator("script, img[onerror], u, dd i, dd b").count() == 0
    picture = panel.get_by_role("img", name=f"Picture <u>{code}</u>")
    viewer.until("() => document.querySelector('aside img').naturalWidth > 100")
    shown = picture.bounding_box()
    assert shown is not None
    assert max(shown["width"], shown["height"]) > 180
    middle = shown["x"] + shown["width"] / 2, shown["y"] + shown["height"] / 2
    viewer.until(
        "() => document.querySelector('aside').getAnimations().every(a => a.playState !== 'running')"
    )
    assert code_at(viewer.pixels(), *middle) == code
    page.keyboard.press("Escape")
    expect(panel).to_have_count(0)
    assert page.evaluate("() => document.activeElement.id") == "clipplot-map"


def test_next_previous_and_neighbours(viewer: ViewerPage, coded) -> None:
    page = viewer.page
    page.locator("#clipplot-map").focus()
    page.keyboard.press("Enter")
    panel = page.get_by_role("complementary", name="Image details")
    expect(panel).to_be_visible()
    first = viewer.open_rank()
    panel.get_by_role("button", name="Next image").click()
    assert viewer.settle().open_rank() == first + 1
    expect(panel.get_by_role("heading", level=2)).to_have_text(f"Picture <u>{coded.codes[first + 1]}</u>")
    box = viewer.box(first + 1)
    assert is_clear(box)
    assert box["x"] < 0.6 * WIDTH, "the open image stands beside the panel, not below it"
    panel.get_by_role("button", name="Previous image").click()
    assert viewer.settle().open_rank() == first
    panel.get_by_role("button", name="Similar image 2").click()
    viewer.settle()
    assert coded.codes[viewer.open_rank()] == (coded.codes[first] + 2) % COUNT
    assert page.evaluate("() => !!document.activeElement.closest('aside')"), "the focus fell out of the panel"
    panel.get_by_role("button", name="Close").click()
    expect(panel).to_have_count(0)


def test_what_is_open_stays_as_it_is_while_one_looks_around(viewer: ViewerPage) -> None:
    page = viewer.page
    page.locator("#clipplot-map").focus()
    page.keyboard.press("Enter")
    viewer.until("() => document.querySelector('aside img')?.complete")
    viewer.until("() => document.querySelectorAll('.labels span.shown').length > 0")
    viewer.settle()
    page.evaluate(
        """() => {
          document.querySelector('aside .scroller').scrollTop = 60;
          document.querySelectorAll('.labels span, aside img').forEach(e => { e.mark = true; });
        }"""
    )
    box = next(box for box in viewer.boxes(COUNT) if is_clear(box) and box["x"] < WIDTH / 2)
    page.mouse.move(box["x"] - 2, box["y"])
    page.mouse.move(box["x"], box["y"])
    viewer.until("() => __clipplot.state.hovered >= 0")
    viewer.settle()
    assert page.evaluate("() => document.querySelector('aside .scroller').scrollTop") == 60
    assert page.evaluate("() => [...document.querySelectorAll('.labels span, aside img')].every(e => e.mark)")
    ends = page.locator(".labels span.shown").evaluate_all(
        "all => all.map(e => e.getBoundingClientRect().right)"
    )
    panel = page.get_by_role("complementary", name="Image details").bounding_box()
    assert panel is not None
    assert max(ends) <= panel["x"], "labels keep clear of the panel"


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


def test_labels(viewer: ViewerPage) -> None:
    page = viewer.page
    script = (
        "() => [...document.querySelectorAll('.labels span.shown')]"
        ".map(e => [e.textContent, e.getBoundingClientRect().toJSON()])"
    )
    viewer.until("() => document.querySelectorAll('.labels span.shown').length > 0")
    found = page.evaluate(script)
    assert {text for text, _ in found} <= set(CLUSTERS) - {""}
    assert len(found) >= 2
    for k, (text, a) in enumerate(found):
        assert 0 <= a["left"] < a["right"] <= WIDTH, text
        for _, b in found[:k]:
            assert (
                a["right"] < b["left"]
                or b["right"] < a["left"]
                or a["bottom"] < b["top"]
                or b["bottom"] < a["top"]
            )
    viewer.choose("A to Z")
    viewer.until(
        "() => [...document.querySelectorAll('.labels span.shown')].some(e => e.textContent === 'A–É')"
    )
    assert {text for text, _ in page.evaluate(script)} == {"A–É", "F–Z"}


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


def test_a_small_map_leads_anywhere(viewer: ViewerPage) -> None:
    page = viewer.page
    small = page.locator(".minimap")
    expect(small).to_have_count(0)
    viewer.zoom(*MIDDLE, steps=4)
    expect(small).to_be_visible()
    box = small.bounding_box()
    assert box is not None
    before = viewer.state()["camera"]
    page.mouse.click(box["x"] + 0.15 * box["width"], box["y"] + 0.2 * box["height"])
    viewer.settle()
    there = viewer.state()["camera"]
    assert there["x"] < before["x"] - 0.2
    assert there["y"] > before["y"] + 0.1
    assert there["scale"] == before["scale"], "it is as close as before"
    frame = small.locator(".view").bounding_box()
    assert frame is not None
    assert abs(frame["x"] + frame["width"] / 2 - box["x"] - 0.15 * box["width"]) < 8
    # The frame is dragged, and the map follows.
    page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 0.5 * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + 0.8 * box["width"], box["y"] + 0.7 * box["height"], steps=4)
    page.mouse.up()
    viewer.settle()
    assert viewer.state()["camera"]["x"] > before["x"]
    page.get_by_role("button", name="How pictures are shown").click()
    page.get_by_role("switch", name="Overview map").uncheck()
    expect(small).to_have_count(0)
    page.get_by_role("switch", name="Overview map").check()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Fit").click()
    expect(small).to_have_count(0)


def test_lines_of_density(viewer: ViewerPage) -> None:
    page = viewer.page
    page.get_by_role("button", name="How pictures are shown").click()
    page.get_by_role("switch", name="Density lines").check()
    painted = """() => {
      const canvas = document.querySelector('.contours');
      if (!canvas || canvas.width < 2) return 0;
      const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
      return data.reduce((n, value, i) => n + (i % 4 === 3 && value > 0 ? 1 : 0), 0);
    }"""
    viewer.until(painted)
    viewer.until("() => location.hash.includes('contours=yes')")
    page.keyboard.press("Escape")
    viewer.choose("Grid")
    viewer.until(f"() => ({painted})() === 0")
    page.get_by_role("button", name="How pictures are shown").click()
    expect(page.get_by_text("every image has the same room")).to_be_visible()
    page.get_by_role("switch", name="Density lines").uncheck()
    expect(page.locator(".contours")).to_have_count(0)
