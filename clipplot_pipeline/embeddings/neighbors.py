"""The nearest neighbours of every image: exact, by blockwise matrix products; after a drop only new against all.

Belongs here: the exact search. Does not belong here: the index of large collections (``index``), which of them serves
(``search``).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from clipplot_pipeline.model import Neighbors

#: Rows of a block of queries, and of a block of candidates: 2,048 × 4,096 products are 34 MB.
QUERY_ROWS, CANDIDATE_ROWS = 2048, 4096
#: An old image that keeps fewer of its neighbours, as others were removed, is searched for anew.
LEAST_KEPT = 24


def nearest_neighbors(vectors: NDArray[np.float32], k: int) -> Neighbors:
    """Return the k nearest others of every image by cosine, nearest first; equal ones by row.

    Exact, O(n² D) products in O(n k) memory beside two blocks.

    Parameters
    ----------
    vectors : ndarray of float32, shape (n, D)
        Unit length; may be a memory map.
    k : int
        Neighbours wanted; with fewer others the last columns are -1 and NaN.
    """
    count = len(vectors)
    rows = np.full((count, k), -1, np.int32)
    similarities = np.full((count, k), np.nan, np.float32)
    kept = min(k, count - 1)
    if kept > 0:
        for start in range(0, count, QUERY_ROWS):
            here = np.arange(start, min(start + QUERY_ROWS, count))
            rows[here, :kept], similarities[here, :kept] = search_among_all(vectors, here, kept)
    return Neighbors(rows, similarities)


def find_unknown(before: Neighbors, is_new: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return the images whose neighbours are to be sought among all: new ones, and those that lost too many.

    Parameters
    ----------
    before, is_new : Neighbors, ndarray of bool, shape (n,)
        As `extend_neighbors` takes them.
    """
    count, width = before.rows.shape
    is_short = (before.rows >= 0).sum(axis=1) < min(LEAST_KEPT, width, max(count - 1, 0))
    return np.flatnonzero(is_new | is_short)


def extend_neighbors(vectors: NDArray[np.float32], before: Neighbors, is_new: NDArray[np.bool_]) -> Neighbors:
    """Return the neighbours of all, given those of the old images: new against all, in both directions.

    O(new n D) products. Exact but for old images that lost neighbours to removals: these have as many fewer, and
    those below `LEAST_KEPT` are searched for anew.

    Parameters
    ----------
    vectors : ndarray of float32, shape (n, D)
        Unit length; may be a memory map.
    before : Neighbors
        Nearest first, in rows of now, those that are gone left out; anything for new images.
    is_new : ndarray of bool, shape (n,)
    """
    k = before.rows.shape[1]
    rows, similarities = before.rows.copy(), before.similarities.copy()
    fresh = np.flatnonzero(is_new)
    unknown = find_unknown(before, is_new)
    kept = min(k, len(vectors) - 1)
    for start in range(0, len(unknown), QUERY_ROWS) if kept > 0 else ():
        here = unknown[start : start + QUERY_ROWS]
        rows[here], similarities[here] = -1, np.nan
        rows[here, :kept], similarities[here, :kept] = search_among_all(vectors, here, kept)
    old = np.setdiff1d(np.arange(len(vectors)), unknown)
    floor = _find_floor(before, len(vectors) - len(fresh))
    for start in range(0, len(old), QUERY_ROWS):
        here = old[start : start + QUERY_ROWS]
        for first in range(0, len(fresh), CANDIDATE_ROWS):
            others = fresh[first : first + CANDIDATE_ROWS]
            products = np.clip(np.asarray(vectors[here]) @ np.asarray(vectors[others]).T, -1.0, 1.0)
            products[products < floor[here][:, None]] = -np.inf
            rows[here], similarities[here] = _take_in(rows[here], similarities[here], others, products)
    return Neighbors(rows, similarities)


def _find_floor(before: Neighbors, count: int) -> NDArray[np.float32]:
    """Return how near a new image must be to be known as a neighbour.

    Of an image that lost some the next old ones are not known: what is further than the last known may be beyond them.
    """
    known = (before.rows >= 0).sum(axis=1)
    last = before.similarities[np.arange(len(known)), np.maximum(known - 1, 0)]
    is_whole = known >= min(before.rows.shape[1], count - 1)
    return np.where(is_whole | (known == 0), np.float32(-np.inf), last)


def _take_in(
    rows: NDArray[np.int32],
    similarities: NDArray[np.float32],
    others: NDArray[np.int64],
    products: NDArray[np.float32],
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Return the k nearest among those known (-1 and NaN: none) and others, nearest first, equal ones by row."""
    k = rows.shape[1]
    numbers = np.broadcast_to(others.astype(np.int32), products.shape)
    if products.shape[1] > k:
        nearest = np.sort(np.argpartition(-products, k - 1, axis=1)[:, :k], axis=1)
        products = np.take_along_axis(products, nearest, 1)
        numbers = np.take_along_axis(numbers, nearest, 1)
    values = np.hstack([np.where(rows < 0, np.float32(-np.inf), similarities), products])
    numbers = np.hstack([rows, numbers])
    order = np.lexsort((numbers, -values), axis=1)[:, :k]
    values, numbers = np.take_along_axis(values, order, 1), np.take_along_axis(numbers, order, 1)
    is_none = np.isneginf(values)
    return np.where(is_none, np.int32(-1), numbers), np.where(is_none, np.float32(np.nan), values)


def search_among_all(
    vectors: NDArray[np.float32], wanted: NDArray[np.int64], k: int
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Return the k nearest others of some images among all, nearest first: rows and similarities, shape (wanted, k).

    Parameters
    ----------
    vectors : ndarray of float32, shape (n, D)
    wanted : ndarray of int64, rising
    k : int
        Within [1, n - 1].
    """
    queries = np.asarray(vectors[wanted])
    best = np.full((len(wanted), k), -np.inf, np.float32)
    where = np.full((len(wanted), k), -1, np.int32)
    for first in range(0, len(vectors), CANDIDATE_ROWS):
        block = np.asarray(vectors[first : first + CANDIDATE_ROWS])
        products = queries @ block.T
        own = np.flatnonzero((wanted >= first) & (wanted < first + len(block)))
        products[own, wanted[own] - first] = -np.inf  # an image is not its own neighbour
        best, where = _merge(best, where, products, first)
    return where, np.clip(best, -1.0, 1.0)


def _merge(
    best: NDArray[np.float32], where: NDArray[np.int32], products: NDArray[np.float32], first: int
) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    """Return the k largest values of each row so far and a new block's, falling, equal ones by number.

    Blocks come in the order of their numbers, so whoever merely equals the k-th best so far comes too late. Few
    candidates pass that edge once some blocks were seen, and only those are sorted.
    """
    count, k = best.shape
    edge = best[:, -1:]
    if first == 0 and products.shape[1] > k:
        edge = np.nextafter(np.partition(products, -k, axis=1)[:, -k, None], np.float32(-np.inf))
    row, column = np.divmod(np.flatnonzero(products > edge), products.shape[1])
    if not len(row):
        return best, where
    passed = np.bincount(row, minlength=count)
    place = k + np.arange(len(row)) - np.repeat(np.cumsum(passed) - passed, passed)
    values = np.full((count, k + passed.max()), -np.inf, np.float32)
    numbers = np.full(values.shape, -1, np.int32)
    values[:, :k], numbers[:, :k] = best, where
    values[row, place], numbers[row, place] = products[row, column], first + column
    order = np.argsort(-values, axis=1, kind="stable")[:, :k]
    return np.take_along_axis(values, order, 1), np.take_along_axis(numbers, order, 1)
