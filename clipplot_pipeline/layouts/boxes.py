"""Boxes: rectangles of the world, and blocks of cells in them that images fill, those that are alike beside each other.

Belongs here: the geometry that layouts with groups share: a block of cells, and the group that stands apart because it
lacks what a layout is made of. Does not belong here: which groups there are, assignment to cells (``gridding``).
"""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from clipplot_pipeline.layouts.gridding import GridShape, assign_cells, shape_grid
from clipplot_pipeline.layouts.normalize import MARGIN
from clipplot_pipeline.layouts.spec import LayoutInput
from clipplot_pipeline.model import CellArea, Label, Shape

#: Width over height of the world of a layout that fills its frame: a browser's window below header and above controls,
#: and that of a phone held upright.
WIDE, TALL = 1.9, 0.55
#: Share of the width that images take, at least and at most, that lack what the layout is made of: their label is to
#: be read.
LEAST_APART, MOST_APART = 0.075, 0.24
#: Room between such a block and its border, world units.
BORDER = 0.008
#: Room between them and the others, world units.
GUTTER = 0.05
#: Height of the strip at the top of an area where its label stands, world units; in a tall world, of which a window
#: shows fewer pixels.
STRIP, TALL_STRIP = 0.032, 0.054
#: In narrower blocks images follow one another along a path: halving knows no neighbours in a single file.
_NARROW = 4


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle of the world, y upwards."""

    min_x: float
    min_y: float
    max_x: float
    max_y: float

    @property
    def is_tall(self) -> bool:
        """Whether it is higher than wide."""
        return self.height > self.width

    @property
    def strip(self) -> float:
        """Height of the strip for a label at the top of an area in it."""
        return TALL_STRIP if self.is_tall else STRIP

    @property
    def width(self) -> float:
        """Extent along x."""
        return self.max_x - self.min_x

    @property
    def height(self) -> float:
        """Extent along y."""
        return self.max_y - self.min_y

    def draw(self, kind: Literal["sea", "block"], pad: float = 0.0) -> Shape:
        """Return the box as an area to be drawn, ``pad`` larger on every side."""
        left, right, low, high = self.min_x - pad, self.max_x + pad, self.min_y - pad, self.max_y + pad
        corners = [(left, low), (right, low), (right, high), (left, high), (left, low)]
        return Shape(kind, (np.array(corners, np.float32),))

    def hold(self, side: float) -> CellArea:
        """Return the box as a part of the world with cells of this side."""
        return CellArea(self.min_x, self.min_y, self.max_x, self.max_y, side)


def make_frame(aspect: float = WIDE) -> Box:
    """Return the part of the world that a layout fills: as large as the margin allows."""
    edge = 1 - MARGIN
    width, height = edge * min(1, aspect), edge / max(1, aspect)
    return Box(-width, -height, width, height)


def fit_cells(count: int, width: float, height: float) -> float:
    """Return the side of the largest square cells of which ``count`` fit into a rectangle; 0 if there is no room.

    For every number of columns the side is bound by the width, or by the height through the rows that it asks for; the
    best number is near the one for cells that fill the rectangle, or follows from a number of rows near it.
    """
    if count < 1 or width <= 0 or height <= 0:
        return 0.0
    ideal = math.sqrt(count * width / height)
    near = np.arange(-1, 3)
    rows = np.clip(math.floor(count / ideal) + near, 1, count)
    columns = np.clip(np.concatenate([math.floor(ideal) + near, -(-count // rows)]), 1, count)
    rows = -(-count // columns)
    return float(np.minimum(width / columns, height / rows).max())


def fill_block(
    given: LayoutInput, rows: NDArray[np.int64], columns: int, grows: Literal["down", "up"]
) -> NDArray[np.float64]:
    """Return where images lie in a block of cells, those that are alike beside each other.

    Parameters
    ----------
    given : LayoutInput
        With ``primary``, which says who is alike; ties are broken by ``image_ids``.
    rows : ndarray of int64, shape (m,)
        Who is in the block.
    columns : int
        Its width in cells; only the last row has gaps.
    grows : {"down", "up"}
        Where that last row is: below, as on a page, or on top, as in a stack.

    Returns
    -------
    ndarray of float64, shape (m, 2)
        Middles of the cells, in sides of a cell. The upper left corner of the block (grows down) or its lower left
        corner (grows up) is (0, 0); y points upwards.
    """
    if given.primary is None:
        raise ValueError("block: it needs the primary layout")
    order = np.argsort(given.image_ids[rows], kind="stable")
    points = given.primary[rows][order]
    if grows == "up":
        points = points * np.array([1, -1], np.float32)
    columns = max(1, min(columns, len(rows)))
    if columns < _NARROW:
        cells = np.empty(len(rows), np.int64)
        cells[order_alike(points)] = _snake(len(rows), columns)
    else:
        cells = assign_cells(points, GridShape(len(rows), columns, -(-len(rows) // columns)))
    column, row = cells % columns + 0.5, cells // columns + 0.5
    places = np.empty((len(rows), 2))
    places[order] = np.column_stack([column, row if grows == "up" else -row])
    return places


def order_alike(points: NDArray[np.float32]) -> NDArray[np.int64]:
    """Return the rows of points along a path on which neighbours are near each other: up and down through a grid."""
    shape = shape_grid(len(points), 1.0)
    cells = assign_cells(points, shape)
    column, row = cells % max(shape.columns, 1), cells // max(shape.columns, 1)
    path = row * shape.columns + np.where(row % 2 == 0, column, shape.columns - 1 - column)
    return np.argsort(path, kind="stable").astype(np.int64)


def _snake(count: int, columns: int) -> NDArray[np.int64]:
    """Return the cells of a block row by row, every other row backwards; the last, which may have gaps, forwards."""
    cells = np.arange(count)
    row, column = cells // columns, cells % columns
    is_back = (row % 2 == 1) & (row < (count - 1) // columns)
    backwards: NDArray[np.int64] = np.where(is_back, row * columns + columns - 1 - column, cells)
    return backwards


@dataclass(frozen=True, slots=True)
class Apart:
    """The images that lack what a layout is made of, in a block of their own.

    Attributes
    ----------
    positions : ndarray of float64, shape (m, 2)
        World coordinates.
    label : Label
        Over the block.
    cells : CellArea
    box : Box
        Round the images.
    """

    positions: NDArray[np.float64]
    label: Label
    cells: CellArea
    box: Box

    def draw(self) -> Shape:
        """Return the block with its label as an area to be drawn."""
        top = self.label.y if self.label.kind == "area" else self.box.max_y + BORDER
        return Box(self.box.min_x, self.box.min_y, self.box.max_x, top - BORDER).draw("block", BORDER)

    def move(self, x: float, y: float) -> Apart:
        """Return the block at another place: so much further to the right and upwards."""
        old = self.box
        box = Box(old.min_x + x, old.min_y + y, old.max_x + x, old.max_y + y)
        return Apart(
            self.positions + np.array((x, y)),
            dataclasses.replace(self.label, x=self.label.x + x, y=self.label.y + y),
            box.hold(self.cells.side),
            box,
        )


def reserve_apart(count_apart: int, count: int, box: Box) -> tuple[Box, Box]:
    """Split a box: the room for the layout, and that for images apart, by their share.

    The latter is on the right, in a tall box below. Without any apart the whole box is for the layout.
    """
    if count_apart == 0:
        return box, Box(box.max_x, box.min_y, box.max_x, box.min_y)
    share = min(MOST_APART, max(LEAST_APART, count_apart / count))
    if box.is_tall:
        edge = box.min_y + share * box.height + box.strip
        return (
            Box(box.min_x, edge + GUTTER / 2, box.max_x, box.max_y),
            Box(box.min_x, box.min_y, box.max_x, edge),
        )
    edge = box.max_x - share * box.width
    return Box(box.min_x, box.min_y, edge - GUTTER, box.max_y), Box(edge, box.min_y, box.max_x, box.max_y)


def place_apart(
    given: LayoutInput,
    rows: NDArray[np.int64],
    box: Box,
    side: float,
    text: str,
    *,
    strip: float = STRIP,
    stands: bool = False,
) -> Apart:
    """Return images in a block in a corner of a box.

    Parameters
    ----------
    given, rows
        See ``fill_block``.
    box : Box
        The room.
    side : float
        Of the cells; smaller ones are taken if there is no room.
    text : str
        What the group is called.
    strip : float
        Height of the strip for the label above the block, world units.
    stands : bool
        Whether the block stands on the lower edge and its label is one of the axis there; else it hangs from the
        upper edge, below a strip for its label.
    """
    if stands:
        border, top = 0.0, box.max_y
    else:
        border, top = BORDER, box.max_y - strip
    side = min(side, fit_cells(len(rows), box.width - 2 * border, top - box.min_y - border))
    # What fits but for rounding does fit.
    columns = max(1, min(len(rows), math.floor((box.width - 2 * border) / side + 1e-9)))
    high = -(-len(rows) // columns) * side
    low = box.min_y if stands else top - high
    used = Box(box.min_x + border, low, box.min_x + border + columns * side, low + high)
    places = fill_block(given, rows, columns, "up" if stands else "down") * side
    places += (used.min_x, used.min_y if stands else used.max_y)
    middle = (used.min_x + used.max_x) / 2
    label = (
        Label(text, middle, low, used.width, 0, "tick", len(rows))
        if stands
        else Label(text, middle, box.max_y, used.width, 0, "area", len(rows), box.max_y - low)
    )
    return Apart(places, label, used.hold(side), used)
