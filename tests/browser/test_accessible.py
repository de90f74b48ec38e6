"""axe-core finds nothing in any state of the viewer; text of twice the size can be read; motion can be done without."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.axe import bring_axe, find_faults
from tests.browser.viewer_page import ViewerPage

DESK = {"width": 1000, "height": 720}
PHONE = {"width": 390, "height": 780}


def look_at_map(viewer: ViewerPage) -> None:
    viewer.settle()


def look_at_details(viewer: ViewerPage) -> None:
    viewer.page.locator("#clipplot-map").focus()
    viewer.page.keyboard.press("Enter")
    expect(viewer.page.get_by_role("button", name="Cite")).to_be_enabled()


def look_at_picture(viewer: ViewerPage) -> None:
    look_at_details(viewer)
    viewer.page.get_by_role("button", name="Enlarge").first.click()
    expect(viewer.page.get_by_role("dialog")).to_be_visible()


def look_at_citation(viewer: ViewerPage) -> None:
    look_at_details(viewer)
    viewer.page.get_by_role("button", name="Cite").click()
    expect(viewer.page.get_by_role("dialog")).to_be_visible()


def look_at_filters(viewer: ViewerPage) -> None:
    viewer.page.get_by_role("button", name="Filters").click()
    expect(viewer.page.get_by_role("heading", name="Filters")).to_be_visible()


def look_at_selection(viewer: ViewerPage) -> None:
    viewer.page.get_by_role("button", name="Select images").click()
    viewer.page.get_by_role("button", name="All", exact=True).click()
    viewer.page.get_by_role("button", name="Show and save").click()
    expect(viewer.page.get_by_role("dialog")).to_be_visible()


def look_at_collections(viewer: ViewerPage) -> None:
    viewer.page.get_by_role("button", name="Select images").click()
    viewer.page.get_by_role("button", name="All", exact=True).click()
    viewer.page.get_by_role("button", name="Keep…").click()
    viewer.page.get_by_role("button", name="Keep the").click()
    expect(viewer.page.get_by_role("button", name="Colour the map by them")).to_be_visible()


def look_at_list(viewer: ViewerPage) -> None:
    viewer.page.keyboard.press("l")
    expect(viewer.page.locator("#clipplot-list")).to_be_attached()


def look_at_results(viewer: ViewerPage) -> None:
    viewer.page.keyboard.press("/")
    viewer.page.keyboard.type("picture")
    expect(viewer.page.get_by_role("option").first).to_be_visible()


def look_at_keys(viewer: ViewerPage) -> None:
    viewer.page.keyboard.press("?")
    expect(viewer.page.get_by_role("dialog")).to_be_visible()


VIEWS: tuple[Callable[[ViewerPage], None], ...] = (
    look_at_map,
    look_at_details,
    look_at_picture,
    look_at_citation,
    look_at_filters,
    look_at_selection,
    look_at_collections,
    look_at_list,
    look_at_results,
    look_at_keys,
)


def find_lasting_faults(page: Page) -> list[str]:
    """Return what axe finds once nothing fades any more: what fades in has colours of its own until it is there."""
    found: list[str] = []
    for _ in range(8):
        page.wait_for_timeout(250)
        found = find_faults(page)
        if not found:
            break
    return found


def test_axe_finds_nothing_in_either_theme(browser: Browser, address: str) -> None:
    context = browser.new_context(viewport=DESK, color_scheme="dark", reduced_motion="reduce")
    bring_axe(context)
    faults: list[str] = []
    for look in VIEWS:
        page = context.new_page()
        viewer = ViewerPage(page).open(address)
        look(viewer)
        for theme in ("dark", "light"):
            page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
            faults += [f"{look.__name__}, {theme}: {fault}" for fault in find_lasting_faults(page)]
        page.close()
    context.close()
    assert not faults, "\n".join(faults)


def test_axe_finds_nothing_on_a_phone(browser: Browser, address: str) -> None:
    context = browser.new_context(viewport=PHONE, has_touch=True, is_mobile=True, reduced_motion="reduce")
    bring_axe(context)
    faults: list[str] = []
    for look in (look_at_map, look_at_details, look_at_filters):
        page = context.new_page()
        look(ViewerPage(page).open(address))
        faults += [f"{look.__name__}: {fault}" for fault in find_lasting_faults(page)]
        page.close()
    context.close()
    assert not faults, "\n".join(faults)


def overflowing(page: Page) -> list[str]:
    """Return what of the interface reaches beyond the window sideways."""
    script = """() => [...document.querySelectorAll('header button, header a, .foot button, aside button, aside h2')]
      .filter((element) => {
        if (element.closest('.switcher')) return false; // this row is scrolled
        const { left, right, width } = element.getBoundingClientRect();
        return width > 0 && (left < -1 || right > innerWidth + 1);
      }).map((element) => element.getAttribute('aria-label') ?? element.textContent)"""
    return list(page.evaluate(script))


def stays_in_the_window(page: Page) -> None:
    """Fail if something reaches beyond the window once all is laid out anew and has slid in."""
    end = time.monotonic() + 20
    while found := overflowing(page):
        assert time.monotonic() < end, found
        page.wait_for_timeout(50)


@pytest.mark.parametrize("size", [(1280, 800), (390, 780)])
def test_text_of_twice_the_size_stays_in_the_window(viewer: ViewerPage, size: tuple[int, int]) -> None:
    page = viewer.page
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.evaluate("() => { document.documentElement.style.fontSize = '200%'; }")
    viewer.settle()
    stays_in_the_window(page)
    look_at_details(viewer)
    page.wait_for_timeout(300)  # it slides in
    stays_in_the_window(page)
    expect(page.get_by_role("button", name="Close").first).to_be_in_viewport()
