"""Islands of a map are drawn together, so that the sea between them does not take the whole window.

Belongs here: moving groups that nothing connects. Does not belong here: moving images within a group.

Groups without a neighbour in common repel each other in UMAP as far as the epochs last: the width of the sea means
nothing. Each island is moved as a whole, straight towards the largest, and stops before it meets
another; what lies inside an island, and on which side of the others it lies, stays.
"""

from __future__ import annotations

from collections import Counter

import numpy as np
from numpy.typing import NDArray

#: The sea is at least so many times as wide as the way to the fifth nearest image; typically.
STRAIT = 6.0
#: Cells a side of the raster that islands are told apart on, at most.
_RASTER = 256


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
    moved = raw.copy()
    taken = Counter(place for rows in groups for place in _occupy(raw[rows], cell))
    # The largest stays. The nearer move first, so that they are out of the way of those behind them.
    for number in np.argsort(((means - middle) ** 2).sum(1), kind="stable"):
        rows = groups[number]
        # One image in each quarter of a cell stands for all: a landing is tried many times.
        shape = raw[rows][np.unique(np.floor(raw[rows] / cell * 2), axis=0, return_index=True)[1]]
        taken.subtract(_occupy(raw[rows], cell))
        way = _find_landing(shape, middle - means[number], taken, cell)
        moved[rows] += way
        taken.update(_occupy(shape + way, cell))
    return moved, len(sizes)


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


def _find_landing(
    members: NDArray[np.float64], way: NDArray[np.float64], taken: Counter[tuple[int, int]], cell: float
) -> NDArray[np.float64]:
    """Return the part of the way to the middle that is free."""
    steps = int(np.ceil(np.linalg.norm(way) / cell))
    free = np.zeros(2)
    for step in range(1, steps + 1):
        if any(taken[place] > 0 for place in _occupy(members + way * step / steps, cell)):
            break
        free = way * step / steps
    return free


def _occupy(points: NDArray[np.float64], cell: float) -> set[tuple[int, int]]:
    """Return the raster cells of points, and those around them."""
    cells = np.unique(np.floor(points / cell).astype(np.int64), axis=0)
    return {(int(x) + dx, int(y) + dy) for x, y in cells for dx in (-1, 0, 1) for dy in (-1, 0, 1)}
