"""The layouts that are made of the table: axes, areas and the ground below the pictures, wide and tall.

On a site whose pictures say which image they are, arranged by the pipeline's own layouts.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from playwright.sync_api import Page, expect

from clipplot_pipeline.layouts.categories import arrange_categories
from clipplot_pipeline.layouts.geography import arrange_geography
from clipplot_pipeline.layouts.spec import LayoutInput
from clipplot_pipeline.layouts.timeline import arrange_timeline
from clipplot_pipeline.model import Field
from clipplot_pipeline.site.content import SiteLayout
from tests.browser.coded_site import COUNT, CodedSite, aspects_of, code_of, image_ids, write_coded_site
from tests.browser.viewer_page import HEIGHT, WIDTH, ViewerPage
from tests.browser.watch import PageWatch

PHONE = {"width": 390, "height": 700}
#: Where each text of the axis and each name of an area stands on the screen, and what it says.
TEXTS = """kinds => [...document.querySelectorAll('.frame.shown ' + kinds)].filter(e => e.offsetParent && !e.hidden)
    .map(e => [e.innerText.replace(/\\s+/g, ' ').trim(), e.getBoundingClientRect().toJSON()])"""


def make_layouts() -> tuple[SiteLayout, ...]:
    """Return the layouts: every eighth image has neither date nor place, every tenth no category."""
    fields = {
        "year": pa.array([None if k % 8 == 7 else 1871 + k for k in range(COUNT)], pa.int32()),
        "category": pa.array([None if k % 10 == 9 else ["pear", "fig", "map"][k % 3] for k in range(COUNT)]),
        "lat": pa.array([None if k % 8 == 7 else 36.0 + k % 7 * 3 for k in range(COUNT)], pa.float64()),
        "lng": pa.array([None if k % 8 == 7 else -5.0 + k % 11 * 3 for k in range(COUNT)], pa.float64()),
    }
    given = LayoutInput(
        image_ids=np.array(image_ids(COUNT)),
        aspects=aspects_of(COUNT).astype(np.float32),
        primary=np.random.default_rng(3).uniform(-1, 1, (COUNT, 2)).astype(np.float32),
        fields=pa.table(fields),
        described=tuple(
            Field(name, name.title(), "category" if name == "category" else "number") for name in fields
        ),
    )
    return (
        SiteLayout("Time", "In the order of time.", arrange_timeline(given, {})),
        SiteLayout("Categories", "By category.", arrange_categories(given, {})),
        SiteLayout("Places", "On the map.", arrange_geography(given, {})),
    )


@pytest.fixture(scope="module")
def table_site(tmp_path_factory: pytest.TempPathFactory) -> CodedSite:
    """Return the site; not to be changed."""
    return write_coded_site(tmp_path_factory.mktemp("table"), more=make_layouts())


@pytest.fixture
def table_address(serve_folder: Callable[[Path], str], table_site: CodedSite) -> str:
    """Return where it is served."""
    return serve_folder(table_site.folder)


def read_texts(viewer: ViewerPage, kinds: str) -> list[tuple[str, dict[str, float]]]:
    """Return the texts of some kinds once they have come to rest."""
    viewer.until("() => document.querySelector('.frame.shown')")
    viewer.page.wait_for_timeout(400)
    return [(text, box) for text, box in viewer.page.evaluate(TEXTS, kinds) if text]


def assert_apart(found: list[tuple[str, dict[str, float]]], width: int = WIDTH) -> None:
    """Check that all boxes are inside the window and none touches another."""
    for k, (text, a) in enumerate(found):
        assert 0 <= a["left"] < a["right"] <= width, text
        for other, b in found[:k]:
            across = min(a["right"], b["right"]) - max(a["left"], b["left"])
            along = min(a["bottom"], b["bottom"]) - max(a["top"], b["top"])
            assert min(across, along) <= 0, (text, other)


def check_pictures(viewer: ViewerPage, site: CodedSite) -> int:
    """Check that every picture in view is the right one, where it is picked; return how many were seen."""
    viewer.look_away()
    pixels, seen = viewer.pixels(), 0
    height, width = pixels.shape[:2]
    hidden = {"top": 80, "bottom": height - 130, "left": 90, "right": width - 20}
    for rank, box in enumerate(viewer.boxes(site.count)):
        inside = hidden["left"] < box["x"] < hidden["right"] and hidden["top"] < box["y"] < hidden["bottom"]
        if not inside or min(box["width"], box["height"]) < 7:
            continue
        assert viewer.pick(box["x"], box["y"]) == rank
        # Below the middle: the upper quarter of a picture is white.
        assert code_of(pixels[round(box["y"] + box["height"] / 8), round(box["x"])]) == site.codes[rank]
        seen += 1
    return seen


def test_an_axis_of_time_lies_below_the_pictures(
    window: Page, table_address: str, table_site: CodedSite
) -> None:
    viewer = ViewerPage(window).open(table_address, "#layout=timeline")
    ticks = read_texts(viewer, ".tick > span")
    assert_apart(ticks)
    texts = [text for text, _ in sorted(ticks, key=lambda tick: tick[1]["left"])]
    assert "undated 8" in texts
    decades = [text for text in texts if text[:5] in {f"{year}s" for year in range(1870, 1940, 10)}]
    assert len(decades) >= 4
    assert decades == sorted(decades)
    lowest = max(box["y"] + box["height"] / 2 for box in viewer.boxes(table_site.count))
    assert lowest <= min(box["top"] for _, box in ticks)
    assert max(box["bottom"] for _, box in ticks) <= HEIGHT - 60
    assert check_pictures(viewer, table_site) > 30


def test_the_axis_stays_in_view_and_says_where_one_is(
    window: Page, table_address: str, table_site: CodedSite
) -> None:
    viewer = ViewerPage(window).open(table_address, "#layout=timeline")
    viewer.zoom(300, 200, steps=6)
    assert max(box["y"] for box in viewer.boxes(table_site.count)) > HEIGHT
    ticks = read_texts(viewer, ".tick > span")
    assert ticks
    assert_apart(ticks)
    for text, box in ticks:
        assert HEIGHT - 120 < box["top"] < box["bottom"] < HEIGHT - 55, text
    viewer.choose("Grid")
    viewer.until("() => !document.querySelector('.frame .tick')")


def test_on_a_phone_time_runs_downwards(window: Page, table_address: str, table_site: CodedSite) -> None:
    window.set_viewport_size(PHONE)
    viewer = ViewerPage(window).open(table_address, "#layout=timeline")
    ticks = read_texts(viewer, ".tick > span")
    assert_apart(ticks, PHONE["width"])
    decades = [text for text, box in sorted(ticks, key=lambda tick: tick[1]["top"]) if text.endswith("0s")]
    assert len(decades) >= 6
    assert decades == sorted(decades)
    assert max(box["right"] for _, box in ticks) <= min(
        box["x"] - box["width"] / 2 for box in viewer.boxes(table_site.count)
    )
    boxes = viewer.boxes(table_site.count)
    assert max(b["y"] for b in boxes) - min(b["y"] for b in boxes) > PHONE["width"]
    # Turned, the window has the other arrangement, and the axis lies below again.
    window.set_viewport_size({"width": 844, "height": 390})
    viewer.until("() => !document.querySelector('.frame .axis.vertical')")
    viewer.settle()
    boxes = viewer.boxes(table_site.count)
    across = max(b["x"] for b in boxes) - min(b["x"] for b in boxes)
    assert across > 1.5 * (max(b["y"] for b in boxes) - min(b["y"] for b in boxes))


def test_a_link_from_a_phone_shows_the_same_pictures_on_a_desk(
    window: Page, table_address: str, table_site: CodedSite
) -> None:
    window.set_viewport_size(PHONE)
    viewer = ViewerPage(window).open(table_address, "#layout=timeline")
    viewer.zoom(200, 300, steps=2)
    viewer.look_away()
    window.wait_for_timeout(400)
    boxes = viewer.boxes(table_site.count)
    middle = min(range(len(boxes)), key=lambda k: abs(boxes[k]["x"] - 195) + abs(boxes[k]["y"] - 346))
    fragment = window.evaluate("() => location.hash")
    window.set_viewport_size({"width": WIDTH, "height": HEIGHT})
    window.goto("about:blank")
    there = ViewerPage(window).open(table_address, fragment)
    box = there.box(middle)
    assert 0 < box["x"] < WIDTH
    assert 0 < box["y"] < HEIGHT
    assert check_pictures(there, table_site) >= 1


def test_areas_have_their_names_inside_and_no_picture_covers_another(
    window: Page, table_address: str, table_site: CodedSite
) -> None:
    window.set_viewport_size({"width": 1280, "height": 800})
    viewer = ViewerPage(window).open(table_address, "#layout=categories")
    names = read_texts(viewer, ".area")
    assert_apart(names, 1280)
    assert sorted(text for text, _ in names) == ["fig 19", "map 19", "no category 6", "pear 20"]
    boxes = viewer.boxes(table_site.count)
    for k, a in enumerate(boxes):
        for b in boxes[:k]:
            apart_x = abs(a["x"] - b["x"]) >= (a["width"] + b["width"]) / 2 - 0.5
            apart_y = abs(a["y"] - b["y"]) >= (a["height"] + b["height"]) / 2 - 0.5
            assert apart_x or apart_y
    assert check_pictures(viewer, table_site) > 30
    # Inside an area its name stays in view.
    pear = next(box for text, box in names if text == "pear 20")
    viewer.zoom(pear["x"], pear["y"] + 90, steps=4)
    assert "pear 20" in [text for text, _ in read_texts(viewer, ".area")]


def color_at(viewer: ViewerPage, x: float, y: float) -> np.ndarray:
    return viewer.pixels()[round(y), round(x)].astype(int)


def world_point(viewer: ViewerPage, x: float, y: float) -> tuple[float, float]:
    """Return where a world point lies on the screen."""
    camera, size = viewer.state()["camera"], viewer.page.viewport_size
    assert size is not None
    return (
        size["width"] / 2 + (x - camera["x"]) * camera["scale"],
        size["height"] / 2 - (y - camera["y"]) * camera["scale"],
    )


def test_land_and_sea_lie_below_the_pictures_and_move_with_them(
    window: Page, table_address: str, table_site: CodedSite
) -> None:
    layout = make_layouts()[2].layout
    land = max(
        (shape for shape in layout.ground if shape.kind == "land"), key=lambda s: sum(map(len, s.parts))
    )
    frame = next(shape for shape in layout.ground if shape.kind == "sea").parts[0]
    viewer = ViewerPage(window).open(table_address, "#layout=geography")
    viewer.look_away()
    sea = color_at(viewer, *world_point(viewer, frame[:, 0].min() + 0.01, frame[:, 1].min() + 0.2))
    positions = table_site.positions["geography"]

    def far_from_pictures(point: np.ndarray) -> bool:
        return float(np.abs(positions - point).max(1).min()) > layout.cells[0].side

    # A little inside the coast, in the middle of three of its points, where no picture is.
    coast = np.vstack(land.parts)
    inner = [coast[[k, k + 25, k + 50]].mean(0) for k in range(0, len(coast) - 50, 5)]
    found = 0
    before = viewer.pixels()
    for point in filter(far_from_pictures, inner):
        x, y = world_point(viewer, *point)
        if 10 < x < WIDTH - 10 and 90 < y < HEIGHT - 90:
            found += not np.allclose(before[round(y), round(x)], sea, atol=2)
    assert found > 5
    assert check_pictures(viewer, table_site) > 15
    viewer.drag(300, 250, -80, 0)
    viewer.look_away()
    after = viewer.pixels()
    assert np.abs(before[120:360, 200:500].astype(int) - after[120:360, 120:420]).mean() < 3
    viewer.choose("Grid")
    expect(window.locator("#clipplot-ground")).to_be_hidden()


def test_a_damaged_ground_is_told_and_the_pictures_stay(
    window: Page, watch: PageWatch, table_address: str, table_site: CodedSite
) -> None:
    window.route("**/c/ground-geography.*", lambda route: route.fulfill(status=404))
    viewer = ViewerPage(window).open(table_address, "#layout=geography")
    expect(window.get_by_text("c/ground-geography.")).to_contain_text("404")
    assert check_pictures(viewer, table_site) > 15
    watch.forgive("404")


def test_what_an_empty_layout_lacks_is_said_when_it_is_asked_for(viewer: ViewerPage) -> None:
    viewer.page.get_by_role("radio", name="Places").click(force=True)
    expect(viewer.page.get_by_text("Places is not available: no image has coordinates.")).to_be_visible()


def test_the_manifest_names_every_file_of_the_layouts(table_site: CodedSite) -> None:
    manifest: dict[str, Any] = json.loads((table_site.folder / "manifest.json").read_bytes())
    named = {layout["name"]: layout for layout in manifest["layouts"]}
    for name in ("timeline", "categories", "geography"):
        for part in (named[name], named[name]["tall"]):
            for path in filter(None, (part["labels"], part.get("ground"))):
                assert (table_site.folder / path).is_file()
            assert part["positions"] in manifest["columns"]
