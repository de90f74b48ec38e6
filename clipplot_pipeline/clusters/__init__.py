"""Clusters: groups of alike images at several levels, from continents to streets, with names.

Belongs here: finding groups (``hierarchy``), what stands for them (``representatives``, ``outlines``), what they are
called (``words``, ``naming``). Does not belong here: layouts, drawing, Dagster.

Groups are looked for on the map itself, the primary layout. On a thousand photographs, smallest group 12, 0.60 of a
group's images share the category and 0.28 of all are in none; in five UMAP dimensions, which cost a second projection,
0.59 and 0.31; in ten principal components 0.59 and 0.73. And what has one name lies in one place. Of those in no group
half join the group of their neighbours (``joining``).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clipplot_pipeline.clusters.guesses import name_by_guesses, take_guesses
from clipplot_pipeline.clusters.hierarchy import Cut, choose_sizes, cut_hierarchy
from clipplot_pipeline.clusters.joining import join_noise
from clipplot_pipeline.clusters.naming import name_levels
from clipplot_pipeline.clusters.outlines import draw_outline
from clipplot_pipeline.clusters.own import EVERY_LEVEL, OwnClusters, overlay
from clipplot_pipeline.clusters.representatives import choose_representatives
from clipplot_pipeline.clusters.words import Words, collect_words
from clipplot_pipeline.model import ClusterLevel, Clusters, Neighbors

__all__ = ["EVERY_LEVEL", "OwnClusters", "Words", "collect_words", "find_clusters", "take_guesses"]

LEVELS, MIN_SIZE = 3, 5
#: With fewer images a group is seen at a glance.
SMALLEST = 20


def find_clusters(
    space: NDArray[np.float32],
    positions: NDArray[np.float32],
    words: Words | None,
    settings: Mapping[str, Any],
    own: OwnClusters | None = None,
    neighbors: Neighbors | None = None,
    guesses: Words | None = None,
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
    own : OwnClusters, optional
        What people say: it goes before what is found.
    neighbors : Neighbors, optional
        By the vectors: they help to decide where images belong that density leaves in no cluster.
    guesses : Words, optional
        Words that a model guesses (``take_guesses``): they name what the collection's own words do not.

    Returns
    -------
    Clusters
        Nested: a found cluster lies within one of the level before, or in none. Deterministic. No level, with a
        ``reason``, where there is nothing to tell apart.
    """
    n = len(positions)
    if len(space) != n or (words is not None and words.count != n):
        known = n if words is None else words.count
        raise ValueError(
            f"clusters: {n} positions, {len(space)} vectors, words of {known} images; they must agree"
        )
    levels = int(settings.get("levels", LEVELS))
    found, reason = _cut(positions, levels, int(settings.get("min_size", MIN_SIZE)))
    laid = overlay(join_noise(found, positions, neighbors), own, n)
    if not laid.cuts:
        return Clusters((), reason=reason)
    cuts = [cut.cluster for cut in laid.cuts]
    names = name_levels(cuts, words, laid.names)
    if guesses is not None:
        names = name_by_guesses(cuts, guesses, names)
    return Clusters(
        tuple(_describe(cut, called, space, positions) for cut, called in zip(laid.cuts, names, strict=True))
    )


def _cut(positions: NDArray[np.float32], levels: int, smallest: int) -> tuple[list[Cut], str]:
    """Return the levels that are found, or why there are none."""
    n = len(positions)
    if levels < 1:
        return [], "clusters are switched off (`clusters.levels` is 0)"
    if n < SMALLEST:
        return [], f"{n} images are too few to group; {SMALLEST} are needed"
    sizes = choose_sizes(n, levels, smallest)
    cuts = cut_hierarchy(positions, sizes) if sizes[-1] < n else []
    return cuts, "" if cuts else "the images do not fall into groups"


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
