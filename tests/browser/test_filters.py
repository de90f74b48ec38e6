"""Filters with real hands and keys: what is lit is right, every count is true, and all of it is in the address."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
from playwright.sync_api import Browser, Page, expect

from tests.browser.coded_site import CLUSTERS, COUNT, CodedSite, date_of, tags_of
from tests.browser.narrowing import counts, facet, lit_codes, open_panel, steady_box, wait_for
from tests.browser.viewer_page import ViewerPage, code_at, is_clear
from tests.browser.watch import PageWatch

RED, ROTI = "red", "<i>rôti</i>"


def even() -> set[int]:
    return set(range(0, COUNT, 2))


def test_values_light_the_right_pictures(desk: ViewerPage, coded: CodedSite) -> None:
    page = desk.page
    panel = open_panel(page)
    category = facet(panel, "Category")
    assert counts(category) == {"<b>map</b>": 32, "fruit": 32}
    category.get_by_role("checkbox", name="fruit").check()
    wait_for(desk, coded, even())
    expect(panel.get_by_text("of 64 images")).to_have_text("32 of 64 images")
    # The other facets count what is left, this one what a wider choice would add.
    assert counts(facet(panel, "Drawn")) == {"Yes": 32, "No": 0}
    assert counts(category) == {"<b>map</b>": 32, "fruit": 32}
    live = page.locator("[aria-live=polite]")
    expect(live).to_have_text("32 of 64 match, all in view")
    page.mouse.move(2, 2)
    desk.settle()
    pixels = desk.pixels()
    seen = 0
    for rank, box in enumerate(desk.boxes(COUNT)):
        if not (is_clear(box) and box["x"] > 330 and desk.pick(box["x"], box["y"]) == rank):
            continue
        code = coded.codes[rank]
        found = code_at(pixels, box["x"], box["y"])
        assert (found == code) == (code % 2 == 0), (
            "lit pictures have their colours, the others are greyed out"
        )
        seen += 1
    assert seen > 20
    page.get_by_text("Hide", exact=True).click()
    desk.settle()
    page.mouse.move(2, 2)
    desk.settle()
    for rank, box in enumerate(desk.boxes(COUNT)):
        if coded.codes[rank] % 2 == 1:
            assert desk.pick(box["x"], box["y"]) != rank, "what is hidden is not picked"
    assert page.evaluate("() => __clipplot.drawn().thumbnails") == 32
    assert "others=hidden" in page.url


def test_filters_are_in_the_address(desk: ViewerPage, coded: CodedSite) -> None:
    page = desk.page
    panel = open_panel(page)
    facet(panel, "Category").get_by_role("checkbox", name="<b>map</b>").check()
    wait_for(desk, coded, set(range(1, COUNT, 2)))
    facet(panel, "Drawn").get_by_role("checkbox", name="No").check()
    desk.until("() => location.hash.includes('is.drawn=no')")
    assert "is.category=%3Cb%3Emap%3C%2Fb%3E" in page.url
    page.reload()
    wait_for(desk, coded, set(range(1, COUNT, 2)))
    page.go_back()
    desk.until("() => !location.hash.includes('drawn')")
    wait_for(desk, coded, set(range(1, COUNT, 2)))
    page.go_back()
    wait_for(desk, coded, set(range(COUNT)))
    page.go_forward()
    wait_for(desk, coded, set(range(1, COUNT, 2)))
    assert page.evaluate("() => window.hazard") is None


def test_an_address_may_ask_for_what_is_gone(desk: ViewerPage, coded: CodedSite) -> None:
    page = desk.page
    desk.open(page.url.partition("#")[0] + "?again", "#is.painter=Nobody&is.category=fruit&is.category=vase")
    wait_for(desk, coded, even())
    expect(page.get_by_text("There is nothing to filter by named “painter”")).to_be_visible()
    chips = page.get_by_role("group", name="Active filters")
    expect(chips).to_contain_text("fruit, vase")
    panel = open_panel(page)
    vase = facet(panel, "Category").get_by_role("checkbox", name="vase")
    expect(vase).to_be_checked()
    vase.click()  # it goes with its row
    desk.until("() => !location.hash.includes('vase')")


def test_tags_any_and_all(desk: ViewerPage, coded: CodedSite) -> None:
    page = desk.page
    group = facet(open_panel(page), "Tags")
    tagged = {code: set(tags_of(code)) for code in range(COUNT)}
    truth = {tag: sum(tag in tags for tags in tagged.values()) for tag in (RED, ROTI)}
    assert counts(group) == {**truth, "none": sum(not tags for tags in tagged.values())}
    group.get_by_role("checkbox", name=RED).check()
    wait_for(desk, coded, {c for c, tags in tagged.items() if RED in tags})
    group.get_by_role("checkbox", name=ROTI).check()
    wait_for(desk, coded, {c for c, tags in tagged.items() if tags})
    group.get_by_text("all of them").click()
    wait_for(desk, coded, {c for c, tags in tagged.items() if {RED, ROTI} <= tags})
    assert counts(group)[RED] == 16, "of those that have the others too"
    assert "all.tags=red" in page.url
    group.get_by_text("any of them").click()
    group.get_by_role("checkbox", name=RED).uncheck()
    group.get_by_role("checkbox", name=ROTI).uncheck()
    group.get_by_role("checkbox", name="none").check()
    wait_for(desk, coded, {c for c, tags in tagged.items() if not tags})


def test_a_histogram_is_brushed(desk: ViewerPage, coded: CodedSite) -> None:
    page = desk.page
    group = facet(open_panel(page), "Year")
    low = group.get_by_role("slider", name="Year, from")
    high = group.get_by_role("slider", name="Year, to")
    box = steady_box(group.locator(".field"))
    steps = page.evaluate("() => history.length")
    page.mouse.move(box["x"] + 0.26 * box["width"], box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + 0.4 * box["width"], box["y"] + 20, steps=4)
    desk.until("() => __clipplot.state.lit?.drawn < 64")
    assert "range" not in page.url, "the address waits for the hand"
    page.mouse.move(box["x"] + 0.61 * box["width"], box["y"] + 20, steps=4)
    page.mouse.up()
    desk.until("() => location.hash.includes('range.year=')")
    assert page.evaluate("() => history.length") == steps + 1, "one drag is one step"
    first, last = (int(slider.get_attribute("aria-valuetext") or 0) for slider in (low, high))
    assert 1910 <= first <= 1920 < 1935 <= last <= 1945
    wait_for(desk, coded, set(range(first - 1900, last - 1900 + 1)))
    # The keys of its ends, and its bounds in writing.
    expect(low).to_be_focused()
    low.press("ArrowRight")
    moved = int(low.get_attribute("aria-valuetext") or 0)
    assert moved > first
    wait_for(desk, coded, set(range(moved - 1900, last - 1900 + 1)))
    high.press("End")
    wait_for(desk, coded, set(range(moved - 1900, COUNT)))
    group.get_by_role("textbox", name="Year, to").fill("1930")
    group.get_by_role("textbox", name="Year, from").fill("1928")
    group.get_by_role("textbox", name="Year, from").press("Enter")
    wait_for(desk, coded, {28, 29, 30})
    # The band is moved as one.
    page.mouse.dblclick(box["x"] + 0.5 * box["width"], box["y"] + 20)
    wait_for(desk, coded, set(range(COUNT)))


def test_dates(desk: ViewerPage, coded: CodedSite) -> None:
    page = desk.page
    group = facet(open_panel(page), "Date")
    dated = {code: date_of(code) or "" for code in range(COUNT)}
    low = group.get_by_role("slider", name="Date, from")
    expect(low).to_have_attribute("aria-valuetext", "1901-01")
    low.press("ArrowRight")
    low.press("ArrowRight")
    expect(low).to_have_attribute("aria-valuetext", "1901-03")
    wait_for(desk, coded, {c for c, date in dated.items() if date >= "1901-03"})
    group.get_by_role("textbox", name="Date, to").fill("1901")
    group.get_by_role("textbox", name="Date, to").press("Enter")
    wait_for(desk, coded, {c for c, date in dated.items() if "1901-03" <= date <= "1901-12"})
    assert "range.date=1901-03..1901" in page.url


def test_with_and_without(desk: ViewerPage, coded: CodedSite) -> None:
    page = desk.page
    panel = open_panel(page)
    panel.get_by_role("button", name="With and without").click()
    row = panel.get_by_role("group", name="Tags", exact=True).filter(has_text="without")
    expect(row.get_by_role("button", name="without")).to_have_text("without 16")
    row.get_by_role("button", name="without").click()
    wait_for(desk, coded, {code for code in range(COUNT) if not tags_of(code)})
    expect(page.get_by_role("group", name="Active filters")).to_contain_text("Tags missing")
    assert "has.tags=no" in page.url
    row.get_by_role("button", name="with 48").click()
    wait_for(desk, coded, {code for code in range(COUNT) if tags_of(code)})
    dates = panel.get_by_role("group", name="Date", exact=True).filter(has_text="without")
    expect(dates.get_by_role("button", name="without")).to_have_text("without 0")


def test_a_bound_that_cannot_be_read_filters_nothing(desk: ViewerPage, coded: CodedSite) -> None:
    page = desk.page
    group = facet(open_panel(page), "Year")
    low = group.get_by_role("textbox", name="Year, from")
    low.fill("nineteen hundred")
    low.press("Enter")
    expect(low).to_have_value("")
    expect(low).to_have_attribute("aria-invalid", "true")
    assert "range" not in page.url
    low.fill(" 1931,5 ")
    low.press("Enter")
    expect(low).to_have_value("1931.5")
    expect(low).to_have_attribute("aria-invalid", "false")
    wait_for(desk, coded, set(range(32, COUNT)))


def test_chips_are_removed_by_keys(desk: ViewerPage, coded: CodedSite) -> None:
    page = desk.page
    desk.open(page.url.partition("#")[0] + "?again", "#is.category=fruit&range.year=1900..1931&has.tags=yes")
    tagged = {code for code in range(0, 32, 2) if tags_of(code)}
    wait_for(desk, coded, tagged)
    chips = page.get_by_role("group", name="Active filters")
    expect(chips).to_contain_text("Year 1900 – 1931")
    chips.get_by_role("button", name="Remove the filter on Category").focus()
    page.keyboard.press("Enter")
    wait_for(desk, coded, {code for code in range(32) if tags_of(code)})
    expect(chips.get_by_role("button", name="Remove the filter on Year")).to_be_focused()
    chips.get_by_role("button", name="Clear all").press("Enter")
    wait_for(desk, coded, set(range(COUNT)))
    expect(chips).to_have_count(0)
    assert "range" not in page.url
    expect(page.locator("#clipplot-map")).to_be_focused()


def test_the_name_of_a_group_filters(desk: ViewerPage, coded: CodedSite) -> None:
    page = desk.page
    desk.until("() => document.querySelectorAll('.labels span.shown').length > 1")
    label = page.locator(".labels span.shown", has_text=CLUSTERS[0])
    box = label.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    group = {code for code in range(COUNT) if code * 2.399963 % (2 * np.pi) // (np.pi / 2) == 0}
    wait_for(desk, coded, group)
    assert desk.open_rank() == -1, "the picture below the name is not opened"
    assert "cluster.0=apples" in page.url
    page.wait_for_timeout(600)  # else it is a double click
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    wait_for(desk, coded, set(range(COUNT)))


def test_tags_of_an_image_filter(desk: ViewerPage, coded: CodedSite) -> None:
    page = desk.page
    rank = next(r for r in range(COUNT) if tags_of(coded.codes[r]) == [RED, ROTI])
    page.goto(page.url.partition("#")[0] + f"#image={coded.ids[rank]}")
    panel = page.get_by_role("complementary", name="Image details")
    tag = panel.get_by_role("button", name=ROTI, exact=True)
    tag.click()
    wait_for(desk, coded, {code for code in range(COUNT) if ROTI in tags_of(code)})
    expect(tag).to_have_attribute("aria-pressed", "true")
    tag.click()
    wait_for(desk, coded, set(range(COUNT)))


def test_colours_and_their_legend(desk: ViewerPage, coded: CodedSite) -> None:
    page = desk.page
    panel = open_panel(page)
    panel.get_by_role("button", name="Colour the map by Category").click()
    panel.get_by_role("button", name="Close").click()
    legend = page.get_by_role("region", name="What the colours mean")
    expect(legend.get_by_role("listitem")).to_have_count(2)
    page.mouse.move(2, 2)
    desk.settle()
    swatches = legend.locator("li rect").evaluate_all("all => all.map(e => e.getAttribute('fill'))")
    names = legend.locator(".name").all_inner_texts()
    color_of = {
        name: np.array([int(fill[k : k + 2], 16) for k in (1, 3, 5)])
        for name, fill in zip(names, swatches, strict=True)
    }
    pixels = desk.pixels()
    seen = 0
    for rank, box in enumerate(desk.boxes(COUNT)):
        left = int(box["x"] - box["width"] / 2 + 0.8)  # of the frame's 1.5 px the whole one
        if not (is_clear(box) and box["width"] > 24 and desk.pick(left, box["y"]) == rank):
            continue
        frame = pixels[round(box["y"]), left].astype(int)
        expected = color_of[["fruit", "<b>map</b>"][coded.codes[rank] % 2]]
        assert np.abs(frame - expected).max() < 40, "the frame has the colour of the legend"
        seen += 1
    assert seen > 10
    assert "color=category" in page.url
    legend.get_by_role("button", name="fruit").click()
    wait_for(desk, coded, even())
    legend.get_by_label("Coloured by").select_option(label="Year")
    expect(legend).to_contain_text("1900")
    expect(legend).to_contain_text("1963")
    page.reload()
    expect(legend).to_contain_text("1963")
    legend.get_by_role("button", name="No colours").click()
    expect(legend).to_have_count(0)
    expect(page.locator("#clipplot-map")).to_be_focused()
    desk.until("() => !location.hash.includes('color')")


def test_what_was_taken_down_is_not_there(
    window: Page, coded: CodedSite, tmp_path: Path, serve_folder: Callable[[Path], str]
) -> None:
    shutil.copytree(coded.folder, tmp_path / "site")
    file = tmp_path / "site" / "manifest.json"
    gone = [5, 20, 41]
    file.write_text(json.dumps(json.loads(file.read_text()) | {"tombstones": gone}))
    viewer = ViewerPage(window).open(serve_folder(tmp_path / "site"))
    assert lit_codes(viewer, coded) == {code for rank, code in enumerate(coded.codes) if rank not in gone}
    assert window.evaluate("() => __clipplot.drawn().thumbnails") == COUNT - len(gone)
    expect(window.locator("[aria-live=polite]")).to_have_text("All 61 in view")
    for rank in gone:
        box = viewer.box(rank)
        assert viewer.pick(box["x"], box["y"]) != rank
    sums = counts(facet(open_panel(window), "Category"))
    assert sum(sums.values()) == COUNT - len(gone)
    viewer.open(window.url.partition("#")[0] + "?again", f"#image={coded.ids[20]}")
    expect(window.get_by_text("is not, or no longer, in this collection")).to_be_visible()


def test_filters_on_a_phone(browser: Browser, address: str, coded: CodedSite) -> None:
    phone = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page = phone.new_page()
    watch = PageWatch(page)
    viewer = ViewerPage(page).open(address)
    page.get_by_role("button", name="Filters").tap()
    panel = page.get_by_role("region", name="Filters")
    expect(panel).to_be_visible()
    sheet = steady_box(panel)
    assert (sheet["x"], sheet["width"]) == (0, 390)
    assert 200 < sheet["y"] < 500, "a sheet at the foot, with the map above it"
    facet(panel, "Category").get_by_text("fruit").tap()
    wait_for(viewer, coded, even())
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 390
    box = next(b for r, b in enumerate(viewer.boxes(COUNT)) if 110 < b["y"] < sheet["y"] - 20 and b["x"] > 0)
    page.touchscreen.tap(box["x"], box["y"])
    expect(page.get_by_role("complementary", name="Image details")).to_be_visible()
    expect(panel).to_have_count(0)
    assert not watch.problems
    phone.close()
