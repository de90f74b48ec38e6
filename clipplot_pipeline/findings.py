"""What is found out about images beside their place: near-duplicates, guessed words, how far the map may be trusted.

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
class Concepts:
    """Words of a vocabulary that a model guesses of the images: nobody wrote them.

    Attributes
    ----------
    words, headings : tuple of str
        The vocabulary, each word with the heading that it stands under.
    best : ndarray of int32, shape (n, k)
        Words of every image by number, the best first; -1: no more.
    scores : ndarray of float32, shape (n, k)
        Calibrated cosines, falling along a row; NaN where ``best`` is -1.
    reason : str
        Why there are none; empty if there are.
    model : str
        What guessed them.
    """

    words: tuple[str, ...]
    headings: tuple[str, ...]
    best: NDArray[np.int32]
    scores: NDArray[np.float32]
    reason: str = ""
    model: str = ""

    def __post_init__(self) -> None:
        if self.best.ndim != 2 or self.best.shape != self.scores.shape:
            raise ValueError(
                f"concepts: {self.best.shape} words, {self.scores.shape} scores; both must be (n, k)"
            )
        if len(self.words) != len(self.headings) or self.best.max(initial=-1) >= len(self.words):
            raise ValueError(f"concepts: word {self.best.max(initial=-1)} of {len(self.words)}")

    def __len__(self) -> int:
        return len(self.best)


def no_concepts(count: int, reason: str) -> Concepts:
    """Return what is known of so many images where nothing is guessed."""
    return Concepts((), (), np.full((count, 0), -1, np.int32), np.zeros((count, 0), np.float32), reason)


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
