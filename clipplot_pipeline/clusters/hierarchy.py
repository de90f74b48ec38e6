"""Nested clusters of several sizes out of one density hierarchy.

Belongs here: HDBSCAN's condensed tree, cut at several smallest sizes. Does not belong here: names, outlines.

Source: Campello, Moulavi, Sander, "Density-Based Clustering Based on Hierarchical Density Estimates" (2013). At
every level the leaves are taken, not the "excess of mass": that stops at three groups on a mixed collection of 888
works, where leaves find ten of 0.96 purity; and leaves of one tree at rising smallest sizes are nested.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

#: The coarsest level's clusters hold at least this share of the images.
COARSEST_SHARE = 1 / 30
#: Members whose density reaches that of the densest tenth belong wholly.
FULL_MEMBERSHIP_QUANTILE = 0.9


@dataclass(frozen=True, slots=True)
class Cut:
    """One level: for every image its cluster (-1: none) and how strongly it belongs, within [0, 1]."""

    cluster: NDArray[np.int32]
    membership: NDArray[np.float32]


def choose_sizes(n: int, levels: int, smallest: int) -> list[int]:
    """Return the smallest sizes of clusters, coarse to fine, spaced evenly in logarithm, each once.

    The finest grows with the root of ``n``: a street of five is much on a map of a thousand pictures and noise on
    a map of a million.
    """
    if levels < 1:
        return []
    fine = max(smallest, round(math.sqrt(n) / 4))
    coarse = max(fine, round(n * COARSEST_SHARE))
    sizes = np.geomspace(coarse, fine, levels).round().astype(int) if levels > 1 else np.array([coarse])
    return list(dict.fromkeys(int(size) for size in sizes))


def cut_hierarchy(points: NDArray[np.float32], sizes: Sequence[int]) -> list[Cut]:
    """Cut one density hierarchy at several smallest sizes.

    Parameters
    ----------
    points : ndarray of float32, shape (n, d)
        Where density is looked for.
    sizes : sequence of int
        Smallest cluster of each level, falling.

    Returns
    -------
    list of Cut
        One a size, left out where it would have fewer than two clusters, or be the same as the level before.
        A cluster lies within one cluster of the level before, or in none. Numbered largest first. The order of the
        points does not matter.
    """
    # In an order of their own: many distances are equal where it is density that decides, and ties are cut by row.
    order = np.lexsort(points.T)
    tree = _condense(points[order], min(sizes))
    if tree is None:
        return []
    place = np.argsort(order)
    cuts: list[Cut] = []
    for size in sizes:
        labels = _label_leaves(tree, size)
        if labels.max(initial=-1) < 1 or (cuts and np.array_equal(labels[place], cuts[-1].cluster)):
            continue
        cuts.append(Cut(labels[place], _measure_membership(labels, tree.density)[place]))
    return cuts


@dataclass(frozen=True, slots=True)
class _Tree:
    parent: NDArray[np.int64]  # of every node but the first (the root) a smaller number; the root's own is -1
    size: NDArray[np.int64]  # images that a node is born with
    node_of_image: NDArray[np.int64]  # the last node that an image belongs to
    density: NDArray[np.float64]  # at which an image leaves it; may be infinite


def _condense(points: NDArray[np.float32], smallest: int) -> _Tree | None:
    import hdbscan

    n = len(points)
    samples = int(np.clip(smallest // 3, 3, 30))
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter(
            "ignore"
        )  # hdbscan's own calls of scikit-learn, and division by a distance of 0
        fitted = hdbscan.HDBSCAN(
            min_cluster_size=smallest, min_samples=min(samples, n - 1), core_dist_n_jobs=1
        ).fit(np.asarray(points, np.float64))
        table = fitted.condensed_tree_.to_numpy()
    is_image = table["child"] < n
    nodes = table[~is_image]
    if not len(nodes):
        return None
    count = int(nodes["child"].max()) - n + 1
    parent, size = np.full(count, -1), np.full(count, n)
    parent[nodes["child"] - n] = nodes["parent"] - n
    size[nodes["child"] - n] = nodes["child_size"]
    images = table[is_image]
    node_of_image, density = np.zeros(n, np.int64), np.zeros(n)
    node_of_image[images["child"]] = images["parent"] - n
    density[images["child"]] = images["lambda_val"]
    return _Tree(parent, size, node_of_image, density)


def _label_leaves(tree: _Tree, smallest: int) -> NDArray[np.int32]:
    """Return the cluster of every image where a node divides only into parts of at least ``smallest``.

    This is HDBSCAN's condensing repeated on the condensed tree, and so the same as running it with that size.
    """
    count = len(tree.parent)
    children: list[list[int]] = [[] for _ in range(count)]
    for node in range(1, count):
        if tree.size[node] >= smallest:
            children[tree.parent[node]].append(node)
    leaves: list[int] = []
    pending = [(0, 0)]  # a node, and the node that the cluster was born as
    while pending:
        node, born = pending.pop()
        if len(children[node]) > 1:
            pending.extend((child, child) for child in children[node])
        elif children[node]:
            pending.append((children[node][0], born))
        elif born:
            leaves.append(born)
    of_node = np.full(count, -1)
    of_node[leaves] = np.arange(len(leaves))
    for node in range(1, count):
        if of_node[node] < 0:
            of_node[node] = of_node[tree.parent[node]]
    return renumber(of_node[tree.node_of_image])


def renumber(labels: NDArray[np.int64]) -> NDArray[np.int32]:
    """Return the labels numbered by falling size, equals by their first row."""
    present, first, sizes = np.unique(labels, return_index=True, return_counts=True)
    first, sizes, present = first[present >= 0], sizes[present >= 0], present[present >= 0]
    new = np.full(int(labels.max(initial=-1)) + 2, -1, np.int32)  # the last place is that of -1
    new[present[np.lexsort((first, -sizes))]] = np.arange(len(present))
    return new[labels]


def _measure_membership(labels: NDArray[np.int32], density: NDArray[np.float64]) -> NDArray[np.float32]:
    """Return the density at which each image leaves, relative to its cluster's densest tenth."""
    membership = np.zeros(len(labels), np.float32)
    finite = np.where(np.isfinite(density), density, np.finfo(np.float32).max)
    order = np.argsort(labels, kind="stable")
    order = order[labels[order] >= 0]
    bounds = np.flatnonzero(np.diff(labels[order])) + 1
    for members in np.split(order, bounds) if len(order) else []:
        full = max(float(np.quantile(finite[members], FULL_MEMBERSHIP_QUANTILE)), 1e-12)
        membership[members] = np.clip(finite[members] / full, 0, 1)
    return membership
