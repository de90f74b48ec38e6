"""The list: every image that the map would show, reached with keys alone, and without WebGL too."""

from __future__ import annotations

import re

from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.coded_site import COUNT, CodedSite, write_coded_site
from tests.browser.viewer_page import ViewerPage
from tests.browser.watch import PageWatch


def items(page: Page) -> Locator:
    return page.get_by_role("main", name="List of images").get_by_role("listitem")


def focused(page: Page) -> str:
    return page.evaluate(
        "() => document.activeElement.getAttribute('aria-label') ?? document.activeElement.id"
    )


def place(page: Page) -> tuple[int, int]:
    """Return where in the list the focus is, and of how many, once it is on an image."""
    script = """() => {
      const i = document.activeElement?.closest('li');
      return i ? [+i.ariaPosInSet, +i.ariaSetSize] : null;
    }"""
    for _ in range(500):
        if found := page.evaluate(script):
            return tuple(found)
        page.wait_for_timeout(20)
    raise AssertionError(f"the focus is on no image, but on {focused(page)!r}")


def walk(page: Page, steps: int) -> list[str]:
    """Return the names on the way."""
    names = []
    for _ in range(steps):
        names.append(name_of(page))
        page.keyboard.press("ArrowRight")
        page.wait_for_timeout(20)
    return names


def name_of(page: Page) -> str:
    """Return the label of the focused image, once its words are there."""
    for _ in range(200):
        label = focused(page)
        if label not in {"Image", "clipplot-list"}:
            return label
        page.wait_for_timeout(20)
    raise AssertionError(f"the image never got its words: {label}")


def code_in(label: str) -> int:
    return int(re.search(r"no\. (\d+)", label).group(1))


def start(page: Page) -> None:
    """Put the focus on the first image."""
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Home")


def test_l_shows_a_list_and_the_map_again(viewer: ViewerPage, watch: PageWatch) -> None:
    page = viewer.page
    page.locator("#clipplot-map").focus()
    page.keyboard.press("l")
    expect(items(page).first).to_be_visible()
    expect(page.get_by_role("main").get_by_role("status")).to_have_text(f"All {COUNT} images")
    assert page.evaluate("() => document.querySelector('#clipplot-map').inert")
    expect(page.get_by_role("radiogroup", name="Layout")).to_have_count(0)
    viewer.until("() => location.hash === '#view=list'")
    page.keyboard.press("L")
    expect(page.get_by_role("main", name="List of images")).to_have_count(0)
    expect(page.locator("#clipplot-map")).to_be_focused()
    page.get_by_role("button", name="Show as list").click()
    expect(items(page).first).to_be_visible()
    page.go_back()
    expect(page.get_by_role("main", name="List of images")).to_have_count(0)
    page.reload()
    viewer.settle()
    page.go_forward()
    expect(items(page).first).to_be_visible()


def test_keys_of_one_letter_can_be_switched_off(viewer: ViewerPage) -> None:
    page = viewer.page
    page.locator("#clipplot-map").focus()
    page.keyboard.press("?")
    page.get_by_role("switch", name="Keys of one letter or sign").uncheck()
    page.keyboard.press("Escape")
    for _ in range(2):
        page.locator("#clipplot-map").focus()
        for letter in "lst?/":
            page.keyboard.press(letter)
        page.wait_for_timeout(100)
        state = viewer.state()
        assert not any(state[name] for name in ("isList", "tool", "timeBy", "isHelpOpen"))
        expect(page.locator("#clipplot-map")).to_be_focused()
        page.reload()  # it is remembered
        viewer.settle()


def test_keys_reach_every_image_and_its_words(viewer: ViewerPage, coded: CodedSite) -> None:
    page = viewer.page
    page.keyboard.press("l")
    expect(items(page).first).to_be_visible()
    assert items(page).count() < COUNT, "only what is in sight is drawn"
    start(page)
    assert place(page) == (1, COUNT)
    assert [code_in(label) for label in walk(page, COUNT)] == coded.codes
    assert place(page) == (COUNT, COUNT)
    page.keyboard.press("Home")
    page.keyboard.press("ArrowDown")
    row = place(page)[0] - 1
    assert row >= 3
    page.keyboard.press("ArrowUp")
    page.keyboard.press("End")
    assert place(page)[0] == COUNT
    page.keyboard.press("PageUp")
    assert place(page)[0] < COUNT
    page.keyboard.press("Enter")
    panel = page.get_by_role("complementary", name="Image details")
    expect(panel.get_by_role("img")).to_have_attribute("alt", re.compile("no. "))
    page.keyboard.press("Escape")
    expect(panel).to_have_count(0)
    assert place(page)[0] < COUNT, "the focus is back on the image"


def test_who_scrolls_away_from_the_focus_is_not_pulled_back(viewer: ViewerPage) -> None:
    page = viewer.page
    page.keyboard.press("l")
    expect(items(page).first).to_be_visible()
    start(page)
    assert place(page) == (1, COUNT)
    end = "list => { list.scrollTop = list.scrollHeight; return list.scrollTop; }"
    bottom = page.locator("#clipplot-list").evaluate(end)
    expect(items(page).last).to_have_attribute("aria-posinset", str(COUNT))
    page.keyboard.press("s")
    bar = page.get_by_role("toolbar", name="Selection")
    expect(bar).to_be_visible()
    assert page.locator("#clipplot-list").evaluate("list => list.scrollTop") == bottom
    bar.get_by_role("button", name="End the selection").click()
    expect(bar).to_have_count(0)
    assert page.evaluate("() => document.activeElement.closest('#clipplot-list') !== null"), (
        "the list has the focus"
    )


def test_x_selects_the_image_that_has_the_focus(viewer: ViewerPage) -> None:
    page = viewer.page
    page.keyboard.press("l")
    expect(items(page).first).to_be_visible()
    page.keyboard.press("x")
    assert viewer.state()["selection"] is None, "the map behind the list is not meant"
    start(page)
    page.keyboard.press("ArrowRight")
    assert place(page) == (2, COUNT)
    page.keyboard.press("x")
    expect(page.get_by_role("toolbar", name="Selection")).to_contain_text("1 selected")
    assert page.evaluate("() => __clipplot.state.selection.mask[1]") == 1
    assert place(page) == (2, COUNT)


def test_one_image_at_a_time_can_be_reached_with_tab(viewer: ViewerPage) -> None:
    page = viewer.page
    page.keyboard.press("l")
    expect(items(page).first).to_be_visible()
    assert page.locator("#clipplot-list button[tabindex='0']").count() == 1
    page.locator("#clipplot-list").evaluate("list => { list.scrollTop = list.scrollHeight; }")
    expect(page.locator(f"#clipplot-list button[data-place='{COUNT - 1}']")).to_be_visible()
    assert page.locator("#clipplot-list button[tabindex='0']").count() == 1


def test_the_list_is_what_the_map_shows(viewer: ViewerPage, address: str, coded: CodedSite) -> None:
    page = viewer.page
    page.goto("about:blank")
    viewer.open(address, "#q=fruit&range.year=1900..1909&view=list")
    viewer.until("() => !__clipplot.state.isSearching")
    expect(page.get_by_role("main").get_by_role("status")).to_have_text(f"5 of {COUNT} images")
    expect(items(page)).to_have_count(5)
    page.goto("about:blank")
    viewer.open(address, "#at=0,0,0.5")
    inside = sorted(r for r, b in enumerate(viewer.boxes(COUNT)) if 0 < b["x"] < 760 and 0 < b["y"] < 500)
    assert 3 < len(inside) < COUNT
    page.keyboard.press("l")
    status = page.get_by_role("main").get_by_role("status")
    expect(status).to_have_text(f"{len(inside)} of {COUNT} images")
    page.get_by_role("checkbox", name="Only what the map showed").uncheck()
    expect(status).to_have_text(f"All {COUNT} images")


def test_it_can_be_put_in_order(viewer: ViewerPage, coded: CodedSite) -> None:
    page = viewer.page
    page.keyboard.press("l")
    expect(items(page).first).to_be_visible()
    page.get_by_role("combobox", name="Order").select_option("Year")
    viewer.until("() => location.hash === '#view=list&order=field%3Ayear'")
    page.locator("#clipplot-list button").first.focus()
    assert [code_in(label) for label in walk(page, 8)] == list(range(8))
    page.get_by_role("button", name="Turn the order round").click()
    expect(page.locator("#clipplot-list button").first).to_have_attribute(
        "aria-label", re.compile(f"no. {COUNT - 1}$")
    )
    page.get_by_role("combobox", name="Order").select_option("Name")
    expect(page.locator("#clipplot-list button").first).to_have_attribute("aria-label", re.compile("no. 0$"))
    assert page.locator("#clipplot-list").get_by_role("button").first.get_attribute("data-place") == "0"


def test_an_empty_list_says_so(viewer: ViewerPage, address: str) -> None:
    viewer.page.goto("about:blank")
    viewer.open(address, "#q=nowhere&view=list")
    expect(viewer.page.get_by_text("No image meets the search and the filters.")).to_be_visible()


def test_text_of_twice_the_size_fits(viewer: ViewerPage) -> None:
    page = viewer.page
    page.evaluate("() => { document.documentElement.style.fontSize = '200%'; }")
    page.set_viewport_size({"width": 759, "height": 500})
    page.keyboard.press("l")
    expect(items(page).first).to_be_visible()
    heights = "() => [...document.querySelectorAll('#clipplot-list button')].map(b => [b.scrollHeight, b.clientHeight])"
    assert all(needed <= there + 1 for needed, there in page.evaluate(heights))
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")


#: As in a browser without a graphics card: no WebGL, but all else.
NO_WEBGL = """
const getContext = HTMLCanvasElement.prototype.getContext;
HTMLCanvasElement.prototype.getContext = function (kind, ...more) {
  return kind.startsWith('webgl') ? null : getContext.call(this, kind, ...more);
};
"""


def test_without_webgl_there_is_the_list(window: Page, address: str, coded: CodedSite) -> None:
    page = window
    page.add_init_script(NO_WEBGL)
    page.goto(address)
    expect(page.get_by_text("WebGL 2 is missing")).to_be_visible()
    expect(items(page).first).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("Show the map"))).to_have_count(0)
    start(page)
    assert code_in(name_of(page)) == coded.codes[0]
    page.keyboard.press("Enter")
    panel = page.get_by_role("complementary", name="Image details")
    expect(panel).to_be_visible()
    expect(page).to_have_url(re.compile(coded.ids[0]))
    page.keyboard.press("Escape")
    expect(panel).to_have_count(0)
    page.get_by_role("combobox", name="Search all words").fill("year:1907")
    expect(page.get_by_role("main").get_by_role("status")).to_have_text(f"1 of {COUNT} images")
    page.get_by_role("option").first.click()
    expect(panel).to_be_visible()
    page.reload()
    expect(page.get_by_role("main").get_by_role("status")).to_have_text(f"1 of {COUNT} images")
    expect(panel).to_be_visible()


def test_an_empty_collection(page: Page, serve_folder, tmp_path) -> None:
    viewer = ViewerPage(page).open(serve_folder(write_coded_site(tmp_path, 0).folder), "#view=list")
    expect(viewer.page.get_by_text("There are no images in this collection.").first).to_be_visible()


def test_plain_pages_need_no_script(browser: Browser, address: str, coded: CodedSite) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    watch = PageWatch(page)
    page.goto(address)
    page.get_by_role("link", name="All pictures on plain pages").click()
    page.get_by_role("link", name=re.compile("apples, pears")).first.click()
    pictures = page.locator("li > a > svg[role=img]")
    expect(pictures).to_have_count(COUNT)
    labels = [pictures.nth(k).get_attribute("aria-label") for k in range(COUNT)]
    assert sorted(code_in(label) for label in labels) == list(range(COUNT))
    assert {url.rsplit(".", 1)[-1] for url in watch.requests if "/s/" in url} == {"webp"}
    page.emulate_media(media="print")
    expect(pictures.last).to_be_visible()
    expect(page.locator(".back")).not_to_be_visible()
    expect(page.locator("nav").first).not_to_be_visible()
    page.emulate_media(media="screen")
    page.get_by_role("link", name="on the map").first.click()
    assert "#image=" in page.url
    assert not watch.problems
    context.close()
