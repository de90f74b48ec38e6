"""`embedder`, `embeddings` and `neighbors`."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa

from clipplot_pipeline import schemas
from clipplot_pipeline.defs.assets.imported import (
    compute_imported_embedder,
    compute_imported_embeddings,
    compute_vectors,
)
from clipplot_pipeline.defs.io import open_vectors, write_neighbors
from clipplot_pipeline.defs.neighbors_before import (
    BESIDE,
    METHOD,
    describe_search,
    read_neighbors_before,
)
from clipplot_pipeline.defs.relinking import join_vectors, read_moved_vectors
from clipplot_pipeline.defs.remembering import note_contents
from clipplot_pipeline.defs.step import Check, Outcome, Step, make_asset
from clipplot_pipeline.embeddings import (
    EmbedderChoice,
    embed_renditions,
    find_neighbors,
    fit_embedder,
    make_embedder,
    needs_fit,
)
from clipplot_pipeline.graph import VECTORS, Node, count_neighbors
from clipplot_pipeline.images import recipe
from clipplot_pipeline.model import ModelCard
from clipplot_pipeline.settings import Settings
from clipplot_pipeline.storage import hash_json

#: Images that the descriptor's basis is fitted on, at most.
FIT_IMAGES = 4000


def embeddings_assets(graph: Mapping[str, Node], settings: Settings) -> list[Any]:
    """Return the assets of the group."""
    is_imported = settings.embedder == "imported"
    return [
        *([make_asset(graph[VECTORS], settings, compute_vectors)] if is_imported else []),
        make_asset(
            graph["embedder"], settings, compute_imported_embedder if is_imported else compute_embedder
        ),
        make_asset(
            graph["embeddings"],
            settings,
            compute_imported_embeddings if is_imported else compute_embeddings,
            {"unit_vectors": "Every vector is finite and of length 1, and every image of the shard has one."},
        ),
        make_asset(graph["neighbors"], settings, compute_neighbors),
    ]


def embedder_choice(settings: Settings) -> EmbedderChoice:
    """Return the settings that the embedder is made of."""
    neural = settings.open_clip
    return EmbedderChoice(
        embedder=settings.embedder,
        model=neural.model,
        pretrained=neural.pretrained,
        device=neural.device,
        precision=neural.precision,
        batch_size=neural.batch_size,
        trained_as=neural.trained_as,
    )


def compute_embedder(step: Step) -> Outcome:
    """Fit the embedder if it must be fitted, and keep what it is."""
    choice = embedder_choice(step.settings)
    state: bytes | None = None
    fitted = 0
    if needs_fit(choice):
        stride, fitted = _plan_sample(step)
        state = fit_embedder(choice, _sample_renditions(step, stride))
        step.out.write_bytes("state.bin", state)
    card = make_embedder(choice, state).card(recipe(step.settings.rendition_px))
    step.out.write_json("card.json", card.to_json())
    facts: dict[str, Any] = {"model": card.model, "dim": card.dim, "card": card.to_json()}
    if state is not None:
        facts["fitted_images"] = fitted
    return Outcome(data_version=hash_json(card.digest()), facts=facts)


def _plan_sample(step: Step) -> tuple[int, int]:
    """Return the stride at which renditions are taken, and how many that are, at most `FIT_IMAGES`."""
    folders = (folder for _, folder in step.shards("images"))
    total = sum(folder.read_table("images.parquet", columns=["sha256"]).num_rows for folder in folders)
    stride = max(1, math.ceil(total / FIT_IMAGES))
    return stride, math.ceil(total / stride)


def _sample_renditions(step: Step, stride: int) -> Iterator[bytes]:
    """Yield renditions evenly over all shards, the same for the same shards."""
    row = 0
    for _, folder in step.shards("images"):
        for batch in folder.read_batches("images.parquet", columns=["rendition"], rows=64):
            for value in batch.column("rendition"):
                if row % stride == 0:
                    yield value.as_py()
                row += 1


def compute_embeddings(step: Step) -> Outcome:
    """Embed the shard's renditions."""
    folder = step.input("embedder")
    choice = embedder_choice(step.settings)
    known = ModelCard.from_json(folder.read_json("card.json"))
    if known.precision:  # `auto` may mean another one on this machine than where the card was written
        choice = replace(choice, precision=known.precision)
    state = folder.read_bytes("state.bin") if needs_fit(choice) else None
    embedder = make_embedder(choice, state)
    images = step.input("images")
    ids = images.read_table("images.parquet", columns=["sha256"])["sha256"]
    moved = read_moved_vectors(step, ids)
    values = (
        value
        for batch in images.read_batches("images.parquet", columns=["rendition"], rows=64)
        for value in batch.column("rendition")
    )
    renditions = (value.as_py() for row, value in enumerate(values) if row not in moved)
    schema = schemas.embeddings(embedder.dim)
    worst = 0.0

    def batches() -> Iterator[pa.RecordBatch]:
        nonlocal worst
        done = 0
        embedded = embed_renditions(embedder, renditions)
        for vectors in join_vectors(moved, len(ids), embedded) if moved else embedded:
            # Not `max`, which passes over NaN.
            worst = float(np.maximum(worst, np.abs(np.linalg.norm(vectors, axis=1) - 1).max(initial=0)))
            part = ids.slice(done, len(vectors)).combine_chunks()
            done += len(vectors)
            step.progress(done, len(ids))
            flat = pa.FixedSizeListArray.from_arrays(pa.array(vectors.ravel()), embedder.dim)
            yield pa.record_batch([part, flat], schema=schema)

    version = step.out.write_batches("embeddings.parquet", schema, batches())
    step.out.write_json("card.json", folder.read_json("card.json"))
    written = step.out.read_table("embeddings.parquet", columns=["sha256"]).num_rows
    return Outcome(
        data_version=embeddings_version(version, folder.read_json("card.json")),
        facts={
            "images": written,
            "recognized": len(moved),
            "dim": embedder.dim,
            "bytes_kept": step.out.size("embeddings.parquet"),
        },
        checks=(
            Check(
                "unit_vectors",
                worst < 1e-3 and written == len(ids),
                f"{written:,} vectors for {len(ids):,} images; lengths differ from 1 by at most {worst:.1e}",
            ),
        ),
    )


def embeddings_version(vectors: str, card: Mapping[str, Any]) -> str:
    """Return the data version of an embeddings shard, given that of its table, and its model card."""
    return hash_json([vectors, card])


def compute_neighbors(step: Step) -> Outcome:
    """Find the nearest neighbours of every image."""
    catalog = step.input("catalog").read_table("catalog.parquet", columns=["image_id", "sha256"])
    card = ModelCard.from_json(step.input("embedder").read_json("card.json"))
    described = describe_search(card.digest(), count_neighbors(step.settings))
    with open_vectors(step.shards("embeddings"), catalog["sha256"].to_pylist(), card.dim) as vectors:
        # Ready-made vectors of known pictures may be others now, under the same card.
        is_imported = step.settings.embedder == "imported"
        before = None if is_imported else read_neighbors_before(step, catalog, described)
        k, exact_up_to = count_neighbors(step.settings), step.settings.neighbors.exact_up_to
        found = find_neighbors(vectors, k, exact_up_to, before, step.settings.open_clip.device)
    step.out.write_json(BESIDE, described | {METHOD: found.method})
    note_contents(step, catalog)
    rows, similarities = found.neighbors.rows[:, :1], found.neighbors.similarities[:, :1]
    known = similarities[rows >= 0]
    return Outcome(
        data_version=write_neighbors(step.out, catalog["image_id"].to_pylist(), found.neighbors),
        facts={
            "images": len(found.neighbors),
            "k": k,
            "median_similarity_of_nearest": float(np.median(known)) if len(known) else 0.0,
            "method": found.method,
            "recall": round(found.recall, 5),
            "recall_sample": found.sample,
            "searched": found.searched,
            "device": found.device,
            **({"device_failed": found.failure} if found.failure else {}),
        },
    )
