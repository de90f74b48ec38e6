"""When something is missing, damaged or lost: the viewer says what, names the file, and shows what it can."""

from __future__ import annotations

import json
import re

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.coded_site import COUNT, CodedSite, code_of, write_coded_site
from tests.browser.viewer_page import HEIGHT, WIDTH, ViewerPage, code_at, is_clear
from tests.browser.watch import PageWatch


@pytest.fixture
def page(window: Page) -> Page:
    return window


def replace_json(page: Page, pattern: str, change) -> None:
    """Hand out a JSON file changed."""

    def answer(route: Route) -> None:
        value = route.fetch().json()
        change(value)
        route.fulfill(body=json.dumps(value), content_type="application/json")

    page.route(pattern, answer)


def test_missing_tiles_are_named_and_the_map_stays(
    page: Page, watch: PageWatch, address: str, coded: CodedSite
) -> None:
    page.route("**/s/**", lambda route: route.fulfill(status=404))
    viewer = ViewerPage(page).open(address)
    expect(page.get_by_text("could not be read")).to_contain_text(".webp: the server answered 404")
    assert page.evaluate("() => __clipplot.drawn().thumbnails") == 0
    box = viewer.box(30)
    viewer.until(
        "() => performance.getEntriesByType('resource').some((e) => e.name.includes('/c/micro-') && e.responseEnd)"
    )
    page.wait_for_timeout(300)
    viewer.settle()
    top = viewer.pick(box["x"], box["y"])
    shown = viewer.pixels()[round(box["y"]), round(box["x"])]
    assert code_of(shown) == coded.codes[top], "the micro-thumbnail stands in"
    page.get_by_role("button", name="Dismiss").click()
    expect(page.get_by_text("could not be read")).to_have_count(0)
    expect(page.locator("#clipplot-map")).to_be_focused()
    assert viewer.pick(box["x"], box["y"]) >= 0
    tries = [url for url in watch.requests if "/s/" in url]
    assert len(tries) == len(set(tries)), "what is missing is asked for once"
    watch.forgive("404")


@pytest.mark.parametrize(
    ("column", "damage", "words"),
    [
        ("layout-umap", {"status": 404}, "the server answered 404"),
        ("aspect", {"body": b"\x1f\x8b\x08\x00 no"}, "damaged"),
        ("color", {"body": b"short"}, "cut short"),
    ],
)
def test_a_bad_column_is_named(
    page: Page, watch: PageWatch, address: str, column: str, damage: dict, words: str
) -> None:
    page.route(f"**/c/{column}.*", lambda route: route.fulfill(**damage))
    page.goto(address)
    alert = page.get_by_role("alert").filter(has_text=words)
    expect(alert).to_be_visible()
    expect(alert).to_contain_text(f"c/{column}.")
    if "status" in damage:
        watch.forgive("404")


def test_a_layout_that_fails_leaves_the_one_before(page: Page, watch: PageWatch, address: str) -> None:
    page.route("**/c/layout-grid.*", lambda route: route.fulfill(status=500))
    viewer = ViewerPage(page).open(address)
    labels = "() => __clipplot.state.labels.length"
    before = viewer.until(labels)
    viewer.layout("Grid")
    expect(page.get_by_text("c/layout-grid.")).to_contain_text("500")
    assert viewer.settle().state()["layout"] == "umap"
    viewer.until(f"() => ({labels})() === {before}")
    expect(page.get_by_role("radio", name="Similarity")).to_be_checked()
    page.unroute("**/c/layout-grid.*")
    viewer.layout("Grid")
    viewer.until("() => __clipplot.state.layout === 'grid' && __clipplot.settled")
    watch.forgive("500")


def test_a_newer_format_is_refused(page: Page, address: str) -> None:
    replace_json(page, "**/manifest.json", lambda manifest: manifest["format"].update(major=2))
    page.goto(address)
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("format version 2")
    expect(alert).to_contain_text("reads version 1")


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ({"status": 404}, "manifest.json could not be read. The server answered 404"),
        ({"body": "<html>"}, "manifest.json is not the manifest of a clipplot site"),
    ],
)
def test_a_bad_manifest_is_named(
    page: Page, watch: PageWatch, address: str, answer: dict, words: str
) -> None:
    page.route("**/manifest.json", lambda route: route.fulfill(**answer))
    page.goto(address)
    expect(page.get_by_role("alert")).to_contain_text(words)
    if "status" in answer:
        watch.forgive("404")


def test_words_are_never_trusted(page: Page, address: str, coded) -> None:
    def poison(block: dict) -> None:
        for row in block["rows"]:
            row["fields"]["permalink"] = "javascript:window.hazard=1"
            row["fields"]["title"] = "<img src=x onerror=window.hazard=2>"
            row["fields"]["tags"] = ["<script>window.hazard=3</script>", {"deep": 1}]

    replace_json(page, "**/w/**", poison)
    viewer = ViewerPage(page).open(address, f"#image={coded.ids[5]}")
    panel = page.get_by_role("complementary", name="Image details")
    expect(panel.get_by_role("heading", level=2)).to_have_text("<img src=x onerror=window.hazard=2>")
    expect(panel.get_by_text("javascript:window.hazard=1")).to_be_visible()
    links = panel.get_by_role("link").evaluate_all("links => links.map((link) => link.href)")
    assert all(link.startswith(address) for link in links), (
        "the picture itself may be saved, nothing else is linked"
    )
    assert viewer.settle().page.evaluate("() => window.hazard") is None


def test_words_that_are_missing_are_told_in_the_panel(
    page: Page, watch: PageWatch, address: str, coded
) -> None:
    page.route("**/w/**", lambda route: route.fulfill(status=404))
    ViewerPage(page).open(address, f"#image={coded.ids[5]}")
    panel = page.get_by_role("complementary", name="Image details")
    expect(panel).to_contain_text("w/")
    expect(panel).to_contain_text("the server answered 404")
    panel.get_by_role("button", name="Close").click()
    expect(panel).to_have_count(0)
    watch.forgive("404")


def test_a_lost_context_comes_back(page: Page, address: str, coded) -> None:
    viewer = ViewerPage(page).open(address)
    viewer.choose("Grid")
    page.evaluate(
        """() => {
          const gl = document.querySelector('#clipplot-map').getContext('webgl2');
          window.loss = { gl, by: gl.getExtension('WEBGL_lose_context') };
          loss.by.loseContext();
        }"""
    )
    viewer.until("() => window.loss.gl.isContextLost()")
    page.wait_for_timeout(100)
    page.evaluate("() => window.loss.by.restoreContext()")
    viewer.until("() => __clipplot.settled && __clipplot.drawn().thumbnails > 0")
    pixels = viewer.settle().pixels()
    boxes = viewer.boxes(COUNT)
    right = [
        code_at(pixels, box["x"], box["y"] + 3) == code for box, code in zip(boxes, coded.codes, strict=True)
    ]
    assert all(right), f"{right.count(False)} pictures are not what they were"


def test_without_webgl_it_says_what_to_do(page: Page, address: str) -> None:
    page.add_init_script("HTMLCanvasElement.prototype.getContext = () => null;")
    page.goto(address)
    expect(page.get_by_text("WebGL 2 is missing")).to_be_visible()
    expect(page.get_by_role("link", name="About")).to_be_visible()


@pytest.mark.parametrize("count", [0, 1, 2])
def test_hardly_any_images(page: Page, serve_folder, tmp_path, count: int) -> None:
    small = write_coded_site(tmp_path, count)
    viewer = ViewerPage(page).open(serve_folder(small.folder))
    viewer.choose("Grid")
    pixels = viewer.pixels()
    for rank, box in enumerate(viewer.boxes(count)):
        assert 0 < box["x"] < WIDTH
        assert 50 < box["y"] < HEIGHT - 50
        assert 60 < max(box["width"], box["height"]) < 500
        assert viewer.pick(box["x"], box["y"]) == rank
        assert code_at(pixels, box["x"], box["y"] + 4) == small.codes[rank]
    page.locator("#clipplot-map").focus()
    for key in ("+", "ArrowLeft", "0", "-", "0", "Enter"):
        page.keyboard.press(key)
        viewer.settle()
    camera = viewer.state()["camera"]
    assert all(abs(value) < 1e6 for value in camera.values()), camera
    assert (viewer.open_rank() >= 0) == (count > 0)
    if count == 0:
        expect(page.get_by_text("There are no images in this collection.")).to_be_visible()


def test_what_was_missed_offline_comes_when_the_connection_is_back(
    page: Page, watch: PageWatch, address: str, coded: CodedSite
) -> None:
    viewer = ViewerPage(page).open(address)
    page.context.set_offline(True)
    notice = page.get_by_text("There is no connection.")
    expect(notice).to_be_visible()
    # One looks closer: what is not here cannot come, and the map stays usable.
    box = viewer.box(30)
    asked = len(watch.requests)
    viewer.zoom(box["x"], box["y"], steps=6)
    missed = {url for url in watch.requests[asked:] if "/s/" in url or "/p/" in url}
    assert missed, "something was asked for in vain"
    expect(page.get_by_text("could not be read")).to_have_count(0)
    page.context.set_offline(False)
    expect(page.get_by_text("The connection is back.")).to_be_visible()
    expect(notice).to_have_count(0)
    viewer.settle()
    tries = [url for url in watch.requests[asked:] if url in missed]
    assert set(tries) == missed
    assert len(tries) > len(missed), "it was asked for again"
    pixels = viewer.pixels()
    seen = [
        code_at(pixels, there["x"], there["y"]) == coded.codes[rank]
        for rank, there in enumerate(viewer.boxes(COUNT))
        if is_clear(there) and viewer.pick(there["x"], there["y"]) == rank
    ]
    assert seen
    assert all(seen)
    expect(page.get_by_text("The connection is back.")).to_have_count(0)
    # A part of the interface that could not be loaded has come, too, and its style.
    expect(page.locator(".minimap")).to_be_visible()
    assert page.locator(".minimap").evaluate("e => getComputedStyle(e).position") == "relative"
    watch.forgive("DISCONNECTED")


def test_a_server_that_does_not_answer_is_asked_again(
    page: Page, watch: PageWatch, address: str, coded: CodedSite
) -> None:
    """The browser says that it is online all the time: only the pauses bring the tiles back."""
    viewer = ViewerPage(page).open(address)
    is_down = True

    def answer(route: Route) -> None:
        if is_down:
            route.abort("connectionrefused")
        else:
            route.fallback()

    page.route("**/w/**", answer)
    page.route("**/manifest.json", answer)
    page.locator("#clipplot-map").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("There is no connection.")).to_be_visible()
    panel = page.get_by_role("complementary", name="Image details")
    expect(panel).to_contain_text("did not answer")
    is_down = False
    expect(page.get_by_text("The connection is back.")).to_be_visible()
    expect(panel.get_by_role("heading").first).to_be_visible()
    expect(panel).not_to_contain_text("did not answer")
    viewer.settle()
    watch.forgive("REFUSED")


def test_pictures_missed_in_list_and_details_come_when_the_connection_is_back(
    page: Page, watch: PageWatch, address: str
) -> None:
    viewer = ViewerPage(page).open(address)
    page.keyboard.press("l")
    words = page.locator("#clipplot-list .name").first
    expect(words).to_have_text(re.compile("Picture"))
    words.click()
    panel = page.get_by_role("complementary", name="Image details")
    viewer.until("() => document.querySelector('aside img')?.naturalWidth > 0")
    page.context.set_offline(True)
    expect(page.get_by_text("There is no connection.")).to_be_visible()
    panel.get_by_role("button", name="Next image").click()
    expect(panel).to_contain_text("The large picture could not be loaded")
    page.context.set_offline(False)
    expect(page.get_by_text("The connection is back.")).to_be_visible()
    expect(panel).not_to_contain_text("could not be loaded")
    viewer.until("() => document.querySelector('aside img').naturalWidth > 0")
    watch.forgive("DISCONNECTED")


def test_an_enlarged_picture_that_broke_comes_by_itself_and_one_that_is_missing_is_named(
    page: Page, watch: PageWatch, address: str
) -> None:
    answers = {"status": 503}

    def answer(route: Route) -> None:
        if answers["status"] == 200:
            route.fallback()
        else:
            route.fulfill(status=answers["status"])

    viewer = ViewerPage(page).open(address)
    page.locator("#clipplot-map").focus()
    page.keyboard.press("Enter")
    viewer.until("() => document.querySelector('aside img')?.naturalWidth > 0")
    page.get_by_role("button", name="Enlarge").first.click()
    dialog = page.get_by_role("dialog", name=re.compile("^Picture:"))
    seen = "() => document.querySelector('dialog img')?.naturalWidth > 0"
    viewer.until(seen)
    page.route("**/p/**", answer)
    dialog.get_by_role("button", name="Next image").click()
    expect(dialog.get_by_role("alert")).to_contain_text("could not be loaded yet")
    answers["status"] = 200
    viewer.until(seen)
    expect(dialog.get_by_role("alert")).to_have_count(0)
    answers["status"] = 404
    dialog.get_by_role("button", name="Next image").click()
    expect(dialog.get_by_role("alert")).to_contain_text("missing from this site. p/")
    answers["status"] = 200
    dialog.get_by_role("button", name="Try again").click()
    viewer.until(seen)
    watch.forgive("503")
    watch.forgive("404")


def test_code_that_is_gone_is_asked_for_once(page: Page, watch: PageWatch, address: str) -> None:
    page.route("**/Minimap.js", lambda route: route.fulfill(status=404))
    viewer = ViewerPage(page).open(address)
    box = viewer.box(30)
    viewer.zoom(box["x"], box["y"], steps=6)
    expect(page.get_by_text("could not be read")).to_contain_text("Minimap.js")
    for step in range(12):
        page.mouse.move(box["x"] + 30 * step - 180, box["y"])
        viewer.settle()
    assert sum("Minimap.js" in url for url in watch.requests) == 1
    watch.forgive("404")
