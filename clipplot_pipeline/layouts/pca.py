"""The first two principal components: linear, so that distances and directions mean the same everywhere.

Belongs here: the basis (computed in blocks, so that a memory map stays on disk) and the layout made of it.
Does not belong here: the descriptor's own whitening (``embeddings``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clipplot_pipeline.layouts.memory import REFIT_SHARE, Fit, carry_on
from clipplot_pipeline.layouts.normalize import Transform, normalize_positions
from clipplot_pipeline.layouts.spec import LayoutInput, LayoutSpec
from clipplot_pipeline.model import Layout

#: Rows that are in memory at once.
BLOCK_ROWS = 8192


@dataclass(frozen=True, slots=True)
class PcaBasis:
    """A mean and the principal axes.

    Attributes
    ----------
    mean : ndarray of float64, shape (D,)
    axes : ndarray of float64, shape (D, k)
        Orthonormal columns, by falling variance; of each the loading of largest size is positive, unless it was turned
        to point where it did before.
    explained : ndarray of float64, shape (k,)
        Share of the total variance, within [0, 1].
    """

    mean: NDArray[np.float64]
    axes: NDArray[np.float64]
    explained: NDArray[np.float64]

    def to_json(self) -> dict[str, Any]:
        """Return mean, loadings and shares as plain JSON values."""
        return {
            "mean": self.mean.tolist(),
            "axes": self.axes.tolist(),
            "explained": self.explained.tolist(),
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> PcaBasis:
        """Return the basis that ``to_json`` wrote."""
        return cls(*(np.array(value[part], np.float64) for part in ("mean", "axes", "explained")))

    def turn(self, raw: NDArray[np.float64], before: NDArray[np.float32]) -> PcaBasis:
        """Return the basis with each axis pointing where it did: the sign of an axis means nothing.

        Parameters
        ----------
        raw : ndarray of float64, shape (n, k)
            Coordinates on the axes.
        before : ndarray of float32, shape (n, k)
            Positions as they were, NaN where an image is new.
        """
        is_known = np.isfinite(before[:, 0])
        if not is_known.any():
            return self
        here, there = raw[is_known], before[is_known]
        agreement = ((here - here.mean(0)) * (there - there.mean(0))).sum(0)
        return replace(self, axes=self.axes * np.where(agreement < 0, -1.0, 1.0))

    def project(self, vectors: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return the coordinates of vectors on the axes, shape (n, k), block by block."""
        projected = np.empty((len(vectors), self.axes.shape[1]))
        for start in range(0, len(vectors), BLOCK_ROWS):
            block = np.asarray(vectors[start : start + BLOCK_ROWS], np.float64)
            projected[start : start + BLOCK_ROWS] = (block - self.mean) @ self.axes
        return projected


def fit_basis(vectors: NDArray[np.float32], components: int = 2) -> PcaBasis:
    """Return the principal axes of vectors, from a covariance summed up block by block.

    Parameters
    ----------
    vectors : ndarray of float32, shape (n, D)
        At least one row; may be a memory map.
    components : int
        Axes wanted; missing ones (D is smaller) are zero.
    """
    n, dim = vectors.shape
    mean = np.zeros(dim)
    for start in range(0, n, BLOCK_ROWS):
        mean += np.asarray(vectors[start : start + BLOCK_ROWS], np.float64).sum(0)
    mean /= n
    covariance = np.zeros((dim, dim))
    for start in range(0, n, BLOCK_ROWS):
        block = np.asarray(vectors[start : start + BLOCK_ROWS], np.float64) - mean
        covariance += block.T @ block
    values, columns = np.linalg.eigh(covariance)
    kept = min(components, dim)
    axes = np.zeros((dim, components))
    axes[:, :kept] = columns[:, ::-1][:, :kept]
    largest = axes[np.abs(axes).argmax(0), np.arange(components)]
    axes *= np.where(largest < 0, -1.0, 1.0)
    total = float(np.trace(covariance))
    explained = np.zeros(components)
    if total > 1e-12 * n:  # otherwise the vectors are all alike and what is left is rounding
        explained[:kept] = np.maximum(values[::-1][:kept], 0) / total
    return PcaBasis(mean, axes, explained)


def arrange_pca(given: LayoutInput, settings: Mapping[str, Any]) -> Layout:
    """Arrange images by the first two principal components of their vectors.

    Vectors that are all alike lie in the middle. The basis is kept as long as not too many images came since it was
    made (see ``memory``): old ones keep their positions to the bit. Made anew, its axes point where they did.

    Parameters
    ----------
    given : LayoutInput
        With ``vectors``.
    settings : mapping
        ``refit_share`` and ``fit``, as ``umap`` has them.
    """
    if given.vectors is None:
        raise ValueError("layout pca: it needs vectors")
    if not len(given):
        return Layout("pca", np.zeros((0, 2), np.float32))
    before, asked = given.previous, int(settings.get("fit", 0))
    parameters = {"fit": asked} if asked else {}  # maps of before this could be asked for are kept
    carried = carry_on(before, given.space, parameters, float(settings.get("refit_share", REFIT_SHARE)))
    if before is None or carried is None:
        basis = fit_basis(given.vectors)
        if before is not None:
            basis = basis.turn(basis.project(given.vectors), before.positions)
        positions, transform = normalize_positions(basis.project(given.vectors) * (basis.explained > 0))
        fit = Fit(len(given), 0, given.space, parameters)
    else:
        basis, transform, fit = PcaBasis.from_json(before.facts["basis"]), before.facts["transform"], carried
        raw = basis.project(given.vectors) * (basis.explained > 0)
        # The same numbers in another block may round otherwise: who has a position keeps it.
        known = before.is_known[:, None]
        placed = Transform.from_json(transform).apply(raw)
        positions = np.where(known, before.positions, placed).astype(np.float32)
    facts = {
        "transform": transform,
        "explained_variance": [round(float(share), 6) for share in basis.explained],
        "basis": basis.to_json(),
        "fit": fit.to_json(),
    }
    return Layout("pca", positions, facts=facts)


SPEC = LayoutSpec(
    name="pca",
    title="Principal components",
    description="The two directions in which the images differ most; distances mean the same everywhere.",
    needs=frozenset({"vectors", "previous"}),
    code_version="2",
    arrange=arrange_pca,
    keys=("refit_share", "fit"),
)
