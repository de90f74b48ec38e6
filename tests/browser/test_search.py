"""Search with real keys and fingers: what is found is lit, can be walked through, and stands in the address."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.coded_site import COUNT, CodedSite
from tests.browser.viewer_page import ViewerPage
from tests.browser.watch import PageWatch


def field(page: Page) -> Locator:
    return page.get_by_role("combobox", name="Search all words")


def options(page: Page) -> Locator:
    return page.get_by_role("listbox", name="Images found").get_by_role("option")


def search(viewer: ViewerPage, text: str) -> None:
    """Type, and wait until it has been searched."""
    field(viewer.page).fill(text)
    found(viewer, text)


def found(viewer: ViewerPage, text: str) -> None:
    viewer.until("q => !__clipplot.state.isSearching && (__clipplot.state.found?.query ?? '') === q", text)


def ranks_of(coded: CodedSite, codes: list[int]) -> list[int]:
    return sorted(coded.codes.index(code) for code in codes)


def test_what_is_found_is_lit_and_can_be_walked(
    viewer: ViewerPage, coded: CodedSite, watch: PageWatch
) -> None:
    page = viewer.page
    assert not [url for url in watch.requests if "/q/" in url or "search" in url], (
        "nothing is asked for before"
    )
    page.keyboard.press("/")
    expect(field(page)).to_be_focused()
    expect(field(page)).to_have_attribute("aria-expanded", "false")
    page.keyboard.type("FRÜIT")
    found(viewer, "FRÜIT")
    even = ranks_of(coded, list(range(0, COUNT, 2)))
    assert viewer.lit_ranks(COUNT) == even
    expect(page.get_by_role("search").get_by_role("status")).to_have_text(f"{COUNT // 2} images found")
    expect(field(page)).to_have_attribute("aria-expanded", "true")
    expect(options(page)).to_have_count(COUNT // 2)
    expect(field(page)).not_to_have_attribute("aria-activedescendant", re.compile("."))
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    active = options(page).nth(5)
    expect(active).to_have_attribute("aria-selected", "true")
    assert field(page).get_attribute("aria-activedescendant") == active.get_attribute("id")
    assert page.get_by_role("option", selected=True).count() == 1
    page.keyboard.press("Enter")
    expect(page.get_by_role("complementary", name="Image details")).to_be_visible()
    assert viewer.settle().open_rank() == even[5]
    box = viewer.box(even[5])
    assert min(box["width"], box["height"]) > 20
    expect(options(page)).to_have_count(0)
    page.keyboard.press("Escape")
    expect(field(page)).to_be_focused()
    page.keyboard.press("Escape")
    viewer.until("() => __clipplot.state.lit === null")
    expect(field(page)).to_have_value("")
    page.keyboard.press("Escape")
    expect(page.locator("#clipplot-map")).to_be_focused()
    asked = [url for url in watch.requests if "/q/" in url]
    assert len(asked) == len(set(asked)) <= 3


def test_every_option_has_words_and_a_click_opens_it(viewer: ViewerPage, coded: CodedSite) -> None:
    page = viewer.page
    search(viewer, "map 7")
    (rank,) = ranks_of(coded, [7])
    assert rank in viewer.lit_ranks(COUNT)
    first = options(page).first
    expect(first).to_have_attribute("aria-label", re.compile("Picture <u>7</u>"))
    expect(first.locator("canvas")).to_be_visible()
    first.click()
    assert viewer.settle().open_rank() == rank
    assert viewer.state()["query"] == "map 7"
    expect(page.get_by_role("complementary", name="Image details")).to_be_focused()
    # Beside the panel there is no room for the field in this window: it comes when it is wanted.
    page.get_by_role("button", name="Search all words; now “map 7”").click()
    expect(field(page)).to_have_value("map 7")
    panel = page.get_by_role("complementary", name="Image details").bounding_box()
    line = page.get_by_role("search").locator(".line").bounding_box()
    assert line["x"] + line["width"] <= panel["x"]


def test_letters_in_the_field_are_no_keys_of_the_map(viewer: ViewerPage) -> None:
    page = viewer.page
    before = viewer.state()["camera"]
    field(page).click()
    page.keyboard.type("l?+0/")
    expect(field(page)).to_have_value("l?+0/")
    state = viewer.settle().state()
    assert state["camera"] == before
    assert (state["isList"], state["isHelpOpen"]) == (False, False)


def test_a_mistake_is_told_and_mended(viewer: ViewerPage, coded: CodedSite) -> None:
    page = viewer.page
    search(viewer, "friut")
    expect(page.get_by_text("There is no “friut”; searched instead: fruit.")).to_be_visible()
    assert viewer.lit_ranks(COUNT) == ranks_of(coded, list(range(0, COUNT, 2)))


def test_nothing_found_says_what_to_try(viewer: ViewerPage) -> None:
    page = viewer.page
    search(viewer, "fruit map")
    expect(page.get_by_role("search").get_by_role("status")).to_have_text("Nothing found")
    expect(page.get_by_text("No image has all of these words")).to_be_visible()
    assert viewer.lit_ranks(COUNT) == []
    page.get_by_role("button", name="fruit 32").click()
    expect(field(page)).to_have_value("fruit")
    expect(field(page)).to_be_focused()
    found(viewer, "fruit")
    assert len(viewer.lit_ranks(COUNT)) == COUNT // 2


def test_file_names_ids_and_fields(viewer: ViewerPage, coded: CodedSite) -> None:
    for query in ('file:"picture 07 é.jpg"', "file:07", "year:1907", coded.ids[coded.codes.index(7)]):
        search(viewer, query)
        assert viewer.lit_ranks(COUNT) == ranks_of(coded, [7]), query
    search(viewer, "tags:fruit")
    assert viewer.lit_ranks(COUNT) == []


def test_the_address_holds_the_search(viewer: ViewerPage, address: str, coded: CodedSite) -> None:
    page = viewer.page
    search(viewer, "fruit year:1904")
    viewer.until("() => location.hash === '#q=fruit%20year%3A1904'")
    page.reload()
    viewer.settle()
    found(viewer, "fruit year:1904")
    assert viewer.lit_ranks(COUNT) == ranks_of(coded, [4])
    expect(field(page)).to_have_value("fruit year:1904")
    expect(options(page)).to_have_count(0)
    page.get_by_role("button", name="Clear the search").click()
    viewer.until("() => location.hash === ''")
    page.go_back()
    found(viewer, "fruit year:1904")
    assert viewer.lit_ranks(COUNT) == ranks_of(coded, [4])
    page.go_forward()
    viewer.until("() => __clipplot.state.lit === null")


def test_search_and_filters_work_together(viewer: ViewerPage, address: str, coded: CodedSite) -> None:
    viewer.page.goto("about:blank")
    viewer.open(address, "#is.category=fruit&q=19&range.year=1900..1909")
    found(viewer, "19")
    assert viewer.lit_ranks(COUNT) == ranks_of(coded, [0, 2, 4, 6, 8])


def test_a_broken_index_is_named_and_the_map_stays(viewer: ViewerPage, watch: PageWatch) -> None:
    page = viewer.page
    page.route("**/q/*/t0.bin", lambda route: route.fulfill(body=b"short"))
    field(page).fill("fruit")
    expect(page.get_by_text("could not be read")).to_contain_text("t0.bin")
    assert viewer.lit_ranks(COUNT) == list(range(COUNT))
    page.unroute("**/q/*/t0.bin")
    search(viewer, "fruit ")
    assert len(viewer.lit_ranks(COUNT)) == COUNT // 2
    assert not watch.problems


def test_words_of_users_stay_words(viewer: ViewerPage) -> None:
    page = viewer.page
    search(viewer, "<img src=x onerror='window.hazard = 9'>")
    search(viewer, "onerror")
    expect(options(page).first).to_be_visible()
    assert page.evaluate("() => window.hazard") is None


@pytest.fixture
def phone(browser: Browser, address: str):
    context = browser.new_context(
        viewport={"width": 390, "height": 700}, has_touch=True, is_mobile=True, reduced_motion="reduce"
    )
    yield ViewerPage(context.new_page()).open(address)
    context.close()


def test_on_a_phone_the_field_comes_and_goes(phone: ViewerPage, coded: CodedSite) -> None:
    page = phone.page
    expect(field(page)).to_have_count(0)
    page.get_by_role("button", name="Search all words").tap()
    expect(field(page)).to_be_focused()
    page.keyboard.type("fruit", delay=10)
    found(phone, "fruit")
    tops = {round(options(page).nth(k).bounding_box()["y"]) for k in range(4)}
    assert len(tops) == 1, "one row"
    assert max(b["y"] for b in phone.boxes(COUNT)) > options(page).first.bounding_box()["y"] + 200
    options(page).nth(2).tap()
    assert phone.settle().open_rank() == ranks_of(coded, list(range(0, COUNT, 2)))[2]
    expect(field(page)).to_have_count(0)
    expect(page.get_by_role("button", name="Search all words; now “fruit”")).to_have_text("32")


def test_the_key_of_the_search_does_nothing_behind_a_sheet(phone: ViewerPage) -> None:
    page = phone.page
    page.get_by_role("button", name="More", exact=True).tap()
    page.get_by_role("button", name="Link and citation").tap()
    sheet = page.get_by_role("dialog")
    sheet.get_by_role("button", name="Close").focus()
    page.keyboard.press("/")
    page.keyboard.press("Escape")
    expect(sheet).to_have_count(0)
    expect(page.locator("[role=search] input")).to_have_count(0)
