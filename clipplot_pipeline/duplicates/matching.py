"""The look at a pair: whether one picture is the other, or lies within it.

Belongs here: points that match, the move that carries one picture onto the other, whether they agree where they
overlap. Does not belong here: which pairs are looked at (``candidates``).

Two pictures are near-duplicates if a similarity (turn, scale, shift; one may be mirrored) lays one on the other, so
that nearly all of one is covered, and grey values run alike in most of what is covered. Two photographs of one thing
share points, but do not lie on each other.

Sources: ratio test of D. Lowe (2004); RANSAC of Fischler and Bolles (1981); agreement as in SSIM, Wang et al. (2004).
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from clipplot_pipeline.duplicates.sketches import Sketches

#: Raised whenever the same two renditions may get another answer.
METHOD = "orb-similarity-1"
#: Best over second-best distance of a match.
_RATIO = 0.8
#: Matches that agree on one move, at least.
_LEAST_INLIERS = 16
#: How far a match may lie off the move, in pixels of the small copy.
_TOLERANCE_PX = 1.5
#: Share of one of the two pictures that the other covers, and of the other.
_LEAST_COVERED, _LEAST_SHARED = 0.9, 0.2
#: Share of what is covered that must agree: a line of text over the picture may differ.
_LEAST_AGREEING = 0.75
_LEAST_LIKENESS = 0.5
#: Side of the window in which grey values are compared, and how different its brightness may be.
_WINDOW_PX, _MOST_LIGHTER = 9, 40.0
#: Contrast below which a window counts as plain (variance of grey values).
_PLAIN = 40.0
_CHUNK = 256


def verify_pairs(
    sketches: Sketches,
    pairs: NDArray[np.int64],
    report: Callable[[int, int], None] | None = None,
    workers: int | None = None,
) -> NDArray[np.float32]:
    """Return for every pair how far its pictures agree, within [0, 1]; 0 unless they are near-duplicates.

    Parameters
    ----------
    sketches : ndarray of SKETCH, shape (m,)
        May be a memory map.
    pairs : ndarray of int64, shape (p, 2)
        Places of sketches.
    report : callable, optional
        Is told how many pairs are done, of how many.
    workers : int, optional
        Threads; by default one a processor.
    """
    scores = np.zeros(len(pairs), np.float32)

    def look(start: int) -> int:
        for row in range(start, min(start + _CHUNK, len(pairs))):
            a, b = pairs[row]
            scores[row] = compare(sketches[a], sketches[b])
        return start

    with ThreadPoolExecutor(workers or os.cpu_count() or 1) as pool:
        for start in pool.map(look, range(0, len(pairs), _CHUNK)):
            if report is not None:
                report(min(start + _CHUNK, len(pairs)), len(pairs))
    return scores


def compare(a: Any, b: Any) -> float:
    """Return how far two pictures agree, within [0, 1]; 0 unless they are near-duplicates, mirrored or not."""
    copy_b = b["copy"][: b["shape"][0], : b["shape"][1]]
    for name in ("plain", "mirrored"):
        move = _find_move(a[name], b["plain"])
        if move is None:
            continue
        copy_a = a["copy"][: a["shape"][0], : a["shape"][1]]
        if name == "mirrored":
            copy_a = np.ascontiguousarray(copy_a[:, ::-1])
        agreeing = _measure_agreement(copy_a, copy_b, move)
        if agreeing >= _LEAST_AGREEING:
            return agreeing
    return 0.0


def _find_move(a: Any, b: Any) -> NDArray[np.float64] | None:
    """Return the similarity that lays the points of a on those of b, shape (2, 3); None if there is none."""
    if min(a["count"], b["count"]) < _LEAST_INLIERS:
        return None
    distances, nearest = cv2.batchDistance(
        a["words"][: a["count"]], b["words"][: b["count"]], cv2.CV_32S, normType=cv2.NORM_HAMMING, K=2
    )
    is_match = distances[:, 0] < _RATIO * distances[:, 1]
    if is_match.sum() < _LEAST_INLIERS:
        return None
    source, target = a["points"][: a["count"]][is_match], b["points"][nearest[is_match, 0]]
    move, inliers = cv2.estimateAffinePartial2D(
        source, target, ransacReprojThreshold=_TOLERANCE_PX, maxIters=500, confidence=0.99
    )
    return move if move is not None and inliers.sum() >= _LEAST_INLIERS else None


def _measure_agreement(a: NDArray[Any], b: NDArray[Any], move: NDArray[np.float64]) -> float:
    """Return the share of what both cover in which they agree; 0 if they cover too little of each other."""
    size = (b.shape[1], b.shape[0])
    moved: NDArray[np.float32] = cv2.warpAffine(a, move, size).astype(np.float32)
    mask = cv2.warpAffine(np.full(a.shape, 255, np.uint8), move, size) > 250
    covered = float(mask.sum())
    scale = abs(float(np.linalg.det(move[:, :2])))
    # What is interpolated at the rim is not counted as covered, though it is.
    rim = 1 + 2 / np.sqrt(max(covered, 1.0))
    shares = sorted((covered * rim / b.size, covered * rim / max(scale * a.size, 1e-9)))
    if shares[0] < _LEAST_SHARED or shares[1] < _LEAST_COVERED:
        return 0.0
    other, weight = b.astype(np.float32), mask.astype(np.float32)
    share = _blur(weight) + 1e-6
    mean_a, mean_b = _blur(moved * weight) / share, _blur(other * weight) / share
    variance_a = np.maximum(_blur(moved * moved * weight) / share - mean_a**2, 0)
    variance_b = np.maximum(_blur(other * other * weight) / share - mean_b**2, 0)
    common = _blur(moved * other * weight) / share - mean_a * mean_b
    likeness = (2 * common + _PLAIN) / (variance_a + variance_b + _PLAIN)
    agrees = (likeness > _LEAST_LIKENESS) & (np.abs(mean_a - mean_b) < _MOST_LIGHTER)
    return float(agrees[mask].mean())


def _blur(values: NDArray[Any]) -> NDArray[Any]:
    blurred: NDArray[Any] = cv2.boxFilter(values, -1, (_WINDOW_PX, _WINDOW_PX))
    return blurred
