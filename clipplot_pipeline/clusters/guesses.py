"""Words that a model guesses of the images, as names are made of them where no word of the collection's own is known.

Belongs here: taking them for words. Does not belong here: guessing (``embeddings``), choosing names (``naming``).
"""

from __future__ import annotations

import numpy as np

from clipplot_pipeline.clusters.words import WEIGHTS, Words
from clipplot_pipeline.model import Concepts

#: Words of an image that count: what fits it best.
MOST_COUNTED = 6


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
