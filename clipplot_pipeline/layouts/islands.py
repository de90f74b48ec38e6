"""Islands of a map are drawn together, so that the sea between them does not take the whole window.

Belongs here: moving groups that nothing connects. Does not belong here: moving images within a group.

Groups without a neighbour in common repel each other in UMAP as far as the epochs last: the width of the sea means
nothing. Each island is moved as a whole, straight towards the middle of the map, and stops before it meets
another; what lies inside an island, and on which side of the others it lies, stays.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

#: The sea is at least so many times as wide as the way to the fifth nearest image; typically.
STRAIT = 6.0
#: Cells a side of the raster that islands are told apart on, at most.
_RASTER = 256
#: Stops on the way to the middle.
_STEPS = 64
#: Islands that are moved, largest first; smaller ones stay where they are relative to the middle.
_MOST = 64


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
    middle = np.median(raw, axis=0)
    moved = raw.copy()
    order = np.argsort(-sizes, kind="stable")[:_MOST]
    placed: set[tuple[int, int]] = set()
    for number in order:
        members = raw[island == number]
        way = middle - members.mean(0)
        # The largest takes the middle; every other comes from where it lies.
        share = 1.0 if not placed else _find_landing(members, way, placed, cell)
        moved[island == number] = members + share * way
        placed |= _occupy(members + share * way, cell, reach=1)
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
    members: NDArray[np.float64], way: NDArray[np.float64], placed: set[tuple[int, int]], cell: float
) -> float:
    """Return the share of the way to the middle that is free."""
    free = 0.0
    for step in range(_STEPS + 1):
        if _occupy(members + way * step / _STEPS, cell, reach=1) & placed:
            break
        free = step / _STEPS
    return free


def _occupy(points: NDArray[np.float64], cell: float, reach: int) -> set[tuple[int, int]]:
    """Return the raster cells of points, and those around them."""
    cells = np.unique(np.floor(points / cell).astype(np.int64), axis=0)
    around = range(-reach, reach + 1)
    return {(int(x) + dx, int(y) + dy) for x, y in cells for dx in around for dy in around}
