"""A page with the viewer in it, as the tests handle it: with real hands, and eyes on the pixels.

The page's policy forbids ``eval``, so conditions are polled from outside instead of waited for inside.
"""

from __future__ import annotations

import io
import time
from typing import Any

import numpy as np
from PIL import Image
from playwright.sync_api import Page

from tests.browser.coded_site import code_of

DEADLINE_S = 30.0
# A small window: every pixel costs the software that stands in for a graphics card.
WIDTH, HEIGHT = 760, 500
MIDDLE = (380, 250)
# The header, the controls and the corners are in the way of hands and eyes.
CLEAR = {"left": 20, "right": WIDTH - 20, "top": 75, "bottom": HEIGHT - 75}


class ViewerPage:
    """The viewer on a page."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def open(self, address: str, fragment: str = "") -> ViewerPage:
        """Go there, and wait until the map can be used and has come to rest."""
        self.page.goto(address + fragment)
        return self.settle()

    def until(self, script: str, argument: Any = None) -> Any:
        """Return what a function of the page returns as soon as that counts as true."""
        end = time.monotonic() + DEADLINE_S
        while not (value := self.page.evaluate(script, argument)):
            if time.monotonic() > end:
                text = self.page.evaluate("() => document.body.innerText.slice(0, 400)")
                raise AssertionError(f"never came true: {script}\nThe page says: {text}")
            self.page.wait_for_timeout(30)
        return value

    def settle(self) -> ViewerPage:
        """Wait until nothing moves, loads or fades."""
        self.until("() => window.__clipplot?.ready && __clipplot.settled")
        return self

    def state(self) -> dict[str, Any]:
        """Return the state of the viewer."""
        # Labels are many and not asked for.
        return dict(self.page.evaluate("() => ({ ...__clipplot.state, labels: null })"))

    def box(self, rank: int) -> dict[str, float]:
        """Return where the picture of an image lies: x, y (its middle), width, height; CSS pixels."""
        return dict(self.page.evaluate("rank => __clipplot.screenOf(rank)", rank))

    def boxes(self, count: int) -> list[dict[str, float]]:
        """Return the boxes of the first ``count`` ranks."""
        return list(
            self.page.evaluate("n => Array.from({ length: n }, (_, i) => __clipplot.screenOf(i))", count)
        )

    def pick(self, x: float, y: float) -> int:
        """Return the rank of the topmost image at a point, or -1."""
        return int(self.page.evaluate("([x, y]) => __clipplot.pick(x, y)", [x, y]))

    def pick_all(self, points: list[tuple[float, float]]) -> list[int]:
        """Return the rank of the topmost image at each point, or -1."""
        script = "points => points.map(([x, y]) => __clipplot.pick(x, y))"
        return list(self.page.evaluate(script, [list(point) for point in points]))

    def open_rank(self) -> int:
        """Return the rank whose details are open, or -1."""
        return int(self.state()["open"])

    def lit_ranks(self, count: int) -> list[int]:
        """Return the ranks that search and filters leave, of ``count`` images."""
        script = "() => { const { lit } = __clipplot.state; return lit && [...lit.mask]; }"
        mask = self.page.evaluate(script)
        return [rank for rank in range(count) if mask is None or mask[rank]]

    def pixels(self) -> np.ndarray:
        """Return what is on the screen, without what lies over the map; shape (height, width, 3), CSS pixels."""
        # By script: the page's policy takes no style from elsewhere.
        over = ".labels, .caption, .minimap, .notice"
        show = f"shown => document.querySelectorAll('{over}').forEach(e => {{ e.style.display = shown; }})"
        self.page.evaluate(show, "none")
        shot = self.page.screenshot(scale="css")
        self.page.evaluate(show, "")
        return np.asarray(Image.open(io.BytesIO(shot)).convert("RGB"))

    def choose(self, title: str) -> None:
        """Change to a layout, and wait until everything is at its place."""
        self.layout(title)
        self.until("() => !__clipplot.state.isLayoutLoading")
        self.settle()

    def layout(self, title: str) -> None:
        """Click on the title of a layout."""
        self.page.get_by_role("radio", name=title, exact=True).click()

    def look_away(self) -> None:
        """Take the mouse from the map, so that no picture is enlarged below it."""
        self.page.get_by_role("button", name="Fit").hover()
        self.settle()

    def zoom(self, x: float, y: float, steps: int, delta: float = -240) -> None:
        """Turn the wheel over a point."""
        self.page.mouse.move(x, y)
        for _ in range(steps):
            self.page.mouse.wheel(0, delta)
        self.settle()

    def drag(self, x: float, y: float, dx: float, dy: float) -> None:
        """Drag the map by the mouse, and hold still before letting go."""
        mouse = self.page.mouse
        mouse.move(x, y)
        mouse.down()
        mouse.move(x + dx / 2, y + dy / 2, steps=3)
        mouse.move(x + dx, y + dy, steps=3)
        self.page.wait_for_timeout(120)  # else it glides on
        mouse.move(x + dx, y + dy)
        mouse.up()
        self.settle()


def code_at(pixels: np.ndarray, x: float, y: float) -> int:
    """Return the number whose colour is drawn around a point, or -1."""
    patch = pixels[round(y) - 1 : round(y) + 2, round(x) - 1 : round(x) + 2].reshape(-1, 3)
    return code_of(np.median(patch, axis=0))


def is_clear(box: dict[str, float]) -> bool:
    """Tell whether a picture can be seen and clicked: nothing lies over it, and it is not too small."""
    return (
        CLEAR["left"] < box["x"] < CLEAR["right"]
        and CLEAR["top"] < box["y"] < CLEAR["bottom"]
        and min(box["width"], box["height"]) >= 12
    )
