"""Cells: the shape of a grid for any number of images, and giving every image a cell of its own.

Belongs here: the geometry of cells and the assignment of positions to them, without collision by construction.
Does not belong here: what is put into the grid and how it is labelled (``grid``, ``alphabetical``).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clipplot_pipeline.layouts.normalize import MARGIN

#: Width over height of a grid: that of a browser window with a panel beside the map.
GRID_ASPECT = 1.5
#: Sweeps over all pairs of cells at each distance; most exchanges happen in the first.
SWEEPS = 4


@dataclass(frozen=True, slots=True)
class GridShape:
    """Columns and rows for ``n`` cells, filled row by row from the top left; the last row may be incomplete."""

    n: int
    columns: int
    rows: int

    @property
    def cell_size(self) -> float:
        """Side of the square cells in world units."""
        return 2 * (1 - MARGIN) / max(self.columns, self.rows, 1)

    def place_cells(self, cells: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the middles of cells in world coordinates, shape (m, 2)."""
        x = (cells % max(self.columns, 1) - (self.columns - 1) / 2) * self.cell_size
        y = ((self.rows - 1) / 2 - cells // max(self.columns, 1)) * self.cell_size
        return np.column_stack([x, y]).astype(np.float32)

    def to_json(self) -> dict[str, Any]:
        """Return the facts that a viewer needs: ``columns``, ``rows``, ``cell_size`` (world units)."""
        return {"columns": self.columns, "rows": self.rows, "cell_size": self.cell_size}


def shape_grid(n: int, aspect: float = GRID_ASPECT) -> GridShape:
    """Return the grid for ``n`` images, about ``aspect`` times as wide as high; only the last row has gaps."""
    if n == 0:
        return GridShape(0, 0, 0)
    columns = min(n, math.ceil(math.sqrt(n * aspect)))
    return GridShape(n, columns, math.ceil(n / columns))


def assign_cells(positions: NDArray[np.float32], shape: GridShape) -> NDArray[np.int64]:
    """Give every position a cell of its own so that neighbours stay neighbours.

    The rectangle of cells is halved along its longer side, again and again, the positions with it, by their order
    along that side: O(n log² n) in time, O(n) in memory. Then cells are exchanged pairwise wherever that brings
    the two images nearer to where they come from.

    Parameters
    ----------
    positions : ndarray of float32, shape (n, 2)
        World coordinates, y upwards; ties are broken by row.
    shape : GridShape
        Of as many cells.

    Returns
    -------
    ndarray of int64, shape (n,)
        A permutation of 0 … n-1.
    """
    if len(positions) != shape.n:
        raise ValueError(f"grid: {len(positions)} positions for {shape.n} cells; they must agree")
    if shape.n < 2:
        return np.arange(shape.n)
    points = np.asarray(positions, np.float64) * (1.0, -1.0)  # rows of cells count downwards
    image_of_cell = _halve(points, shape)
    image_of_cell = _exchange(_stretch(points, shape), image_of_cell, shape)
    cells = np.empty(shape.n, np.int64)
    cells[image_of_cell] = np.arange(shape.n)
    return cells


def _halve(points: NDArray[np.float64], shape: GridShape) -> NDArray[np.int64]:
    """Return the image of every cell by halving all rectangles of one depth at once."""
    order = np.arange(shape.n)  # images, those of one rectangle side by side
    boxes = np.array([[0, shape.columns, 0, shape.rows]])
    while True:
        counts = _count_cells(boxes, shape)
        boxes, counts = boxes[counts > 0], counts[counts > 0]
        width, height = boxes[:, 1] - boxes[:, 0], boxes[:, 3] - boxes[:, 2]
        if not ((width > 1) | (height > 1)).any():
            break
        is_wide = width >= height
        box_of = np.repeat(np.arange(len(boxes)), counts)
        along = points[order, np.where(is_wide[box_of], 0, 1)]
        across = points[order, np.where(is_wide[box_of], 1, 0)]
        order = order[np.lexsort((order, across, along, box_of))]
        middle = np.where(is_wide, boxes[:, 0] + (width + 1) // 2, boxes[:, 2] + (height + 1) // 2)
        first, second = boxes.copy(), boxes.copy()
        first[is_wide, 1] = second[is_wide, 0] = middle[is_wide]
        first[~is_wide, 3] = second[~is_wide, 2] = middle[~is_wide]
        boxes = np.stack([first, second], axis=1).reshape(-1, 4)
    image_of_cell = np.empty(shape.n, np.int64)
    image_of_cell[boxes[:, 2] * shape.columns + boxes[:, 0]] = order
    return image_of_cell


def _count_cells(boxes: NDArray[np.int64], shape: GridShape) -> NDArray[np.int64]:
    """Return how many cells lie in each box (first column, end column, first row, end row)."""
    left, right, top, bottom = boxes.T
    in_last = shape.n - (shape.rows - 1) * shape.columns
    gaps = np.where(bottom == shape.rows, right - np.clip(in_last, left, right), 0)
    has_area = (right > left) & (bottom > top)
    return np.where(has_area, (right - left) * (bottom - top) - gaps, 0)


def _stretch(points: NDArray[np.float64], shape: GridShape) -> NDArray[np.float64]:
    """Return the points in units of cells, the whole map stretched over the whole grid."""
    low, extent = points.min(0), np.maximum(np.ptp(points, axis=0), 1e-12)
    stretched: NDArray[np.float64] = (points - low) / extent * (shape.columns - 1, shape.rows - 1)
    return stretched


def _exchange(
    targets: NDArray[np.float64], image_of_cell: NDArray[np.int64], shape: GridShape
) -> NDArray[np.int64]:
    """Exchange the images of cell pairs, from far to near, wherever the summed squared way gets shorter."""
    image_of_cell = image_of_cell.copy()
    cells = np.arange(shape.n)
    column, row = cells % shape.columns, cells // shape.columns
    steps = [2**k for k in range(int(math.log2(max(shape.columns, shape.rows, 1))), -1, -1)]
    for _ in range(SWEEPS):
        changed = 0
        for step in steps:
            for dx, dy in ((step, 0), (0, step), (step, step), (step, -step)):
                for phase in (0, 1):
                    other_column, other_row = column + dx, row + dy
                    other = other_row * shape.columns + other_column
                    along = column if dx else row
                    is_pair = (along // step % 2 == phase) & (other_column < shape.columns)
                    is_pair &= (other_row >= 0) & (other < shape.n)
                    here, there = cells[is_pair], other[is_pair]
                    a, b = targets[image_of_cell[here]], targets[image_of_cell[there]]
                    # |a-h|² + |b-t|² > |a-t|² + |b-h|²  ⇔  (a - b)·(t - h) > 0
                    wins = (a - b) @ np.array([dx, dy], np.float64) > 1e-9
                    here, there = here[wins], there[wins]
                    image_of_cell[here], image_of_cell[there] = image_of_cell[there], image_of_cell[here]
                    changed += len(here)
        if not changed:
            break
    return image_of_cell
