"""The embedder that needs no download: colour, texture, outlines, composition and visual words, on a frozen basis.

Belongs here: what the parts make together, and the state that a fit leaves. Does not belong here: measuring pictures
(``features``, ``words``), the algebra (``basis``).
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.metadata import version

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image
from threadpoolctl import threadpool_limits

from clipplot_pipeline.embeddings.basis import DIM, Basis, fit_basis
from clipplot_pipeline.embeddings.features import measure_whole, to_lab
from clipplot_pipeline.embeddings.gradients import SIDE_PX, sum_gradients
from clipplot_pipeline.embeddings.renditions import decode_ahead
from clipplot_pipeline.embeddings.words import Dictionary, cut_patches, describe_words, fit_dictionary
from clipplot_pipeline.errors import StoreError
from clipplot_pipeline.model import ModelCard

#: Visual words count as much as all other blocks of features but outlines (measured: benchmarks/embeddings_quality.py).
WORDS_WEIGHT = np.float32(2.0)
#: Pictures that are decoded at once while fitting.
FIT_BATCH = 64
NOTES = (
    "Sees colour, texture, outlines and composition, not meaning: a red car is nearer to a red apple than to a blue "
    "car. Does not read text, know faces, or tell a drawing of a thing from a photograph of it; turned or mirrored "
    "pictures are other pictures to it. Nothing was learned from other people's pictures: dictionary and basis come "
    "from this collection alone, so that vectors of two collections cannot be compared."
)


@dataclass(frozen=True, slots=True)
class _Squashed:
    """A picture as it is measured: small and square, with the size (px) that it had."""

    rgb: NDArray[np.uint8]
    size: tuple[int, int]


def fit_descriptor(renditions: Iterable[bytes]) -> bytes:
    """Fit dictionary and basis to renditions and return them as bytes: equal input gives equal bytes.

    Holds some 50 kB an image while it runs.

    Parameters
    ----------
    renditions : iterable of bytes
        JPEG; none at all is legal.

    Raises
    ------
    StoreError
        If a rendition cannot be decoded.
    """
    with _one_thread_a_picture() as pool:
        squashed = decode_ahead(pool, renditions, FIT_BATCH, _squash)
        pictures = [picture for batch in squashed for picture in batch]
        dictionary = fit_dictionary(pool.map(_cut, pictures), len(pictures))
        blank = _Squashed(np.zeros((SIDE_PX, SIDE_PX, 3), np.uint8), (1, 1))
        width = len(_measure(blank, dictionary))
        features = np.empty((len(pictures), width), np.float32)
        for row, measured in enumerate(pool.map(lambda picture: _measure(picture, dictionary), pictures)):
            features[row] = measured
        return _pack(dictionary, fit_basis(features))


class DescriptorEmbedder:
    """Colour, texture, outlines, composition and visual words as a unit vector.

    Parameters
    ----------
    state : bytes
        What `fit_descriptor` returned.

    Raises
    ------
    StoreError
        If the state is damaged.
    """

    name = "descriptor"
    dim = DIM
    batch_size = 64

    def __init__(self, state: bytes) -> None:
        self._dictionary, self._basis = _unpack(state)
        self._fit = hashlib.sha256(state).hexdigest()

    def card(self, rendition_recipe: str) -> ModelCard:
        """Return the model card."""
        return ModelCard(
            embedder=self.name,
            model="colour, texture, outlines, composition and visual words, 1",
            weights=f"fitted to this collection, sha256 {self._fit}",
            preprocessing=(
                f"squashed to {SIDE_PX} × {SIDE_PX} px; Lab histograms, HOG, LBP, 8 × 8 px, VLAD of dense patches; "
                "principal components, partly whitened"
            ),
            rendition=rendition_recipe,
            dim=DIM,
            libraries={name: version(name) for name in ("numpy", "opencv-python-headless", "pillow")},
            notes=NOTES,
        )

    def embed(self, pictures: Sequence[Image.Image]) -> NDArray[np.float32]:
        """Return vectors of RGB pictures; float32, shape (n, DIM), unit length, in their order."""
        with _one_thread_a_picture() as pool:
            vectors = list(pool.map(self._embed_one, pictures))
        return np.stack(vectors) if vectors else np.empty((0, DIM), np.float32)

    def _embed_one(self, picture: Image.Image) -> NDArray[np.float32]:
        return self._basis.project(_measure(_squash(picture), self._dictionary))


def _squash(picture: Image.Image) -> _Squashed:
    small = picture.resize((SIDE_PX, SIDE_PX), Image.Resampling.BOX, reducing_gap=2.0)
    return _Squashed(np.asarray(small), picture.size)


def _cut(picture: _Squashed) -> NDArray[np.float32]:
    return cut_patches(sum_gradients(picture.rgb), to_lab(picture.rgb))


def _measure(picture: _Squashed, dictionary: Dictionary) -> NDArray[np.float32]:
    gradients, lab = sum_gradients(picture.rgb), to_lab(picture.rgb)
    words = describe_words(cut_patches(gradients, lab), dictionary)
    return np.concatenate([measure_whole(picture.rgb, lab, gradients, picture.size), WORDS_WEIGHT * words])


def _pack(dictionary: Dictionary, basis: Basis) -> bytes:
    """Return the state as an ``npz`` archive, whose bytes know no clock."""
    buffer = io.BytesIO()
    np.savez(
        buffer,
        patch_mean=dictionary.mean,
        patch_projection=dictionary.projection,
        words=dictionary.centres,
        mean=basis.mean,
        projection=basis.projection,
    )
    return buffer.getvalue()


def _unpack(state: bytes) -> tuple[Dictionary, Basis]:
    try:
        with np.load(io.BytesIO(state), allow_pickle=False) as file:
            dictionary = Dictionary(file["patch_mean"], file["patch_projection"], file["words"])
            return dictionary, Basis(file["mean"], file["projection"])
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise StoreError(
            f"embedder descriptor: its state of {len(state):,} bytes cannot be read ({error}); expected what the fit "
            "left; delete the store's folder `embedder` and run `clipplot build`"
        ) from error


@contextlib.contextmanager
def _one_thread_a_picture() -> Iterator[ThreadPoolExecutor]:
    """Lend a pool of a thread per core, in each of which OpenCV and BLAS start no further threads.

    Pictures are small: threads within threads take seven times the processor time, and BLAS could sum in another
    order on another machine.
    """
    cv2.setNumThreads(1)
    cores = os.cpu_count() or 1
    with (
        threadpool_limits(1, user_api="blas"),
        ThreadPoolExecutor(cores, thread_name_prefix="describe") as pool,
    ):
        yield pool
