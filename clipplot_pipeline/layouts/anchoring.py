"""Keeping a map recognisable while its collection grows.

Belongs here: placing new images among old ones that do not move, and turning a map that is made anew so that it lies
as the old one did. Does not belong here: when a map is made anew (``memory``), how it is made.

Sources: the objective and its sampling are UMAP's (McInnes, Healy, Melville 2018), with the old positions held fixed as
in umap-learn's ``transform``; the turning is the orthogonal Procrustes problem (Schönemann 1966). Written in numpy, for
a drop of ten images shall not wait for umap-learn to load and compile.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from clipplot_pipeline.model import Neighbors

#: Steps of gradient descent for every new image: one edge and some repulsions each.
STEPS = 300
RATE = 0.25
REPULSIONS = 5
#: No step moves an image further than this along an axis, in UMAP's units.
_MOST = 4.0
#: Of the images that no neighbour leads to, how many of the nearest old ones by vector they start between.
_FALLBACK = 5
_BLOCK_ROWS = 4096


def place_new(
    raw: NDArray[np.float64],
    neighbors: Neighbors,
    vectors: NDArray[np.float32],
    min_dist: float,
    n_neighbors: int,
    seed: int,
) -> NDArray[np.float64]:
    """Return positions for images that have none, the others' untouched.

    Parameters
    ----------
    raw : ndarray of float64, shape (n, 2)
        In UMAP's units; NaN where an image is new. At least one is not.
    neighbors : Neighbors
        Of all images, new and old.
    vectors : ndarray of float32, shape (n, D)
        Unit length: for images that no neighbour leads to.
    min_dist, n_neighbors, seed
        As the map was made with.

    Returns
    -------
    ndarray of float64, shape (n, 2)
        Each new image starts at the weighted mean of its neighbours and goes down UMAP's gradient.
    """
    is_new = np.isnan(raw[:, 0])
    placed = raw.copy()
    heads = np.flatnonzero(is_new)
    if not len(heads):
        return placed
    width = min(n_neighbors, neighbors.rows.shape[1])
    tails = neighbors.rows[heads, :width].astype(np.int64)
    weights = _weigh(neighbors.similarities[heads, :width], tails >= 0)
    _start(placed, heads, tails, weights)
    _start_the_lost(placed, np.flatnonzero(~is_new), vectors)
    random = np.random.default_rng(seed)
    # Copies of one picture start at one point, where no gradient parts them.
    placed[heads] += random.normal(scale=1e-2, size=(len(heads), 2))
    _descend(placed, heads, tails, weights, fit_curve(min_dist), random)
    return placed


def align(raw: NDArray[np.float64], previous: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return a map turned (and mirrored, if need be) to lie as the previous one did.

    Parameters
    ----------
    raw : ndarray of float64, shape (n, 2)
    previous : ndarray of float64, shape (n, 2)
        NaN where an image is new.
    """
    is_known = np.isfinite(previous[:, 0])
    if is_known.sum() < 2:
        return raw
    here, there = raw[is_known], previous[is_known]
    u, _, v = np.linalg.svd((here - here.mean(0)).T @ (there - there.mean(0)))
    turned: NDArray[np.float64] = (raw - here.mean(0)) @ (u @ v)
    return turned


def fit_curve(min_dist: float) -> tuple[float, float]:
    """Return ``a`` and ``b`` of UMAP's curve ``1 / (1 + a d^(2b))`` for a ``min_dist`` (and a spread of 1)."""
    from scipy.optimize import curve_fit

    distance = np.linspace(0, 3, 300)
    wanted = np.where(distance < min_dist, 1.0, np.exp(-(distance - min_dist)))
    (a, b), _ = curve_fit(lambda d, a, b: 1 / (1 + a * d ** (2 * b)), distance, wanted)
    return float(a), float(b)


def _weigh(similarities: NDArray[np.float32], is_there: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return the weight of every edge, falling with the distance; 1 at the nearest, 0 where there is none."""
    distances = np.where(is_there, 1 - similarities.astype(np.float64), 2.0)
    finite = np.where(is_there, distances - distances.min(axis=1, keepdims=True, initial=2.0), 0.0)
    scale = finite.sum(axis=1, keepdims=True) / np.maximum(is_there.sum(axis=1, keepdims=True), 1)
    return np.where(is_there, np.exp(-finite / np.maximum(scale, 1e-9)), 0.0)


def _start(
    placed: NDArray[np.float64],
    heads: NDArray[np.int64],
    tails: NDArray[np.int64],
    weights: NDArray[np.float64],
) -> None:
    """Put every new image at the mean of its neighbours, from the old ones outwards."""
    while True:
        waiting = np.isnan(placed[heads, 0])
        known = np.isfinite(placed[tails[waiting], 0]) & (tails[waiting] >= 0)
        share = np.where(known, weights[waiting], 0.0)
        total = share.sum(axis=1)
        ready = total > 0
        if not ready.any():
            return
        around = np.nan_to_num(placed[tails[waiting]][ready])
        means = (around * share[ready][..., None]).sum(axis=1) / total[ready][:, None]
        placed[heads[waiting][ready]] = means


def _start_the_lost(
    placed: NDArray[np.float64], old: NDArray[np.int64], vectors: NDArray[np.float32]
) -> None:
    """Put images that no neighbour leads to between the old ones whose vectors are nearest."""
    lost = np.flatnonzero(np.isnan(placed[:, 0]))
    for row in lost:
        best = np.full(0, -np.inf)
        at = np.zeros(0, np.int64)
        for start in range(0, len(old), _BLOCK_ROWS):
            block = old[start : start + _BLOCK_ROWS]
            best = np.concatenate([best, vectors[block] @ vectors[row]])
            at = np.concatenate([at, block])
            top = np.argsort(-best, kind="stable")[:_FALLBACK]
            best, at = best[top], at[top]
        placed[row] = placed[at].mean(axis=0)


def _descend(
    placed: NDArray[np.float64],
    heads: NDArray[np.int64],
    tails: NDArray[np.int64],
    weights: NDArray[np.float64],
    curve: tuple[float, float],
    random: np.random.Generator,
) -> None:
    """Move the new images along UMAP's gradient: at each step one edge attracts, some images at random repel."""
    a, b = curve
    total = weights.sum(axis=1)
    moved = np.flatnonzero(total > 0)
    heads, tails = heads[moved], tails[moved]
    reach = np.cumsum(weights[moved], axis=1) / total[moved][:, None]
    for step in range(STEPS):
        rate = RATE * (1 - step / STEPS)
        edge = (random.random((len(heads), 1)) > reach).sum(axis=1).clip(max=tails.shape[1] - 1)
        here = placed[heads]
        way = here - placed[tails[np.arange(len(heads)), edge]]
        square = (way**2).sum(axis=1, keepdims=True)
        change = np.clip(_pull(square, a, b) * way, -_MOST, _MOST)
        for _ in range(REPULSIONS):
            other = random.integers(0, len(placed), len(heads))
            off = here - placed[other]
            square = (off**2).sum(axis=1, keepdims=True)
            push = 2 * b / ((0.001 + square) * (1 + a * square**b))
            change += np.where((other == heads)[:, None], 0.0, np.clip(push * off, -_MOST, _MOST))
        placed[heads] = here + rate * change


def _pull(square: NDArray[np.float64], a: float, b: float) -> NDArray[np.float64]:
    """Return the attraction at squared distances; none at the very same point."""
    safe = np.maximum(square, 1e-12)
    return np.where(square > 0, -2 * a * b * safe ** (b - 1) / (1 + a * safe**b), 0.0)
