"""Choosing images with a real pointer, fingers and keys, and taking them away as files."""

from __future__ import annotations

import csv
import io
import json
import math
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.coded_site import COUNT, CodedSite, date_of, tags_of
from tests.browser.viewer_page import ViewerPage
from tests.browser.watch import PageWatch

Point = tuple[float, float]


@pytest.fixture
def desk(viewer: ViewerPage) -> ViewerPage:
    """Return the viewer in a window that has room for the bar."""
    viewer.page.set_viewport_size({"width": 1000, "height": 720})
    viewer.until("() => document.querySelector('#clipplot-map').width === 1000")
    return viewer.settle()


def chosen(viewer: ViewerPage) -> set[int]:
    """Return the ranks that are chosen."""
    viewer.settle()
    mask = viewer.page.evaluate(
        "() => { const { selection } = __clipplot.state; return selection && [...selection.mask]; }"
    )
    return {rank for rank in range(COUNT) if mask and mask[rank]}


def draw(page: Page, outline: Sequence[Point], *keys: str) -> None:
    """Draw around something with the left button, holding keys."""
    for key in keys:
        page.keyboard.down(key)
    page.mouse.move(*outline[0])
    page.mouse.down()
    for point in outline[1:]:
        page.mouse.move(*point)
    page.mouse.up()
    for key in keys:
        page.keyboard.up(key)


def inside(outline: Sequence[Point], x: float, y: float) -> bool:
    """Tell whether a point lies in an outline, by its angles seen from there: they go around it once."""
    total = 0.0
    for (ax, ay), (bx, by) in zip(outline, [*outline[1:], outline[0]], strict=True):
        turn = math.atan2(by - y, bx - x) - math.atan2(ay - y, ax - x)
        total += (turn + math.pi) % (2 * math.pi) - math.pi
    return round(total / (2 * math.pi)) % 2 != 0


def within(viewer: ViewerPage, outline: Sequence[Point]) -> set[int]:
    return {rank for rank, box in enumerate(viewer.boxes(COUNT)) if inside(outline, box["x"], box["y"])}


def crescent(x: float, y: float, size: float) -> list[Point]:
    """Return an outline with a bay, so that it is no box."""
    turns = [k / 24 * 2 * math.pi for k in range(25)]
    outer = [(x + size * math.cos(t), y + size * math.sin(t)) for t in turns[2:23]]
    inner = [(x + size * (0.4 + 0.45 * math.cos(t)), y + 0.45 * size * math.sin(t)) for t in turns[3:22]]
    return outer + inner[::-1]


def start(viewer: ViewerPage, tool: str = "Lasso") -> None:
    viewer.page.get_by_role("button", name="Select images").click()
    if tool != "Lasso":
        viewer.page.get_by_role("button", name=tool, exact=True).click()


def test_a_lasso_takes_what_it_goes_around(desk: ViewerPage, coded: CodedSite) -> None:
    page = desk.page
    start(desk)
    camera = desk.state()["camera"]
    outline = crescent(430, 360, 210)
    expected = within(desk, outline)
    box = [(430 - 210, 150), (640, 150), (640, 570), (430 - 210, 570)]
    assert 8 < len(expected) < len(within(desk, box)), "the outline is no box"
    draw(page, outline)
    assert chosen(desk) == expected
    assert desk.state()["camera"] == camera, "drawing does not move the map"
    expect(page.get_by_role("status").filter(has_text="selected")).to_have_text(f"{len(expected)} selected")
    # Add, take away, start anew: by keys, and by choice.
    right = [(700.0, 200.0), (900.0, 200.0), (900.0, 500.0), (700.0, 500.0)]
    more = within(desk, right)
    assert more - expected
    draw(page, right, "Shift")
    assert chosen(desk) == expected | more
    draw(page, outline, "Alt")
    assert chosen(desk) == more - expected
    page.get_by_text("Add", exact=True).click()
    draw(page, outline)
    assert chosen(desk) == expected | more
    page.get_by_text("New", exact=True).click()
    draw(page, right)
    assert chosen(desk) == more
    page.keyboard.press("Escape")
    desk.drag(500, 350, 40, 0)
    assert chosen(desk) == more, "without a tool a drag moves the map"
    assert desk.state()["camera"]["x"] != camera["x"]


def test_a_rectangle_at_any_time(desk: ViewerPage, coded: CodedSite) -> None:
    page = desk.page
    corners = [(250.0, 150.0), (520.0, 150.0), (520.0, 420.0), (250.0, 420.0)]
    expected = within(desk, corners)
    assert len(expected) > 4
    draw(page, [corners[0], (300, 200), corners[2]], "Shift")
    assert chosen(desk) == expected
    page.get_by_role("button", name="End the selection").click()
    assert chosen(desk) == set()
    expect(page.get_by_role("toolbar", name="Selection")).to_have_count(0)
    start(desk, "Rectangle")
    draw(page, [corners[2], (400, 300), corners[0]])
    assert chosen(desk) == expected, "from whichever corner"
    # Greyed out pictures are not taken.
    page.goto(page.url.partition("#")[0] + "#is.category=fruit")
    desk.until("() => __clipplot.state.lit?.drawn === 32")
    draw(page, [corners[0], (300, 200), corners[2]], "Shift")
    assert chosen(desk) == {rank for rank in expected if coded.codes[rank] % 2 == 0}


def test_one_by_one_and_by_group(desk: ViewerPage) -> None:
    page = desk.page
    boxes = desk.boxes(COUNT)
    first, second = [
        r for r in range(COUNT) if desk.pick(boxes[r]["x"], boxes[r]["y"]) == r and 250 < boxes[r]["y"] < 600
    ][:2]
    page.keyboard.down("Control")
    for rank in (first, second, first):
        page.mouse.click(boxes[rank]["x"], boxes[rank]["y"])
        page.wait_for_timeout(600)  # else it is a double click
    page.keyboard.up("Control")
    assert chosen(desk) == {second}
    assert desk.open_rank() == -1
    start(desk)
    page.mouse.click(boxes[first]["x"], boxes[first]["y"])
    assert chosen(desk) == {first, second}
    label = page.locator(".labels span.shown", has_text="apples, pears").bounding_box()
    assert label is not None
    page.mouse.click(label["x"] + label["width"] / 2, label["y"] + label["height"] / 2)
    desk.until("() => __clipplot.state.selection.count === 17")
    assert desk.state()["filters"] == {}, "with a tool in hand a name selects and does not filter"


def test_by_keys_alone(desk: ViewerPage, coded: CodedSite) -> None:
    page = desk.page
    page.locator("#clipplot-map").focus()
    page.keyboard.press("x")
    expect(page.get_by_role("toolbar", name="Selection")).to_be_visible()
    (rank,) = chosen(desk)
    assert math.hypot(desk.box(rank)["x"] - 500, desk.box(rank)["y"] - 360) < 120
    desk.until("() => location.hash.includes('chosen=')")
    assert f"chosen={coded.ids[rank]}" in page.url
    page.keyboard.press("x")
    assert chosen(desk) == set()
    page.keyboard.press("s")
    expect(page.get_by_role("button", name="Lasso", exact=True)).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="All", exact=True).press("Enter")
    assert len(chosen(desk)) == COUNT
    page.get_by_role("button", name="Invert").press("Enter")
    assert chosen(desk) == set()


def test_by_what_matches(desk: ViewerPage, coded: CodedSite) -> None:
    page = desk.page
    desk.open(page.url.partition("#")[0] + "?again", "#is.category=fruit&range.year=1900..1909")
    desk.until("() => __clipplot.state.lit?.drawn === 5")
    page.keyboard.press("s")
    page.get_by_role("button", name="All that match").click()
    few = {coded.codes.index(code) for code in (0, 2, 4, 6, 8)}
    assert chosen(desk) == few
    page.get_by_role("button", name="Clear all").click()
    desk.until("() => __clipplot.state.lit === null")
    page.get_by_role("button", name="Only these").click()
    desk.until("() => __clipplot.state.lit?.drawn === 5")
    page.get_by_role("button", name="Invert").click()
    assert chosen(desk) == set(range(COUNT)) - few
    assert page.evaluate("() => __clipplot.state.lit") is None


def test_a_short_choice_is_in_the_address(desk: ViewerPage, coded: CodedSite) -> None:
    page = desk.page
    ids = [coded.ids[3], coded.ids[17]]
    desk.open(page.url.partition("#")[0] + "?again", f"#chosen={ids[0]},{ids[1]},{'f' * 20}")
    desk.until("() => __clipplot.state.selection?.count === 2")
    assert chosen(desk) == {3, 17}
    page.keyboard.press("s")
    draw(page, [(100, 100), (900, 100), (900, 640), (100, 640)])
    assert len(chosen(desk)) > 30
    desk.until("() => !location.hash.includes('chosen')")
    page.go_back()
    desk.until("() => __clipplot.state.selection?.count === 2")
    page.reload()
    desk.settle()
    desk.until("() => __clipplot.state.selection?.count === 2")
    page.get_by_role("button", name="Only these").click()
    desk.until("() => location.hash.includes('only=yes')")
    page.reload()
    desk.settle()
    desk.until("() => __clipplot.state.lit?.drawn === 2")
    page.get_by_role("button", name="End the selection").click()
    desk.until("() => __clipplot.state.lit === null && !/chosen|only/.test(location.hash)")


def test_a_citation_says_that_a_long_choice_is_not_in_its_link(desk: ViewerPage) -> None:
    page = desk.page
    page.locator("#clipplot-map").focus()
    page.keyboard.press("s")
    page.get_by_role("button", name="All", exact=True).click()
    page.get_by_role("button", name="More", exact=True).click()
    page.get_by_role("button", name="Link and citation").click()
    sheet = page.get_by_role("dialog", name="Link and citation of this view")
    expect(sheet).to_contain_text(f"The link leaves the selection out: {COUNT} images are selected")


def test_the_chosen_side_by_side_and_as_files(desk: ViewerPage, coded: CodedSite, tmp_path: Path) -> None:
    page = desk.page
    ranks = [2, 9, 30, 44]
    desk.open(page.url.partition("#")[0] + "?again", "#chosen=" + ",".join(coded.ids[r] for r in ranks))
    page.get_by_role("button", name="Show and save").click()
    sheet = page.get_by_role("dialog")
    expect(sheet.get_by_role("heading")).to_have_text("4 selected")
    filled = "sheet => sheet.firstElementChild.offsetWidth / sheet.clientWidth"
    assert sheet.evaluate(filled) == pytest.approx(1, abs=0.01), "the grid takes all of the sheet"
    pictures = sheet.get_by_role("button", name="Selected image")
    expect(pictures).to_have_count(4)
    pictures.first.focus()
    page.keyboard.press("ArrowRight")
    expect(pictures.nth(1)).to_be_focused()
    page.keyboard.press("Delete")
    expect(sheet.get_by_role("heading")).to_have_text("3 selected")
    expect(pictures).to_have_count(3)
    del ranks[1]
    assert chosen(desk) == set(ranks)
    expect(pictures.nth(1)).to_be_focused()

    def take(name: str) -> tuple[str, bytes]:
        with page.expect_download() as waiting:
            sheet.get_by_role("button", name=name).click()
        file = tmp_path / waiting.value.suggested_filename
        waiting.value.save_as(file)
        expect(sheet.get_by_role("status")).to_contain_text(f"Saved as {file.name}")
        return file.name, file.read_bytes()

    codes = [coded.codes[rank] for rank in ranks]
    name, table = take("Table (CSV)")
    assert name == "colours-b-codes-b-3.csv"
    rows = list(csv.DictReader(io.StringIO(table.decode("utf-8-sig"), newline="")))
    assert [row["image_id"] for row in rows] == [coded.ids[rank] for rank in ranks]
    for row, code in zip(rows, codes, strict=True):
        assert row["filename"] == f"shelf {code % 3}/picture {code:02d} é.jpg"
        assert row["tags"] == "|".join(tags_of(code))
        assert (row["year"], row["drawn"]) == (str(1900 + code), str(code % 2 == 0).lower())
        assert row["date"] == (date_of(code) or "")
    _, text = take("Data (JSON)")
    data = json.loads(text)
    assert data["count"] == 3
    assert [image["year"] for image in data["images"]] == [1900 + code for code in codes]
    assert (
        data["collection"]["build_id"] == json.loads((coded.folder / "manifest.json").read_text())["build_id"]
    )
    _, listed = take("List of files")
    assert listed.decode().splitlines() == [row["filename"] for row in rows]
    _, packed = take("Pictures (ZIP)")
    archive = zipfile.ZipFile(io.BytesIO(packed))
    assert archive.testzip() is None
    assert archive.namelist() == ["metadata.csv", *(row["filename"] for row in rows)]
    details = {path.stem: path.read_bytes() for path in coded.folder.glob("p/*/*/*.jpg")}
    for row in rows:
        assert archive.read(row["filename"]) == details[row["image_id"]]
    pictures.first.click()
    expect(sheet).to_have_count(0)
    desk.until("() => __clipplot.state.open >= 0")
    assert desk.open_rank() == ranks[0]


def test_with_fingers(browser: Browser, address: str) -> None:
    phone = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page = phone.new_page()
    watch = PageWatch(page)
    viewer = ViewerPage(page).open(address)
    fingers = phone.new_cdp_session(page)

    def touch(kind: str, *points: Point) -> None:
        touched = [{"x": x, "y": y, "id": k} for k, (x, y) in enumerate(points)]
        fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touched})

    page.get_by_role("button", name="Select images").tap()
    expect(page.get_by_role("toolbar", name="Selection")).to_be_visible()
    scale = viewer.state()["camera"]["scale"]
    outline = [(195 + 120 * math.cos(k / 3), 420 + 100 * math.sin(k / 3)) for k in range(19)]
    expected = within(viewer, outline)
    assert len(expected) > 6
    touch("touchStart", outline[0])
    for point in outline[1:]:
        touch("touchMove", point)
    touch("touchEnd")
    assert chosen(viewer) == expected
    # Two fingers still zoom, and draw nothing.
    touch("touchStart", (170, 400))
    touch("touchMove", (160, 400))
    touch("touchStart", (160, 400), (230, 400))
    for spread in range(10, 81, 10):
        touch("touchMove", (160 - spread, 400), (230 + spread, 400))
    touch("touchEnd")
    assert chosen(viewer) == expected
    assert viewer.state()["camera"]["scale"] > 1.5 * scale
    assert page.evaluate("() => __clipplot.state.outline") is None
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 390
    assert not watch.problems
    phone.close()


def test_by_neighbours(desk: ViewerPage, coded: CodedSite) -> None:
    page = desk.page
    desk.open(page.url.partition("#")[0] + "?again", f"#image={coded.ids[20]}")
    panel = page.get_by_role("complementary", name="Image details")
    strip = panel.get_by_role("button", name="Similar image")
    expect(strip.first).to_be_visible()
    shown = strip.count()
    panel.get_by_role("button", name="Select these").click()
    desk.until("() => __clipplot.state.selection")
    first = chosen(desk)
    assert 20 in first
    assert len(first) == shown + 1
    panel.get_by_role("button", name="Close").click()
    page.get_by_role("button", name="More like these").click()
    desk.until("n => __clipplot.state.selection.count > n", len(first))
    assert first < chosen(desk), "nothing is lost"
