"""What is found out about images beside their place: near-duplicates, and how far the map may be trusted.

Belongs here: frozen dataclasses like those of ``model``, which hands them on. Does not belong here: finding out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Duplicates:
    """Groups of near-duplicates, numbered 0 … without gaps.

    Attributes
    ----------
    group : ndarray of int32, shape (n,)
        Group of every image; -1: it has no near-duplicate.
    earliest, largest : ndarray of int32, shape (groups,)
        Row of the earliest and of the largest image of every group.
    """

    group: NDArray[np.int32]
    earliest: NDArray[np.int32]
    largest: NDArray[np.int32]

    def __post_init__(self) -> None:
        numbers = np.arange(len(self.earliest))
        for heads in (self.earliest, self.largest):
            if not np.array_equal(self.group[heads], numbers):
                raise ValueError(
                    f"duplicates: {len(numbers)} groups; expected the head of each to be a member"
                )
        if self.group.max(initial=-1) >= len(numbers):
            raise ValueError(f"duplicates: group {self.group.max()} of {len(numbers)}")

    @property
    def count(self) -> int:
        """Number of groups."""
        return len(self.earliest)


@dataclass(frozen=True, slots=True)
class Measure:
    """A number about every image, made by clipplot.

    Attributes
    ----------
    name, title, description : str
        Key (lower-case letters), what people read, and what it means in a sentence.
    values : ndarray of float32, shape (n,)
        Within [0, 1]; NaN where it means nothing.
    """

    name: str
    title: str
    description: str
    values: NDArray[np.float32]

    def __post_init__(self) -> None:
        known = self.values[~np.isnan(self.values)]
        if self.values.ndim != 1 or (len(known) and not (known.min() >= 0 and known.max() <= 1)):
            raise ValueError(f"measure {self.name}: {self.values.shape}; expected (n,) within [0, 1]")

    @property
    def mean(self) -> float:
        """Over the images that it says something of; NaN if it says nothing of any."""
        known = self.values[~np.isnan(self.values)]
        return float(known.mean()) if len(known) else float("nan")
