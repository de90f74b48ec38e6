"""How far the place of each image on the map may be trusted.

Belongs here: measures an image, in memory linear in images times neighbours. Does not belong here: one number for a
whole layout from the neighbours alone (``quality``).

Source: Venna, Kaski, "Neighborhood preservation in nonlinear projection methods" (2001); the mean over the images is
their measure. In large collections ranks are estimated from a sample of the images, which keeps the mean.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from clipplot_pipeline.layouts.quality import NEAREST, preserve_neighbors
from clipplot_pipeline.model import Measure, Neighbors

#: Images that ranks are counted among; up to so many the measures are exact.
SAMPLE = 4096
#: Images at once: 64 × 15 × 4,096 comparisons.
_BLOCK_ROWS = 64
_SEED = 1
#: Closeness is computed in two ways: none is to be nearer than itself.
_ROUNDING = 1e-6

#: Given rows (b,) and others (b, k), returns how near they are (b, k), higher is nearer.
Closeness = Callable[[NDArray[np.int64], NDArray[np.int64]], NDArray[np.float32]]


def measure_trust(
    positions: NDArray[np.float32],
    vectors: NDArray[np.float32],
    neighbors: Neighbors,
    categories: pa.ChunkedArray | None = None,
) -> tuple[Measure, ...]:
    """Return the measures of every image, each within [0, 1], NaN where it means nothing.

    Parameters
    ----------
    positions : ndarray of float32, shape (n, 2)
    vectors : ndarray of float32, shape (n, D)
        Unit length; may be a memory map.
    neighbors : Neighbors
        By these vectors.
    categories : pyarrow.ChunkedArray, optional
        The category of every image: texts, or null.
    """
    from scipy.spatial import cKDTree

    n = len(positions)
    k = min(NEAREST, neighbors.rows.shape[1], (n - 1) // 2)
    if k < 1:
        return ()
    found = np.asarray(cKDTree(positions).query(positions, k=k + 1)[1], np.int64)
    near = _leave_out_itself(found)
    alike = neighbors.rows[:, :k].astype(np.int64)
    sample = np.arange(n) if n <= SAMPLE else np.sort(np.random.default_rng(_SEED).choice(n, SAMPLE, False))
    pulled = vectors[sample]  # one copy: 17 MB of 1,024 components

    def by_vector(rows: NDArray[np.int64], others: NDArray[np.int64]) -> NDArray[np.float32]:
        if others is sample_rows:
            return np.asarray(vectors[rows] @ pulled.T, np.float32)
        return np.asarray(np.einsum("bd,bkd->bk", vectors[rows], vectors[others]), np.float32)

    def by_place(rows: NDArray[np.int64], others: NDArray[np.int64]) -> NDArray[np.float32]:
        there = positions[sample][None] if others is sample_rows else positions[others]
        return np.asarray(-((positions[rows][:, None] - there) ** 2).sum(axis=2), np.float32)

    sample_rows = sample[None]
    return _name(
        k,
        _judge(n, k, near, alike, by_vector, sample_rows),
        _judge(n, k, alike, near, by_place, sample_rows),
        preserve_neighbors(positions, neighbors),
        _hit_category(near, categories),
    )


def _name(
    k: int,
    trusted: NDArray[np.float32],
    continuous: NDArray[np.float32],
    kept: NDArray[np.float32],
    hit: NDArray[np.float32] | None,
) -> tuple[Measure, ...]:
    """Return the measures with the words that present them."""
    alike = "Whether the images round it on the map are alike to it; 1: the very nearest are."
    near = "Whether the images most alike to it are near it on the map; 1: all of them."
    share = f"Share of its {k} nearest on the map that are among the most alike."
    same = f"Share of its {k} nearest on the map that are of its category (neighbourhood hit)."
    measures = (
        Measure("trustworthiness", "Trustworthiness", alike, trusted),
        Measure("continuity", "Continuity", near, continuous),
        Measure("kept", "Neighbours kept", share, kept),
    )
    return measures if hit is None else (*measures, Measure("hit", "Same category nearby", same, hit))


def _hit_category(near: NDArray[np.int64], categories: pa.ChunkedArray | None) -> NDArray[np.float32] | None:
    """Return the share of each image's nearest that are of its category; None if no image has one."""
    if categories is None or categories.null_count == len(near):
        return None
    codes = categories.combine_chunks().dictionary_encode().indices.fill_null(-1).to_numpy()
    hit = (codes[near] == codes[:, None]).mean(axis=1).astype(np.float32)
    return np.where(codes >= 0, hit, np.float32(np.nan))


def _leave_out_itself(found: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the nearest without the image itself, which among duplicates need not come first, or at all."""
    rows = np.arange(len(found))[:, None]
    order = np.argsort(found == rows, axis=1, kind="stable")
    return np.take_along_axis(found, order, 1)[:, :-1]


def _judge(
    n: int,
    k: int,
    shown: NDArray[np.int64],
    wanted: NDArray[np.int64],
    closeness: Closeness,
    sample: NDArray[np.int64],
) -> NDArray[np.float32]:
    """Return 1 less the penalty of those shown that are not wanted: how far their rank by closeness lies beyond k."""
    share = (n - 1) / max(sample.shape[1] - (sample.shape[1] == n), 1)
    result = np.empty(n, np.float32)
    for start in range(0, n, _BLOCK_ROWS):
        rows = np.arange(start, min(start + _BLOCK_ROWS, n))
        others = shown[rows]
        is_foreign = ~(others[:, :, None] == wanted[rows][:, None, :]).any(axis=2) & (others >= 0)
        near, all_near = closeness(rows, others), closeness(rows, sample)
        all_near = np.where(sample == rows[:, None], -np.inf, all_near)
        nearer = (all_near[:, None, :] > near[:, :, None] + _ROUNDING).sum(axis=2)
        ranks = np.clip(1 + share * nearer, k + 1, n - 1)
        result[rows] = 1 - 2 / (k * (2 * n - 3 * k - 1)) * ((ranks - k) * is_foreign).sum(axis=1)
    return np.clip(result, 0, 1)
