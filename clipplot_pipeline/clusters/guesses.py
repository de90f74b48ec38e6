"""Words that a model guesses of the images, as names are made of them where no word of the collection's own is known.

Belongs here: taking them for words, and names that say that they are guessed. Does not belong here: guessing
(``embeddings``), choosing names (``naming``).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from clipplot_pipeline.clusters.naming import name_levels
from clipplot_pipeline.clusters.words import WEIGHTS, Words
from clipplot_pipeline.model import Concepts

#: Words of an image that count: what fits it best.
MOST_COUNTED = 6
#: Follows a guessed name wherever it stands: on the map, in lists and tables.
MARK = " ?"


def take_guesses(concepts: Concepts) -> Words | None:
    """Return which image bears which guessed word; None where nothing is guessed.

    A guessed word counts like a word said in passing: a third of a cluster's images must bear it.
    """
    best = concepts.best[:, :MOST_COUNTED]
    rows, places = np.nonzero(best >= 0)
    if not len(rows):
        return None
    columns = best[rows, places].astype(np.int64)
    order = np.lexsort((columns, rows))
    weights = np.full(len(concepts.words), WEIGHTS["text"], np.float32)
    return Words(concepts.words, weights, rows[order].astype(np.int64), columns[order], len(concepts))


def name_by_guesses(
    levels: Sequence[NDArray[np.int32]], guesses: Words, names: Sequence[tuple[str, ...]]
) -> list[tuple[str, ...]]:
    """Return the names of all levels; those that are empty are made of guessed words, and marked as such.

    Parameters
    ----------
    levels : sequence of ndarray of int32, shape (n,)
        As `name_levels` takes them.
    names : sequence of tuple of str
        What it gave by the collection's own words.
    """
    said = [{number: name for number, name in enumerate(called) if name} for called in names]
    guessed = name_levels(levels, guesses, said)
    return [
        tuple(f"{name}{MARK}" if name and number not in own else name for number, name in enumerate(called))
        for called, own in zip(guessed, said, strict=True)
    ]
