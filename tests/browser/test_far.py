"""Very many images, seen from afar: each is a small picture of its own colours, and few stand out as themselves."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page

from tests.browser.coded_site import CodedSite, code_of, write_coded_site
from tests.browser.viewer_page import ViewerPage
from tests.browser.watch import PageWatch

#: So many images in so small a window are too small to be pictures.
COUNT, BOOT = 2800, 400
WINDOW = {"width": 420, "height": 380}


@pytest.fixture(scope="module")
def crowd(tmp_path_factory: pytest.TempPathFactory) -> CodedSite:
    """Return a site of more images than are shown first; not to be changed."""
    return write_coded_site(tmp_path_factory.mktemp("crowd"), COUNT, boot_images=BOOT)


@pytest.fixture
def open_far(
    page: Page, serve_folder: Callable[[Path], str], crowd: CodedSite
) -> Callable[[str], ViewerPage]:
    """Return what opens the viewer of the crowd at an address, with all that it loads by and by."""

    def open_at(fragment: str) -> ViewerPage:
        page.set_viewport_size(WINDOW)
        page.emulate_media(reduced_motion="reduce")
        viewer = ViewerPage(page).open(serve_folder(crowd.folder), fragment)
        with_micro(viewer)
        return viewer

    return open_at


@pytest.fixture
def far(open_far: Callable[[str], ViewerPage]) -> ViewerPage:
    """Return the viewer at the layout that it opens with."""
    return open_far("")


def with_micro(viewer: ViewerPage) -> None:
    viewer.until(
        "() => performance.getEntriesByType('resource').some((e) => e.name.includes('/c/micro-') && e.responseEnd)"
    )
    viewer.page.wait_for_timeout(300)
    viewer.settle()


def drawn(viewer: ViewerPage) -> dict[str, list[int]]:
    found: dict[str, list[int]] = viewer.page.evaluate("() => window.__clipplot.drawn()")
    return found


def codes_of_dots(viewer: ViewerPage, coded: CodedSite) -> tuple[int, int, int]:
    """Return how many dots that nothing covers show the right colour, another one, and how many there are."""
    viewer.look_away()
    pixels = viewer.pixels()
    boxes = viewer.boxes(coded.count)
    inside = [
        r
        for r, b in enumerate(boxes)
        if 20 < b["x"] < WINDOW["width"] - 20 and 70 < b["y"] < WINDOW["height"] - 70
    ]
    picked = viewer.pick_all([(boxes[r]["x"], boxes[r]["y"]) for r in inside])
    right = wrong = 0
    for rank, top in zip(inside, picked, strict=True):
        if top != rank:
            continue
        box = boxes[rank]
        code = code_of(pixels[int(box["y"] + 0.15 * box["height"]), int(box["x"])][:3])
        right += code == coded.codes[rank]
        wrong += code >= 0 and code != coded.codes[rank]
    return right, wrong, len(inside)


def test_few_stand_out_and_are_the_right_ones(far: ViewerPage, crowd: CodedSite) -> None:
    far.look_away()
    shown = drawn(far)["ranksVisible"]
    assert 20 < len(shown) < BOOT
    assert drawn(far)["thumbnails"] == len(shown)
    pixels, boxes = far.pixels(), far.boxes(crowd.count)
    places = [(boxes[rank]["x"], boxes[rank]["y"] + 3) for rank in shown]
    assert min(max(boxes[rank]["width"], boxes[rank]["height"]) for rank in shown) >= 20
    seen = 0
    for (x, y), top in zip(places, far.pick_all(places), strict=True):
        assert top in shown
        if 20 < x < WINDOW["width"] - 20 and 70 < y < WINDOW["height"] - 70:
            code = code_of(
                np.median(pixels[int(y) - 1 : int(y) + 2, int(x) - 1 : int(x) + 2, :3], axis=(0, 1))
            )
            assert code in (crowd.codes[top], -1), (top, x, y)
            seen += code == crowd.codes[top]
    assert seen > 10


def test_dots_are_pictures_in_a_layout_whose_neighbours_are_far_in_rank(
    open_far: Callable[[str], ViewerPage], crowd: CodedSite
) -> None:
    far = open_far("#layout=grid")
    assert drawn(far)["thumbnails"] == 0
    right, wrong, count = codes_of_dots(far, crowd)
    assert count > COUNT // 4
    assert right > 0.8 * count
    assert wrong < 0.01 * count


def test_the_first_view_asks_for_little_and_the_rest_follows(
    far: ViewerPage, watch: PageWatch, crowd: CodedSite
) -> None:
    asked = far.page.evaluate(
        "() => performance.getEntriesByType('resource').map((e) => [e.name, e.startTime]).sort((a, b) => a[1] - b[1])"
    )
    names = [name.rsplit("/", 2)[-1].split(".")[0] if "/c/" in name else name for name, _ in asked]
    assert names.index("boot") < names.index("layout-umap")
    assert names.index("boot") < names.index("aspect")
    first_tile = min(k for k, name in enumerate(names) if "/s/" in name)
    assert first_tile < names.index("layout-umap")
    assert names.index("micro-0") > names.index("aspect")
    assert "color" not in names  # micro-thumbnails say it
    # All images are found, not only those that were shown first.
    assert far.page.evaluate("() => window.__clipplot.state.inView") == COUNT


def test_zooming_in_leads_to_every_picture(far: ViewerPage, crowd: CodedSite) -> None:
    middle = (WINDOW["width"] / 2, WINDOW["height"] / 2)
    far.zoom(*middle, steps=6)
    boxes = far.boxes(crowd.count)
    near = [r for r, b in enumerate(boxes) if abs(b["x"] - middle[0]) < 150 and abs(b["y"] - middle[1]) < 100]
    assert near
    assert max(boxes[r]["width"] for r in near) > 30
    right, wrong, _ = codes_of_dots(far, crowd)
    assert wrong == 0
    assert right > 0
