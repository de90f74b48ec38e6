"""The map with room for pictures: overlaps removed, the window filled, regions parted by channels of ground.

Belongs here: from the raw positions of a layout to a second pair in which pictures can be drawn large. Does not belong
here: the steps of that way (``transport``, ``basins``, ``packing``), drawing.

The raw map says how near things are; it leaves most of a window empty and heaps the rest. Here the density is evened
out first (a cartogram in which every picture has the same area), then the pictures are pushed apart, while
those of a region, and those near each other on the raw map, draw together: what room is left becomes the
channels between regions.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from clipplot_pipeline.layouts.basins import find_basins
from clipplot_pipeline.layouts.normalize import MARGIN
from clipplot_pipeline.layouts.packing import Box, measure_cover, measure_halves, pack
from clipplot_pipeline.layouts.transport import spread_evenly
from clipplot_pipeline.model import Spread

#: Width over height: a browser's window on a screen below header and above controls, and a phone held upright.
WIDE, TALL = 1.9, 0.53
#: Share of the box that pictures cover, of any number of them.
FILL = 0.73
#: Pictures cannot lie across the border: so many times the root of their number are reckoned to be there more.
BORDER = 1.0
#: Share of the box that the channels take, and their width at most: in sizes of a picture, in heights of the box.
SEA, WIDEST_CHANNEL, CHANNEL_OF_HEIGHT = 0.12, 0.8, 0.03
#: Neighbours on the raw map that an image stays near to.
NEAREST = 10
#: Pictures are drawn smaller until no more than this share of their area is covered by others.
COVERED = 0.02


def spread_out(
    raw: NDArray[Any], aspects: NDArray[np.floating], aspect: float = WIDE
) -> tuple[Spread, dict[str, Any]]:
    """Return positions in which pictures have room, and facts about them.

    Parameters
    ----------
    raw : ndarray, shape (n, 2)
        Finite positions, y upwards; any unit. Their order does not matter, but that pictures of the same shape at the
        same place are told apart by row.
    aspects : ndarray, shape (n,)
        Width over height of the pictures.
    aspect : float
        Width over height of the window to fill.

    Returns
    -------
    spread : Spread
    facts : dict
        ``regions``: how many; ``covered``: share of the pictures' area that lies below others; ``fill``: share of
        the box that pictures cover.
    """
    points, halves = np.asarray(raw, np.float64), measure_halves(aspects)
    n = len(points)
    # In an order of their own: sums depend on it in the last digit, and pictures that are pushed depend on those.
    order = np.lexsort((aspects, points[:, 1], points[:, 0]))
    points, halves = points[order], halves[order]
    if n == 0:
        return Spread(np.zeros((0, 2), np.float32), 1.0, aspect), {"regions": 0, "covered": 0.0, "fill": 0.0}
    if aspect < 1:  # a map that is wide on a screen lies on its side on a phone
        points = points[:, ::-1] * (1.0, -1.0)
    area = (4 * halves.prod(1)).sum() / n * (n + BORDER * np.sqrt(n)) / FILL
    height = max(np.sqrt(area / aspect), 2.2 * halves[:, 1].max())
    width = max(area / height, 2.2 * halves[:, 0].max())
    region = find_basins(points)
    even = spread_evenly(points, width, height)
    box = Box(width, height, _choose_channel(even, region, width, height))
    packed = pack(even, halves, region, _find_near(points), box)
    low, high = (packed - halves).min(0), (packed + halves).max(0)
    scale = 2 * (1 - MARGIN) / float((high - low).max())
    positions = np.empty((n, 2), np.float32)
    positions[order] = (packed - (low + high) / 2) * scale
    size = _choose_size(packed, halves)
    facts = {
        "regions": int(region.max()) + 1,
        "covered": round(measure_cover(packed, halves * size), 4),
        "fill": round(float((4 * halves.prod(1)).sum() * size**2 / (high - low).prod()), 4),
    }
    return Spread(positions, round(size * scale, 6), aspect), facts


def _find_near(points: NDArray[np.float64]) -> NDArray[np.int64]:
    from scipy.spatial import cKDTree

    k = min(NEAREST, len(points) - 1)
    found = np.asarray(cKDTree(points).query(points, k=k + 1)[1], np.int64).reshape(len(points), k + 1)
    return found[:, 1:]


def _choose_channel(
    even: NDArray[np.float64], region: NDArray[np.int64], width: float, height: float
) -> float:
    """Return the width of the channels: the more coast there is, the narrower."""
    from scipy.spatial import cKDTree

    if region.max() == 0:
        return 0.0
    near = np.asarray(cKDTree(even).query(even, k=5)[1])[:, 1:]
    # Evenly spread, a picture has a square for itself; each of its four sides may be a coast, seen from both shores.
    coast = (region[near] != region[:, None]).sum() / 2 * np.sqrt(width * height / len(even))
    return float(min(SEA * width * height / max(coast, 1e-9), WIDEST_CHANNEL, CHANNEL_OF_HEIGHT * height))


def _choose_size(points: NDArray[np.float64], halves: NDArray[np.float64]) -> float:
    """Return the largest size, at most 1, at which pictures cover each other as little as is allowed."""
    low, high = 0.0, 1.0
    if measure_cover(points, halves) <= COVERED:
        return high
    for _ in range(12):
        middle = (low + high) / 2
        low, high = (middle, high) if measure_cover(points, halves * middle) <= COVERED else (low, middle)
    return low
