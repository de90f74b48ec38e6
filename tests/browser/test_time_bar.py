"""The bar of time: a window over years that is moved, widened and played, and combines with all filters."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.coded_site import CodedSite
from tests.browser.narrowing import lit_codes, steady_box, wait_for
from tests.browser.viewer_page import ViewerPage


def test_who_closes_it_in_the_middle_of_a_drag_lets_go(desk: ViewerPage) -> None:
    page = desk.page
    page.locator("#clipplot-map").focus()
    page.keyboard.press("t")
    bar = page.get_by_role("region", name="Through time")
    bar.get_by_label("Time by").select_option(label="Year")
    box = steady_box(bar.locator(".field"))
    page.mouse.move(box["x"] + 40, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + 160, box["y"] + 20, steps=4)
    desk.until("() => __clipplot.state.isBrushing")
    page.keyboard.press("Escape")
    expect(bar).to_have_count(0)
    page.mouse.up()
    desk.until("() => !__clipplot.state.isBrushing && location.hash.includes('range.year=')")


def test_a_window_moves_through_time(desk: ViewerPage, coded: CodedSite) -> None:
    page = desk.page
    page.locator("#clipplot-map").focus()
    page.keyboard.press("t")
    bar = page.get_by_role("region", name="Through time")
    bar.get_by_label("Time by").select_option(label="Year")
    window = bar.get_by_role("slider", name="Year: window of time")
    expect(window).to_have_attribute("aria-valuetext", "1900 – 1963")
    desk.until("() => location.hash.includes('time=year')")
    # Its ends make it narrow, its keys move it as one.
    bar.get_by_role("slider", name="Year, to").press("Home")
    wait_for(desk, coded, {0})
    bar.get_by_role("slider", name="Year, to").press("Shift+ArrowRight")
    wait_for(desk, coded, set(range(6)))
    window.press("Shift+ArrowRight")
    wait_for(desk, coded, set(range(5, 11)))
    window.press("End")
    wait_for(desk, coded, set(range(58, 64)))
    # A press elsewhere brings it there; it is as wide as before.
    box = steady_box(bar.locator(".field"))
    page.mouse.click(box["x"] + box["width"] * 20.5 / 64, box["y"] + 20)
    desk.until("() => __clipplot.state.lit?.drawn === 6")
    assert {20} <= lit_codes(desk, coded) <= set(range(14, 27))
    # It combines with the other filters, and the address brings all of it back.
    desk.open(page.url.partition("#")[0] + "?again", "#time=year&range.year=1910..1919&is.category=fruit")
    wait_for(desk, coded, {10, 12, 14, 16, 18})
    expect(bar.get_by_text("5 images")).to_be_visible()
    steps = page.evaluate("() => history.length")
    for _ in range(3):
        bar.get_by_role("button", name="Speed").click()
    window.press("Space")
    pause = bar.get_by_role("button", name="Pause")
    expect(pause).to_be_visible()
    desk.until("() => [...__clipplot.state.lit.mask].reduce((a, b) => a + b) === 5")
    desk.until(
        "() => { const f = __clipplot.state.filters.get('field:year'); return f && Number(f.low) >= 1912; }"
    )
    assert "range.year=1910..1919" in page.url, "the address waits for the pause"
    pause.click()
    desk.until("() => !location.hash.includes('range.year=1910..1919')")
    assert page.evaluate("() => history.length") == steps + 1, "one play is one step"
    stopped = page.evaluate("() => __clipplot.state.filters.get('field:year').low")
    assert f"range.year={stopped}.." in page.url
    bar.get_by_role("button", name="Close the bar of time").click()
    expect(bar).to_have_count(0)
    expect(page.get_by_role("group", name="Active filters")).to_contain_text(f"Year {stopped}")
    desk.until("() => !location.hash.includes('time=')")


def test_a_play_is_one_step_whatever_a_hand_does_meanwhile(
    viewer: ViewerPage, address: str, coded: CodedSite
) -> None:
    page = viewer.page
    page.set_viewport_size({"width": 1000, "height": 720})
    viewer.open(address, "#time=year&range.year=1900..1903")
    wait_for(viewer, coded, {0, 1, 2, 3})
    page.get_by_role("button", name="Filters").click()
    brush = page.get_by_role("group", name="Year", exact=True).locator(".field")
    box = steady_box(brush)
    bar = page.get_by_role("region", name="Through time")
    for _ in range(3):
        bar.get_by_role("button", name="Speed").click()
    steps = page.evaluate("() => history.length")
    bar.get_by_role("button", name="Play").click()
    page.mouse.click(box["x"] + 0.2 * box["width"], box["y"] + box["height"] / 2)
    low = "() => Number(__clipplot.state.filters.get('field:year')?.low)"
    first = page.evaluate(low)
    viewer.until(f"() => ({low})() >= {first} + 5")
    assert page.evaluate("() => history.length") <= steps + 1, "the click is a step, the play is not yet"
    bar.get_by_role("button", name="Pause").click()
    assert page.evaluate("() => history.length") <= steps + 2
