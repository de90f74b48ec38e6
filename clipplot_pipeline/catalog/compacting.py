"""Tiny shards become few: which ones are joined, and what of the inventory's rows becomes of it.

Belongs here: planning, and the inventory's rows. Does not belong here: joining what the shards hold
(``defs.compacting``).

Daily drops of ten cut hundreds of shards a year; each is a run, a file to open and a row in Dagster. Shards that are at
most half full are joined, in the order in which they were cut, to ones that are as full as can be; the others stay.
Where two of them hold a path (a file that was changed), the joined one keeps its living version, or else the last.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from clipplot_pipeline.catalog.inventory import hash_rows, next_number


@dataclass(frozen=True, slots=True)
class Merge:
    """Shards that become one.

    Attributes
    ----------
    shard : str
        The new key.
    members : tuple of str
        The old keys, in order.
    dropped : mapping of str to frozenset of str
        By old key the paths of earlier versions, which the new shard does not have.
    """

    shard: str
    members: tuple[str, ...]
    dropped: Mapping[str, frozenset[str]]


def plan_merges(sizes: Mapping[str, int], shard_size: int) -> tuple[tuple[str, ...], ...]:
    """Return the groups of shards to be joined, each of two at least, in their order.

    Parameters
    ----------
    sizes : mapping of str to int
        Rows of every shard, by key, in the order in which they were cut.
    shard_size : int
        Most rows of a shard.
    """
    groups: list[list[str]] = []
    room = 0
    for shard, size in sizes.items():
        if 2 * size > shard_size:
            continue
        if size > room:
            groups.append([])
            room = shard_size
        groups[-1].append(shard)
        room -= size
    return tuple(tuple(group) for group in groups if len(group) > 1)


def count_rows(table: pa.Table) -> dict[str, int]:
    """Return the rows of every shard of an inventory, by key, sorted."""
    counts = table["shard"].value_counts()
    found = zip(counts.field("values").to_pylist(), counts.field("counts").to_pylist(), strict=True)
    return dict(sorted(found))


def merge_shards(table: pa.Table, groups: Sequence[Sequence[str]]) -> tuple[pa.Table, tuple[Merge, ...]]:
    """Return an inventory in which groups of shards are one each, and what was joined.

    Parameters
    ----------
    table : pyarrow.Table
        ``schemas.INVENTORY``.
    groups : sequence of sequences of str
        Keys of shards, see ``plan_merges``; each shard in one group at most.
    """
    shards = np.array(table["shard"].to_pylist(), dtype=object)
    paths = table["path"].to_pylist()
    live = np.asarray(table["live"]).astype(bool)
    kept = np.ones(table.num_rows, bool)
    merges = []
    number = next_number(table)
    for place, group in enumerate(groups):
        rows = np.flatnonzero(np.isin(shards, np.array(group, dtype=object)))
        best: dict[str, int] = {}
        for row in rows:
            before = best.get(paths[row])
            if before is None or (live[row], shards[row]) > (live[before], shards[before]):
                best[paths[row]] = int(row)
        gone = [row for row in rows if best[paths[row]] != row]
        kept[gone] = False
        dropped = {
            key: frozenset(paths[row] for row in gone if shards[row] == key) for key in shards[gone].tolist()
        }
        whole = table.take(pa.array(sorted(best.values()))).select(["path", "bytes", "version"])
        key = f"{number + place:05}-{hash_rows(whole.sort_by('path'))}"
        shards[rows] = key
        merges.append(Merge(key, tuple(group), dropped))
    column = table.schema.get_field_index("shard")
    renamed = table.set_column(column, "shard", pa.array(shards.tolist(), pa.string()))
    return renamed.filter(pa.array(kept)).cast(table.schema).combine_chunks(), tuple(merges)
