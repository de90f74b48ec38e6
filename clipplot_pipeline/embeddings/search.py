"""Which search for neighbours serves: exact as long as it can be afforded, by an index beyond; and what it finds.

Belongs here: the choice, and the measure of what an index missed. Does not belong here: searching (``neighbors``,
``index``), what was found before (``defs``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from clipplot_pipeline.embeddings.index import search_index
from clipplot_pipeline.embeddings.neighbors import (
    QUERY_ROWS,
    extend_neighbors,
    find_unknown,
    nearest_neighbors,
    search_among_all,
)
from clipplot_pipeline.model import Neighbors

#: Images whose true neighbours are sought to see what an index missed: its recall is known to within 0.3 percent.
SAMPLE = 1000
_SEED = 1
#: Two similarities that differ by less are the same but for rounding.
_ROUNDING = 1e-6

Method = Literal["exact", "approximate"]


@dataclass(frozen=True, slots=True)
class Before:
    """The neighbours as they were.

    Attributes
    ----------
    neighbors : Neighbors
        In rows of now, as ``extend_neighbors`` takes them.
    is_new : ndarray of bool, shape (n,)
    method : str
        How they were found.
    """

    neighbors: Neighbors
    is_new: NDArray[np.bool_]
    method: Method


@dataclass(frozen=True, slots=True)
class Found:
    """Neighbours, and how they were found.

    Attributes
    ----------
    neighbors : Neighbors
    method : str
        ``approximate`` if any of them come from an index.
    searched : int
        Images whose neighbours were sought among all; the others are known from before.
    recall : float
        Share of the true nearest that were found, within [0, 1], over the images of a sample.
    sample : int
        Its size; 0: the search is exact.
    """

    neighbors: Neighbors
    method: Method
    searched: int
    recall: float
    sample: int


def find_neighbors(
    vectors: NDArray[np.float32], k: int, exact_up_to: int, before: Before | None = None
) -> Found:
    """Find the k nearest others of every image by cosine: exactly as long as that can be afforded.

    Parameters
    ----------
    vectors : ndarray of float32, shape (n, D)
        Unit length; may be a memory map.
    k : int
    exact_up_to : int
        Images that are compared all with all. With more, an index is made; but as many comparisons as this allows are
        spent on a drop, whose images are sought among all, in both directions, and exactly.
    before : Before, optional
        What was found last time.

    Returns
    -------
    Found
        The same for the same input on one machine.
    """
    n = len(vectors)
    if before is not None and not (before.method == "approximate" and n <= exact_up_to):
        unknown = len(find_unknown(before.neighbors, before.is_new))
        # Beyond half, all against all costs no more, and leaves no list short.
        if unknown < n / 2 and (n <= exact_up_to or unknown * n <= exact_up_to**2):
            extended = extend_neighbors(vectors, before.neighbors, before.is_new)
            return _judge(vectors, extended, before.method, unknown)
    if n <= exact_up_to:
        return _judge(vectors, nearest_neighbors(vectors, k), "exact", n)
    return _judge(vectors, search_index(vectors, k), "approximate", n)


def _judge(vectors: NDArray[np.float32], neighbors: Neighbors, method: Method, searched: int) -> Found:
    if method == "exact":
        return Found(neighbors, method, searched, 1.0, 0)
    n = len(vectors)
    sample = np.sort(np.random.default_rng(_SEED).choice(n, min(SAMPLE, n), replace=False))
    return Found(neighbors, method, searched, measure_recall(vectors, neighbors, sample), len(sample))


def measure_recall(vectors: NDArray[np.float32], neighbors: Neighbors, sample: NDArray[np.int64]) -> float:
    """Return the share of the true nearest of some images that is among their neighbours.

    Parameters
    ----------
    vectors : ndarray of float32, shape (n, D)
    neighbors : Neighbors
    sample : ndarray of int64, rising
        The images, which are compared with all. Who is as near as the last of the true ones counts as one of them.
    """
    kept = min(neighbors.rows.shape[1], len(vectors) - 1)
    if kept < 1 or not len(sample):
        return 1.0
    met = 0
    for start in range(0, len(sample), QUERY_ROWS):
        here = sample[start : start + QUERY_ROWS]
        last = search_among_all(vectors, here, kept)[1][:, -1:]
        similarities = np.where(neighbors.rows[here] < 0, -2, neighbors.similarities[here])
        met += int((similarities >= last - _ROUNDING).sum())
    return float(met / (len(sample) * kept))
