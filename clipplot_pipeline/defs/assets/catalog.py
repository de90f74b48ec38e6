"""`images`, `metadata` and `catalog`."""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from clipplot_pipeline import schemas
from clipplot_pipeline.catalog import (
    NO_VECTOR,
    Catalog,
    JoinRules,
    TableRows,
    fields_from_json,
    fields_to_json,
    find_live,
    join_catalog,
)
from clipplot_pipeline.defs.assets.imported import REJECTS as NO_VECTORS
from clipplot_pipeline.defs.assets.inventory import ABOUT
from clipplot_pipeline.defs.closeups import CloseupKeeper, choose_cutting
from clipplot_pipeline.defs.relinking import FOUND, find_moved, join_moved
from clipplot_pipeline.defs.step import Check, Outcome, Step, make_asset
from clipplot_pipeline.graph import INVENTORY, Node
from clipplot_pipeline.images import Limits, open_images
from clipplot_pipeline.model import ImageFacts, Reject, SourceImage
from clipplot_pipeline.settings import Settings
from clipplot_pipeline.sources import make_source
from clipplot_pipeline.sources.table import read_tables
from clipplot_pipeline.sources.table_inputs import TableInput
from clipplot_pipeline.storage import hash_json, hash_table

#: Rows that are held before they are written: renditions are tens of kilobytes each.
BATCH_ROWS = 64
#: Shorter sides than this are said to be unusual.
TINY_PX = 64
LIGHT_COLUMNS = [name for name in schemas.IMAGES.names if name != "rendition"]


def catalog_assets(graph: Mapping[str, Node], settings: Settings) -> list[Any]:
    """Return the assets of the group, without the root."""
    return [
        make_asset(graph["images"], settings, compute_images),
        make_asset(graph["metadata"], settings, compute_metadata),
        make_asset(
            graph["catalog"],
            settings,
            compute_catalog,
            {"nothing_lost": "Every live file is an image of the catalog or a reject with a reason."},
        ),
    ]


def compute_images(step: Step) -> Outcome:
    """Open every original of the shard once."""
    settings = step.settings
    inventory = step.ledger.folder(INVENTORY)
    rows = inventory.read_equal("inventory.parquet", "shard", str(step.shard)).sort_by("path").to_pylist()
    files = [SourceImage(row["path"], row["bytes"], row["version"], row["place"]) for row in rows]
    rejects: list[Reject] = []
    closeups = CloseupKeeper(step.out)
    with (
        make_source(settings).open_files(files) as opener,
        tempfile.TemporaryDirectory(prefix="clipplot-closeups-", ignore_cleanup_errors=True) as aside,
    ):
        moved = find_moved(step, inventory.read_equal("inventory.parquet", "live", False), files, opener)
        fresh = [file for file in files if file.path not in moved]
        opened = open_images(fresh, opener, make_limits(settings, aside), workers=settings.workers)
        found = join_moved(step, moved, files, opened)
        batches = _image_batches(step, found, rejects, closeups, len(files))
        images = step.out.write_batches("images.parquet", schemas.IMAGES, batches)
    for shard in sorted({shard for shard, _ in moved.values()}):
        pictures = {sha256 for where, sha256 in moved.values() if where == shard}
        closeups.copy(step.ledger.folder("images", shard), pictures)
    if moved:
        step.out.write_json(FOUND, {sha256: shard for shard, sha256 in moved.values()})
    rejected = pa.Table.from_pylist(
        [{"path": r.path, "kind": r.kind, "reason": r.reason} for r in rejects], schema=schemas.REJECTS
    )
    return Outcome(
        data_version=images_version(images, step.out.write_table("rejects.parquet", rejected)),
        parts=closeups.finish() if settings.closeup.is_cut else {},
        facts={
            **(closeups.facts if settings.closeup.is_cut else {}),
            "images": len(files) - len(rejects),
            "rejects": len(rejects),
            "recognized": len(moved),
            "originals_opened": len(files),
            "bytes_read": sum(file.size_bytes for file in files),
            "bytes_kept": step.out.size("images.parquet"),
        },
    )


def make_limits(settings: Settings, aside: str) -> Limits:
    """Return how pictures are opened; close-ups wait in the local folder ``aside``."""
    return Limits(
        rendition_px=settings.rendition_px,
        max_pixels=settings.max_pixels,
        allow_truncated=settings.allow_truncated,
        timeout_s=settings.picture_timeout_s,
        memory_mb=settings.picture_memory_mb,
        cutting=choose_cutting(settings, aside),
    )


def images_version(images: str, rejects: str) -> str:
    """Return the data version of an images shard, given those of its two tables."""
    return hash_json([images, rejects])


def _image_batches(
    step: Step,
    opened: Iterator[ImageFacts | Reject],
    rejects: list[Reject],
    closeups: CloseupKeeper,
    total: int,
) -> Iterator[pa.RecordBatch]:
    """Yield what was opened in batches; rejects are put aside, close-ups where they belong."""
    rows: list[dict[str, Any]] = []
    forgotten = step.ledger.forgotten()
    for done, found in enumerate(opened, start=1):
        step.progress(done, total)
        if isinstance(found, Reject):
            rejects.append(found)
            continue
        if forgotten.has_picture(found.sha256):
            rejects.append(Reject(found.path, "forgotten", "taken down earlier"))
            continue
        closeups.take(found)
        row = {name: getattr(found, name) for name in schemas.IMAGES.names if name != "bytes"}
        rows.append(row | {"bytes": found.size_bytes})
        if len(rows) == BATCH_ROWS:
            yield pa.RecordBatch.from_pylist(rows, schema=schemas.IMAGES)
            rows = []
    if rows:
        yield pa.RecordBatch.from_pylist(rows, schema=schemas.IMAGES)


def compute_metadata(step: Step) -> Outcome:
    """Read the user's tables; without one the output is empty and says so."""
    inventory = step.ledger.folder(INVENTORY)
    described = inventory.read_json("inputs.json")
    locate = step.settings.locate
    inputs = [
        TableInput.from_json({**table, "files": [locate(file) for file in table["files"]]})
        for table in described["tables"]
    ]
    if described["about"]:
        inputs.append(TableInput("the source", (inventory.address(ABOUT),)))
    if not inputs:
        rows = pa.table({"key": pa.array([], pa.string())})
        described = {"fields": [], "problems": [], "tables": [], "reason": "no table is named"}
    else:
        found = read_tables(inputs)
        rows = found.rows
        described = {
            "fields": fields_to_json(found.fields),
            "problems": [str(problem) for problem in found.problems],
            "tables": [{"count": part.count, "key_kind": part.key_kind} for part in found.parts],
            "reason": None,
        }
    step.out.write_json("metadata.json", described)
    version = step.out.write_table("rows.parquet", rows)
    return Outcome(
        data_version=hash_json([version, described]),
        facts={
            "rows": rows.num_rows,
            "fields": [field["name"] for field in described["fields"]],
            "problems": len(described["problems"]),
            "reason": described["reason"] or "",
            "warnings": _warn_of_tables(inputs, described["problems"]),
        },
    )


def _warn_of_tables(inputs: Sequence[TableInput], problems: Sequence[str]) -> list[str]:
    """Return what people should know of their tables."""
    names = [table.name for table in inputs if table.is_found]
    found = [f"{name} lies among the images and is taken as the table about them" for name in names]
    more = f", and {len(problems) - 1:,} more: `clipplot status` lists them" if len(problems) > 1 else ""
    return found + ([f"in the metadata: {problems[0]}{more}"] if problems else [])


def compute_catalog(step: Step) -> Outcome:
    """Join the live images with their metadata."""
    images, rejects = _leave_out_forgotten(step, *_gather_images(step))
    if step.settings.embedder == "imported":
        images, rejects = _leave_out_vectorless(step, images, rejects)
    inventory = step.input("inventory").read_table("inventory.parquet")
    described = step.input("metadata").read_json("metadata.json")
    joined = join_catalog(
        images=images,
        inventory=inventory,
        rows=step.input("metadata").read_table("rows.parquet"),
        fields=fields_from_json(described["fields"]),
        tables=[TableRows(**table) for table in described["tables"]],
        salt=step.ledger.salt(),
        rules=JoinRules(
            publish_coordinates=step.settings.publish_coordinates,
            id_column=step.settings.id_column,
            is_forgotten=step.ledger.forgotten().has_name,
        ),
    )
    live = inventory.filter(inventory["live"])
    rejected = find_live(rejects, inventory).drop_columns(["shard"])
    is_forgotten = pc.equal(rejected["kind"], "forgotten")
    forgotten = pc.sum(is_forgotten).as_py() or 0
    rejected = rejected.filter(pc.invert(is_forgotten))  # a picture that was taken down is not listed either
    step.out.write_json("fields.json", fields_to_json(joined.fields))
    cut_off = _cut_off(find_live(images, inventory))
    report = joined.report() | {"table_problems": described["problems"], "cut_off": cut_off}
    step.out.write_json("report.json", report)
    catalog = step.out.write_table("catalog.parquet", joined.table)
    listed = pc.list_value_length(joined.table["paths"]).to_numpy().sum()
    lost = live.num_rows - rejected.num_rows - forgotten - int(listed)
    return Outcome(
        data_version=hash_json(
            [
                catalog,
                report,
                step.out.write_table("rejects.parquet", rejected),
                fields_to_json(joined.fields),
            ]
        ),
        parts={"members": hash_table(joined.table.select(["image_id", "sha256", "width_px", "height_px"]))},
        facts={
            "images": joined.table.num_rows,
            "rejects": rejected.num_rows,
            "forgotten": forgotten,
            "rejected_files": rejected.slice(0, 100).to_pylist(),
            "cut_off": len(cut_off),
            "warnings": _warn_of_rows(joined) + _warn_of_pictures(joined.table),
            **{name: value for name, value in report.items() if isinstance(value, int)},
        },
        checks=(_nothing_lost(live.num_rows, int(listed), rejected.num_rows, lost),),
    )


def _warn_of_rows(joined: Catalog) -> list[str]:
    """Return what people should know of how pictures and rows of the tables went together."""
    found = []
    if joined.unmatched_rows:
        first = ", ".join(joined.unmatched[:3]) + (", …" if joined.unmatched_rows > 3 else "")
        found.append(
            f"{joined.unmatched_rows:,} of {joined.rows:,} rows of metadata name no picture of the map ({first})"
        )
    if joined.rows and joined.without_metadata:
        found.append(
            f"{joined.without_metadata:,} of {joined.table.num_rows:,} pictures have no row of metadata"
        )
    if joined.conflict_count:
        found.append(
            f"{joined.conflict_count:,} values gave way to others of the same picture ({joined.conflicts[0]})"
        )
    return found


def _warn_of_pictures(catalog: pa.Table) -> list[str]:
    """Return what is unusual of the pictures: files that are the same, and very small ones."""
    found = []
    files = pc.list_value_length(catalog["paths"])
    if copies := int((pc.sum(files).as_py() or 0) - catalog.num_rows):
        first = catalog.filter(pc.greater(files, 1))["paths"][0].as_py()
        found.append(f"exact copies of other files, shown once: {copies:,} ({first[1]} is {first[0]})")
    is_tiny = pc.less(pc.min_element_wise(catalog["width_px"], catalog["height_px"]), TINY_PX)
    if tiny := int(pc.sum(is_tiny).as_py() or 0):
        first = catalog.filter(is_tiny)["paths"][0].as_py()
        found.append(f"pictures smaller than {TINY_PX} px: {tiny:,} ({first[0]}); icons or thumbnails?")
    return found


def _leave_out_forgotten(step: Step, images: pa.Table, rejects: pa.Table) -> tuple[pa.Table, pa.Table]:
    """Return images and rejects with pictures that were taken down while their shard was in the making among these."""
    forgotten = step.ledger.forgotten()
    if not forgotten.pictures:
        return images, rejects
    is_gone = pa.array([forgotten.has_picture(sha256) for sha256 in images["sha256"].to_pylist()], pa.bool_())
    gone = [
        {**place, "kind": "forgotten", "reason": "taken down earlier"}
        for place in images.filter(is_gone).select(["path", "shard"]).to_pylist()
    ]
    refused = pa.Table.from_pylist(gone, schema=rejects.schema)
    return images.filter(pc.invert(is_gone)), pa.concat_tables([rejects, refused])


def _leave_out_vectorless(step: Step, images: pa.Table, rejects: pa.Table) -> tuple[pa.Table, pa.Table]:
    """Return images and rejects with pictures that ready-made vectors pass over among these."""
    known, told = [], [_add_shard(schemas.REJECTS.empty_table(), "")]
    for shard, folder in step.shards("embeddings"):
        known.append(folder.read_table("embeddings.parquet", columns=["sha256"])["sha256"].unique())
        if folder.exists(NO_VECTORS):
            told.append(_add_shard(folder.read_table(NO_VECTORS).cast(schemas.REJECTS), shard))
    has_vector = pc.is_in(images["sha256"], value_set=pa.concat_arrays([pa.array([], pa.string()), *known]))
    bare, refused = images.filter(pc.invert(has_vector)), pa.concat_tables(told)
    row = pc.index_in(_join_place(bare), value_set=_join_place(refused))
    columns = {
        "path": bare["path"],
        "kind": pa.array(["no_vector"] * bare.num_rows, pa.string()),
        "reason": pc.fill_null(refused["reason"].take(row), NO_VECTOR),
        "shard": bare["shard"],
    }
    return images.filter(has_vector), pa.concat_tables([rejects, pa.table(columns).cast(rejects.schema)])


def _join_place(table: pa.Table) -> pa.ChunkedArray:
    """Return shard and path as one text a row."""
    return pc.binary_join_element_wise(table["shard"], table["path"], pa.scalar("\0", pa.string()))


def _cut_off(images: pa.Table) -> list[str]:
    """Return the paths of the pictures that are not whole, sorted; see the setting `allow_truncated`."""
    paths: list[str] = images.filter(images["note"].is_valid())["path"].to_pylist()
    return sorted(paths)


def _nothing_lost(live: int, listed: int, rejected: int, lost: int) -> Check:
    return Check(
        "nothing_lost",
        lost == 0,
        f"{live:,} live files are {listed:,} paths of images and {rejected:,} rejects"
        + (f"; {lost:,} are missing: materialize `images` again" if lost else ""),
    )


def _gather_images(step: Step) -> tuple[pa.Table, pa.Table]:
    """Return the facts of all shards without renditions, and all rejects; both with their shard."""
    light = pa.schema([schemas.IMAGES.field(name) for name in LIGHT_COLUMNS])
    images, rejects = [_add_shard(light.empty_table(), "")], [_add_shard(schemas.REJECTS.empty_table(), "")]
    for shard, store in step.shards("images"):
        table = store.read_table("images.parquet", columns=LIGHT_COLUMNS)
        images.append(_add_shard(table.cast(light), shard))
        rejects.append(_add_shard(store.read_table("rejects.parquet").cast(schemas.REJECTS), shard))
    return pa.concat_tables(images), pa.concat_tables(rejects)


def _add_shard(table: pa.Table, shard: str) -> pa.Table:
    return table.append_column("shard", pa.array([shard] * table.num_rows, pa.string()))
