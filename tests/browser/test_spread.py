"""Legible at first sight: every picture has room, on a desk and on a phone; the raw map is one switch away."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from clipplot_pipeline.layouts.packing import measure_cover
from clipplot_pipeline.layouts.spread import TALL, WIDE, spread_out
from clipplot_pipeline.model import ClusterLevel, Clusters, Layout
from tests.browser.coded_site import COUNT, CodedSite, aspects_of, write_coded_site
from tests.browser.right_pictures import check_pictures, check_positions
from tests.browser.viewer_page import ViewerPage

MANY = 1000
GROUPS = 8
NAMES = tuple(f"group {k}" for k in range(GROUPS))
#: What the interface may take of the window at the top and at the foot.
TOP, FOOT = 60, 60


def _write_heaps(folder: Path, count: int) -> tuple[CodedSite, np.ndarray]:
    """Publish heaps far apart, as UMAP leaves them, and spread out; return the group of every rank, too."""
    rng = np.random.default_rng(11)
    group = np.arange(count) * GROUPS // count
    angle = 2 * np.pi * group / GROUPS
    middles = np.stack([0.75 * np.cos(angle), 0.45 * np.sin(angle)], 1)
    raw = (middles + rng.normal(scale=0.03, size=(count, 2))).clip(-1, 1).astype(np.float32)
    spreads = tuple(spread_out(raw, aspects_of(count), aspect)[0] for aspect in (WIDE, TALL))
    firsts = tuple((int(np.argmax(group == k)),) for k in range(GROUPS))
    level = ClusterLevel(group.astype(np.int32), np.ones(count, np.float32), NAMES, firsts)
    site = write_coded_site(folder, count, Layout("umap", raw, spreads=spreads), Clusters((level,)))
    row_of_rank = [sorted(site.ids).index(image_id) for image_id in site.ids]
    return site, group[row_of_rank]


@pytest.fixture(scope="module")
def heaps(tmp_path_factory: pytest.TempPathFactory) -> tuple[CodedSite, np.ndarray]:
    return _write_heaps(tmp_path_factory.mktemp("heaps"), MANY)


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> CodedSite:
    return _write_heaps(tmp_path_factory.mktemp("few"), COUNT)[0]


@pytest.fixture
def desk(page: Page, serve_folder: Callable[[Path], str], heaps) -> ViewerPage:
    """Return the viewer of a thousand pictures, in a window of 1280 × 800 px, without motion."""
    page.emulate_media(reduced_motion="reduce")
    return ViewerPage(page).open(serve_folder(heaps[0].folder))


@pytest.fixture
def phone(browser: Browser) -> Iterator[BrowserContext]:
    options = {"has_touch": True, "is_mobile": True, "reduced_motion": "reduce"}
    made = browser.new_context(viewport={"width": 390, "height": 844}, **options)
    yield made
    made.close()


def rectangles(viewer: ViewerPage, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Return middles and sizes of all pictures on the screen; CSS pixels, both (count, 2)."""
    boxes = viewer.boxes(count)
    return (
        np.array([[box["x"], box["y"]] for box in boxes]),
        np.array([[box["width"], box["height"]] for box in boxes]),
    )


def open_options(viewer: ViewerPage) -> None:
    viewer.page.get_by_role("button", name="How pictures are shown").click()


def switch_room(viewer: ViewerPage) -> None:
    viewer.page.get_by_role("switch", name="Room for every picture").click()
    viewer.until("() => !__clipplot.state.isLayoutLoading")
    viewer.settle()


def hash_of(viewer: ViewerPage) -> str:
    # The address follows the camera after a pause.
    viewer.page.wait_for_timeout(450)
    return str(viewer.page.evaluate("() => location.hash"))


def test_a_thousand_pictures_are_legible_at_first_sight(desk: ViewerPage) -> None:
    middles, sizes = rectangles(desk, MANY)
    # The side of the square of the same area: their shapes differ.
    sides = np.sqrt(sizes.prod(1))
    assert (sides >= 24).mean() >= 0.9
    assert measure_cover(middles, sizes / 2) < 0.1
    assert measure_cover(middles, sizes / 2) < 0.03, "what the layout promises"
    drawn = desk.page.evaluate("() => __clipplot.drawn()")
    assert drawn["thumbnails"] == MANY
    assert drawn["points"] == 0
    low, high = (middles - sizes / 2).min(0), (middles + sizes / 2).max(0)
    assert low[0] >= 0
    assert low[1] >= TOP
    assert high[0] <= 1280
    assert high[1] <= 800 - FOOT
    assert (high - low)[0] > 0.93 * 1280, "the map fills the window"
    assert (high - low)[1] > 0.93 * (800 - TOP - FOOT)


def test_groups_are_islands_with_their_names_on_them(desk: ViewerPage, heaps) -> None:
    _, group = heaps
    middles, sizes = rectangles(desk, MANY)
    is_same = group[:, None] == group[None]
    gap = (np.abs(middles[:, None] - middles[None]) - (sizes[:, None] + sizes[None]) / 2).max(2)
    np.fill_diagonal(gap, np.inf)
    own, other = np.where(is_same, gap, np.inf).min(1), np.where(is_same, np.inf, gap).min(1)
    assert (own < other).mean() > 0.9
    for number, name in enumerate(NAMES):
        label = desk.page.locator(".labels span.shown", has_text=name)
        expect(label).to_have_count(1)
        at = label.bounding_box()
        assert at is not None
        middle = np.median(middles[group == number], axis=0)
        assert abs(at["x"] + at["width"] / 2 - middle[0]) < 60
        assert abs(at["y"] + at["height"] / 2 - middle[1]) < 30


def test_the_switch_shows_the_raw_map_and_back_leads_back(desk: ViewerPage, heaps) -> None:
    site, group = heaps
    check_positions(desk, site, "umap spread 0")
    open_options(desk)
    switch_room(desk)
    check_positions(desk, site, "umap")
    assert hash_of(desk) == "#positions=raw"
    middles, _ = rectangles(desk, MANY)
    label = desk.page.locator(".labels span.shown", has_text=NAMES[2])
    expect(label).to_have_count(1)
    at = label.bounding_box()
    assert at is not None
    assert abs(at["x"] + at["width"] / 2 - np.median(middles[group == 2], axis=0)[0]) < 60
    desk.page.reload()
    desk.settle()
    check_positions(desk, site, "umap")
    open_options(desk)
    switch_room(desk)
    check_positions(desk, site, "umap spread 0")
    desk.page.go_back()
    desk.until("() => __clipplot.state.isRaw && !__clipplot.state.isLayoutLoading")
    desk.settle()
    check_positions(desk, site, "umap")


def test_who_looks_closely_keeps_the_place_when_switching(desk: ViewerPage, heaps) -> None:
    site, _ = heaps
    desk.zoom(400, 300, steps=2)
    middles, _ = rectangles(desk, MANY)
    nearest = int(np.hypot(*(middles - (640, 400)).T).argmin())
    open_options(desk)
    switch_room(desk)
    check_positions(desk, site, "umap")
    after = desk.box(nearest)
    assert np.hypot(*(middles[nearest] - (after["x"], after["y"]))) < 3


def test_the_change_is_animated(page: Page, serve_folder, heaps) -> None:
    viewer = ViewerPage(page).open(serve_folder(heaps[0].folder))
    open_options(viewer)
    page.get_by_role("switch", name="Room for every picture").click()
    viewer.until("() => !__clipplot.settled && __clipplot.state.isRaw")
    assert page.locator(".labels span.shown").count() == 0, "labels wait for the end"
    viewer.settle()
    check_positions(viewer, heaps[0], "umap")


def test_the_slider_changes_the_size_of_pictures(desk: ViewerPage) -> None:
    _, before = rectangles(desk, MANY)
    open_options(desk)
    slider = desk.page.get_by_role("slider", name="Picture size")
    slider.focus()
    for _ in range(30):
        slider.press("ArrowRight")
    desk.settle()
    middles, after = rectangles(desk, MANY)
    factor = desk.state()["sizeFactor"]
    assert 1.25 < factor < 1.45
    assert after / before == pytest.approx(factor, rel=1e-3)
    assert hash_of(desk) == f"#size={factor}"
    desk.page.reload()
    desk.settle()
    again = rectangles(desk, MANY)
    assert again[0] == pytest.approx(middles, abs=0.01)
    assert again[1] == pytest.approx(after, rel=1e-3)
    open_options(desk)
    for _ in range(28):
        slider.press("ArrowLeft")
    assert desk.state()["sizeFactor"] == 1, "near the usual size it holds on to it"
    assert hash_of(desk) == ""
    desk.page.keyboard.press("Escape")
    expect(slider).to_have_count(0)
    expect(desk.page.get_by_role("button", name="How pictures are shown")).to_be_focused()


def test_a_phone_has_a_map_of_its_own_shape(phone: BrowserContext, serve_folder, heaps) -> None:
    site, _ = heaps
    viewer = ViewerPage(phone.new_page()).open(serve_folder(site.folder))
    check_positions(viewer, site, "umap spread 1")
    middles, sizes = rectangles(viewer, MANY)
    spans = (middles + sizes / 2).max(0) - (middles - sizes / 2).min(0)
    assert spans[0] > 0.9 * 390
    assert spans[1] > 0.85 * (844 - 64 - 68)
    assert measure_cover(middles, sizes / 2) < 0.03
    viewer.page.set_viewport_size({"width": 844, "height": 390})  # turned
    viewer.until("() => Math.abs(__clipplot.state.camera.x) < 1 && innerWidth === 844")
    check_positions(viewer, site, "umap spread 0")


def test_a_link_from_a_desk_shows_the_same_pictures_on_a_phone(
    desk: ViewerPage, phone: BrowserContext, serve_folder, heaps
) -> None:
    desk.zoom(900, 300, steps=3)
    fragment = hash_of(desk)
    assert fragment.startswith("#at=")
    assert "positions" not in fragment
    middles, _ = rectangles(desk, MANY)
    nearest = int(np.hypot(*(middles - (640, 400)).T).argmin())
    mobile = ViewerPage(phone.new_page()).open(serve_folder(heaps[0].folder), fragment)
    check_positions(mobile, heaps[0], "umap spread 1")
    box = mobile.box(nearest)
    assert 0 < box["x"] < 390
    assert 64 < box["y"] < 844 - 68
    mobile.page.mouse.move(195, 400)
    mobile.page.mouse.wheel(0, -120)
    mobile.settle()
    assert "positions=1" in hash_of(mobile), "a place on a tall map says so"


def test_spread_out_every_picture_is_the_right_one(window: Page, serve_folder, few: CodedSite) -> None:
    viewer = ViewerPage(window).open(serve_folder(few.folder))
    check_positions(viewer, few, "umap spread 0")
    assert check_pictures(viewer, few) > COUNT // 2
    viewer.zoom(300, 250, steps=3)
    check_positions(viewer, few, "umap spread 0")
    assert check_pictures(viewer, few) >= 1
    viewer.choose("Grid")
    viewer.choose("Similarity")
    check_positions(viewer, few, "umap spread 0")
    assert check_pictures(viewer, few) > COUNT // 2
