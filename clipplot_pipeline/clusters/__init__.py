"""Clusters: groups of alike images at several levels, from continents to streets, with names.

Belongs here: finding groups (``hierarchy``), what stands for them (``representatives``, ``outlines``), what they are
called (``words``, ``naming``). Does not belong here: layouts, drawing, Dagster.

Groups are looked for on the map itself, the primary layout. On a thousand photographs, smallest group 12, 0.60 of a
group's images share the category and 0.28 of all are in none; in five UMAP dimensions, which cost a second projection,
0.59 and 0.31; in ten principal components 0.59 and 0.73. And what has one name lies in one place.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clipplot_pipeline.clusters.hierarchy import Cut, choose_sizes, cut_hierarchy
from clipplot_pipeline.clusters.naming import name_levels
from clipplot_pipeline.clusters.outlines import draw_outline
from clipplot_pipeline.clusters.representatives import choose_representatives
from clipplot_pipeline.clusters.words import Words, collect_words
from clipplot_pipeline.model import ClusterLevel, Clusters

__all__ = ["Words", "collect_words", "find_clusters"]

LEVELS, MIN_SIZE = 3, 5
#: With fewer images a group is seen at a glance.
SMALLEST = 20


def find_clusters(
    space: NDArray[np.float32],
    positions: NDArray[np.float32],
    words: Words | None,
    settings: Mapping[str, Any],
) -> Clusters:
    """Find groups of alike images at several levels and name them.

    Parameters
    ----------
    space : ndarray of float32, shape (n, d)
        Vectors, in which representatives are chosen; may be a memory map.
    positions : ndarray of float32, shape (n, 2)
        The primary layout, world coordinates, in which groups are found and outlined.
    words : Words or None
        What names are made of (``collect_words``); None: clusters without names.
    settings : mapping
        ``levels``: how many at most; ``min_size``: the smallest cluster of the finest level, in images.

    Returns
    -------
    Clusters
        Nested: a cluster lies within one of the level before, or in none. Deterministic. No level, with a
        ``reason``, where there is nothing to tell apart.
    """
    n = len(positions)
    if len(space) != n or (words is not None and words.count != n):
        known = n if words is None else words.count
        raise ValueError(
            f"clusters: {n} positions, {len(space)} vectors, words of {known} images; they must agree"
        )
    levels = int(settings.get("levels", LEVELS))
    if levels < 1:
        return Clusters((), reason="clusters are switched off (`clusters.levels` is 0)")
    if n < SMALLEST:
        return Clusters((), reason=f"{n} images are too few to group; {SMALLEST} are needed")
    sizes = choose_sizes(n, levels, int(settings.get("min_size", MIN_SIZE)))
    cuts = cut_hierarchy(positions, sizes) if sizes[-1] < n else []
    if not cuts:
        return Clusters((), reason="the images do not fall into groups")
    names = name_levels([cut.cluster for cut in cuts], words)
    return Clusters(
        tuple(_describe(cut, called, space, positions) for cut, called in zip(cuts, names, strict=True))
    )


def _describe(
    cut: Cut, names: tuple[str, ...], space: NDArray[np.float32], positions: NDArray[np.float32]
) -> ClusterLevel:
    order = np.argsort(cut.cluster, kind="stable")
    bounds = np.searchsorted(cut.cluster[order], np.arange(len(names) + 1))
    groups = [order[bounds[k] : bounds[k + 1]] for k in range(len(names))]
    return ClusterLevel(
        cluster=cut.cluster,
        membership=cut.membership,
        names=names,
        representatives=tuple(choose_representatives(rows, cut.membership[rows], space) for rows in groups),
        outlines=tuple(draw_outline(positions[rows]) for rows in groups),
    )
