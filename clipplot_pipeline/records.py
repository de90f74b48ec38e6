"""Records of outputs: what is known of each, and which one is in force.

Belongs here: the record, where it lies, reading many together. Does not belong here: what an output would be made of
now, and whether it is stale (``ledger``).
"""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from clipplot_pipeline.storage import Store

#: Name of the record beside an output: written last, so that an output with a record is whole.
RECORD = "record.json"


@dataclass(frozen=True)
class Record:
    """What is known of one output.

    Attributes
    ----------
    data_version : str
        Hash of the content.
    parts : mapping of str to str
        Data versions of parts of the content (``members`` of the catalog).
    inputs, settings : mapping
        What the fingerprint was made of: tells why an output is stale.
    facts : mapping
        Plain JSON values worth watching: counts, seconds, bytes.
    sequence : int
        Number of outputs made before this one.
    """

    asset: str
    shard: str | None
    fingerprint: str
    data_version: str
    version: str
    parts: Mapping[str, str] = field(default_factory=dict)
    inputs: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)
    checks: Mapping[str, str] = field(default_factory=dict)
    sequence: int = 0

    @property
    def beside(self) -> str:
        """Path of the record beside the output."""
        return f"{output_path(self.asset, self.shard, self.fingerprint)}/{RECORD}"


class Records:
    """The records of one collection.

    Parameters
    ----------
    store : Store
        The collection's part of the store.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._kept: dict[str, Record | None] | None = None

    @contextlib.contextmanager
    def kept(self) -> Iterator[None]:
        """Read every record at most once within the block: one question about all of them costs one look at each."""
        self._kept, before = {} if self._kept is None else self._kept, self._kept
        try:
            yield
        finally:
            self._kept = before

    def in_force(self, asset: str, shard: str | None = None) -> Record | None:
        """Return the record in force, or None."""
        path = _record_path(asset, shard)
        return self._read([path]).get(path)

    def of_shards(self, asset: str, shards: Iterable[str]) -> dict[str, Record]:
        """Return the records in force of a sharded asset, by shard, read together."""
        paths = {shard: _record_path(asset, shard) for shard in shards}
        found = self._read(paths.values())
        return {shard: found[path] for shard, path in paths.items() if path in found}

    def find_damaged(self, records: Iterable[Record]) -> set[str | None]:
        """Return the shards (None: all in one) of the records whose outputs are no longer there."""
        records = list(records)
        there = self._read([record.beside for record in records])
        return {record.shard for record in records if record.beside not in there}

    def beside(self, asset: str, shard: str | None, fingerprint: str) -> Record | None:
        """Return the record of an output, in force or not; None if it is not there, or not whole."""
        path = f"{output_path(asset, shard, fingerprint)}/{RECORD}"
        return self._read([path]).get(path)

    def write_beside(self, record: Record) -> None:
        """Write the record of an output beside it: the output is whole."""
        self._write(record.beside, record)

    def put_in_force(self, record: Record) -> None:
        """Make an output the one that counts; what killed writers left of its record goes."""
        path = _record_path(record.asset, record.shard)
        self._write(path, record)
        self._store.delete_partials_of(path)

    def _read(self, paths: Iterable[str]) -> dict[str, Record]:
        """Return the records that are there, by path."""
        wanted = list(paths)
        kept = {} if self._kept is None else self._kept
        new = [path for path in wanted if path not in kept]
        found = self._store.read_present_json(new)
        for path in new:
            kept[path] = Record(**found[path]) if path in found else None
        return {path: record for path in wanted if (record := kept[path]) is not None}

    def _write(self, path: str, record: Record) -> None:
        self._store.write_json(path, dataclasses.asdict(record))
        if self._kept is not None:
            self._kept[path] = record


def output_path(asset: str, shard: str | None, fingerprint: str) -> str:
    """Return the folder of an output, relative to the collection's store."""
    return "/".join(part for part in (asset, shard, fingerprint) if part)


def _record_path(asset: str, shard: str | None) -> str:
    return f"records/{asset}/{shard}.json" if shard else f"records/{asset}.json"
