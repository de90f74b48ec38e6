"""The nearest neighbours of every image: exact, by blockwise matrix products.

Belongs here: finding neighbours. An approximate index for large collections comes beside the exact search.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from clipplot_pipeline.model import Neighbors

#: Rows of a block of queries, and of a block of candidates: 2,048 × 4,096 products are 34 MB.
QUERY_ROWS, CANDIDATE_ROWS = 2048, 4096


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
            end = min(start + QUERY_ROWS, count)
            rows[start:end, :kept], similarities[start:end, :kept] = _search(vectors, start, end, kept)
    return Neighbors(rows, similarities)


def _search(
    vectors: NDArray[np.float32], start: int, end: int, k: int
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    queries = np.asarray(vectors[start:end])
    best = np.full((end - start, k), -np.inf, np.float32)
    where = np.full((end - start, k), -1, np.int32)
    for first in range(0, len(vectors), CANDIDATE_ROWS):
        block = np.asarray(vectors[first : first + CANDIDATE_ROWS])
        products = queries @ block.T
        own = np.arange(max(start, first), min(end, first + len(block)))
        products[own - start, own - first] = -np.inf  # an image is not its own neighbour
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
