"""From the raw numbers of a projection to world coordinates [-1, 1]².

Belongs here: the one transform that all continuous layouts share. Does not belong here: projections.

The transform moves and scales, nothing else: aspect and neighbourhood are kept. It is a value of its own, so
that it can be kept with a layout and applied again to images that come later, which it clamps to the square.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

#: Share of the half side that stays free at the border: room for labels, and for images that come later.
MARGIN = 0.05
#: The frame is drawn for all but this share of the positions at either end of each axis …
OUTLIER_SHARE = 0.002
#: … if the full extent is more than this many times theirs. UMAP may throw a lone group very far.
OUTLIER_STRETCH = 2.0


@dataclass(frozen=True, slots=True)
class Transform:
    """Maps raw coordinates to world coordinates: ``(raw - center) * scale``, clamped to the margin.

    Attributes
    ----------
    center : tuple of float
        In raw units; becomes (0, 0).
    scale : float
        World units a raw unit; the same for both axes.
    """

    center: tuple[float, float]
    scale: float

    def apply(self, raw: NDArray[Any]) -> NDArray[np.float32]:
        """Return world coordinates, shape (n, 2), within ±(1 - MARGIN)."""
        world = (np.asarray(raw, np.float64) - np.asarray(self.center)) * self.scale
        positions: NDArray[np.float32] = np.clip(world, MARGIN - 1, 1 - MARGIN).astype(np.float32)
        return positions

    def undo(self, positions: NDArray[Any]) -> NDArray[np.float64]:
        """Return the raw coordinates of world coordinates; those that were clamped come back at the border."""
        raw: NDArray[np.float64] = np.asarray(positions, np.float64) / self.scale + np.asarray(self.center)
        return raw

    def to_json(self) -> dict[str, Any]:
        """Return the transform as plain JSON values."""
        return {"center": list(self.center), "scale": self.scale}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Transform:
        """Return the transform that ``to_json`` wrote."""
        x, y = value["center"]
        return cls((float(x), float(y)), float(value["scale"]))


def fit_transform(raw: NDArray[Any]) -> Transform:
    """Return the transform that puts the positions in the middle of the square, as large as the margin allows.

    Parameters
    ----------
    raw : ndarray, shape (n, 2)
        Finite. Their order does not matter. No positions, or all alike: they go to the middle.
    """
    if not len(raw):
        return Transform((0.0, 0.0), 1.0)
    points = np.asarray(raw, np.float64)
    if not np.isfinite(points).all():
        raise ValueError("positions: some are not finite; expected finite numbers")
    low, high = points.min(0), points.max(0)
    inner_low, inner_high = np.quantile(points, [OUTLIER_SHARE, 1 - OUTLIER_SHARE], axis=0)
    inner = (inner_high - inner_low).max()
    if inner > 0 and (high - low).max() > OUTLIER_STRETCH * inner:
        pad = 0.1 * (inner_high - inner_low)
        low, high = np.maximum(low, inner_low - pad), np.minimum(high, inner_high + pad)
    middle = low + (high - low) / 2
    extent = (high - low).max()
    # Below this the differences are rounding, or their inverse overflows.
    is_point = extent <= max(np.abs(middle).max() * 1e-12, 1e-30)
    scale = 1.0 if is_point else 2 * (1 - MARGIN) / extent
    return Transform((float(middle[0]), float(middle[1])), float(scale))


def normalize_positions(raw: NDArray[Any]) -> tuple[NDArray[np.float32], dict[str, Any]]:
    """Return world coordinates of raw positions, and the facts of the transform.

    Parameters
    ----------
    raw : ndarray, shape (n, 2)
        Finite.

    Returns
    -------
    positions : ndarray of float32, shape (n, 2)
        Within ±(1 - MARGIN), aspect kept, order kept.
    facts : dict
        ``center``, ``scale`` (see ``Transform``) and ``clamped``: how many outliers lie on the border instead.
    """
    transform = fit_transform(raw)
    positions = transform.apply(raw)
    reach = np.abs((np.asarray(raw, np.float64) - np.asarray(transform.center)) * transform.scale)
    clamped = int((reach > (1 - MARGIN) * (1 + 1e-9)).any(axis=1).sum()) if len(positions) else 0
    return positions, transform.to_json() | {"clamped": clamped}
