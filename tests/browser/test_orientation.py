"""What tells where one is: names of groups, the small map, lines of density."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.coded_site import (
    CLUSTERS,
)
from tests.browser.viewer_page import MIDDLE, WIDTH, ViewerPage


def test_labels(viewer: ViewerPage) -> None:
    page = viewer.page
    script = (
        "() => [...document.querySelectorAll('.labels span.shown')]"
        ".map(e => [e.textContent, e.getBoundingClientRect().toJSON()])"
    )
    viewer.until("() => document.querySelectorAll('.labels span.shown').length > 0")
    found = page.evaluate(script)
    assert {text for text, _ in found} <= set(CLUSTERS) - {""}
    assert len(found) >= 2
    for k, (text, a) in enumerate(found):
        assert 0 <= a["left"] < a["right"] <= WIDTH, text
        for _, b in found[:k]:
            assert (
                a["right"] < b["left"]
                or b["right"] < a["left"]
                or a["bottom"] < b["top"]
                or b["bottom"] < a["top"]
            )
    viewer.choose("A to Z")
    viewer.until(
        "() => [...document.querySelectorAll('.labels span.shown')].some(e => e.textContent === 'A–É')"
    )
    assert {text for text, _ in page.evaluate(script)} == {"A–É", "F–Z"}


def test_a_small_map_leads_anywhere(viewer: ViewerPage) -> None:
    page = viewer.page
    small = page.locator(".minimap")
    expect(small).to_have_count(0)
    viewer.zoom(*MIDDLE, steps=4)
    expect(small).to_be_visible()
    box = small.bounding_box()
    assert box is not None
    before = viewer.state()["camera"]
    page.mouse.click(box["x"] + 0.15 * box["width"], box["y"] + 0.2 * box["height"])
    viewer.settle()
    there = viewer.state()["camera"]
    assert there["x"] < before["x"] - 0.2
    assert there["y"] > before["y"] + 0.1
    assert there["scale"] == before["scale"], "it is as close as before"
    frame = small.locator(".view").bounding_box()
    assert frame is not None
    assert abs(frame["x"] + frame["width"] / 2 - box["x"] - 0.15 * box["width"]) < 8
    # The frame is dragged, and the map follows.
    page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 0.5 * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + 0.8 * box["width"], box["y"] + 0.7 * box["height"], steps=4)
    page.mouse.up()
    viewer.settle()
    assert viewer.state()["camera"]["x"] > before["x"]
    page.get_by_role("button", name="How pictures are shown").click()
    page.get_by_role("switch", name="Overview map").uncheck()
    expect(small).to_have_count(0)
    page.get_by_role("switch", name="Overview map").check()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Fit").click()
    expect(small).to_have_count(0)


def test_lines_of_density(viewer: ViewerPage) -> None:
    page = viewer.page
    page.get_by_role("button", name="How pictures are shown").click()
    page.get_by_role("switch", name="Density lines").check()
    painted = """() => {
      const canvas = document.querySelector('.contours');
      if (!canvas || canvas.width < 2) return 0;
      const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
      return data.reduce((n, value, i) => n + (i % 4 === 3 && value > 0 ? 1 : 0), 0);
    }"""
    viewer.until(painted)
    viewer.until("() => location.hash.includes('contours=yes')")
    page.keyboard.press("Escape")
    viewer.choose("Grid")
    viewer.until(f"() => ({painted})() === 0")
    page.get_by_role("button", name="How pictures are shown").click()
    expect(page.get_by_text("every image has the same room")).to_be_visible()
    page.get_by_role("switch", name="Density lines").uncheck()
    expect(page.locator(".contours")).to_have_count(0)
