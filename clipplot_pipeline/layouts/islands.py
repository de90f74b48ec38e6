"""Islands of a map are drawn together, so that the sea between them does not take the whole window.

Belongs here: moving groups that nothing connects. Does not belong here: moving images within a group.

Groups without a neighbour in common repel each other in UMAP as far as the epochs last: the width of the sea means
nothing. Each island is moved as a whole, straight towards the largest, and stops before it meets
another; what lies inside an island, and on which side of the others it lies, stays.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

#: The sea is at least so many times as wide as the way to the fifth nearest image; typically.
STRAIT = 6.0
#: Cells a side of the raster that islands are told apart on, at most.
_RASTER = 256
#: Steps of a way that are looked at together.
_STRIDE = 16
_AROUND = np.array([(x, y) for x in (-1, 0, 1) for y in (-1, 0, 1)])


def gather_islands(raw: NDArray[np.float64]) -> tuple[NDArray[np.float64], int]:
    """Return the positions with the islands drawn together, and the number of islands.

    Parameters
    ----------
    raw : ndarray of float64, shape (n, 2)
        Finite.
    """
    cell = _choose_cell(raw)
    if cell <= 0:
        return raw, min(len(raw), 1)
    island = _label_islands(raw, cell)
    sizes = np.bincount(island)
    if len(sizes) < 2:
        return raw, 1
    order = np.argsort(island, kind="stable")
    groups = np.split(order, np.cumsum(sizes)[:-1])
    middle = raw[groups[int(sizes.argmax())]].mean(0)
    means = np.array([raw[rows].mean(0) for rows in groups])
    # One image in each quarter of a cell stands for all: a landing is tried many times.
    shapes = [_thin(raw[rows], cell) for rows in groups]
    sea = _Sea(raw, cell)
    for shape in shapes:
        sea.mark(shape, 1)
    moved = raw.copy()
    # The largest stays. The nearer move first, so that they are out of the way of those behind them.
    for number in np.argsort(((means - middle) ** 2).sum(1), kind="stable"):
        shape = shapes[number]
        sea.mark(shape, -1)
        way = _find_landing(shape, middle - means[number], sea)
        moved[groups[number]] += way
        sea.mark(shape + way, 1)
    return moved, len(sizes)


class _Sea:
    """A raster that counts, cell by cell, the islands whose land or shore lies there."""

    def __init__(self, raw: NDArray[np.float64], cell: float) -> None:
        self.low, self.cell = raw.min(0), cell
        side = np.floor((raw.max(0) - self.low) / cell).astype(np.int64) + 3  # a shore round everything
        self.count = np.zeros(side, np.int32)

    def cover(self, points: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the cells of points and those around them."""
        cells = np.floor((points - self.low) / self.cell).astype(np.int64)
        around = (cells[:, None] + _AROUND).reshape(-1, 2)
        # The mean of an island may lie outside it: what would leave the map is held at its border.
        around = np.clip(around + 1, 0, np.array(self.count.shape) - 1)
        return around[:, 0], around[:, 1]

    def widen(self) -> NDArray[np.bool_]:
        """Return the cells that have land or shore within one cell, with a border of one cell more on all sides."""
        taken = np.pad(self.count > 0, 2)
        taken = taken[:-2] | taken[1:-1] | taken[2:]
        wide: NDArray[np.bool_] = taken[:, :-2] | taken[:, 1:-1] | taken[:, 2:]
        return wide

    def mark(self, points: NDArray[np.float64], by: int) -> None:
        land = np.zeros(self.count.shape, bool)
        land[self.cover(points)] = True
        self.count[land] += by


def _thin(points: NDArray[np.float64], cell: float) -> NDArray[np.float64]:
    thin: NDArray[np.float64] = points[np.unique(np.floor(points / cell * 2), axis=0, return_index=True)[1]]
    return thin


def _choose_cell(raw: NDArray[np.float64]) -> float:
    from scipy.spatial import cKDTree

    n = len(raw)
    if n < 8:
        return 0.0
    sample = raw[:: max(1, n // 4096)]
    distances = cKDTree(raw).query(sample, k=6)[0]
    extent = float(np.ptp(raw, axis=0).max())
    return max(STRAIT / 2 * float(np.median(distances[:, 5])), extent / _RASTER)


def _label_islands(raw: NDArray[np.float64], cell: float) -> NDArray[np.int64]:
    from scipy import ndimage

    places = np.floor((raw - raw.min(0)) / cell).astype(np.int64)
    raster = np.zeros(places.max(0) + 1, bool)
    raster[places[:, 0], places[:, 1]] = True
    # Land that a single empty cell parts is one island.
    wide = ndimage.binary_dilation(raster, np.ones((3, 3), bool))
    labels = ndimage.label(wide, np.ones((3, 3), bool))[0]
    found: NDArray[np.int64] = labels[places[:, 0], places[:, 1]].astype(np.int64) - 1
    return found


def _find_landing(shape: NDArray[np.float64], way: NDArray[np.float64], sea: _Sea) -> NDArray[np.float64]:
    """Return the part of the way to the middle that is free."""
    steps = int(np.ceil(np.linalg.norm(way) / sea.cell))
    free = np.zeros(2)
    # Widened once, it is asked for one cell a point instead of nine, and for many steps at once.
    taken = sea.widen()
    last = np.array(taken.shape) - 1
    for first in range(1, steps + 1, _STRIDE):
        ways = way * np.arange(first, min(first + _STRIDE, steps + 1))[:, None] / steps
        cells = np.floor((shape + ways[:, None] - sea.low) / sea.cell).astype(np.int64) + 2
        cells = np.minimum(np.maximum(cells, 0), last)
        is_stopped = taken[cells[..., 0], cells[..., 1]].any(axis=1)
        if is_stopped.any():
            stop = int(is_stopped.argmax())
            return ways[stop - 1] if stop else free
        free = ways[-1]
    return free
