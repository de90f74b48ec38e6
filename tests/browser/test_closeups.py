"""Looking closer than the detail picture: pyramids of the site, and pictures of the one other server that it names."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, Route, expect

from clipplot_pipeline.images.pyramid import write_pyramid
from clipplot_pipeline.site.closeups import Closeups
from tests.browser.coded_site import image_ids, write_coded_site
from tests.browser.viewer_page import ViewerPage
from tests.browser.watch import PageWatch

FEW = 8
ORIGIN = "https://iiif.example.org"
GREEN = (20, 200, 60)
MIDDLE = (slice(200, 300), slice(330, 430))


def encode(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=95, subsampling=0)
    return out.getvalue()


@pytest.fixture(scope="module")
def fine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a site whose pyramids have black and white lines of two pixels, of which no detail picture knows."""
    pixels = np.zeros((1280, 1920, 3), np.uint8)
    pixels[:, np.arange(1920) // 2 % 2 == 1] = 255
    data = write_pyramid(Image.fromarray(pixels), 95)
    closeups = Closeups("tiles", "lines", np.full(FEW, len(data)), lambda _: data)
    return write_coded_site(tmp_path_factory.mktemp("fine"), FEW, closeups=closeups).folder


@pytest.fixture(scope="module")
def served_elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a site whose close-ups are those of a IIIF server."""
    addresses = tuple(f"{ORIGIN}/image/{image_id}" for image_id in image_ids(FEW))
    closeups = Closeups("iiif", addresses=addresses, origin=ORIGIN)
    return write_coded_site(tmp_path_factory.mktemp("elsewhere"), FEW, closeups=closeups).folder


def enlarge(window: Page, address: str) -> ViewerPage:
    """Open the picture in the middle in all of the window."""
    viewer = ViewerPage(window).open(address)
    window.locator("#clipplot-map").focus()
    window.keyboard.press("Enter")
    window.get_by_role("button", name="Enlarge").first.click()
    expect(window.get_by_role("dialog", name=re.compile("^Picture:"))).to_be_visible()
    return viewer


def look(page: Page) -> np.ndarray:
    """Return what is seen in the middle of the window; float, shape (100, 100, 3)."""
    with Image.open(io.BytesIO(page.screenshot())) as seen:
        return np.asarray(seen.convert("RGB"), dtype=float)[MIDDLE]


def wait_to_see(viewer: ViewerPage, is_seen: Callable[[np.ndarray], bool]) -> None:
    for _ in range(200):
        if is_seen(look(viewer.page)):
            return
        viewer.page.wait_for_timeout(100)
    raise AssertionError(f"never seen; the middle is {look(viewer.page).mean(axis=(0, 1))}")


def has_sharp_lines(seen: np.ndarray) -> bool:
    dark, light = (seen < 60).all(axis=-1).mean(), (seen > 195).all(axis=-1).mean()
    return bool(dark > 0.3 and light > 0.3)


def test_zooming_deep_shows_what_the_detail_picture_does_not_have(
    window: Page, watch: PageWatch, serve_folder: Callable[[Path], str], fine: Path
) -> None:
    viewer = enlarge(window, serve_folder(fine))
    assert not has_sharp_lines(look(window))
    window.mouse.move(380, 250)
    for _ in range(12):
        window.mouse.wheel(0, -240)
    wait_to_see(viewer, has_sharp_lines)
    pyramid = {url for url in watch.requests if url.endswith(".tif")}
    assert len(pyramid) == 1
    seen = look(window)
    window.keyboard.press("ArrowRight")  # what is moved stays sharp
    wait_to_see(viewer, lambda now: has_sharp_lines(now) and bool(np.abs(now - seen).mean() > 1))
    window.keyboard.press("0")
    window.keyboard.press("ArrowRight")  # the next picture has its own
    for _ in range(12):
        window.mouse.wheel(0, -240)
    wait_to_see(viewer, has_sharp_lines)
    assert len({url for url in watch.requests if url.endswith(".tif")}) == 2


def test_tiles_come_from_the_server_that_the_site_names_and_only_once_asked_for(
    window: Page, watch: PageWatch, serve_folder: Callable[[Path], str], served_elsewhere: Path
) -> None:
    tile = encode(Image.new("RGB", (512, 512), GREEN))
    asked: list[str] = []

    def answer(route: Route) -> None:
        asked.append(route.request.url)
        leave = {"Access-Control-Allow-Origin": "*"}
        if not route.request.url.endswith("/info.json"):
            route.fulfill(body=tile, content_type="image/jpeg")  # a picture needs no leave
            return
        info = {"@context": "http://iiif.io/api/image/2/context.json", "width": 4000, "height": 3000}
        info["tiles"] = [{"width": 512, "scaleFactors": [1, 2, 4, 8]}]
        route.fulfill(json=info, headers=leave)

    window.route(f"{ORIGIN}/**", answer)
    viewer = ViewerPage(window).open(serve_folder(served_elsewhere))
    assert asked == []
    window.locator("#clipplot-map").focus()
    window.keyboard.press("Enter")
    button = window.get_by_role("button", name="Enlarge").first
    expect(button).to_be_visible()
    assert asked == []  # the panel shows the picture of the site itself
    button.click()
    window.mouse.move(380, 250)
    for _ in range(3):
        window.mouse.wheel(0, -240)
    wait_to_see(viewer, lambda seen: bool(np.abs(seen - GREEN).max() < 12))
    assert asked[0].endswith("/info.json")
    assert all(re.search(r"/(full|\d+,\d+,\d+,\d+)/\d+,/0/default\.jpg$", url) for url in asked[1:])
    foreign = {urlsplit(url).netloc for url in watch.requests if url.startswith("https:")}
    assert foreign == {"iiif.example.org"}


def test_a_server_that_does_not_answer_leaves_the_smaller_picture_until_it_does(
    window: Page, watch: PageWatch, serve_folder: Callable[[Path], str], served_elsewhere: Path
) -> None:
    leave = {"Access-Control-Allow-Origin": "*"}
    info = {"@context": "http://iiif.io/api/image/2/context.json", "width": 4000, "height": 3000}
    info["tiles"] = [{"width": 512, "scaleFactors": [1, 2, 4, 8]}]
    tile = encode(Image.new("RGB", (512, 512), GREEN))
    window.route(f"{ORIGIN}/**", lambda route: route.fulfill(status=404, headers=leave))
    viewer = enlarge(window, serve_folder(served_elsewhere))
    expect(window.get_by_text("The sharper picture could not be loaded")).to_be_visible()
    expect(window.locator("dialog img")).to_be_visible()
    window.unroute(f"{ORIGIN}/**")
    window.route(f"{ORIGIN}/**", lambda route: route.fulfill(body=tile, content_type="image/jpeg"))
    window.route(f"{ORIGIN}/**/info.json", lambda route: route.fulfill(json=info, headers=leave))
    window.get_by_role("button", name="Try again").click()
    expect(window.get_by_text("The sharper picture could not be loaded")).to_have_count(0)
    window.mouse.move(380, 250)
    for _ in range(3):
        window.mouse.wheel(0, -240)
    wait_to_see(viewer, lambda seen: bool(np.abs(seen - GREEN).max() < 12))
    watch.forgive(ORIGIN)
    watch.forgive("404")
