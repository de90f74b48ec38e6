"""What has been made of what: records of outputs, their fingerprints, and what is stale.

A *fingerprint* hashes the data versions of an output's inputs, its slice of the settings and its code
version; it names the output's folder in the store. A *data version* hashes the output's content and nothing else. The
record of an output is written last, so that an output with a record is whole. Asset bodies, the command line
and ``status`` all ask this module: Dagster's own conditions are only the trigger.

Belongs here: fingerprints, staleness, putting in force. Does not belong here: what a record holds and how it is read
(``records``), computing outputs, Dagster.

Layout of the store, below ``<store>/<slug>/``::

    <asset>/[<shard>/]<fingerprint>/…            an output, and its record.json
    records/<asset>[/<shard>].json               the record in force
    salt, forgotten.json, takedown.json          the secret; what was taken down (see ``takedown``)
"""

from __future__ import annotations

import dataclasses
import os
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from clipplot_pipeline import schemas
from clipplot_pipeline.errors import StoreError
from clipplot_pipeline.graph import INVENTORY, SHARDS, SITE, Node, build_graph
from clipplot_pipeline.records import Record, Records, output_path
from clipplot_pipeline.settings import Settings
from clipplot_pipeline.storage import Store, hash_json
from clipplot_pipeline.takedown import FORGOTTEN, Forgotten, read_forgotten

SALT = "salt"
#: Part of an asset that is the shard's own: each is another one.
SHARD_PART = "shard"
GONE = "its output is gone from the store"
#: Outputs of one asset (or partition) that are kept: the one in force and the one before it.
KEPT_OUTPUTS = 2


@dataclass(frozen=True)
class Fingerprint:
    """What an output would be made of now; ``missing`` names the inputs that are not there."""

    inputs: Mapping[str, str]
    settings: Mapping[str, Any]
    version: str
    missing: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        """Return 20 hex digits."""
        return hash_json([dict(self.inputs), dict(self.settings), self.version])[:20]


@dataclass(frozen=True)
class Stale:
    """One output that is not what it should be; ``is_ready`` if it waits for no other."""

    asset: str
    shard: str | None
    reason: str
    waits_for: tuple[str, ...] = ()

    @property
    def is_ready(self) -> bool:
        """Tell whether all that it is made of is current."""
        return not self.waits_for


class Ledger:
    """The records of one collection.

    Parameters
    ----------
    settings : Settings
    observed : mapping, optional
        What a look at the source just found (``inventory``'s inputs: ``listing``, ``metadata``); without it
        the inventory in force counts as current.
    """

    def __init__(self, settings: Settings, observed: Mapping[str, str] | None = None) -> None:
        self.settings = settings
        self.observed = observed
        self.graph = build_graph(settings)
        self.store = Store(settings.store).child(settings.slug)
        self._records = Records(self.store)

    # Records

    def record(self, asset: str, shard: str | None = None) -> Record | None:
        """Return the record in force, or None."""
        return self._records.in_force(asset, shard)

    def records(self, asset: str) -> dict[str, Record]:
        """Return the records in force of a sharded asset, by shard, read together."""
        return self._records.of_shards(asset, self.shards)

    @cached_property
    def shards(self) -> tuple[str, ...]:
        """Return the keys of all shards, in the order they were cut."""
        record = self.record(INVENTORY)
        if record is None:
            return ()
        path = f"{output_path(INVENTORY, None, record.fingerprint)}/inventory.parquet"
        table = self.store.read_table(path, columns=[schemas.INVENTORY.field("shard").name])
        return tuple(sorted(table.column("shard").unique().to_pylist()))

    def folder(self, asset: str, shard: str | None = None) -> Store:
        """Return where the output in force lies."""
        return self._locate(asset, shard, self.record(asset, shard))

    def folders(self, asset: str) -> Iterator[tuple[str, Store]]:
        """Yield every shard of a sharded asset with where its output in force lies, in the order of the shards."""
        records = self.records(asset)
        for shard in self.shards:
            yield shard, self._locate(asset, shard, records.get(shard))

    def _locate(self, asset: str, shard: str | None, record: Record | None) -> Store:
        if record is None:
            raise StoreError(
                f"{_title(asset, shard)}: nothing is there yet; materialize it, or run `clipplot build`"
            )
        return self.store.child(output_path(asset, shard, record.fingerprint))

    def new_folder(self, asset: str, shard: str | None, fingerprint: Fingerprint) -> Store:
        """Return where the output of a fingerprint belongs."""
        return self.store.child(output_path(asset, shard, fingerprint.digest))

    def adopt(self, asset: str, shard: str | None, fingerprint: Fingerprint) -> Record | None:
        """Put the output that a fingerprint names in force, if it is there and whole, and return its record.

        The inventory has a memory (its shards) and is only ever taken up if it is in force already.
        """
        current = self.record(asset, shard)
        if current is not None and current.fingerprint == fingerprint.digest:
            return current if self._damage(current) is None else None
        if asset in {INVENTORY, SITE}:
            return None
        record = self._records.beside(asset, shard, fingerprint.digest)
        if record is not None:
            self._put_in_force(record)
        return record

    def commit(self, record: Record) -> None:
        """Put an output in force: its record is written beside it, then into ``records/``; old outputs go.

        So does what a process that was killed left half-written in the output's folder.
        """
        self._records.write_beside(record)
        self._put_in_force(record)
        self.store.delete_partials(output_path(record.asset, record.shard, record.fingerprint))
        self.prune(record.asset, record.shard)

    def salt(self) -> bytes:
        """Return the collection's secret, made once: ids say nothing about pictures to those without it.

        ``CLIPPLOT_SALT`` gives it where two stores must make equal ids.

        Raises
        ------
        StoreError
            It is there, but empty.
        """
        chosen = os.environ.get("CLIPPLOT_SALT")
        if chosen:
            return chosen.encode()
        if not self.store.exists(SALT):
            self.store.create(SALT, secrets.token_bytes(32))  # or another process does, at this moment
        salt = self.store.read_bytes(SALT)
        if not salt:
            raise StoreError(
                f"{self.store.url}/{SALT}: the collection's secret is empty; expected 32 bytes; restore it from a "
                "backup, or, if nothing was built yet, delete it and run `clipplot build`"
            )
        return salt

    def forgotten(self) -> Forgotten:
        """Return what was taken down and is not to be taken in again."""
        return read_forgotten(self.store, self.salt()) if self.store.exists(FORGOTTEN) else Forgotten()

    # Fingerprints

    def fingerprint(self, asset: str, shard: str | None = None) -> Fingerprint:
        """Return what an output would be made of now."""
        node = self.graph[asset]
        if asset == INVENTORY:
            return self._inventory_fingerprint()
        inputs: dict[str, str] = {}
        missing: list[str] = []
        for name in node.inputs:
            version = self._input_version(name, node.sharded, shard)
            if version is None:
                missing.append(name.split("#")[0])
            else:
                inputs[name] = version
        if asset == "embedder":
            inputs["fit"] = self._fit_number()
        now = Fingerprint(inputs, self.settings.pick(node.settings), node.version, tuple(missing))
        if self._is_frozen(asset, shard, now):
            return now
        absent = [name for name in node.after if self._input_version(name, node.sharded, shard) is None]
        return dataclasses.replace(now, missing=(*missing, *absent))

    def _is_frozen(self, asset: str, shard: str | None, now: Fingerprint) -> bool:
        """Tell whether an output is in force already: what it was made after matters no more."""
        record = self.record(asset, shard)
        return record is not None and record.fingerprint == now.digest

    def why_stale(self, asset: str, shard: str | None = None) -> str | None:
        """Return why an output is not what it should be, in plain words; None if it is current."""
        record = self.record(asset, shard)
        return _explain(record, self.fingerprint(asset, shard)) or self._damage(record)

    def is_current(self, asset: str, shard: str | None = None) -> bool:
        """Tell whether an output is what the settings, the code and its inputs ask for."""
        return self.why_stale(asset, shard) is None

    def stale(self) -> list[Stale]:
        """Return every output that is not current or waits for one that is not, inputs first."""
        found: list[Stale] = []
        waiting: set[str] = set()
        self.__dict__.pop("shards", None)  # others may have cut new ones
        with self._records.kept():
            for node in self.graph.values():
                own = self._stale_shards(node, waiting) if node.sharded else self._stale_whole(node, waiting)
                if own:
                    waiting.add(node.name)
                found += own
        return found

    def _stale_whole(self, node: Node, waiting: set[str]) -> list[Stale]:
        needed = [name.split("#")[0] for name in node.inputs]
        if not self._is_frozen(node.name, None, self.fingerprint(node.name)):
            needed += node.after
        above = tuple(sorted(waiting.intersection(needed)))
        if above:
            return [Stale(node.name, None, f"waits for {', '.join(above)}", above)]
        reason = self.why_stale(node.name)
        return [Stale(node.name, None, reason)] if reason else []

    def _stale_shards(self, node: Node, waiting: set[str]) -> list[Stale]:
        records = self.records(node.name)
        damaged = self._records.find_damaged(records.values())
        blocking = [n for n in node.upstream if n in waiting and not self.graph[n].sharded]
        upstream = {n: self.records(n) for n in node.upstream if n != SHARDS and self.graph[n].sharded}
        found = []
        for shard in self.shards:
            absent = [name for name, there in upstream.items() if shard not in there]
            if blocking or absent:
                above = (*blocking, *absent)
                found.append(Stale(node.name, shard, f"waits for {', '.join(above)}", above))
                continue
            why = _explain(records.get(shard), self.fingerprint(node.name, shard))
            why = why or (GONE if shard in damaged else None)
            if why:
                found.append(Stale(node.name, shard, why))
        return found

    def _damage(self, record: Record | None) -> str | None:
        """Return what is wrong with an output that has a record."""
        if record is None:
            return None
        if record.asset == SITE:
            manifest = Store(self.settings.site)
            if not manifest.exists("manifest.json"):
                return "the published site is not there"
            if manifest.read_json("manifest.json").get("build_id") != record.facts.get("build_id"):
                return "another build is published there"
        return GONE if self._records.find_damaged([record]) else None

    def _inventory_fingerprint(self) -> Fingerprint:
        node = self.graph[INVENTORY]
        record = self.record(INVENTORY)
        observed = self.observed
        if observed is None:
            observed = record.inputs if record else {}
        return Fingerprint(dict(observed), self.settings.pick(node.settings), node.version)

    def _input_version(self, name: str, is_sharded: bool, shard: str | None) -> str | None:
        asset, _, part = name.partition("#")
        if asset == SHARDS:
            return shard
        if self._is_sharded(asset) and not is_sharded:
            records = self.records(asset)
            if self.record(INVENTORY) is None or len(records) < len(self.shards):
                return None
            if self._is_mixed(asset, records):
                return None
            return hash_json(
                {s: r.parts.get(part, "") if part else r.data_version for s, r in records.items()}
            )
        record = self.record(asset, shard if self._is_sharded(asset) else None)
        if record is None:
            return None
        part = shard or "" if part == SHARD_PART else part
        return record.parts.get(part, "") if part else record.data_version

    def _is_mixed(self, asset: str, records: Mapping[str, Record]) -> bool:
        """Tell whether some shards are of another embedder than others: their vectors must not meet."""
        inputs = (name.partition("#") for name in self.graph[asset].inputs)
        whole = ["".join(n) for n in inputs if n[2] != SHARD_PART and not self._is_sharded(n[0])]
        return any(len({record.inputs.get(name) for record in records.values()}) > 1 for name in whole)

    def _is_sharded(self, asset: str) -> bool:
        return asset == SHARDS or self.graph[asset].sharded

    def _fit_number(self) -> str:
        """Return how often the embedder was fitted anew: the basis is frozen until it says that a refit is due."""
        from clipplot_pipeline.embeddings import refit_due

        record, inventory = self.record("embedder"), self.record(INVENTORY)
        if record is None or inventory is None:
            return "0"
        number = int(record.inputs.get("fit", "0"))
        fitted = record.facts.get("fitted_images")
        is_due = fitted is not None and refit_due(int(fitted), int(inventory.facts["images"]))
        return str(number + 1 if is_due else number)

    # Files

    def _put_in_force(self, record: Record) -> None:
        self._records.put_in_force(record)
        if record.asset == INVENTORY:
            self.__dict__.pop("shards", None)

    def prune(self, asset: str, shard: str | None, is_forgetting: bool = False) -> None:
        """Delete outputs older than the one before; folders without a record may be in the making and stay.

        After a takedown everything goes but the output in force.
        """
        parent = "/".join(part for part in (asset, shard) if part)
        current = self.record(asset, shard)
        in_force = current.fingerprint if current else ""
        sequences: dict[str, int] = {}
        for name in self.store.list_folders(parent):
            record = self._records.beside(asset, shard, name)
            if record is not None:
                sequences[name] = record.sequence
        older = sorted(sequences.keys() - {in_force}, key=lambda name: sequences[name], reverse=True)
        everything = [name for name in self.store.list_folders(parent) if name != in_force]
        for name in everything if is_forgetting else older[KEPT_OUTPUTS - 1 :]:
            self.store.delete(f"{parent}/{name}")


def _title(asset: str, shard: str | None) -> str:
    return f"{asset}[{shard}]" if shard else asset


def _explain(record: Record | None, now: Fingerprint) -> str | None:
    """Return why an output is not what it should be, damage apart."""
    if record is None:
        return "not made yet"
    if now.missing:
        return f"waits for {', '.join(dict.fromkeys(now.missing))}"
    return _explain_difference(record, now) if record.fingerprint != now.digest else None


def _explain_difference(record: Record, now: Fingerprint) -> str:
    changed = [
        k for k in sorted({*record.settings, *now.settings}) if record.settings.get(k) != now.settings.get(k)
    ]
    if changed:
        return f"changed settings: {', '.join(changed)}"
    inputs = [k for k in sorted({*record.inputs, *now.inputs}) if record.inputs.get(k) != now.inputs.get(k)]
    if inputs:
        return f"changed: {', '.join(name.replace('#', ' ') for name in inputs)}"
    return "a new version of the program"
