"""Which words of a vocabulary fit which pictures best.

Belongs here: scores and their calibration. Does not belong here: the words (``vocabulary``), their vectors
(``texts``).

Cosines of texts and pictures cannot be compared as they are: some words are near to every picture (hubs; Radovanović,
Nanopoulos & Ivanović 2010; Dinu, Lazaridou & Baroni 2015), and some pictures to every word. Half of what a word has
with the pictures on average, and half of what a picture has with the words on average, is taken away: Zhou, Ren, Li,
Zabih & Lim, "Test-time distribution normalization for contrastively learned vision-language models", NeurIPS 2023,
eq. 7, which is the same as moving either side by half of its mean. Half and not all: what most pictures of a collection
show would otherwise be said of none, and a single picture would have no words.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

#: Share of the means that is taken away.
TAKEN = 0.5
#: Scores that are held at once: 2²² are 17 MB, whatever the numbers of pictures and words.
SCORES_AT_ONCE = 2**22
#: Digits of a score: what lies below is noise of the order in which numbers were added.
DIGITS = 5
#: A picture gets no more than this share of the words: of few none would be left out.
LARGEST_SHARE = 0.125
METHOD = "cosine, less half of the means of either side (distribution normalization)"


def score_concepts(
    vectors: NDArray[np.float32],
    texts: NDArray[np.float32],
    per_image: int,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Return the words that fit each picture best; of equal ones the first.

    Parameters
    ----------
    vectors : ndarray of float32, shape (n, D)
        Of pictures, unit length; may be a memory map.
    texts : ndarray of float32, shape (V, D)
        Of words, unit length.
    per_image : int
        Words wanted of each picture; an eighth of all words at most, but one.
    progress : callable
        Told how many pictures are done, of how many.

    Returns
    -------
    best : ndarray of int32, shape (n, k)
        Rows of ``texts``, the best first.
    scores : ndarray of float32, shape (n, k)
        Calibrated cosines, rounded to `DIGITS`, falling along a row.

    Notes
    -----
    O(n V D) products; beside the results a block of `SCORES_AT_ONCE` scores is held.
    """
    count, words = len(vectors), len(texts)
    kept = min(per_image, max(1, int(words * LARGEST_SHARE))) if words else 0
    best = np.zeros((count, kept), np.int32)
    scores = np.zeros((count, kept), np.float32)
    if not kept or not count:
        return best, scores
    rows = max(1, SCORES_AT_ONCE // words)
    of_words = TAKEN * (texts @ _find_mean(vectors, rows))
    mean_word = TAKEN * texts.mean(axis=0, dtype=np.float64).astype(np.float32)
    for start in range(0, count, rows):
        block = np.asarray(vectors[start : start + rows])
        found = block @ texts.T - of_words - (block @ mean_word)[:, None]
        np.round(found, DIGITS, out=found)
        here = slice(start, start + len(block))
        best[here], scores[here] = _take_best(found, kept)
        progress(start + len(block), count)
    return best, scores


def _find_mean(vectors: NDArray[np.float32], rows: int) -> NDArray[np.float32]:
    total = np.zeros(vectors.shape[1], np.float64)
    for start in range(0, len(vectors), rows):
        total += np.asarray(vectors[start : start + rows]).sum(axis=0, dtype=np.float64)
    return (total / len(vectors)).astype(np.float32)


def _take_best(found: NDArray[np.float32], kept: int) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Return the columns of the highest values of each row, falling, equal ones by number, and the values."""
    edge = np.partition(found, -kept, axis=1)[:, -kept, None]
    # All above the edge, and of those on it the first: no more than are wanted.
    is_above, is_edge = found > edge, found == edge
    room = kept - is_above.sum(axis=1, keepdims=True)
    is_kept = is_above | (is_edge & (np.cumsum(is_edge, axis=1) <= room))
    columns = np.nonzero(is_kept)[1].reshape(len(found), kept)
    values = np.take_along_axis(found, columns, 1)
    order = np.argsort(-values, axis=1, kind="stable")
    return np.take_along_axis(columns, order, 1).astype(np.int32), np.take_along_axis(values, order, 1)
