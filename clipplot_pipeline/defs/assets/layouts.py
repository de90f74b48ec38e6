"""`layout_…`: one asset for every layout that is registered in `clipplot_pipeline.layouts`."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from clipplot_pipeline.catalog import fields_from_json
from clipplot_pipeline.defs.io import open_vectors, read_layout, read_neighbors, write_layout
from clipplot_pipeline.defs.previews import preview_positions
from clipplot_pipeline.defs.remembering import note_contents, recall_ids
from clipplot_pipeline.defs.step import Check, Outcome, Step, make_asset
from clipplot_pipeline.graph import Node
from clipplot_pipeline.layouts import LayoutInput, LayoutSpec, Previous, list_layouts
from clipplot_pipeline.model import Layout, ModelCard
from clipplot_pipeline.settings import Settings

CHECKS = {
    "inside_the_world": "Every live image has one position inside [-1, 1]², or the layout says why it is empty."
}


def layouts_assets(graph: Mapping[str, Node], settings: Settings) -> list[Any]:
    """Return one asset a layout."""
    return [
        make_asset(graph[f"layout_{spec.name}"], settings, partial(compute_layout, spec=spec), CHECKS)
        for spec in list_layouts(settings.layouts)
    ]


def compute_layout(step: Step, spec: LayoutSpec) -> Outcome:
    """Hand a layout what it needs, and keep what it gives."""
    catalog = step.input("catalog").read_table("catalog.parquet")
    own = getattr(step.settings.layouts, spec.section or spec.name, None)
    with _gather(step, spec, catalog) as given:
        layout = spec.arrange(given, (own.model_dump() if own is not None else {}) | dict(spec.overrides))
    if "previous" in spec.needs:
        note_contents(step, catalog)
    count, placed = catalog.num_rows, len(layout.positions)
    furthest = float(np.abs(layout.positions).max(initial=0.0))
    is_whole = placed == count if layout.reason is None else placed == 0
    colors = np.array(catalog["mean_rgb"].to_pylist(), np.uint8).reshape(-1, 3)
    return Outcome(
        data_version=write_layout(step.out, catalog["image_id"].to_pylist(), layout),
        facts={
            "images": placed,
            "labels": len(layout.labels),
            "reason": layout.reason or "",
            "warnings": _warn(step, layout),
            **_plain(layout.facts),
        },
        checks=(
            Check(
                "inside_the_world",
                is_whole and furthest <= 1.0,
                f"{placed:,} positions for {count:,} images, the furthest at {furthest:.3f}",
            ),
        ),
        preview=preview_positions(layout.positions, colors) if placed else None,
    )


@contextmanager
def _gather(step: Step, spec: LayoutSpec, catalog: pa.Table) -> Iterator[LayoutInput]:
    needs = spec.needs
    ids = catalog["image_id"]
    aspects = (catalog["width_px"].to_numpy() / catalog["height_px"].to_numpy()).astype(np.float32)
    neighbors = read_neighbors(step.input("neighbors"), ids) if "neighbors" in needs else None
    primary = None
    if "primary" in needs:
        primary = read_layout(step.input(f"layout_{step.settings.primary_layout}"), ids).positions
    described = fields_from_json(step.input("catalog").read_json("fields.json")) if "fields" in needs else ()

    def give(vectors: NDArray[np.float32] | None, space: str = "") -> LayoutInput:
        return LayoutInput(
            image_ids=np.array(ids.to_pylist(), dtype="U20"),
            aspects=aspects,
            vectors=vectors,
            neighbors=neighbors,
            primary=primary,
            names=[paths[0] for paths in catalog["paths"].to_pylist()] if "names" in needs else None,
            fields=catalog.select([field.name for field in described]) if "fields" in needs else None,
            described=described,
            previous=_previous(step, catalog) if "previous" in needs else None,
            space=space,
        )

    if "vectors" not in needs:
        yield give(None)
        return
    card = ModelCard.from_json(step.ledger.folder("embedder").read_json("card.json"))
    with open_vectors(step.shards("embeddings"), catalog["sha256"].to_pylist(), card.dim) as vectors:
        yield give(vectors, card.digest())


def _previous(step: Step, catalog: pa.Table) -> Previous | None:
    """Return the layout as it is now, joined to the images of the catalog; None if there is none."""
    if step.ledger.record(step.node.name) is None:
        return None
    folder = step.ledger.folder(step.node.name)
    if not folder.exists("layout.parquet"):
        return None
    table = folder.read_table("layout.parquet", columns=["image_id", "x", "y"])
    rows = pc.index_in(recall_ids(folder, catalog), value_set=table["image_id"])
    columns = [table[axis].take(rows).to_numpy().astype(np.float32) for axis in ("x", "y")]
    return Previous(np.column_stack(columns), folder.read_json("layout.json")["facts"])


def _warn(step: Step, layout: Layout) -> list[str]:
    """Return what the user asked of a layout that was made without it."""
    reason = layout.facts.get("target", {}).get("reason")
    return [f"{step.node.name}: the map is not guided, as {reason}"] if reason else []


def _plain(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return the facts to be watched: not those of the asset itself, nor a basis of thousands of numbers."""
    return {
        name: value for name, value in facts.items() if name not in {"images", "labels", "reason", "basis"}
    }
