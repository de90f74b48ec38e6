"""Vectors of words: each is put to a model in several sentences, whose vectors are averaged.

Belongs here: computing them, and only those that are not known yet. Does not belong here: which words there are
(``vocabulary``), comparing them with pictures (``concepts``).

Source: prompt ensembling, Radford et al., "Learning transferable visual models from natural language supervision",
2021, §3.1.4: sentences are averaged as unit vectors, and the mean is scaled to length 1.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from clipplot_pipeline.embeddings.embedder import TextSide
from clipplot_pipeline.embeddings.vocabulary import Concept
from clipplot_pipeline.errors import EmbedderError

#: Words whose sentences are put to the model at once.
WORDS_AT_ONCE = 128


def embed_concepts(
    concepts: Sequence[Concept],
    known: Mapping[str, NDArray[np.float32]],
    dim: int,
    load: Callable[[], TextSide],
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> tuple[NDArray[np.float32], int]:
    """Return the vectors of words, in order, and how many had to be computed.

    Parameters
    ----------
    concepts : sequence of Concept
    known : mapping of str to ndarray of float32, shape (dim,)
        Vectors of the same model by ``Concept.key``.
    dim : int
        Components of the pictures' vectors.
    load : callable
        Returns the text side; asked only if something is unknown.
    progress : callable
        Told how many words are done, of how many.

    Returns
    -------
    ndarray of float32, shape (len(concepts), dim)
        Unit length.

    Raises
    ------
    EmbedderError
        If the text side gives vectors of another space or size.
    """
    vectors = np.zeros((len(concepts), dim), np.float32)
    unknown = []
    for number, concept in enumerate(concepts):
        if concept.key in known:
            vectors[number] = known[concept.key]
        else:
            unknown.append(number)
    side = load() if unknown else None
    for start in range(0, len(unknown), WORDS_AT_ONCE) if side else ():
        here = unknown[start : start + WORDS_AT_ONCE]
        vectors[here] = _embed([concepts[number] for number in here], dim, side)
        progress(start + len(here), len(unknown))
    return vectors, len(unknown)


def _embed(concepts: Sequence[Concept], dim: int, side: TextSide | None) -> NDArray[np.float32]:
    sentences = [sentence for concept in concepts for sentence in concept.sentences]
    owners = np.repeat(np.arange(len(concepts)), [len(concept.sentences) for concept in concepts])
    found = np.asarray(side.embed_texts(sentences) if side else (), np.float64)
    if found.shape != (len(sentences), dim):
        raise EmbedderError(
            f"concepts: the text side gave vectors of shape {found.shape} for {len(sentences)} sentences; expected "
            f"{dim} components each, as the pictures have; is it the text side of the model that saw the pictures?"
        )
    sums = np.zeros((len(concepts), dim))
    np.add.at(sums, owners, found / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-12))
    lengths = np.linalg.norm(sums, axis=1, keepdims=True)
    if not np.isfinite(lengths).all():
        raise EmbedderError("concepts: the text side gave vectors that are not finite; choose another model")
    return np.asarray(sums / np.maximum(lengths, 1e-12), np.float32)
