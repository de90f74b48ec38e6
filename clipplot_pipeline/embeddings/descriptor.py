"""The embedder that needs no download: features of colour, texture and composition, whitened.

Belongs here: the basis, its fit and its use. Does not belong here: measuring pictures (``features``).
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image
from sklearn.utils.extmath import randomized_svd

from clipplot_pipeline.embeddings.features import measure_picture
from clipplot_pipeline.embeddings.renditions import decode_rendition
from clipplot_pipeline.model import ModelCard
from clipplot_pipeline.storage import hash_json

DIM = 256
#: How far components are brought to equal variance: 1 would be full whitening, which blows up what is mere noise.
WHITENING = 0.5
#: The prior counts as much as so many images: it decides while there are few.
PRIOR_IMAGES = 20
NOTES = (
    "Sees colour, texture and composition, not meaning: a red car is nearer to a red apple than to a blue car. "
    "Does not read text, know faces, or tell a drawing of a thing from a photograph of it. Nothing was learned from "
    "other people's pictures; the basis comes from this collection alone."
)


def fit_descriptor(renditions: Iterable[bytes]) -> bytes:
    """Fit the basis to renditions and return it as bytes: float32 mean (F,), then projection (F, DIM).

    Principal components of the features' covariance, shrunk towards a spherical prior, so that all components
    exist however few the images are.

    Parameters
    ----------
    renditions : iterable of bytes
        JPEG; none at all is legal.
    """
    with ThreadPoolExecutor(_threads()) as pool:
        rows = list(pool.map(lambda jpeg: measure_picture(decode_rendition(jpeg)), renditions))
    width = len(measure_picture(Image.new("RGB", (8, 8))))
    features = np.array(rows, np.float64).reshape(-1, width)
    count = len(features)
    mean = features.sum(axis=0) / max(count, 1)
    directions, energies = _find_directions(features - mean)
    variances = (energies + PRIOR_IMAGES / width) / (count + PRIOR_IMAGES)
    projection = directions / variances ** (WHITENING / 2)
    return np.concatenate([mean[:, None], projection], axis=1).astype("<f4").tobytes()


def _find_directions(centred: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return DIM orthonormal directions, shape (F, DIM), strongest first, and the energy along each.

    Where the images span fewer, fixed random ones complete them: the spherical prior treats all of those alike.
    """
    count, width = centred.shape
    if count > 2 * DIM:
        _, sizes, rows = randomized_svd(centred, DIM, n_iter=4, random_state=0)
    else:
        _, sizes, rows = np.linalg.svd(centred, full_matrices=False)
        sizes, rows = sizes[:DIM], rows[:DIM]
    energies = np.zeros(DIM)
    energies[: len(sizes)] = sizes**2
    largest = np.abs(rows).argmax(axis=1) if len(rows) else np.empty(0, np.int64)
    rows = rows * np.sign(rows[np.arange(len(rows)), largest])[:, None]
    filling = np.random.default_rng(0).normal(size=(width, DIM - len(rows)))
    filling -= rows.T @ (rows @ filling)
    return np.hstack([rows.T, np.linalg.qr(filling)[0]]), energies


class DescriptorEmbedder:
    """Colour, texture and composition as a unit vector.

    Parameters
    ----------
    state : bytes
        What `fit_descriptor` returned.
    """

    name = "descriptor"
    dim = DIM

    def __init__(self, state: bytes) -> None:
        basis = np.frombuffer(state, "<f4").reshape(-1, DIM + 1)
        self._mean, self._projection = basis[:, 0].copy(), np.ascontiguousarray(basis[:, 1:])
        self._fit = hash_json(state.hex())[:16]
        cv2.setNumThreads(1)  # pictures run in parallel already

    def card(self, rendition_recipe: str) -> ModelCard:
        """Return the model card."""
        return ModelCard(
            embedder=self.name,
            model="colour, texture and composition, 1",
            weights=f"basis {self._fit}, fitted to this collection",
            preprocessing="squashed to 128 × 128 px; Lab histograms, HOG, LBP, 8 × 8 px; whitened principal components",
            rendition=rendition_recipe,
            dim=DIM,
            libraries={name: version(name) for name in ("numpy", "opencv-python-headless", "pillow")},
            notes=NOTES,
        )

    def embed(self, pictures: Sequence[Image.Image]) -> NDArray[np.float32]:
        """Return vectors of RGB pictures; float32, shape (n, DIM), unit length."""
        if not pictures:
            return np.empty((0, DIM), np.float32)
        with ThreadPoolExecutor(_threads()) as pool:
            features = np.array(list(pool.map(measure_picture, pictures)), np.float32)
        # One product a picture: the bytes do not depend on how pictures were batched.
        vectors = np.stack([(row - self._mean) @ self._projection for row in features])
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        is_blank = lengths[:, 0] < 1e-6  # exactly the mean picture: any direction serves, always the same
        vectors[is_blank, 0], lengths[is_blank] = 1.0, 1.0
        return np.asarray(vectors / lengths, np.float32)


def _threads() -> int:
    return os.cpu_count() or 1
