"""Labels of layouts and of clusters, as the site holds them (site format §5).

Belongs here: where a cluster's label stands and how large what it names is. Does not belong here: naming.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from clipplot_pipeline.model import ClusterLevel, Layout

#: Share of a cluster's images left out on each side before its extent is measured.
TRIMMED_SHARE = 0.05


def describe_labels(layout: Layout) -> dict[str, Any]:
    """Return the file of a layout's own labels."""
    return {"labels": [label.to_json() for label in layout.labels]}


def describe_cells(layout: Layout) -> list[dict[str, Any]]:
    """Return in which parts of the world a layout's images stand in cells, as the manifest holds it."""
    return [
        {
            "min": [round(float(area.min_x), 6), round(float(area.min_y), 6)],
            "max": [round(float(area.max_x), 6), round(float(area.max_y), 6)],
            "side": round(float(area.side), 7),
        }
        for area in layout.cells
    ]


def describe_clusters(level: ClusterLevel, home: Layout, rank_of_row: NDArray[np.int64]) -> dict[str, Any]:
    """Return the file of one level of clusters, in the order of their numbers.

    Parameters
    ----------
    level : ClusterLevel
        In catalog rows.
    home : Layout
        The home layout: clusters are placed on its positions, and on each of its spreads.
    rank_of_row : ndarray of int64, shape (n,)
        Rank of every catalog row.

    Notes
    -----
    A label stands on the median of its images; its size is the larger side of the box that holds all but
    the outermost twentieth on each side.
    """
    by_cluster = np.argsort(level.cluster, kind="stable")
    bounds = np.searchsorted(level.cluster[by_cluster], np.arange(level.count + 1))
    clusters = []
    for number in range(level.count):
        members = by_cluster[bounds[number] : bounds[number + 1]]
        described: dict[str, Any] = {
            "name": level.names[number],
            "count": len(members),
            "representatives": [int(rank_of_row[row]) for row in level.representatives[number]],
            **_locate(home.positions[members]),
        }
        if home.spreads:
            described["spreads"] = [_locate(spread.positions[members]) for spread in home.spreads]
        clusters.append(described)
    return {"clusters": clusters}


def _locate(members: NDArray[np.float32]) -> dict[str, float]:
    points = members.astype(np.float64)
    center = np.median(points, axis=0)
    low, high = np.quantile(points, [TRIMMED_SHARE, 1 - TRIMMED_SHARE], axis=0)
    return {
        "x": round(float(center[0]), 5),
        "y": round(float(center[1]), 5),
        "size": round(float((high - low).max()), 5),
    }
