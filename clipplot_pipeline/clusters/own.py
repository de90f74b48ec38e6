"""What people say of clusters themselves: clusters of their own, and names for those that were found.

Belongs here: laying them over what was found. Does not belong here: reading their file
(``defs``), finding (``hierarchy``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clipplot_pipeline.clusters.hierarchy import Cut, renumber

#: A row that says no level: a cluster of one's own is one at every level.
EVERY_LEVEL = -1


@dataclass(frozen=True, slots=True)
class OwnClusters:
    """One statement about an image a row.

    Attributes
    ----------
    rows : ndarray of int64, shape (m,)
        The image's row.
    levels : ndarray of int64, shape (m,)
        Level that is meant, 0 is the coarsest; `EVERY_LEVEL`: all.
    clusters : tuple of str
        The cluster of one's own that it belongs to; empty: none is said.
    names : tuple of str
        What the found cluster round it is called (without a level: that of the coarsest level that it is in one of);
        empty: nothing is said.
    """

    rows: NDArray[np.int64]
    levels: NDArray[np.int64]
    clusters: tuple[str, ...]
    names: tuple[str, ...]

    def __post_init__(self) -> None:
        lengths = {len(part) for part in (self.rows, self.levels, self.clusters, self.names)}
        if len(lengths) > 1:
            raise ValueError(f"own clusters: parts of {sorted(lengths)} rows; they must agree")


@dataclass(frozen=True, slots=True)
class Overlaid:
    """The levels with what people said; ``names`` by level and number of the cluster."""

    cuts: list[Cut]
    names: list[dict[int, str]]


def overlay(cuts: Sequence[Cut], own: OwnClusters | None, count: int) -> Overlaid:
    """Return the levels with people's clusters over those found, which lose the images that they share.

    Parameters
    ----------
    cuts : sequence of Cut
        Coarse to fine; where there are none, people's clusters make a level of their own.
    own : OwnClusters or None
    count : int
        Number of images.
    """
    if own is None:
        return Overlaid(list(cuts), [{} for _ in cuts])
    if not cuts and any(own.clusters):
        cuts = [Cut(np.full(count, -1, np.int32), np.zeros(count, np.float32))]
    levels, names = [], []
    for level, cut in enumerate(cuts):
        changed, called = _lay_over(cut, own, level)
        levels.append(changed)
        names.append(called)
    for place in np.flatnonzero([bool(name) for name in own.names]):
        row, wanted = own.rows[place], own.levels[place]
        tried = range(len(levels)) if wanted == EVERY_LEVEL else range(wanted, min(wanted + 1, len(levels)))
        around = next((level for level in tried if levels[level].cluster[row] >= 0), None)
        if around is not None:
            names[around].setdefault(int(levels[around].cluster[row]), own.names[place])
    return Overlaid(levels, names)


def _lay_over(cut: Cut, own: OwnClusters, level: int) -> tuple[Cut, dict[int, str]]:
    """Return a level with people's clusters, and their names by number; of several for one image the last counts."""
    is_meant = (own.levels == EVERY_LEVEL) | (own.levels == level)
    meant = [place for place in np.flatnonzero(is_meant) if own.clusters[place]]
    if not meant:
        return cut, {}
    titles = list(dict.fromkeys(own.clusters[place] for place in meant))
    number_of = {title: number for number, title in enumerate(titles, int(cut.cluster.max(initial=-1)) + 1)}
    labels, membership = cut.cluster.astype(np.int64), cut.membership.copy()
    for place in meant:
        labels[own.rows[place]] = number_of[own.clusters[place]]
        membership[own.rows[place]] = 1.0
    cluster = renumber(labels)
    names = {}
    for title in titles:
        there = np.flatnonzero(labels == number_of[title])
        if len(there):
            names[int(cluster[there[0]])] = title
    return Cut(cluster, membership), names
