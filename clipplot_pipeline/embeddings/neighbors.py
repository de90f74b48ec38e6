"""The nearest neighbours of every image: exact, by blockwise matrix products.

Belongs here: finding neighbours. An approximate index for large collections comes beside the exact search.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from clipplot_pipeline.model import Neighbors

#: Rows of a block of queries, and of a block of candidates: 2,048 × 16,384 products are 134 MB.
QUERY_ROWS, CANDIDATE_ROWS = 2048, 16_384


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
    kept = min(k, max(count - 1, 0))
    if kept:
        for start in range(0, count, QUERY_ROWS):
            end = min(start + QUERY_ROWS, count)
            rows[start:end, :kept], similarities[start:end, :kept] = _search(vectors, start, end, kept)
    return Neighbors(rows, similarities)


def _search(
    vectors: NDArray[np.float32], start: int, end: int, k: int
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    queries = np.asarray(vectors[start:end])
    best = np.empty((end - start, 0), np.float32)
    where = np.empty((end - start, 0), np.int32)
    for first in range(0, len(vectors), CANDIDATE_ROWS):
        block = np.asarray(vectors[first : first + CANDIDATE_ROWS])
        products = queries @ block.T
        own = np.arange(max(start, first), min(end, first + len(block)))
        products[own - start, own - first] = -np.inf  # an image is not its own neighbour
        numbers = np.broadcast_to(np.arange(first, first + len(block), dtype=np.int32), products.shape)
        best, where = _keep_best(np.hstack([best, products]), np.hstack([where, numbers]), k)
    return where, np.clip(best, -1.0, 1.0)


def _keep_best(
    values: NDArray[np.float32], numbers: NDArray[np.int32], k: int
) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    """Return the k largest values of each row, falling, equal ones by number.

    Candidates come in the order of their numbers, so a stable sort keeps equal values in that order; at the k-th
    place the smallest numbers among equals are taken.
    """
    if values.shape[1] > k:
        edge = -np.partition(-values, k - 1, axis=1)[:, k - 1 : k]
        is_above = values > edge
        is_edge = values == edge
        room = k - is_above.sum(axis=1, keepdims=True)
        is_kept = is_above | (is_edge & (np.cumsum(is_edge, axis=1) <= room))
        values = values[is_kept].reshape(-1, k)
        numbers = numbers[is_kept].reshape(-1, k)
    order = np.lexsort((numbers, -values), axis=1)
    return np.take_along_axis(values, order, 1), np.take_along_axis(numbers, order, 1)
