"""The nearest neighbours of every image: exact, by blockwise matrix products; after a drop only new against all.

Belongs here: the exact search on a CPU, and what is sought after a drop, whoever searches. Does not belong here: the
search on an accelerator (``clip.nearest``), the index of large collections (``index``), which of them serves
(``search``).
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from clipplot_pipeline.model import Neighbors

#: Rows of a block of queries, and of a block of candidates: 2,048 × 4,096 products are 34 MB.
QUERY_ROWS, CANDIDATE_ROWS = 2048, 4096
#: An old image that keeps fewer of its neighbours, as others were removed, is searched for anew.
LEAST_KEPT = 24
#: Rows of images, and their similarities.
Lists = tuple[NDArray[np.int32], NDArray[np.float32]]


class Search(Protocol):
    """An exact search; all obey the same law, so that they differ in rounding alone."""

    def __call__(
        self,
        vectors: NDArray[np.float32],
        wanted: NDArray[np.int64],
        k: int,
        among: NDArray[np.int64] | None = None,
    ) -> Lists:
        """Return the k nearest others of some images, nearest first, equal ones by row; shape (wanted, k).

        Parameters
        ----------
        vectors : ndarray of float32, shape (n, D)
            Unit length; may be a memory map.
        wanted : ndarray of int64
            Rows of the images.
        k : int
            With fewer others the last columns are -1 and NaN.
        among : ndarray of int64, rising, optional
            Rows of those to choose from; without it all.
        """


def search_blocks(
    vectors: NDArray[np.float32],
    wanted: NDArray[np.int64],
    k: int,
    among: NDArray[np.int64] | None = None,
) -> Lists:
    """Search by products of NumPy, as `Search` says."""
    rows = np.full((len(wanted), k), -1, np.int32)
    similarities = np.full((len(wanted), k), np.nan, np.float32)
    for start in range(0, len(wanted), QUERY_ROWS) if k > 0 else ():
        here = slice(start, start + QUERY_ROWS)
        rows[here], similarities[here] = _search_block(vectors, wanted[here], k, among)
    return rows, similarities


def nearest_neighbors(vectors: NDArray[np.float32], k: int, search: Search = search_blocks) -> Neighbors:
    """Return the k nearest others of every image by cosine, nearest first; equal ones by row.

    Exact, O(n² D) products in O(n k) memory beside two blocks.

    Parameters
    ----------
    vectors : ndarray of float32, shape (n, D)
        Unit length; may be a memory map.
    k : int
        Neighbours wanted; with fewer others the last columns are -1 and NaN.
    search : callable, optional
        Who searches.
    """
    return Neighbors(*search(vectors, np.arange(len(vectors)), k))


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


def extend_neighbors(
    vectors: NDArray[np.float32],
    before: Neighbors,
    is_new: NDArray[np.bool_],
    search: Search = search_blocks,
) -> Neighbors:
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
    search : callable, optional
        Who searches.
    """
    k = before.rows.shape[1]
    rows, similarities = before.rows.copy(), before.similarities.copy()
    fresh = np.flatnonzero(is_new)
    unknown = find_unknown(before, is_new)
    rows[unknown], similarities[unknown] = search(vectors, unknown, k)
    old = np.setdiff1d(np.arange(len(vectors)), unknown)
    if len(fresh) and len(old):
        near = search(vectors, old, k, fresh)
        floor = _find_floor(before, len(vectors) - len(fresh))[old]
        for start in range(0, len(old), QUERY_ROWS):
            part = slice(start, start + QUERY_ROWS)
            here = old[part]
            found = near[0][part], np.where(near[1][part] < floor[part, None], np.nan, near[1][part])
            rows[here], similarities[here] = _take_in((rows[here], similarities[here]), found)
    return Neighbors(rows, similarities)


def _find_floor(before: Neighbors, count: int) -> NDArray[np.float32]:
    """Return how near a new image must be to be known as a neighbour.

    Of an image that lost some the next old ones are not known: what is further than the last known may be beyond them.
    """
    known = (before.rows >= 0).sum(axis=1)
    last = before.similarities[np.arange(len(known)), np.maximum(known - 1, 0)]
    is_whole = known >= min(before.rows.shape[1], count - 1)
    return np.where(is_whole | (known == 0), np.float32(-np.inf), last)


def _take_in(known: Lists, found: Lists) -> Lists:
    """Return the k nearest among those known and those found (NaN: none), nearest first, equal ones by row."""
    k = known[0].shape[1]
    numbers = np.hstack([known[0], found[0]])
    values = np.hstack([known[1], found[1]])
    values = np.where((numbers < 0) | np.isnan(values), np.float32(-np.inf), values)
    order = np.lexsort((numbers, -values), axis=1)[:, :k]
    return _strike_missing(np.take_along_axis(numbers, order, 1), np.take_along_axis(values, order, 1))


def _strike_missing(rows: NDArray[np.int32], similarities: NDArray[np.float32]) -> Lists:
    """Return lists in which nobody (minus infinity) is -1 and NaN, and similarities keep their bounds."""
    is_none = np.isneginf(similarities)
    kept = np.where(is_none, np.float32(np.nan), similarities.clip(-1.0, 1.0))
    return np.where(is_none, np.int32(-1), rows), kept


def _search_block(
    vectors: NDArray[np.float32], wanted: NDArray[np.int64], k: int, among: NDArray[np.int64] | None
) -> Lists:
    queries = np.asarray(vectors[wanted])
    best = np.full((len(wanted), k), -np.inf, np.float32)
    where = np.full((len(wanted), k), -1, np.int32)
    for first in range(0, len(vectors) if among is None else len(among), CANDIDATE_ROWS):
        last = first + CANDIDATE_ROWS
        others = np.arange(first, min(last, len(vectors))) if among is None else among[first:last]
        products = queries @ np.asarray(vectors[first:last] if among is None else vectors[others]).T
        place = np.searchsorted(others, wanted).clip(max=len(others) - 1)
        own = np.flatnonzero(others[place] == wanted)
        products[own, place[own]] = -np.inf  # an image is not its own neighbour
        best, where = _merge(best, where, products, first)
    if among is not None and len(among):
        where = among[where].astype(np.int32)
    return _strike_missing(where, best)


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
