"""What a layout remembers of itself, and when it is made anew.

Belongs here: the facts that a layout keeps for its next time, and the rule of the refit. Does not belong here: placing
(``anchoring``), reading the layout of before (``defs``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

#: Share of the images that came since the map was made; beyond it, it is made anew.
REFIT_SHARE = 0.2


@dataclass(frozen=True, slots=True)
class Previous:
    """A layout as it was, joined to the images of now.

    Attributes
    ----------
    positions : ndarray of float32, shape (n, 2)
        World coordinates; NaN where an image is new.
    facts : mapping
        What the layout kept.
    """

    positions: NDArray[np.float32]
    facts: Mapping[str, Any]

    @property
    def is_known(self) -> NDArray[np.bool_]:
        """Whether an image had a position."""
        known: NDArray[np.bool_] = np.isfinite(self.positions[:, 0])
        return known


@dataclass(frozen=True, slots=True)
class Fit:
    """How a layout came about: kept in its facts.

    Attributes
    ----------
    images : int
        Those that it was made of.
    placed : int
        Those that were placed among them since.
    space : str
        Which vectors: positions made of another model's mean nothing to these.
    parameters : mapping
        What shapes it.
    """

    images: int
    placed: int
    space: str
    parameters: Mapping[str, Any]

    def to_json(self) -> dict[str, Any]:
        """Return the plain JSON values that ``find_fit`` reads."""
        return {
            "images": self.images,
            "placed": self.placed,
            "space": self.space,
            "parameters": dict(self.parameters),
        }


def carry_on(
    previous: Previous | None, space: str, parameters: Mapping[str, Any], refit_share: float
) -> Fit | None:
    """Return the fit with the new images counted, if the layout of before is kept; None if it is to be made anew.

    It is kept as long as vectors and parameters are the same, and not too many images came since it was made.
    """
    if previous is None or "fit" not in previous.facts:
        return None
    kept = previous.facts["fit"]
    if kept["space"] != space or kept["parameters"] != dict(parameters):
        return None
    known = int(previous.is_known.sum())
    placed = int(kept["placed"]) + len(previous.positions) - known
    if not known or placed > refit_share * len(previous.positions):
        return None
    return Fit(int(kept["images"]), placed, space, parameters)
