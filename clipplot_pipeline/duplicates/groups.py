"""Groups: pictures that hang together by pairs, with the earliest and the largest of each.

Belongs here: connected components, the choice of their heads. Does not belong here: pairs.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from clipplot_pipeline.model import Duplicates


def group_pairs(
    count: int,
    pairs: NDArray[np.int64],
    when: NDArray[np.datetime64],
    arrivals: NDArray[np.int64],
    pixels: NDArray[np.int64],
    names: NDArray[np.int64],
) -> Duplicates:
    """Return the groups of near-duplicates.

    Parameters
    ----------
    count : int
        Number of images.
    pairs : ndarray of int64, shape (p, 2)
        Rows of near-duplicates.
    when : ndarray of datetime64, shape (n,)
        When a picture was made; NaT: not known, which comes after all that is known.
    arrivals : ndarray of int64, shape (n,)
        With which drop the pictures came into the collection: decides where dates do not.
    pixels : ndarray of int64, shape (n,)
        Width times height of the originals: decides where drops do not, for copies are seldom enlarged.
    names : ndarray of int64, shape (n,)
        Place of each image in the order of names, all different: decides where nothing else does.
    """
    group = np.full(count, -1, np.int32)
    if not len(pairs):
        return Duplicates(group, np.zeros(0, np.int32), np.zeros(0, np.int32))
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    graph = coo_array((np.ones(len(pairs), np.bool_), (pairs[:, 0], pairs[:, 1])), shape=(count, count))
    component = connected_components(graph, directed=False)[1]
    members = np.unique(pairs)
    # Numbered by their first row.
    _, first, group[members] = np.unique(component[members], return_index=True, return_inverse=True)
    number_of = np.argsort(np.argsort(first))
    group[members] = number_of[group[members]]
    dates = when.astype("datetime64[s]").astype(np.int64)
    dates = np.where(np.isnat(when), np.iinfo(np.int64).max, dates)
    earliest = _choose(group, np.lexsort((names, -pixels, arrivals, dates, group)))
    largest = _choose(group, np.lexsort((names, arrivals, dates, -pixels, group)))
    return Duplicates(group, earliest, largest)


def _choose(group: NDArray[np.int32], order: NDArray[np.int64]) -> NDArray[np.int32]:
    """Return the first row of every group in an order that is sorted by group."""
    order = order[group[order] >= 0]
    _, first = np.unique(group[order], return_index=True)
    return order[first].astype(np.int32)
