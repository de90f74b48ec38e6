"""`site`: the last asset, which publishes."""

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from clipplot_pipeline import __version__, schemas
from clipplot_pipeline.catalog import fields_from_json
from clipplot_pipeline.defs.assets.atlases import tiles_store
from clipplot_pipeline.defs.closeups import collect_closeups
from clipplot_pipeline.defs.concept_files import read_concepts
from clipplot_pipeline.defs.io import (
    iterate_renditions,
    open_vectors,
    read_clusters,
    read_duplicates,
    read_layout,
    read_measures,
    read_neighbors,
)
from clipplot_pipeline.defs.remembering import note_contents, recall_ids
from clipplot_pipeline.defs.step import Check, Outcome, Step, make_asset
from clipplot_pipeline.errors import PublishError
from clipplot_pipeline.graph import INVENTORY, SITE, Node
from clipplot_pipeline.images import recipe
from clipplot_pipeline.layouts import list_layouts
from clipplot_pipeline.model import Field, ModelCard, Reject, Segment
from clipplot_pipeline.settings import Settings
from clipplot_pipeline.site.brand_files import read_brand
from clipplot_pipeline.site.build import build_site
from clipplot_pipeline.site.closeups import Closeups
from clipplot_pipeline.site.content import AboutFacts, DetailSource, NeighborSearch, SiteContent, SiteLayout
from clipplot_pipeline.site.publish import publish
from clipplot_pipeline.site.sensitive import find_unused_words

LENGTHS = "lengths.parquet"


def site_assets(graph: Mapping[str, Node], settings: Settings) -> list[Any]:
    """Return the asset of the group."""
    checks = {"site_verifies": "The new site verifies, file by file, before its manifest is put."}
    return [make_asset(graph[SITE], settings, compute_site, checks)]


def compute_site(step: Step) -> Outcome:
    """Put all parts together and publish them."""
    catalog = step.input("catalog").read_table("catalog.parquet")
    fields = fields_from_json(step.input("catalog").read_json("fields.json"))
    closeups, doubts = collect_closeups(step, catalog, fields)
    with _published_vectors(step, catalog) as vectors:
        plan = build_site(_collect_content(step, catalog, fields, vectors, closeups))
        try:
            report = publish(
                plan,
                step.settings.site,
                _detail_source(step, catalog),
                lengths=_recall_lengths(step, catalog),
                progress=step.progress,
                grace=timedelta(hours=step.settings.grace_hours),
            )
        except PublishError as error:
            return Outcome(data_version="", checks=(Check("site_verifies", False, str(error)),))
    step.out.write_json("manifest.json", plan.manifest)
    _note_lengths(step, catalog, report.lengths)
    return Outcome(
        data_version={"build_id": plan.build_id, "site": step.settings.site},
        facts={
            "images": report.images,
            "url": report.url,
            "build_id": report.build_id,
            "files_put": report.files_put,
            "files_kept": report.files_kept,
            "files_deleted": report.files_deleted,
            "bytes_put": report.bytes_put,
            "warnings": [*report.warnings, *_warn_of_words(step, catalog, fields), *doubts],
        },
        checks=(
            Check(
                "site_verifies",
                True,
                f"{report.files_put + report.files_kept:,} files of build {plan.build_id}",
            ),
        ),
    )


def _warn_of_words(step: Step, catalog: pa.Table, fields: tuple[Field, ...]) -> list[str]:
    unused = find_unused_words(catalog, fields, step.settings.sensitive)
    return [
        f"sensitive: no image has the category or tag {word!r}, so nothing is blurred for it; correct the setting"
        for word in unused
    ]


def _collect_content(
    step: Step,
    catalog: pa.Table,
    fields: tuple[Field, ...],
    vectors: NDArray[np.float32] | None,
    closeups: Closeups | None,
) -> SiteContent:
    settings, ids = step.settings, catalog["image_id"]
    atlases = step.input("atlases")
    described = atlases.read_json("segments.json")
    ranked = atlases.read_table("ranks.parquet")["image_id"]
    row_of = {image_id: row for row, image_id in enumerate(ids.to_pylist())}
    layouts = tuple(
        SiteLayout(spec.title, spec.description, read_layout(step.input(f"layout_{spec.name}"), ids))
        for spec in list_layouts(settings.layouts)
    )
    return SiteContent(
        title=settings.title,
        tagline=settings.tagline,
        language=settings.language,
        catalog=catalog,
        fields=fields,
        ranks=np.array([row_of[image_id] for image_id in ranked.to_pylist()], np.int64),
        layouts=layouts,
        home_layout=settings.primary_layout,
        clusters=read_clusters(step.input("clusters"), ids),
        neighbors=read_neighbors(step.input("neighbors"), ids),
        measures=read_measures(step.input("quality"), ids),
        duplicates=read_duplicates(step.input("duplicates"), ids),
        concepts=read_concepts(step.input("concepts"), ids),
        segments=tuple(Segment(**segment) for segment in described["segments"]),
        tiles=tiles_store(step.ledger),
        levels=tuple(described["levels"]),
        rendition=recipe(settings.rendition_px) if settings.detail == "rendition" else "",
        rendition_px=settings.rendition_px,
        closeups=closeups,
        takedown_max_age_s=settings.takedown_max_age,
        has_plain_pages=catalog.num_rows < settings.plain_pages_below,
        vectors=vectors,
        sensitive=settings.sensitive,
        brand=read_brand(settings.brand),
        about=_collect_facts(step, [page.layout.facts for page in layouts]),
    )


def _collect_facts(step: Step, facts: list[Mapping[str, Any]]) -> AboutFacts:
    folder = step.input("catalog")
    report = folder.read_json("report.json")
    inventory = step.ledger.record(INVENTORY)
    home = next(iter(facts), {})
    return AboutFacts(
        description=step.settings.description,
        rejects=tuple(Reject(**row) for row in folder.read_table("rejects.parquet").to_pylist()),
        skipped=dict(inventory.facts["skipped"]) if inventory else {},
        # A key may be a whole path on somebody's machine: only its last name is published.
        unmatched_rows=tuple(re.split(r"[\\/]", key)[-1] for key in report["unmatched"]),
        unmatched_count=int(report["unmatched_rows"]),
        folded=int(report["folded"]),
        model_card=ModelCard.from_json(step.input("embedder").read_json("card.json")),
        scores={name: value for name, value in home.items() if isinstance(value, float)},
        search=_tell_search(step),
        software=f"clipplot {__version__}",
    )


def _tell_search(step: Step) -> NeighborSearch | None:
    """Return how the neighbours were found; None if they were found before that was told."""
    found = step.ledger.record("neighbors")
    if found is None or "recall_sample" not in found.facts:
        return None
    facts = found.facts
    return NeighborSearch(int(facts["k"]), float(facts["recall"]), int(facts["recall_sample"]))


def _recall_lengths(step: Step, catalog: pa.Table) -> dict[str, int] | None:
    """Return the bytes of detail pictures as they were put, by the ids that stand for the same pictures still.

    None where ids are made of the pictures.
    """
    if not step.settings.id_column:
        return None
    if step.ledger.record(SITE) is None or not (folder := step.ledger.folder(SITE)).exists(LENGTHS):
        return {}
    noted = folder.read_table(LENGTHS)
    same = noted.filter(pc.is_in(noted["image_id"], value_set=recall_ids(folder, catalog)))
    return dict(zip(same["image_id"].to_pylist(), same["bytes"].to_pylist(), strict=True))


def _note_lengths(step: Step, catalog: pa.Table, lengths: Mapping[str, int]) -> None:
    """Keep what was put, for ``_recall_lengths``."""
    if step.settings.id_column:
        columns = {"image_id": list(lengths), "bytes": list(lengths.values())}
        step.out.write_table(LENGTHS, pa.table(columns, schema=schemas.LENGTHS))
        note_contents(step, catalog)


def _detail_source(step: Step, catalog: pa.Table) -> DetailSource:
    sha_of = dict(zip(catalog["image_id"].to_pylist(), catalog["sha256"].to_pylist(), strict=True))

    def details(wanted: frozenset[str]) -> Iterable[tuple[str, bytes]]:
        id_of = {sha_of[image_id]: image_id for image_id in wanted}
        for sha256, jpeg in iterate_renditions(step.shards("images"), set(id_of)):
            yield id_of[sha256], jpeg

    return details


@contextmanager
def _published_vectors(step: Step, catalog: pa.Table) -> Iterator[NDArray[np.float32] | None]:
    if not step.settings.publish_embeddings:
        yield None
        return
    card = ModelCard.from_json(step.input("embedder").read_json("card.json"))
    with open_vectors(step.shards("embeddings"), catalog["sha256"].to_pylist(), card.dim) as vectors:
        yield vectors
