"""Fanning out: pictures at one place move apart until each has a cell of its own, and stay as near as can be.

Belongs here: finding free cells. Does not belong here: where places are (``geography``).

A picture with room round it stays where it is. The others get cells of one common grid, so that crowds are packed
without seams: first every cell goes to a picture that is in it anyway; then, few before many, those left over take the
nearest free cells, so that a village keeps its spot and the city spreads round it.
"""

from __future__ import annotations

import functools
import math

import numpy as np
from numpy.typing import NDArray

from clipplot_pipeline.layouts.boxes import Box

Points = NDArray[np.float64]
Cells = NDArray[np.int64]


def fan_out(points: Points, side: float, box: Box) -> Points:
    """Return positions at least a side apart, along x or along y, each near to its point.

    Parameters
    ----------
    points : ndarray of float64, shape (n, 2)
        Inside the box. Equal points are told apart by row.
    side : float
        Of a cell.
    box : Box
        Which has room for all cells, with some to spare.

    Returns
    -------
    ndarray of float64, shape (n, 2)
        Inside the box; where it is full, the last positions may lie upon others.
    """
    fanned = points.copy()
    is_lonely = find_lonely(points, side)
    grid = _Grid(box, side)
    grid.block(points[is_lonely])
    crowd = np.flatnonzero(~is_lonely)
    cells = grid.locate(points[crowd])
    members = _gather(cells)
    # A cell that a lonely picture reaches into is not free even for those that are in it.
    grid.keep([cells[inside[0]] for inside in members])
    for inside in members:
        free = grid.find(cells[inside[0]], len(inside))
        rows = crowd[inside]
        fanned[rows] = free[match_places(points[rows], free)]
    return fanned


def find_lonely(points: Points, side: float) -> NDArray[np.bool_]:
    """Return which points have no other within a side, along both x and y; shape (n,)."""
    from scipy.spatial import cKDTree

    is_lonely = np.ones(len(points), bool)
    if len(points) > 1:
        # Many at one place are found by their number; pairs of them would be beyond counting.
        distinct, which, counts = np.unique(points, axis=0, return_inverse=True, return_counts=True)
        is_crowded = counts > 1
        nearest = cKDTree(distinct).query(distinct, k=2, p=np.inf)[0][:, 1]
        is_lonely = ~(is_crowded | (nearest < side))[which.ravel()]
    return is_lonely


def _gather(cells: Cells) -> list[NDArray[np.int64]]:
    """Return the rows of each cell that occurs, cells with few rows first, equals by their place."""
    if not len(cells):
        return []
    _, number, counts = np.unique(cells, axis=0, return_inverse=True, return_counts=True)
    number = number.ravel()
    order = np.lexsort((np.arange(len(cells)), number, counts[number]))
    return np.split(order, np.flatnonzero(np.diff(number[order])) + 1)


def match_places(points: Points, cells: Points) -> NDArray[np.int64]:
    """Return a cell for each point, each once: who lies to the left stays there, and so does who lies below.

    Points are sorted into as many strips as cells have columns. Equal points keep the order of their rows.
    """
    count = len(points)
    columns = max(1, round(math.sqrt(count)))
    strip = np.arange(count) * columns // count

    def sort(values: Points) -> NDArray[np.int64]:
        rounded = np.round(values, 9)
        of = np.empty(count, np.int64)
        of[np.argsort(rounded[:, 0], kind="stable")] = strip
        return np.lexsort((rounded[:, 1], of))

    chosen = np.empty(count, np.int64)
    chosen[sort(points)] = sort(cells)
    return chosen


@functools.lru_cache(maxsize=8)
def _list_offsets(rings: int) -> Cells:
    """Return the cells round the middle one, up to so many steps away, from the nearest to the furthest."""
    along = np.arange(-rings, rings + 1)
    x, y = (axis.ravel() for axis in np.meshgrid(along, along))
    order = np.lexsort((x, -y, x * x + y * y))
    return np.column_stack([x, y])[order]


class _Grid:
    """Cells of a box, and which are free."""

    def __init__(self, box: Box, side: float) -> None:
        self.side = side
        self.shape = np.array([max(1, math.floor(extent / side) + 1) for extent in (box.width, box.height)])
        middle = np.array([box.min_x + box.max_x, box.min_y + box.max_y]) / 2
        self.origin = middle - (self.shape - 1) / 2 * side
        self.is_free = np.ones(self.shape, bool)
        self.is_kept = np.zeros(self.shape, bool)

    def locate(self, points: Points) -> Cells:
        """Return the cell of each point."""
        cells = np.rint((points - self.origin) / self.side).astype(np.int64)
        return np.clip(cells, 0, self.shape - 1)

    def block(self, points: Points) -> None:
        """Note that no cell is free that is within a side of these points."""
        low = np.floor((points - self.origin) / self.side + 1e-6).astype(np.int64)
        high = np.ceil((points - self.origin) / self.side - 1e-6).astype(np.int64)
        for x in (low[:, 0], high[:, 0]):
            for y in (low[:, 1], high[:, 1]):
                inside = (x >= 0) & (x < self.shape[0]) & (y >= 0) & (y < self.shape[1])
                self.is_free[x[inside], y[inside]] = False

    def keep(self, cells: list[Cells]) -> None:
        """Keep these cells, where they are free, for who is in them."""
        if cells:
            x, y = np.array(cells).T
            self.is_kept[x, y] = self.is_free[x, y]
            self.is_free[x, y] = False

    def find(self, cell: Cells, count: int) -> Points:
        """Take the free cells nearest to one, first of all the one kept there; return their middles, (count, 2)."""
        x, y = cell
        if self.is_kept[x, y]:
            self.is_kept[x, y], self.is_free[x, y] = False, True
        rings = math.ceil(math.sqrt(count) / 2)
        while True:
            around = cell + _list_offsets(rings)
            around = around[((around >= 0) & (around < self.shape)).all(1)]
            around = around[self.is_free[around[:, 0], around[:, 1]]]
            if len(around) >= count:
                break
            if rings > self.shape.max():  # full: better one upon another than outside
                around = np.vstack([around, np.broadcast_to(cell, (count - len(around), 2))])
                break
            rings = 2 * rings + 1
        around = around[:count]
        self.is_free[around[:, 0], around[:, 1]] = False
        middles: Points = self.origin + around * self.side
        return middles
