"""Every picture as itself: what is drawn and what is picked is the right image, in every layout, at every zoom."""

from __future__ import annotations

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from tests.browser.coded_site import COUNT
from tests.browser.right_pictures import check_pictures, check_positions
from tests.browser.viewer_page import HEIGHT, MIDDLE, WIDTH, ViewerPage


@pytest.mark.parametrize(
    ("title", "layout"), [("Similarity", "umap"), ("Grid", "grid"), ("A to Z", "alphabetical")]
)
def test_every_picture_is_the_right_one(viewer: ViewerPage, coded, title: str, layout: str) -> None:
    viewer.choose("Grid" if layout != "grid" else "A to Z")
    viewer.choose(title)
    check_positions(viewer, coded, layout)
    assert check_pictures(viewer, coded) > COUNT // 2
    random = np.random.default_rng(3)
    for _ in range(2):  # seeds are fixed: the same way every time
        target = viewer.boxes(coded.count)[int(random.integers(COUNT))]
        x, y = np.clip(target["x"], 100, WIDTH - 100), np.clip(target["y"], 100, HEIGHT - 100)
        viewer.zoom(x, y, steps=2)
        viewer.drag(*MIDDLE, *map(float, random.integers(-150, 150, 2)))
        if viewer.open_rank() >= 0:
            viewer.page.keyboard.press("Escape")
            viewer.settle()
        check_positions(viewer, coded, layout)
        check_pictures(viewer, coded)
    # So close that the large pictures are drawn.
    nearest = min(viewer.boxes(coded.count), key=lambda b: abs(b["x"] - MIDDLE[0]) + abs(b["y"] - MIDDLE[1]))
    viewer.drag(*MIDDLE, MIDDLE[0] - nearest["x"], MIDDLE[1] - nearest["y"])
    viewer.page.keyboard.press("Escape")
    viewer.zoom(*MIDDLE, steps=7)
    assert max(box["width"] for box in viewer.boxes(coded.count)) > 200
    assert check_pictures(viewer, coded) >= 1


def test_a_change_of_layout_is_a_flight(window: Page, address: str, coded) -> None:
    window.emulate_media(reduced_motion="no-preference")
    window.clock.install()
    viewer = ViewerPage(window).open(address)
    window.clock.pause_at(window.evaluate("() => Date.now() + 50"))
    before, first = viewer.pixels(), viewer.state()["camera"]["scale"]
    viewer.layout("Grid")
    viewer.until("() => !__clipplot.state.isLayoutLoading")
    window.clock.run_for(16)  # the flight begins
    window.clock.run_for(450)
    middle, half_way = viewer.pixels(), viewer.state()["camera"]["scale"]
    window.clock.resume()
    viewer.settle()
    after, last = viewer.pixels(), viewer.state()["camera"]["scale"]
    assert differ(before, middle)
    assert differ(middle, after), "the pictures jumped"
    assert half_way not in {first, last}, "the camera jumped"
    check_positions(viewer, coded, "grid")
    assert viewer.state()["layout"] == "grid"
    expect(window.get_by_role("radio", name="Grid")).to_be_checked()


def test_reduced_motion_arrives_at_once(window: Page, address: str, coded) -> None:
    window.clock.install()
    viewer = ViewerPage(window).open(address)
    window.clock.pause_at(window.evaluate("() => Date.now() + 50"))
    viewer.layout("Grid")
    viewer.until("() => !__clipplot.state.isLayoutLoading")
    window.clock.run_for(40)
    soon, camera = viewer.pixels(), viewer.state()["camera"]
    check_positions(viewer, coded, "grid")
    window.keyboard.press("0")
    window.clock.resume()
    viewer.settle()
    assert not differ(soon, viewer.pixels())
    assert viewer.state()["camera"] == pytest.approx(camera)


def differ(one: np.ndarray, other: np.ndarray) -> bool:
    """Tell whether more than a few pixels are quite different."""
    return bool((np.abs(one.astype(int) - other) > 40).mean() > 0.005)
