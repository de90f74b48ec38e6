"""A polygon round a group of positions.

Belongs here: geometry of one group. Does not belong here: which images make a group, drawing.

Source: alpha shapes (Edelsbrunner, Kirkpatrick, Seidel 1983): of the Delaunay triangles those are kept that are small
for the group; the longest boundary of what remains is the outline.
"""

from __future__ import annotations

from collections import defaultdict

import numpy as np
from numpy.typing import NDArray

#: A triangle belongs if its circumradius is below so many times the median.
ALPHA = 4.0
_EMPTY = np.zeros((0, 2), np.float32)


def draw_outline(points: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return a closed polygon round points, concave where they are.

    Parameters
    ----------
    points : ndarray of float32, shape (n, 2)

    Returns
    -------
    ndarray of float32, shape (m, 2)
        Corners taken from the points; the first is repeated at the end. Shape (0, 2) if the points span no area.
    """
    from scipy.spatial import Delaunay, QhullError

    unique = np.unique(np.asarray(points, np.float64), axis=0)
    if len(unique) < 3:
        return _EMPTY
    try:
        corners = Delaunay(unique).simplices
    except QhullError:  # all on one line
        return _EMPTY
    radius = _circumradius(unique[corners])
    kept = corners[radius <= ALPHA * np.median(radius)]
    loop = _longest_boundary(kept, unique)
    return unique[loop].astype(np.float32) if len(loop) > 3 else _EMPTY


def _circumradius(triangles: NDArray[np.float64]) -> NDArray[np.float64]:
    a, b, c = (np.linalg.norm(triangles[:, i] - triangles[:, j], axis=1) for i, j in ((0, 1), (1, 2), (2, 0)))
    u, v = triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0]
    area = np.abs(u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0]) / 2
    radius: NDArray[np.float64] = a * b * c / np.maximum(4 * area, 1e-300)
    return radius


def _longest_boundary(corners: NDArray[np.int32], points: NDArray[np.float64]) -> list[int]:
    """Return the boundary that encloses most, as point numbers, closed; edges of one triangle only are boundary."""
    edges = np.concatenate([corners[:, [0, 1]], corners[:, [1, 2]], corners[:, [2, 0]]])
    # Turned the same way round, an inner edge appears once in either direction.
    u, v = points[corners[:, 1]] - points[corners[:, 0]], points[corners[:, 2]] - points[corners[:, 0]]
    flip = np.tile(u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0] < 0, 3)
    edges[flip] = edges[flip][:, ::-1]
    directed = {(int(a), int(b)) for a, b in edges}
    ways: dict[int, list[int]] = defaultdict(list)
    for a, b in sorted(directed):
        if (b, a) not in directed:
            ways[a].append(b)
    best: list[int] = []
    largest = 0.0
    while ways:
        start = min(ways)
        loop = [start]
        while ways.get(loop[-1]):
            here = loop[-1]
            loop.append(ways[here].pop())
            if not ways[here]:
                del ways[here]
            if loop[-1] == start:
                break
        x, y = points[loop].T
        area = abs(float(np.sum(x[:-1] * y[1:] - x[1:] * y[:-1]))) / 2
        if loop[-1] == start and area > largest:
            best, largest = loop, area
        if loop[-1] != start:
            ways.pop(loop[-1], None)
    return best
