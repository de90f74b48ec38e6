"""A map that is one file, opened from the disk: the same viewer, and nothing is asked for."""

from __future__ import annotations

import re

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from clipplot_pipeline.site.closeups import Closeups
from clipplot_pipeline.site.single_file import write_single_file
from clipplot_pipeline.storage import Store
from tests.browser.coded_site import COUNT, TITLE, CodedSite, write_coded_site
from tests.browser.viewer_page import ViewerPage, code_at, is_clear
from tests.browser.watch import PageWatch

FEW = 8


@pytest.fixture(scope="module")
def single(tmp_path_factory: pytest.TempPathFactory, coded: CodedSite) -> str:
    """Return the address of the coded site as one file, in a folder with a name that has to be escaped."""
    file = tmp_path_factory.mktemp("single") / "a map & more é.html"
    with file.open("wb") as out:
        write_single_file(Store(str(coded.folder)), out, "coded")
    return file.as_uri()


@pytest.fixture
def viewer(window: Page, single: str) -> ViewerPage:
    """Return the viewer of that file."""
    return ViewerPage(window).open(single)


def test_every_picture_is_drawn_and_nothing_is_asked_for(
    viewer: ViewerPage, watch: PageWatch, coded: CodedSite, single: str
) -> None:
    viewer.look_away()
    pixels = viewer.pixels()
    boxes = [(rank, box) for rank, box in enumerate(viewer.boxes(coded.count)) if is_clear(box)]
    tops = viewer.pick_all([(box["x"], box["y"]) for _, box in boxes])
    seen = [
        code_at(pixels, box["x"], box["y"]) == coded.codes[rank]
        for (rank, box), top in zip(boxes, tops, strict=True)
        if top == rank
    ]
    assert len(seen) > coded.count // 4
    assert np.mean(seen) == 1
    assert watch.requests == [single]
    assert viewer.page.title() == TITLE


def test_search_filters_list_details_and_citation_work(
    viewer: ViewerPage, watch: PageWatch, single: str
) -> None:
    page = viewer.page
    page.get_by_role("combobox", name="Search all words").fill("fruit")
    expect(page.get_by_role("search").get_by_role("status")).to_have_text(f"{COUNT // 2} images found")
    page.get_by_role("option").first.click()
    panel = page.get_by_role("complementary", name="Image details")
    viewer.until("() => [...document.images].some(i => i.src.startsWith('blob:') && i.naturalWidth > 0)")
    expect(panel.get_by_role("img").first).to_have_attribute("alt", re.compile("no. "))
    panel.get_by_role("button", name="Cite").click()
    sheet = page.get_by_role("dialog")
    expect(sheet).to_contain_text("a map & more é.html#")
    expect(sheet).not_to_contain_text("file:")
    sheet.get_by_role("button", name="Close").click()
    panel.get_by_role("button", name="Close").click()
    page.get_by_role("button", name="Filters").click()
    filters = page.get_by_role("region", name="Filters")
    filters.get_by_role("checkbox", name="fruit").check()
    page.get_by_role("button", name="Show as list").click()
    listed = page.get_by_role("main").get_by_role("status")
    expect(listed).to_have_text(re.compile(rf"\d+ of {COUNT} images"))  # those in sight
    page.reload()  # the address holds it all
    expect(listed).to_have_text(f"{COUNT // 2} of {COUNT} images")
    assert {url.split("#")[0] for url in watch.requests if not url.startswith("blob:")} == {single}


def test_the_about_page_opens_over_the_map(viewer: ViewerPage, watch: PageWatch) -> None:
    page = viewer.page
    link = page.get_by_role("link", name="About")
    link.click()
    sheet = page.get_by_role("dialog", name="About this collection")
    inside = page.frame_locator("dialog iframe")
    expect(inside.get_by_role("heading", level=1)).to_have_text(TITLE)
    expect(inside.get_by_text("A second paragraph.")).to_be_visible()
    expect(inside.get_by_text("images.parquet")).to_have_count(0)
    shown = inside.locator("img").evaluate_all("all => all.map(i => i.complete && i.naturalWidth > 0)")
    assert shown
    assert all(shown)
    assert inside.locator("body").evaluate("e => getComputedStyle(e).maxWidth") != "none"
    sheet.get_by_role("button", name="Close").click()
    expect(sheet).to_have_count(0)
    expect(link).to_be_focused()
    assert viewer.state()["layout"] == "umap"
    assert not watch.problems


def test_links_of_the_about_page_open_a_window_and_it_runs_no_script(
    window: Page, tmp_path_factory: pytest.TempPathFactory
) -> None:
    address = "https://pictures.example.org"
    closeups = Closeups("link", addresses=[f"{address}/{k}.jpg" for k in range(FEW)], origin=address)
    folder = tmp_path_factory.mktemp("linked")
    coded = write_coded_site(folder, FEW, closeups=closeups)
    with (folder / "map.html").open("wb") as out:
        write_single_file(Store(str(coded.folder)), out, "coded")
    page = window
    ViewerPage(page).open((folder / "map.html").as_uri())
    page.get_by_role("link", name="About").click()
    frame = page.get_by_role("dialog").locator("iframe")
    answer = "<title>A page</title><script>document.title += ` that runs, ${window.opener}`</script>"
    page.context.route(f"{address}/**", lambda route: route.fulfill(body=answer, content_type="text/html"))
    with page.expect_popup() as opening:
        frame.content_frame.get_by_role("link", name="pictures.example.org").click()
    expect(opening.value).to_have_title("A page that runs, null")
    assert frame.evaluate("e => [...e.sandbox]") == ["allow-popups", "allow-popups-to-escape-sandbox"]
    assert page.url.startswith("file:")
