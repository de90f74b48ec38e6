"""`duplicates`."""

import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from clipplot_pipeline import schemas
from clipplot_pipeline.catalog import fields_from_json
from clipplot_pipeline.defs.io import iterate_renditions, read_neighbors, write_duplicates
from clipplot_pipeline.defs.remembering import note_contents, recall_ids
from clipplot_pipeline.defs.step import Outcome, Step, make_asset
from clipplot_pipeline.duplicates import (
    METHOD,
    group_pairs,
    make_sketch,
    open_sketches,
    pair_hashes,
    pair_neighbors,
    unite_pairs,
    verify_pairs,
)
from clipplot_pipeline.graph import Node
from clipplot_pipeline.images import recipe
from clipplot_pipeline.layouts.dates import read_moments
from clipplot_pipeline.settings import Settings
from clipplot_pipeline.storage import Store

PAIRS = "pairs.parquet"
#: Renditions that are held while they are sketched.
SKETCHED_AT_ONCE = 64


def duplicates_assets(graph: Mapping[str, Node], settings: Settings) -> list[Any]:
    """Return the asset of the group."""
    return [make_asset(graph["duplicates"], settings, compute_duplicates)]


def compute_duplicates(step: Step) -> Outcome:
    """Find the pairs that may be near-duplicates, look at those that were not looked at before, and group them."""
    catalog = step.input("catalog").read_table("catalog.parquet")
    ids = catalog["image_id"]
    near = pair_neighbors(read_neighbors(step.input("neighbors"), ids))
    pairs = unite_pairs(near, pair_hashes(_gather_hashes(step, catalog["sha256"])))
    method = f"{METHOD}; {recipe(step.settings.rendition_px)}"
    scores = _recall_scores(step, catalog, pairs, method)
    is_new = np.isnan(scores)
    scores[is_new] = _look(step, catalog["sha256"], pairs[is_new])
    found = group_pairs(
        catalog.num_rows,
        pairs[scores > 0],
        _gather_dates(step, catalog),
        pc.rank(catalog["shard"], tiebreaker="min").to_numpy().astype(np.int64),
        catalog["width_px"].to_numpy().astype(np.int64) * catalog["height_px"].to_numpy(),
        _order_names(catalog),
    )
    _write_pairs(step.out, ids, pairs, scores, method)
    note_contents(step, catalog)
    return Outcome(
        data_version=write_duplicates(step.out, ids.to_pylist(), found),
        facts={
            "images": int((found.group >= 0).sum()),
            "groups": found.count,
            "largest_group": int(np.bincount(found.group[found.group >= 0]).max(initial=0)),
            "pairs_looked_at": int(is_new.sum()),
            "pairs_known": int((~is_new).sum()),
            "pairs_accepted": int((scores > 0).sum()),
            "method": METHOD,
        },
    )


def _gather_hashes(step: Step, sha256: pa.ChunkedArray) -> NDArray[np.uint64]:
    """Return the perceptual hash of every image of the catalog."""
    hashes = np.zeros(len(sha256), np.uint64)
    for _, folder in step.shards("images"):
        table = folder.read_table("images.parquet", columns=["sha256", "phash"])
        rows = pc.index_in(sha256, value_set=table["sha256"]).combine_chunks()
        there = np.flatnonzero(rows.is_valid().to_numpy(zero_copy_only=False))
        hashes[there] = table["phash"].to_numpy()[rows.drop_null().to_numpy()]
    return hashes


def _recall_scores(
    step: Step, catalog: pa.Table, pairs: NDArray[np.int64], method: str
) -> NDArray[np.float32]:
    """Return what was found of each pair of catalog rows when it was looked at before; NaN if it was not."""
    scores = np.full(len(pairs), np.nan, np.float32)
    if step.ledger.record(step.node.name) is None:
        return scores
    folder = step.ledger.folder(step.node.name)
    if not folder.exists(PAIRS) or folder.read_json("pairs.json")["method"] != method:
        return scores
    ids = recall_ids(folder, catalog)
    table = folder.read_table(PAIRS)
    rows = [
        pc.index_in(table[name], value_set=ids).fill_null(-1).to_numpy() for name in ("image_id", "other_id")
    ]
    is_known = (rows[0] >= 0) & (rows[1] >= 0)
    low, high = (side[is_known].astype(np.int64) for side in (np.minimum(*rows), np.maximum(*rows)))
    known, before = low * len(ids) + high, table["score"].to_numpy()[is_known]
    order = np.argsort(known)
    known, before = known[order], before[order]
    keys = pairs[:, 0] * len(ids) + pairs[:, 1]
    place = np.minimum(np.searchsorted(known, keys), max(len(known) - 1, 0))
    is_met = known[place] == keys if len(known) else np.zeros(len(keys), bool)
    scores[is_met] = before[place[is_met]]
    return scores


def _look(step: Step, sha256: pa.ChunkedArray, pairs: NDArray[np.int64]) -> NDArray[np.float32]:
    """Look at pairs of catalog rows: only their renditions are read, each once."""
    rows, places = np.unique(pairs, return_inverse=True)
    if not len(rows):
        return np.zeros(0, np.float32)
    names = sha256.take(pa.array(rows)).to_pylist()
    place_of = {name: place for place, name in enumerate(names)}
    with open_sketches(len(rows)) as sketches:
        with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
            renditions = iterate_renditions(step.shards("images"), set(names))
            while batch := list(islice(renditions, SKETCHED_AT_ONCE)):
                made = pool.map(make_sketch, [rendition for _, rendition in batch])
                for (name, _), sketch in zip(batch, made, strict=True):
                    sketches[place_of[name]] = sketch
        return verify_pairs(sketches, places.reshape(pairs.shape), step.progress)


def _gather_dates(step: Step, catalog: pa.Table) -> NDArray[np.datetime64]:
    """Return when each picture was made: by the first field of dates that tells, else by its year; NaT: unknown."""
    fields = fields_from_json(step.input("catalog").read_json("fields.json"))
    dates = [field.name for field in fields if field.kind == "date"]
    years = [field.name for field in fields if field.name == "year" and field.kind == "number"]
    when = np.full(catalog.num_rows, "NaT", "datetime64[s]")
    for name in (*dates, *years):
        when = np.where(np.isnat(when), read_moments(catalog[name]).when, when)
    return when


def _order_names(catalog: pa.Table) -> NDArray[np.int64]:
    """Return the place of each image in the order of paths, short ones first: copies have longer names."""
    paths = pc.list_element(catalog["paths"], 0)
    order = pc.sort_indices(
        pa.table({"length": pc.utf8_length(paths), "path": paths}),
        sort_keys=[("length", "ascending"), ("path", "ascending")],
    )
    places = np.empty(catalog.num_rows, np.int64)
    places[order.to_numpy()] = np.arange(catalog.num_rows)
    return places


def _write_pairs(
    out: Store, ids: pa.ChunkedArray, pairs: NDArray[np.int64], scores: NDArray[np.float32], method: str
) -> None:
    low, high = (ids.take(pa.array(pairs[:, side])) for side in (0, 1))
    out.write_table(
        PAIRS, pa.table([low, high, pa.array(scores, pa.float32())], schema=schemas.DUPLICATE_PAIRS)
    )
    out.write_json("pairs.json", {"method": method})
