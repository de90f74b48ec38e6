"""What tests of filters, colours and time share: which images are lit, and the parts of the panel."""

from __future__ import annotations

import re

from playwright.sync_api import FloatRect, Locator, Page, expect

from tests.browser.coded_site import COUNT, CodedSite
from tests.browser.viewer_page import ViewerPage


def lit_codes(viewer: ViewerPage, coded: CodedSite) -> set[int]:
    """Return the codes of the images that are lit."""
    viewer.settle()
    return {coded.codes[rank] for rank in viewer.lit_ranks(COUNT)}


def wait_for(viewer: ViewerPage, coded: CodedSite, codes: set[int]) -> None:
    """Wait until exactly these are lit."""
    viewer.settle()
    viewer.until("n => (__clipplot.state.lit?.drawn ?? 64) === n", len(codes))
    assert lit_codes(viewer, coded) == codes


def open_panel(page: Page) -> Locator:
    page.get_by_role("button", name="Filters").click()
    panel = page.get_by_role("region", name="Filters")
    expect(panel).to_be_visible()
    return panel


def steady_box(locator: Locator) -> FloatRect:
    """Return where something lies as soon as it lies still: panels come in from the side."""
    before = None
    while (now := locator.bounding_box()) is None or now != before:
        before = now
        locator.page.wait_for_timeout(120)
    return now


def facet(panel: Locator, title: str) -> Locator:
    """Return what is below a heading of the panel, opened."""
    heading = panel.get_by_role("button", name=re.compile(f"^{title}( active)?$"))
    if heading.get_attribute("aria-expanded") == "false":
        heading.click()
    group = panel.get_by_role("group", name=title, exact=True)
    expect(group).to_be_visible()
    return group


def counts(group: Locator) -> dict[str, int]:
    """Return the count beside every value of a list."""
    rows = group.get_by_role("listitem")
    expect(rows.first).to_be_visible()
    texts = [row.inner_text().split("\n") for row in rows.all()]
    return {text[0]: int(text[-1]) for text in texts}
