"""The nearest neighbours of large collections: by an approximate index.

Belongs here: the one library that makes the index. Does not belong here: when it serves, what it misses (``search``).

Source: Dong, Moses, Li, "Efficient k-nearest neighbor graph construction for generic similarity measures" (2011): whose
neighbours are one's neighbours are likely to be one's own. See docs/decisions/0092 for the libraries compared.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from clipplot_pipeline.embeddings.neighbors import nearest_neighbors
from clipplot_pipeline.model import Neighbors

#: The graph is made so much wider than it is wanted: recall rises with the width.
WIDER = 1.5
#: With fewer images the index would know nearly all of them: they are compared with all.
SMALLEST = 512
#: Rows whose similarities are computed at once: 1,024 × 48 × 512 numbers are 100 MB.
BLOCK_ROWS = 1024
_SEED = 1


def search_index(vectors: NDArray[np.float32], k: int) -> Neighbors:
    """Return about the k nearest others of every image by cosine, nearest first; equal ones by row.

    Parameters
    ----------
    vectors : ndarray of float32, shape (n, D)
        Unit length; may be a memory map, of which a copy is held in memory.
    k : int
        Neighbours wanted; where fewer are found the last columns are -1 and NaN.

    Returns
    -------
    Neighbors
        The same for the same input on one machine; the similarities are exact.
    """
    n = len(vectors)
    if n < SMALLEST or k < 1:
        return nearest_neighbors(vectors, k)
    from pynndescent import NNDescent

    width = min(n, math.ceil(k * WIDER) + 1)
    index = NNDescent(
        np.array(vectors), metric="cosine", n_neighbors=width, random_state=_SEED, low_memory=True
    )
    return _order(vectors, index.neighbor_graph[0], k)


def _order(vectors: NDArray[np.float32], found: NDArray[np.int32], k: int) -> Neighbors:
    """Return the k nearest of those found (-1: none), the image itself left out."""
    n = len(vectors)
    rows = np.full((n, k), -1, np.int32)
    similarities = np.full((n, k), np.nan, np.float32)
    for start in range(0, n, BLOCK_ROWS):
        here = np.arange(start, min(start + BLOCK_ROWS, n))
        near = found[here].astype(np.int32)
        products = np.einsum("nd,nkd->nk", vectors[here], vectors[near.clip(0)]).astype(np.float32)
        products[(near < 0) | (near == here[:, None])] = -np.inf
        order = np.lexsort((near, -products), axis=1)[:, :k]
        near, products = np.take_along_axis(near, order, 1), np.take_along_axis(products, order, 1)
        is_none, width = np.isneginf(products), near.shape[1]
        rows[here, :width] = np.where(is_none, -1, near)
        similarities[here, :width] = np.where(is_none, np.nan, np.clip(products, -1.0, 1.0))
    return Neighbors(rows, similarities)
