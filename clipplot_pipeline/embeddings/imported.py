"""Ready-made vectors: made unit vectors, and what is known of their model.

Belongs here: checking, scaling, the model card. Does not belong here: files (``sources``), whose vector is whose
(``catalog``).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clipplot_pipeline.model import ModelCard

BLANK, ZERO = (
    "its vector has numbers that are none (NaN or infinite)",
    "its vector is zero and points nowhere",
)
_SHORTEST = 1e-12


@dataclass(frozen=True, slots=True)
class UnitVectors:
    """Vectors that were made unit vectors.

    Attributes
    ----------
    vectors : ndarray of float32, shape (k, dim)
        Of length 1.
    rows : ndarray of int64, shape (k,)
        The row that each was before, rising.
    refused : mapping of int to str
        Other rows, and why they cannot be used.
    shortest, longest : float
        Length of the shortest and the longest of the vectors as they came; 1 where there is none.
    """

    vectors: NDArray[np.float32]
    rows: NDArray[np.int64]
    refused: dict[int, str]
    shortest: float = 1.0
    longest: float = 1.0


def make_unit_vectors(vectors: NDArray[np.float32]) -> UnitVectors:
    """Scale vectors to length 1; those that cannot be scaled are refused."""
    wide = vectors.astype(np.float64)  # the squares of float32 overflow
    is_finite = np.asarray(np.isfinite(wide).all(axis=1))
    lengths = np.linalg.norm(np.where(is_finite[:, None], wide, 0.0), axis=1)
    is_good = is_finite & (lengths > _SHORTEST)
    rows = np.flatnonzero(is_good)
    refused = {row: ZERO if is_finite[row] else BLANK for row in np.flatnonzero(~is_good).tolist()}
    known = lengths[rows]
    return UnitVectors(
        (wide[rows] / known[:, None]).astype(np.float32),
        rows,
        refused,
        float(known.min(initial=np.inf)) if len(rows) else 1.0,
        float(known.max(initial=0.0)) if len(rows) else 1.0,
    )


def card_of_imported(model: str, dim: int, made_of: str) -> ModelCard:
    """Return the model card of vectors that were made elsewhere.

    Parameters
    ----------
    model : str
        What the settings or the files say; may be empty.
    dim : int
        Components of a vector.
    made_of : str
        Forms of the files, as in ``npy``.
    """
    return ModelCard(
        embedder="imported",
        model=model or "unknown",
        weights="unknown",
        preprocessing="unknown: done by whoever made the vectors",
        rendition="none: the vectors were made of the originals or of copies of them",
        dim=dim,
        notes=f"Ready-made vectors ({made_of}), scaled to length 1. What the model sees, and whom it "
        "fails, its own card "
        "says.",
    )
