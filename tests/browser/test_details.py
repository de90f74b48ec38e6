"""The panel of one image: what it shows, where it leads, and what it leaves as it is."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.browser.coded_site import (
    COUNT,
    DESCRIPTION,
    date_of,
    tags_of,
)
from tests.browser.viewer_page import WIDTH, ViewerPage, code_at, is_clear


def test_a_click_opens_the_details(viewer: ViewerPage, coded) -> None:
    page = viewer.page
    rank = max(range(COUNT), key=lambda r: viewer.pick(viewer.box(r)["x"], viewer.box(r)["y"]) == r)
    code = coded.codes[rank]
    box = viewer.box(rank)
    page.mouse.click(box["x"], box["y"])
    panel = page.get_by_role("complementary", name="Image details")
    expect(panel).to_be_visible()
    expect(panel.get_by_role("heading", level=2)).to_have_text(f"Picture <u>{code}</u>")
    words = dict(
        panel.evaluate(
            "p => [...p.querySelectorAll('dt')].map(t => [t.textContent, t.nextElementSibling.innerText.trim()])"
        )
    )
    assert words == {
        "Category": ["fruit", "<b>map</b>"][code % 2],
        **({"Tags": "\n".join(tags_of(code))} if tags_of(code) else {}),
        "Year": str(1900 + code),
        "Drawn": ["Yes", "No"][code % 2],
        **({"Date": date_of(code)} if date_of(code) else {}),
        "Description": DESCRIPTION.format(code),
        "Permalink": f"example.org/{code}",
        "File": f"shelf {code % 3}/picture {code:02d} é.jpg",
        "Size": words["Size"],
    }
    assert re.fullmatch(r"[\d,]+ × [\d,]+ px", words["Size"])
    link = panel.get_by_role("link", name=f"example.org/{code}")
    assert link.get_attribute("href") == f"https://example.org/{code}"
    assert "noopener" in (link.get_attribute("rel") or "")
    assert page.evaluate("() => window.hazard") is None
    assert panel.locator("script, img[onerror], u, dd i, dd b").count() == 0
    picture = panel.get_by_role("img", name=f"Picture <u>{code}</u>")
    viewer.until("() => document.querySelector('aside img').naturalWidth > 100")
    shown = picture.bounding_box()
    assert shown is not None
    assert max(shown["width"], shown["height"]) > 180
    middle = shown["x"] + shown["width"] / 2, shown["y"] + shown["height"] / 2
    viewer.until(
        "() => document.querySelector('aside').getAnimations().every(a => a.playState !== 'running')"
    )
    assert code_at(viewer.pixels(), *middle) == code
    page.keyboard.press("Escape")
    expect(panel).to_have_count(0)
    assert page.evaluate("() => document.activeElement.id") == "clipplot-map"


def test_next_previous_and_neighbours(viewer: ViewerPage, coded) -> None:
    page = viewer.page
    page.locator("#clipplot-map").focus()
    page.keyboard.press("Enter")
    panel = page.get_by_role("complementary", name="Image details")
    expect(panel).to_be_visible()
    first = viewer.open_rank()
    panel.get_by_role("button", name="Next image").click()
    assert viewer.settle().open_rank() == first + 1
    expect(panel.get_by_role("heading", level=2)).to_have_text(f"Picture <u>{coded.codes[first + 1]}</u>")
    box = viewer.box(first + 1)
    assert is_clear(box)
    assert box["x"] < 0.6 * WIDTH, "the open image stands beside the panel, not below it"
    panel.get_by_role("button", name="Previous image").click()
    assert viewer.settle().open_rank() == first
    panel.get_by_role("button", name="Similar image 2").click()
    viewer.settle()
    assert coded.codes[viewer.open_rank()] == (coded.codes[first] + 2) % COUNT
    assert page.evaluate("() => !!document.activeElement.closest('aside')"), "the focus fell out of the panel"
    panel.get_by_role("button", name="Close").click()
    expect(panel).to_have_count(0)


def test_what_is_open_stays_as_it_is_while_one_looks_around(viewer: ViewerPage) -> None:
    page = viewer.page
    page.locator("#clipplot-map").focus()
    page.keyboard.press("Enter")
    viewer.until("() => document.querySelector('aside img')?.complete")
    viewer.until("() => document.querySelectorAll('.labels span.shown').length > 0")
    viewer.settle()
    page.evaluate(
        """() => {
          document.querySelector('aside .scroller').scrollTop = 60;
          document.querySelectorAll('.labels span, aside img').forEach(e => { e.mark = true; });
        }"""
    )
    box = next(box for box in viewer.boxes(COUNT) if is_clear(box) and box["x"] < WIDTH / 2)
    page.mouse.move(box["x"] - 2, box["y"])
    page.mouse.move(box["x"], box["y"])
    viewer.until("() => __clipplot.state.hovered >= 0")
    viewer.settle()
    assert page.evaluate("() => document.querySelector('aside .scroller').scrollTop") == 60
    assert page.evaluate("() => [...document.querySelectorAll('.labels span, aside img')].every(e => e.mark)")
    ends = page.locator(".labels span.shown").evaluate_all(
        "all => all.map(e => e.getBoundingClientRect().right)"
    )
    panel = page.get_by_role("complementary", name="Image details").bounding_box()
    assert panel is not None
    assert max(ends) <= panel["x"], "labels keep clear of the panel"
