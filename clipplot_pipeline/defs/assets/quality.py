"""`quality`."""

from collections.abc import Mapping
from typing import Any

from clipplot_pipeline.catalog import fields_from_json
from clipplot_pipeline.defs.io import open_vectors, read_layout, read_neighbors, write_measures
from clipplot_pipeline.defs.step import Outcome, Step, make_asset
from clipplot_pipeline.graph import Node
from clipplot_pipeline.layouts.trust import SAMPLE, measure_trust
from clipplot_pipeline.model import ModelCard
from clipplot_pipeline.settings import Settings


def quality_assets(graph: Mapping[str, Node], settings: Settings) -> list[Any]:
    """Return the asset of the group."""
    return [make_asset(graph["quality"], settings, compute_quality)]


def compute_quality(step: Step) -> Outcome:
    """Measure how far the place of each image on the primary layout may be trusted."""
    catalog = step.input("catalog").read_table("catalog.parquet")
    ids = catalog["image_id"]
    fields = fields_from_json(step.input("catalog").read_json("fields.json"))
    category = next((field.name for field in fields if field.kind == "category"), None)
    primary = read_layout(step.input(f"layout_{step.settings.primary_layout}"), ids)
    neighbors = read_neighbors(step.input("neighbors"), ids)
    card = ModelCard.from_json(step.ledger.folder("embedder").read_json("card.json"))
    measures: tuple[Any, ...] = ()
    if primary.reason is None:
        with open_vectors(step.shards("embeddings"), catalog["sha256"].to_pylist(), card.dim) as vectors:
            measures = measure_trust(
                primary.positions, vectors, neighbors, catalog[category] if category else None
            )
    means = {measure.name: round(measure.mean, 4) for measure in measures}
    return Outcome(
        data_version=write_measures(step.out, ids.to_pylist(), measures),
        facts={"images": catalog.num_rows, **means, "is_exact": catalog.num_rows <= SAMPLE},
    )
