"""How well a layout keeps what is near: numbers to record beside it.

Belongs here: measures of a 2-D layout against the neighbours, linear in images times neighbours.
Does not belong here: the layouts.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from clipplot_pipeline.model import Neighbors

#: Neighbours looked at.
NEAREST = 15
#: Rows compared at once.
BLOCK_ROWS = 16384


def preserve_neighbors(
    positions: NDArray[np.float32], neighbors: Neighbors, nearest: int = NEAREST
) -> NDArray[np.float32]:
    """Return for every image the share of its nearest in the layout that are among its nearest neighbours.

    Parameters
    ----------
    positions : ndarray of float32, shape (n, 2)
    neighbors : Neighbors
        All ``k`` stored ones count: fewer than ``nearest`` of them lower ``nearest``.
    nearest : int
        How many of either side are compared.

    Returns
    -------
    ndarray of float32, shape (n,)
        Within [0, 1]; by chance about ``nearest / n``. 1 where an image has no neighbours at all.
    """
    from scipy.spatial import cKDTree

    n = len(positions)
    nearest = min(nearest, n - 1, neighbors.rows.shape[1])
    if nearest < 1:
        return np.ones(n, np.float32)
    tree = cKDTree(positions)
    shares = np.empty(n, np.float32)
    for start in range(0, n, BLOCK_ROWS):
        here = np.arange(start, min(start + BLOCK_ROWS, n))
        found = np.asarray(tree.query(positions[here], k=nearest + 1)[1])
        # Among duplicates the image itself need not come first, or at all.
        found = np.where(found == here[:, None], n, found)
        stored = neighbors.rows[here, :nearest]
        common = (found[:, :, None] == stored[:, None, :]).any(axis=1)
        wanted = (stored >= 0).sum(1)
        shares[here] = np.where(wanted > 0, (common & (stored >= 0)).sum(1) / np.maximum(wanted, 1), 1)
    return shares


def measure_preservation(positions: NDArray[np.float32], neighbors: Neighbors) -> dict[str, Any]:
    """Return the facts ``nearest`` and ``preserved`` (mean share within [0, 1]) of a layout."""
    if len(positions) < 2:
        return {}
    shares = preserve_neighbors(positions, neighbors)
    return {
        "nearest": min(NEAREST, len(positions) - 1, neighbors.rows.shape[1]),
        "preserved": round(float(shares.mean()), 4),
    }
