"""`clusters`."""

from collections.abc import Mapping
from typing import Any

from clipplot_pipeline.catalog import fields_from_json
from clipplot_pipeline.clusters import collect_words, find_clusters, take_guesses
from clipplot_pipeline.defs.concept_files import read_concepts
from clipplot_pipeline.defs.io import open_vectors, read_layout, read_neighbors, write_clusters
from clipplot_pipeline.defs.own_clusters import read_own_clusters, warn_of_idle
from clipplot_pipeline.defs.previews import preview_clusters
from clipplot_pipeline.defs.step import Outcome, Step, make_asset
from clipplot_pipeline.graph import Node
from clipplot_pipeline.model import ModelCard
from clipplot_pipeline.settings import Settings


def clusters_assets(graph: Mapping[str, Node], settings: Settings) -> list[Any]:
    """Return the asset of the group."""
    return [make_asset(graph["clusters"], settings, compute_clusters)]


def compute_clusters(step: Step) -> Outcome:
    """Group the images and name the groups."""
    catalog = step.input("catalog").read_table("catalog.parquet")
    ids = catalog["image_id"]
    primary = read_layout(step.input(f"layout_{step.settings.primary_layout}"), ids).positions
    fields = fields_from_json(step.input("catalog").read_json("fields.json"))
    card = ModelCard.from_json(step.ledger.folder("embedder").read_json("card.json"))
    neighbors = read_neighbors(step.input("neighbors"), ids)
    with open_vectors(step.shards("embeddings"), catalog["sha256"].to_pylist(), card.dim) as vectors:
        words = collect_words(fields, catalog)
        own, warnings = read_own_clusters(step.settings.own_clusters, catalog)
        guesses = take_guesses(read_concepts(step.input("concepts"), ids))
        told = step.settings.clusters.model_dump()
        clusters = find_clusters(vectors, primary, words, told, own, neighbors, guesses)
    levels = clusters.levels
    warnings += warn_of_idle(own, clusters)
    return Outcome(
        data_version=write_clusters(step.out, ids.to_pylist(), clusters),
        facts={
            "images": catalog.num_rows,
            "levels": len(levels),
            "clusters": [level.count for level in levels],
            "named": [sum(bool(name) for name in level.names) for level in levels],
            "noise_share": [round(float((level.cluster < 0).mean()), 4) for level in levels],
            "names": [list(level.names[:40]) for level in levels],
            "reason": clusters.reason or "",
            "own_rows": len(own.rows) if own else 0,
            "warnings": warnings,
        },
        preview=preview_clusters(primary, levels[min(1, len(levels) - 1)]) if levels else None,
    )
