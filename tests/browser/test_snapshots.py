"""How the viewer looks: a few views beside pictures of them that a person has looked at.

Fonts and graphics drivers differ between machines, so that pictures are compared in cells of 8 × 8 pixels, of which
a few may differ. Where the looks change on purpose, ``CLIPPLOT_SNAPSHOTS=write`` takes the pictures anew; look at them.
"""

from __future__ import annotations

import io
import itertools
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page

from tests.browser.coded_site import CodedSite
from tests.browser.viewer_page import ViewerPage

FOLDER = Path(__file__).parent / "snapshots"
CELL_PX = 8
#: A cell differs if a channel does by more than this, of 255; and so large a share of cells may.
STEP, SHARE = 32, 0.03
DESK, PHONE = (1000, 720), (390, 780)


@dataclass(frozen=True)
class View:
    """What is looked at; ``{id}`` in the fragment is the id of an image."""

    name: str
    fragment: str
    size: tuple[int, int] = DESK
    scheme: str = "dark"


VIEWS = (
    View("map", ""),
    View("map-light", "", scheme="light"),
    View("grid", "#layout=grid"),
    View("detail", "#image={id}"),
    View("list", "#view=list"),
    View("colors-light", "#color=category&layout=grid", scheme="light"),
    View("phone", "", PHONE),
    View("phone-detail-light", "#image={id}", PHONE, "light"),
)


def cells_of(picture: Image.Image) -> np.ndarray:
    """Return the mean colour of every cell; shape (rows, columns, 3)."""
    width, height = picture.size
    small = picture.convert("RGB").resize((width // CELL_PX, height // CELL_PX), Image.Resampling.BOX)
    return np.asarray(small, np.int16)


def share_that_differs(one: Image.Image, other: Image.Image) -> float:
    """Return which share of the cells differs; 1 where the sizes do."""
    if one.size != other.size:
        return 1.0
    return float((np.abs(cells_of(one) - cells_of(other)).max(2) > STEP).mean())


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.name)
def test_the_viewer_looks_as_it_did(
    page: Page, address: str, coded: CodedSite, view: View, tmp_path: Path
) -> None:
    page.set_viewport_size({"width": view.size[0], "height": view.size[1]})
    page.emulate_media(reduced_motion="reduce", color_scheme=view.scheme)  # type: ignore[arg-type]
    viewer = ViewerPage(page).open(address, view.fragment.format(id=coded.ids[20]))
    if view.fragment.startswith("#view=list"):
        viewer.until(
            "() => document.querySelectorAll('main canvas, [role=list] canvas, li canvas').length > 5"
        )
    file = FOLDER / f"{view.name}.webp"
    taken = tmp_path / file.name
    if os.environ.get("CLIPPLOT_SNAPSHOTS") == "write":
        taken = file
        page.wait_for_timeout(2000)
    share = 1.0
    for _ in range(10):  # a picture that is late is no other look
        seen = Image.open(io.BytesIO(page.screenshot()))
        seen.convert("RGB").save(taken, quality=80, method=6)
        share = share_that_differs(seen, Image.open(file))
        if share <= SHARE:
            break
        page.wait_for_timeout(300)
    assert share <= SHARE, f"{share:.1%} of {view.name} look otherwise: compare {taken} with {file}"


def test_views_are_told_apart() -> None:
    pictures = [(view.name, Image.open(FOLDER / f"{view.name}.webp")) for view in VIEWS]
    for (one, a), (other, b) in itertools.combinations(pictures, 2):
        assert share_that_differs(a, b) > 2 * SHARE, (one, other)
