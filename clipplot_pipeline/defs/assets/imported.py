"""`vectors`, and `embedder` and `embeddings` as they are when vectors are ready-made."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from clipplot_pipeline import schemas
from clipplot_pipeline.catalog import NO_VECTOR, Assignment, assign_vectors
from clipplot_pipeline.defs.assets.inventory import VECTOR_FILES
from clipplot_pipeline.defs.step import Check, Outcome, Step
from clipplot_pipeline.embeddings import card_of_imported, make_unit_vectors
from clipplot_pipeline.graph import INVENTORY, VECTORS
from clipplot_pipeline.model import ModelCard
from clipplot_pipeline.sources.vector_files import VectorFile
from clipplot_pipeline.sources.vector_listing import VectorListing, list_vectors
from clipplot_pipeline.sources.vector_rows import VectorShape, read_rows
from clipplot_pipeline.storage import Store, hash_json, hash_table

GIVEN, MISSING = "given.parquet", "missing.parquet"
#: Pictures of a shard that have no usable vector.
REJECTS = "rejects.parquet"
_BATCH_ROWS = 1024


def compute_vectors(step: Step) -> Outcome:
    """Give every picture the vector that is named after it."""
    folder = step.ledger.folder(INVENTORY)
    files = [VectorFile.from_json(value) for value in folder.read_json(VECTOR_FILES)]
    inventory = folder.read_table("inventory.parquet")
    live = inventory.filter(inventory["live"]).select(["path", "shard"]).sort_by("path").combine_chunks()
    listing = list_vectors(files, step.settings.vectors)
    found = assign_vectors(live["path"], listing.names, listing.key_kind)
    given, missing = _with_shard(found.given, live), _with_shard(found.missing, live)
    step.out.write_table(GIVEN, given)
    step.out.write_table(MISSING, missing)
    described: list[dict[str, Any]] = [
        {
            "file": file.to_json(),
            "rows": shape.rows,
            "dim": shape.dim,
            "dtype": shape.dtype,
            "column": shape.column,
        }
        for file, shape in zip(listing.files, listing.shapes, strict=True)
    ]
    step.out.write_json("files.json", described)
    card = card_of_imported(step.settings.vectors_model or listing.model, listing.dim, _forms(listing))
    step.out.write_json("card.json", card.to_json())
    parts = _shard_parts(given, missing, files)
    return Outcome(
        data_version=hash_json([parts, card.to_json()]),
        parts={**parts, "card": hash_json(card.to_json())},
        facts={
            **found.report(),
            "files": [
                {
                    "rows": each["rows"],
                    "dim": each["dim"],
                    "dtype": each["dtype"],
                    "version": each["file"]["version"],
                }
                for each in described[:100]
            ],
            "rows": listing.names.num_rows,
            "warnings": _warn_of_vectors(found, listing.names.num_rows),
        },
    )


def _with_shard(table: pa.Table, live: pa.Table) -> pa.Table:
    rows = pc.index_in(table["path"], value_set=live["path"])
    return table.append_column("shard", live["shard"].take(rows))


def _forms(listing: VectorListing) -> str:
    kinds = {"npy": "npy and lists of paths", "parquet": "Parquet", "picture": "a npy for every picture"}
    return ", ".join(sorted({kinds[file.kind] for file in listing.files}))


def _shard_parts(given: pa.Table, missing: pa.Table, files: list[VectorFile]) -> dict[str, str]:
    """Return for every shard a hash over its pictures' vectors: another row, or another version of its file."""
    tags = pa.array([f"{file.version}-{file.names_version}" for file in files], pa.string())
    told = given.append_column("tag", tags.take(given["file"].combine_chunks()))
    told = told.select(["path", "tag", "row", "shard"])
    shards = sorted({*given["shard"].unique().to_pylist(), *missing["shard"].unique().to_pylist()})
    return {
        shard: hash_json(
            [
                hash_table(table.filter(pc.equal(table["shard"], shard)).combine_chunks())
                for table in (told, missing)
            ]
        )
        for shard in shards
    }


def _warn_of_vectors(found: Assignment, total: int) -> list[str]:
    """Return what people should know of how vectors and pictures went together."""
    warnings = []
    if found.missing.num_rows:
        reasons = pc.value_counts(found.missing["reason"]).to_pylist()
        told = "; ".join(f"{each['counts']:,}: {each['values']}" for each in reasons)
        warnings.append(f"{found.missing.num_rows:,} pictures have no vector and are not on the map ({told})")
    names = ", ".join(found.left[:3])
    parts = [
        f"{found.unused:,} name no picture of the source" if found.unused else "",
        f"{found.unsure:,} could be several pictures and were given to none" if found.unsure else "",
        f"{found.doubled:,} are one of several for their picture, which got none" if found.doubled else "",
        f"{found.nameless:,} name nothing, or a download that failed" if found.nameless else "",
    ]
    if any(parts):
        told = ", ".join(part for part in parts if part)
        warnings.append(f"of {total:,} vectors {told}" + (f" ({names}, …)" if names else ""))
    return warnings


def compute_imported_embedder(step: Step) -> Outcome:
    """Keep what is known of the model."""
    card = ModelCard.from_json(step.input(VECTORS).read_json("card.json"))
    step.out.write_json("card.json", card.to_json())
    facts = {"model": card.model, "dim": card.dim, "card": card.to_json()}
    return Outcome(data_version=hash_json(card.digest()), facts=facts)


def compute_imported_embeddings(step: Step) -> Outcome:
    """Take the ready-made vectors of the shard's pictures."""
    images = step.input("images").read_table("images.parquet", columns=["sha256", "path"])
    vectors = step.input(VECTORS)
    given, missing = (vectors.read_equal(name, "shard", str(step.shard)) for name in (GIVEN, MISSING))
    reasons: dict[str, str] = dict(
        zip(missing["path"].to_pylist(), missing["reason"].to_pylist(), strict=True)
    )
    card = step.input("embedder").read_json("card.json")
    place = np.asarray(pc.fill_null(pc.index_in(images["path"], value_set=given["path"]), -1)).astype(
        np.int64
    )
    has_row = np.flatnonzero(place >= 0)
    raw = _gather_rows(vectors, given.take(pa.array(place[has_row])), int(card["dim"]))
    unit = make_unit_vectors(raw)
    paths, ids = images["path"].to_pylist(), images["sha256"].to_pylist()
    reasons.update({paths[has_row[row]]: reason for row, reason in unit.refused.items()})
    own = {ids[has_row[row]]: number for number, row in reversed(list(enumerate(unit.rows.tolist())))}
    kept = [n for n, sha256 in enumerate(ids) if sha256 in own]  # identical files have one vector
    matrix = unit.vectors[[own[ids[n]] for n in kept]].reshape(-1, int(card["dim"]))
    rejects = [
        {"path": path, "kind": "no_vector", "reason": reasons.get(path, NO_VECTOR)}
        for path, sha256 in zip(paths, ids, strict=True)
        if sha256 not in own
    ]
    schema = schemas.embeddings(int(card["dim"]))
    version = step.out.write_batches(
        "embeddings.parquet", schema, _batches([ids[n] for n in kept], matrix, schema)
    )
    rejected = step.out.write_table(REJECTS, pa.Table.from_pylist(rejects, schema=schemas.REJECTS))
    step.out.write_json("card.json", card)
    worst = float(np.abs(np.linalg.norm(matrix, axis=1) - 1).max(initial=0))
    return Outcome(
        data_version=hash_json([version, card, rejected]),
        facts={
            "images": len(kept),
            "dim": int(card["dim"]),
            "without_vector": len(rejects),
            "refused_vectors": len(unit.refused),
            "lengths": [round(unit.shortest, 6), round(unit.longest, 6)],
            "bytes_kept": step.out.size("embeddings.parquet"),
        },
        checks=(
            Check(
                "unit_vectors",
                worst < 1e-3 and len(kept) + len(rejects) == len(ids),
                f"{len(kept):,} vectors and {len(rejects):,} pictures without one are {len(ids):,} images; "
                "lengths differ "
                f"from 1 by at most {worst:.1e}",
            ),
        ),
    )


def _gather_rows(vectors: Store, given: pa.Table, dim: int) -> NDArray[np.float32]:
    """Return the vectors of pictures in their order, file by file; float32, shape (k, dim), as they came."""
    out = np.empty((given.num_rows, dim), np.float32)
    numbers, rows = given["file"].to_numpy(), given["row"].to_numpy()
    files: list[Any] = vectors.read_json("files.json")
    for number in np.unique(numbers).tolist():
        each = files[number]
        here = np.flatnonzero(numbers == number)
        here = here[np.argsort(rows[here], kind="stable")]
        shape = VectorShape(each["rows"], each["dim"], each["dtype"], each["column"])
        out[here] = read_rows(each["file"]["url"], shape, rows[here])
    return out


def _batches(ids: list[str], matrix: NDArray[np.float32], schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    dim = matrix.shape[1]
    for start in range(0, len(ids), _BATCH_ROWS):
        part = matrix[start : start + _BATCH_ROWS]
        flat = pa.FixedSizeListArray.from_arrays(pa.array(part.ravel()), dim)
        yield pa.record_batch([pa.array(ids[start : start + _BATCH_ROWS], pa.string()), flat], schema=schema)
