"""Sensitive pictures are blurred wherever they are shown, until somebody asks for them."""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.coded_site import COUNT, CodedSite, write_coded_site
from tests.browser.viewer_page import ViewerPage

WORD = "fruit"  # the category of every other image
IN_A_BLOCK = 256  # images whose words come together


@pytest.fixture(scope="module")
def marked(tmp_path_factory: pytest.TempPathFactory) -> CodedSite:
    """Return a site in which half of the pictures are sensitive."""
    return write_coded_site(tmp_path_factory.mktemp("veiled"), sensitive=(WORD,))


@pytest.fixture
def veiled(window: Page, serve_folder: Callable[[Path], str], marked: CodedSite) -> ViewerPage:
    """Return its viewer."""
    return ViewerPage(window).open(serve_folder(marked.folder))


def show(page: Page, image_id: str) -> None:
    """Open an image by its address."""
    page.evaluate("id => { location.hash = `#image=${id}`; }", image_id)


def test_half_of_the_map_is_veiled(veiled: ViewerPage) -> None:
    flags = veiled.page.evaluate("() => [...__clipplot.state.veiled]")
    assert sum(flags) == COUNT // 2


def test_a_veiled_picture_is_blurred_in_the_panel_until_asked_for(veiled: ViewerPage) -> None:
    page = veiled.page
    rank = veiled.page.evaluate("() => __clipplot.state.veiled.indexOf(1)")
    box = veiled.box(rank)
    page.mouse.click(box["x"], box["y"])
    veiled.until("rank => __clipplot.state.open === rank", rank)
    panel = page.get_by_role("complementary", name="Image details")
    picture = panel.locator("figure img")
    expect(picture).to_have_css("filter", re.compile("blur"))
    expect(panel.get_by_role("link", name="Download")).to_have_count(0)
    panel.get_by_role("button", name="Show it").click()
    expect(picture).to_have_css("filter", "none")
    expect(panel.get_by_role("link", name="Download")).to_be_visible()
    flags = page.evaluate("() => [...__clipplot.state.veiled]")
    assert sum(flags) == COUNT // 2 - 1
    assert flags[rank] == 0


@pytest.fixture(scope="module")
def in_blocks(tmp_path_factory: pytest.TempPathFactory) -> CodedSite:
    """Return a site in which half of the pictures are sensitive, with two blocks of words."""
    return write_coded_site(tmp_path_factory.mktemp("blocks"), IN_A_BLOCK + 8, sensitive=(WORD,))


def test_a_veiled_picture_stays_blurred_while_the_next_image_is_awaited(
    window: Page, serve_folder: Callable[[Path], str], in_blocks: CodedSite
) -> None:
    page = window
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route(re.compile(r"/w/\w+/1\.json$"), hold)
    viewer = ViewerPage(page)
    page.goto(serve_folder(in_blocks.folder))
    viewer.until("() => window.__clipplot?.ready")
    flags = page.evaluate("() => [...__clipplot.state.veiled]")
    before, after = flags.index(1), flags.index(0, IN_A_BLOCK)
    show(page, in_blocks.ids[before])
    panel = page.get_by_role("complementary", name="Image details")
    picture = panel.locator("figure img")
    expect(picture).to_have_css("filter", re.compile("blur"))
    show(page, in_blocks.ids[after])
    viewer.until("rank => __clipplot.state.open === rank", after)
    assert in_blocks.ids[before] in (picture.get_attribute("src") or "")
    expect(picture).to_have_css("filter", re.compile("blur"))
    for name in ("Download", "Enlarge"):
        expect(panel.get_by_text(name)).to_have_count(0)
    assert held
    for route in held:
        route.continue_()
    expect(picture).to_have_attribute("src", re.compile(in_blocks.ids[after]))
    expect(picture).to_have_css("filter", "none")


def test_stepping_to_a_veiled_picture_ends_the_enlarged_view(veiled: ViewerPage, marked: CodedSite) -> None:
    page = veiled.page
    flags = veiled.page.evaluate("() => [...__clipplot.state.veiled]")
    rank = next(k for k in range(COUNT - 1) if flags[k : k + 2] == [0, 1])
    show(page, marked.ids[rank])
    panel = page.get_by_role("complementary", name="Image details")
    dialog = page.get_by_role("dialog", name=re.compile("^Picture:"))
    panel.get_by_role("button", name="Enlarge").first.click()
    expect(dialog).to_be_visible()
    page.keyboard.press("ArrowRight")
    expect(panel.get_by_role("button", name="Show it")).to_be_visible()
    expect(dialog).to_have_count(0)
    panel.focus()
    page.keyboard.press("ArrowLeft")
    expect(panel.get_by_role("link", name="Download")).to_be_visible()
    assert not veiled.settle().state()["isPictureOpen"]
    expect(dialog).to_have_count(0)


@pytest.fixture
def plain(page: Page, serve_folder: Callable[[Path], str], marked: CodedSite) -> Page:
    """Return its first plain page."""
    folder = json.loads((marked.folder / "manifest.json").read_text())["pages"]["folder"]
    page.goto(f"{serve_folder(marked.folder)}{folder}/1.html")
    return page


def test_plain_pages_blur_what_every_browser_can_blur(plain: Page) -> None:
    picture = plain.locator("svg.veiled").first
    expect(picture).to_have_css("filter", re.compile("blur"))  # the outermost svg: Safari blurs no other
    plain.locator("input.unveil").first.check()
    expect(picture).to_have_css("filter", "none")
    expect(plain.locator("svg.veiled").last).to_have_css("filter", re.compile("blur"))


def test_no_key_reaches_a_blurred_picture_of_a_plain_page(plain: Page) -> None:
    box = plain.locator("input.unveil").first
    item = plain.get_by_role("listitem").filter(has=box).first
    expect(item.locator("a[href*='/p/']")).to_have_count(1)
    expect(item.get_by_role("link")).to_have_text(["on the map"])
    box.focus()
    plain.keyboard.press("Tab")
    expect(item.get_by_role("link", name="on the map")).to_be_focused()
    box.focus()
    plain.keyboard.press("Space")
    plain.keyboard.press("Tab")
    expect(item.get_by_role("link", name="picture")).to_be_focused()
    plain.keyboard.press("Enter")
    plain.wait_for_url("**/p/**")


def test_an_archive_of_pictures_leaves_out_what_is_veiled(
    veiled: ViewerPage, marked: CodedSite, tmp_path: Path
) -> None:
    page = veiled.page
    flags = page.evaluate("() => [...__clipplot.state.veiled]")
    ranks = [flags.index(1), flags.index(0)]
    veiled.open(page.url.partition("#")[0] + "?again", "#chosen=" + ",".join(marked.ids[r] for r in ranks))
    page.get_by_role("button", name="Show and save").click()
    sheet = page.get_by_role("dialog")
    with page.expect_download() as waiting:
        sheet.get_by_role("button", name="Pictures (ZIP)").click()
    waiting.value.save_as(tmp_path / "pictures.zip")
    expect(sheet.get_by_role("status")).to_contain_text("without 1 sensitive picture")
    code = marked.codes[ranks[1]]
    names = zipfile.ZipFile(tmp_path / "pictures.zip").namelist()
    assert names == ["metadata.csv", f"shelf {code % 3}/picture {code:02d} é.jpg"]


def test_keys_go_on_after_a_picture_was_unveiled(veiled: ViewerPage, marked: CodedSite) -> None:
    page = veiled.page
    rank = page.evaluate("() => __clipplot.state.veiled.indexOf(1)")
    show(page, marked.ids[rank])
    panel = page.get_by_role("complementary", name="Image details")
    panel.get_by_role("button", name="Show it").press("Enter")
    expect(panel.locator("figure").get_by_role("button", name="Enlarge")).to_be_focused()
    page.keyboard.press("ArrowRight")
    veiled.until("rank => __clipplot.state.open === rank + 1", rank)
