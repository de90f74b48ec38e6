"""Images that density leaves in no cluster join the one that most of those near them are in.

Belongs here: votes of neighbours, on the map and by vectors. Does not belong here: finding clusters (``hierarchy``).

A level of HDBSCAN leaves everything outside that is less dense than the join of two clusters: on a thousand photographs
three in ten, many of them in the midst of a cluster's kind. Of 30 votes (15 nearest on the map, 15 nearest by
vectors) two fifths decide: noise falls from 0.30, 0.28, 0.32 (coarse to fine) to 0.19, 0.18, 0.20, and the share of
a cluster's images in its foremost category by 0.01.
A third of the votes would leave 0.11 and cost 0.04; half, 0.23 and nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from clipplot_pipeline.clusters.hierarchy import Cut, renumber
from clipplot_pipeline.model import Neighbors

#: Neighbours of either kind that vote, and the share of votes that decides.
NEAREST, LEAST_SHARE = 15, 0.4
#: Who joins may bring others in; after so many rounds hardly anybody moves.
ROUNDS = 3
#: Who joins belongs at most so strongly: less than most that were found.
MOST_MEMBERSHIP = 0.3


def join_noise(cuts: Sequence[Cut], positions: NDArray[np.float32], neighbors: Neighbors | None) -> list[Cut]:
    """Return the levels with images in no cluster joined to the cluster of their neighbours.

    Parameters
    ----------
    cuts : sequence of Cut
        Coarse to fine, nested; so are those returned.
    positions : ndarray of float32, shape (n, 2)
    neighbors : Neighbors or None
        By vectors; None: only those on the map vote.
    """
    if not cuts:
        return []
    near = _find_voters(positions, neighbors)
    joined: list[Cut] = []
    outer = np.zeros(len(positions), np.int64)
    for level, cut in enumerate(cuts):
        units = _unite(cuts, level)
        labels = cut.cluster.astype(np.int64)
        strength = cut.membership.copy()
        for _ in range(ROUNDS):
            moved = _vote(labels, units, outer, near)
            if moved is None:
                break
            labels, share = moved
            is_new = (share > 0) & (strength == 0)
            strength[is_new] = MOST_MEMBERSHIP * share[is_new]
        cluster = renumber(labels)
        joined.append(Cut(cluster, np.where(cluster >= 0, strength, np.float32(0))))
        outer = labels
    return joined


def _find_voters(positions: NDArray[np.float32], neighbors: Neighbors | None) -> NDArray[np.int32]:
    """Return those who vote on every image, -1 where there is none; shape (n, up to 30)."""
    from scipy.spatial import cKDTree

    n = len(positions)
    count = min(NEAREST, n - 1)
    found = np.asarray(cKDTree(positions).query(positions, k=count + 1)[1]).reshape(n, -1)
    found = np.where(found == np.arange(n)[:, None], -1, found).astype(np.int32)
    return found if neighbors is None else np.hstack([found, neighbors.rows[:, :NEAREST]])


def _unite(cuts: Sequence[Cut], level: int) -> NDArray[np.int64]:
    """Return what moves as one: images of no cluster at this level that are in one together at a finer level.

    A number for every image of no cluster, -1 for the others.
    """
    n = len(cuts[level].cluster)
    units = np.arange(n)
    offset, is_free = n, np.ones(n, bool)
    for finer in cuts[level + 1 :]:
        is_inside = is_free & (finer.cluster >= 0)
        units[is_inside] = offset + finer.cluster[is_inside]
        is_free &= ~is_inside
        offset += int(finer.cluster.max(initial=-1)) + 1
    units[cuts[level].cluster >= 0] = -1
    _, units = np.unique(units, return_inverse=True)
    return units - int((cuts[level].cluster >= 0).any())


def _vote(
    labels: NDArray[np.int64], units: NDArray[np.int64], outer: NDArray[np.int64], near: NDArray[np.int32]
) -> tuple[NDArray[np.int64], NDArray[np.float32]] | None:
    """Return the labels with units joined, and the share of votes for each image that joined; None if none did."""
    rows = np.flatnonzero(labels < 0)
    voters = near[rows]
    ballots = np.where(voters >= 0, labels[np.maximum(voters, 0)], -1)
    # A cluster lies in one of the level before: who is in another cannot join it.
    ballots[outer[np.maximum(voters, 0)] != outer[rows][:, None]] = -1
    clusters = int(labels.max(initial=-1)) + 1
    at, place = np.nonzero(ballots >= 0)
    keys, counts = np.unique(units[rows[at]] * clusters + ballots[at, place], return_counts=True)
    if not len(keys):
        return None
    electorate = np.bincount(units[rows], weights=(voters >= 0).sum(axis=1), minlength=int(units.max()) + 1)
    unit, choice = np.divmod(keys, clusters)
    order = np.lexsort((choice, -counts, unit))
    _, first = np.unique(unit[order], return_index=True)
    best = order[first]
    share = counts[best] / np.maximum(electorate[unit[best]], 1)
    elected = np.full(len(electorate), -1)
    shares = np.zeros(len(electorate), np.float32)
    decided = share >= LEAST_SHARE
    elected[unit[best][decided]], shares[unit[best][decided]] = choice[best][decided], share[decided]
    if not decided.any():
        return None
    changed, won = labels.copy(), np.zeros(len(labels), np.float32)
    changed[rows], won[rows] = elected[units[rows]], shares[units[rows]]
    return changed, won
