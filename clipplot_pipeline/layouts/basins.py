"""The regions of a map: where it is dense, parted along the valleys between.

Belongs here: telling regions apart in two dimensions, for the channels that are kept open between them. Does not
belong here: clusters of images with names (the room ``clusters``), islands that are moved whole (``islands``).

Source: Chazal, Guibas, Oudot, Skraba, "Persistence-based clustering in Riemannian manifolds" (ToMATo, J. ACM 60,
2013): every point climbs to the densest of its neighbours; two peaks become one where the pass between
them is nearly as high as the lower peak.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

#: A pass of at least this share of the lower peak's density unites two peaks.
PASS = 0.5
#: Neighbours that make a density: one in so many points, within these bounds.
ONE_IN, FEWEST, MOST = 60, 15, 64


def find_basins(points: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the region of every point, numbered from 0 without gaps.

    Parameters
    ----------
    points : ndarray of float64, shape (n, 2)
        Finite. Fewer than twice the neighbours that make a density are one region.
    """
    from scipy.spatial import cKDTree

    n = len(points)
    k = int(np.clip(n // ONE_IN, FEWEST, MOST))
    if n < 2 * k:
        return np.zeros(n, np.int64)
    distances, near = cKDTree(points).query(points, k=k + 1)
    # Among duplicates a point need not be its own nearest: that changes nothing here.
    spread = (distances**2).mean(1)
    density = 1 / np.maximum(spread, max(float(spread.max()) * 1e-12, 1e-300))
    uphill = near[np.arange(n), density[near].argmax(1)]
    # Of equally dense points the first is the higher, so that nobody climbs in a circle.
    is_peak = density[uphill] <= density
    equals = np.where(density[near] == density[:, None], near, n).min(1)
    uphill[is_peak] = np.minimum(equals, np.arange(n))[is_peak]
    peak = _climb(uphill)
    merged = _unite(peak, near, density)
    basins: NDArray[np.int64] = np.unique(merged[peak], return_inverse=True)[1].reshape(-1)
    return basins


def _climb(uphill: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return where every point ends that goes uphill again and again."""
    while True:
        further = uphill[uphill]
        if np.array_equal(further, uphill):
            return uphill
        uphill = further


def _unite(
    peak: NDArray[np.int64], near: NDArray[np.int64], density: NDArray[np.float64]
) -> NDArray[np.int64]:
    """Return for every point the peak that its own peak, if it is one, belongs to in the end."""
    n = len(peak)
    here, there = np.repeat(np.arange(n), near.shape[1]), near.reshape(-1)
    is_pass = peak[here] != peak[there]
    here, there = here[is_pass], there[is_pass]
    height = np.minimum(density[here], density[there])
    into = np.arange(n)

    def find(point: int) -> int:
        while into[point] != point:
            into[point] = into[into[point]]
            point = int(into[point])
        return point

    for number in np.argsort(-height, kind="stable").tolist():
        a, b = find(int(peak[here[number]])), find(int(peak[there[number]]))
        if a == b:
            continue
        low, high = sorted((a, b), key=lambda point: (density[point], -point))
        if height[number] >= PASS * density[low]:
            into[low] = high
    return np.array([find(point) for point in into.tolist()], dtype=np.int64)
