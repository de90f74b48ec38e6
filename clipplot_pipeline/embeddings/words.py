"""Visual words: small patches of a picture, told apart by a dictionary that was learned from the collection.

Belongs here: patches, the dictionary and its fit, a picture's words as one vector. Does not belong here: what is
said of a picture as a whole (``features``).

Sources: dense SIFT, Lowe 2004 and Bosch, Zisserman & Muñoz 2007; RootSIFT, Arandjelović & Zisserman 2012; VLAD,
Jégou et al. 2010, with intra-normalisation, Arandjelović & Zisserman 2013; places beside patches, Koniusz et al. 2013.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from clipplot_pipeline.embeddings.gradients import CELLS, DIRECTIONS

#: Words of the dictionary, and components that a patch is reduced to.
WORDS, PATCH_DIM = 64, 48
#: Cells along a patch's side, and from one patch to the next.
PATCH_CELLS, STEP_CELLS = 4, 2
#: Patches along a picture's side.
PATCHES = (CELLS - PATCH_CELLS) // STEP_CELLS + 1
#: Patches that a dictionary is fitted on, at most.
FIT_PATCHES = 20_000
_ROUNDS = 12
#: Gradients weaker than this, summed over a patch, count as noise of a flat area.
_FLAT = np.float32(200.0)


@dataclass(frozen=True, slots=True)
class Dictionary:
    """What tells visual words apart.

    Attributes
    ----------
    mean : ndarray of float32, shape (P,)
        Mean patch.
    projection : ndarray of float32, shape (P, PATCH_DIM)
        Principal components of patches, brought nearer to equal variance.
    centres : ndarray of float32, shape (WORDS, PATCH_DIM + 2)
        The words: a reduced patch and its place.
    """

    mean: NDArray[np.float32]
    projection: NDArray[np.float32]
    centres: NDArray[np.float32]


def cut_patches(gradients: NDArray[np.float32], lab: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return overlapping patches, row by row: float32, shape (PATCHES², P), gradients by eight directions and colours.

    Parameters
    ----------
    gradients : ndarray of float32, shape (CELLS, CELLS, DIRECTIONS)
    lab : ndarray of float32, shape (side, side, 3)
        L in 0 … 100, a and b about -128 … 127.
    """
    eight = gradients[..., 0::2] + 0.5 * (gradients[..., 1::2] + np.roll(gradients[..., 1::2], 1, axis=2))
    patches = _windows(eight, PATCH_CELLS, STEP_CELLS)
    patches = np.minimum(patches / (np.linalg.norm(patches, axis=1, keepdims=True) + _FLAT), 0.2)
    patches = np.sqrt(patches / np.maximum(patches.sum(axis=1, keepdims=True), 0.5))
    tiny = cv2.resize(lab, (CELLS // STEP_CELLS, CELLS // STEP_CELLS), interpolation=cv2.INTER_AREA)
    colours = np.tanh(tiny / np.array([50.0, 30.0, 30.0], np.float32))
    colours = _windows(colours, PATCH_CELLS // STEP_CELLS, 1)
    return np.hstack([patches, colours]).astype(np.float32)


def fit_dictionary(pictures: Iterable[NDArray[np.float32]], count: int) -> Dictionary:
    """Return a dictionary for pictures; any number of them will do, none included.

    Parameters
    ----------
    pictures : iterable of ndarray of float32, shape (PATCHES², P)
        The patches of each.
    count : int
        How many pictures there are.
    """
    rng = np.random.default_rng(0)
    share = int(np.clip(FIT_PATCHES // max(count, 1), 1, PATCHES**2))
    chosen, places = [], []
    for patches in pictures:
        rows = np.sort(rng.choice(len(patches), share, replace=False))
        chosen.append(patches[rows])
        places.append(_PLACES[rows])
    width = PATCH_CELLS**2 * DIRECTIONS // 2 + (PATCH_CELLS // STEP_CELLS) ** 2 * 3
    patches = np.concatenate([np.empty((0, width), np.float32), *chosen])
    mean = patches.sum(axis=0) / np.float32(max(len(patches), 1))
    centred = (patches - mean).astype(np.float64)
    values, directions = np.linalg.eigh(centred.T @ centred / max(len(patches), 1) + 0.01 * np.eye(width))
    values, directions = values[::-1][:PATCH_DIM], directions[:, ::-1][:, :PATCH_DIM]
    projection = (directions / values**0.25).astype(np.float32)
    reduced = np.hstack(
        [(patches - mean) @ projection, *([np.concatenate(places)] if places else [_PLACES[:0]])]
    )
    return Dictionary(mean, projection, _find_centres(reduced, rng))


def describe_words(patches: NDArray[np.float32], dictionary: Dictionary) -> NDArray[np.float32]:
    """Return how a picture's patches differ from the words nearest to them, summed by word.

    Parameters
    ----------
    patches : ndarray of float32, shape (PATCHES², P)
    dictionary : Dictionary

    Returns
    -------
    ndarray of float32, shape (WORDS * (PATCH_DIM + 2),)
        Unit length, or zero.
    """
    reduced = np.hstack([(patches - dictionary.mean) @ dictionary.projection, _PLACES])
    belongs = _assign(reduced, dictionary.centres)
    sums = belongs @ reduced - belongs.sum(axis=1, keepdims=True) * dictionary.centres
    sums /= np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-3)
    roots = (np.sign(sums) * np.sqrt(np.abs(sums))).ravel()
    return np.asarray(roots / max(float(np.linalg.norm(roots)), 1e-6), np.float32)


def _windows(cells: NDArray[np.float32], side: int, step: int) -> NDArray[np.float32]:
    views = np.lib.stride_tricks.sliding_window_view(cells, (side, side), axis=(0, 1))[::step, ::step]
    return views.reshape(PATCHES**2, -1)


def _assign(points: NDArray[np.float32], centres: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return which centre is the nearest of each point: shape (centres, points), one 1 a column."""
    nearest = (points @ centres.T - 0.5 * (centres * centres).sum(axis=1)).argmax(axis=1)
    belongs = np.zeros((len(centres), len(points)), np.float32)
    belongs[nearest, np.arange(len(points))] = 1.0
    return belongs


def _find_centres(points: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    """Return WORDS centres by Lloyd's algorithm; a centre that no point is near to stays where it began."""
    centres = 0.3 * rng.normal(size=(WORDS, PATCH_DIM + 2)).astype(np.float32)
    start = points[rng.permutation(len(points))[:WORDS]]
    centres[: len(start)] = start
    for _ in range(_ROUNDS if len(points) else 0):
        belongs = _assign(points, centres)
        counts = belongs.sum(axis=1, keepdims=True)
        centres = np.where(counts > 0, (belongs @ points) / np.maximum(counts, 1.0), centres)
    return centres


def _number_places() -> NDArray[np.float32]:
    """Return x and y of every patch, within [-1, 1], row by row."""
    along = np.linspace(-1.0, 1.0, PATCHES, dtype=np.float32)
    return np.stack([np.tile(along, PATCHES), np.repeat(along, PATCHES)], axis=1)


_PLACES = _number_places()
