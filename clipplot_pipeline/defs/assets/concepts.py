"""`concepts`."""

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from clipplot_pipeline.defs.assets.embeddings import embedder_choice
from clipplot_pipeline.defs.concept_files import read_texts, write_concepts, write_texts
from clipplot_pipeline.defs.io import open_vectors
from clipplot_pipeline.defs.own_concepts import read_own_concepts
from clipplot_pipeline.defs.step import Check, Outcome, Step, make_asset
from clipplot_pipeline.embeddings import (
    Embedder,
    TextSide,
    check_available,
    compose_vocabulary,
    embed_concepts,
    embed_renditions,
    make_embedder,
    read_packaged,
    score_concepts,
)
from clipplot_pipeline.embeddings.concepts import METHOD
from clipplot_pipeline.errors import EmbedderError
from clipplot_pipeline.graph import WEIGHTS, Node
from clipplot_pipeline.model import Concepts, ModelCard, no_concepts
from clipplot_pipeline.settings import Settings
from clipplot_pipeline.storage import Store, hash_json

#: Pictures that are embedded to see whether vectors are of the model that they are said to be of, and how alike the
#: two vectors of a picture must be: another reduction of a picture moves them a little.
COMPARED, ALIKE = 8, 0.85
#: Names of words in the metadata.
_MOST_LISTED = 40


def concepts_assets(graph: Mapping[str, Node], settings: Settings) -> list[Any]:
    """Return the asset of the group."""
    checks = {
        "images_have_words": "Every image has a word, and every score is a number, if any words are guessed."
    }
    return [make_asset(graph["concepts"], settings, compute_concepts, checks)]


def compute_concepts(step: Step) -> Outcome:
    """Compare every image with every word, and keep the words that fit it best."""
    catalog = step.input("catalog").read_table("catalog.parquet", columns=["image_id", "sha256"])
    card = ModelCard.from_json(step.input("embedder").read_json("card.json"))
    concepts, computed = _guess(step, catalog, card)
    counts = np.bincount(concepts.best[concepts.best >= 0], minlength=len(concepts.words))
    common = np.argsort(-counts, kind="stable")[:_MOST_LISTED]
    return Outcome(
        data_version=write_concepts(step.out, catalog["image_id"].to_pylist(), concepts),
        facts={
            "images": len(concepts),
            "words": len(concepts.words),
            "words_in_use": int((counts > 0).sum()),
            "words_computed": computed,
            "most_common": {concepts.words[k]: int(counts[k]) for k in common if counts[k]},
            "method": METHOD,
            "reason": concepts.reason,
        },
        checks=(_check_words(concepts, counts),),
    )


def _check_words(concepts: Concepts, counts: NDArray[np.int64]) -> Check:
    there = concepts.best >= 0
    is_fine = bool(there.any(axis=1).all() and np.isfinite(concepts.scores[there]).all())
    share = counts.max(initial=0) / max(len(concepts), 1)
    told = f"the most common of {len(counts):,} words is said of {share:.0%} of {len(concepts):,} images"
    return Check("images_have_words", is_fine or bool(concepts.reason), concepts.reason or told)


def _guess(step: Step, catalog: pa.Table, card: ModelCard) -> tuple[Concepts, int]:
    """Return what is guessed, and how many words had to be put to the model."""
    settings = step.settings
    packaged = read_packaged() if settings.concepts.packaged else ""
    words = compose_vocabulary(packaged, read_own_concepts(settings.own_concepts))
    reason = _why_not(step, len(words))
    if reason:
        return no_concepts(catalog.num_rows, reason), 0
    model = _name_model(settings, card)
    known = read_texts(step.ledger.folder("concepts"), model) if step.ledger.record("concepts") else {}
    texts, computed = embed_concepts(words, known, card.dim, lambda: _load_text_side(step))
    with open_vectors(step.shards("embeddings"), catalog["sha256"].to_pylist(), card.dim) as vectors:
        best, scores = score_concepts(vectors, texts, settings.concepts.per_image, step.progress)
    write_texts(step.out, words, texts, model)
    names, headings = tuple(c.word for c in words), tuple(c.heading for c in words)
    return Concepts(names, headings, best, scores, model=card.model), computed


def _name_model(settings: Settings, card: ModelCard) -> str:
    """Return what vectors of words are kept under: of ready-made ones the card does not say whose words are asked."""
    told = settings.pick(WEIGHTS) if settings.embedder == "imported" else {}
    return f"{card.digest()}-{hash_json(told)[:16]}" if told else card.digest()


def _why_not(step: Step, words: int) -> str:
    """Return why no words are guessed; empty if some are."""
    settings = step.settings
    if not settings.concepts.per_image:
        return "words are switched off (`concepts.per_image` is 0)"
    if settings.embedder == "descriptor":
        return "the embedder `descriptor` knows no words"
    if settings.embedder == "imported" and not settings.concepts.imported_from_open_clip:
        return "the ready-made vectors are not said to be of OpenCLIP (`concepts.imported_from_open_clip`)"
    if not words:
        return "the list of words is empty"
    is_own = settings.embedder not in ("open_clip", "imported")
    if is_own and not isinstance(make_embedder(embedder_choice(settings), None), TextSide):
        return f"the embedder `{settings.embedder}` knows no words"
    return ""


def _load_text_side(step: Step) -> TextSide:
    choice = embedder_choice(step.settings)
    is_imported = step.settings.embedder == "imported"
    if is_imported:
        choice = dataclasses.replace(choice, embedder="open_clip")
    check_available(choice)
    embedder = make_embedder(choice, None)
    if is_imported:
        _compare_vectors(step, embedder)
    if not isinstance(embedder, TextSide):
        raise EmbedderError(f"embedder {choice.embedder}: it knows no words; expected `embed_texts`")
    return embedder


def _compare_vectors(step: Step, embedder: Embedder) -> None:
    """Raise an error if ready-made vectors are not what the model gives for the same pictures."""
    firsts = (
        (shard, next(folder.read_batches("embeddings.parquet", rows=COMPARED), None))
        for shard, folder in step.shards("embeddings")
    )
    shard, batch = next((first for first in firsts if first[1]), ("", None))
    if batch is None:
        return
    pictures = _find_renditions(step.ledger.folder("images", shard), batch.column("sha256").to_pylist())
    made = np.concatenate(list(embed_renditions(embedder, pictures)))
    width = batch.column("vector").type.list_size
    if width != made.shape[1]:
        raise EmbedderError(
            f"concepts.imported_from_open_clip: the vectors have {width} components, those of open_clip.model "
            f"{made.shape[1]}; name the model that made them, or set it to false"
        )
    given = batch.column("vector").flatten().to_numpy().reshape(made.shape)
    alike = float(np.median((made * given).sum(axis=1)))
    if alike < ALIKE:
        raise EmbedderError(
            f"concepts.imported_from_open_clip: the vectors of {len(made)} pictures have a median cosine of "
            f"{alike:.2f} with those that open_clip.model computes of them; expected at least {ALIKE}: name the model "
            "and weights that made the vectors, or set it to false"
        )


def _find_renditions(folder: Store, names: list[str]) -> list[bytes]:
    """Return the renditions of some pictures of a shard, in their order."""
    found: dict[str, bytes] = {}
    for batch in folder.read_batches("images.parquet", ["sha256", "rendition"], COMPARED):
        rows = zip(batch.column("sha256").to_pylist(), batch.column("rendition"), strict=True)
        found |= {name: rendition.as_py() for name, rendition in rows if name in names}
        if len(found) == len(names):
            break
    return [found[name] for name in names]
