"""One step of the graph: the same few lines round every asset's own computation.

Belongs here: asking the ledger, timing, checks, recording, what Dagster is told. Does not belong here: what an
asset computes (``assets``), when it is asked for (``automation``).
"""

import os
import platform
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import dagster as dg

from clipplot_pipeline.defs.lost_runs import note_process
from clipplot_pipeline.defs.partitions import asset_key, shards_partitions
from clipplot_pipeline.defs.progress import report_progress
from clipplot_pipeline.defs.resources import ProjectResource
from clipplot_pipeline.errors import ClipplotError
from clipplot_pipeline.graph import Node
from clipplot_pipeline.ledger import Fingerprint, Ledger
from clipplot_pipeline.records import Record
from clipplot_pipeline.settings import Settings
from clipplot_pipeline.storage import Store, hash_json


@dataclass(frozen=True)
class Step:
    """What a computation is handed.

    Attributes
    ----------
    shard : str or None
        The partition.
    out : Store
        Folder for the output; the ledger points to it only once the step has succeeded.
    """

    node: Node
    shard: str | None
    settings: Settings
    ledger: Ledger
    out: Store

    def input(self, name: str) -> Store:
        """Return the folder of an input, of the same shard where the input is sharded."""
        is_sharded = self.ledger.graph[name].sharded
        return self.ledger.folder(name, self.shard if is_sharded else None)

    def shards(self, name: str) -> Iterator[tuple[str, Store]]:
        """Yield every shard of a sharded input with its folder, in the order of the shards."""
        yield from self.ledger.folders(name)

    def progress(self, done: int, total: int) -> None:
        """Tell how far the step is."""
        report_progress(f"{self.node.name}[{self.shard}]" if self.shard else self.node.name, done, total)


@dataclass(frozen=True)
class Check:
    """One thing that was checked; a failed one stops the step before its output is put in force."""

    name: str
    passed: bool
    description: str


@dataclass(frozen=True)
class Outcome:
    """What a computation hands back.

    Attributes
    ----------
    data_version : str or mapping
        Hash of the content, or a JSON value to hash.
    parts : mapping of str to str
        Data versions of parts that others depend on alone.
    facts : mapping
        Plain JSON values for metadata and reports.
    preview : str or None
        Markdown with a picture, for the UI.
    """

    data_version: str | Mapping[str, Any]
    parts: Mapping[str, str] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)
    checks: tuple[Check, ...] = ()
    preview: str | None = None


Compute = Callable[[Step], Outcome]


def declare_asset(
    node: Node, settings: Settings, checks: Mapping[str, str] | None = None
) -> Callable[[Callable[..., Any]], dg.AssetsDefinition]:
    """Return the decorator that makes a body the Dagster asset of a node.

    Parameters
    ----------
    node : Node
    settings : Settings
        As they are when the code location loads: they decide the key and the code version.
    checks : mapping of str to str
        Names of the checks that the step returns, and what they hold; all are blocking.
    """
    key = asset_key(settings, node.name)
    return dg.asset(
        key=key,
        deps=[asset_key(settings, name) for name in node.upstream],
        group_name=node.group,
        description=node.description,
        kinds=set(node.kinds),
        code_version=f"{node.version}-{hash_json(settings.pick(node.settings))[:12]}",
        partitions_def=shards_partitions(settings) if node.sharded else None,
        pool=node.pool,
        check_specs=[
            dg.AssetCheckSpec(name, asset=key, description=text, blocking=True)
            for name, text in (checks or {}).items()
        ],
        retry_policy=dg.RetryPolicy(max_retries=2, delay=5) if node.sharded else None,
    )


def make_asset(
    node: Node, settings: Settings, compute: Compute, checks: Mapping[str, str] | None = None
) -> dg.AssetsDefinition:
    """Return the Dagster asset of a node: ``compute`` reads its inputs, calls one pure function, writes its output."""

    @declare_asset(node, settings, checks)
    def body(context: dg.AssetExecutionContext, project: ProjectResource) -> Iterator[Any]:
        yield from run_step(context, project.ledger(), node, compute)

    return body


def run_step(
    context: dg.AssetExecutionContext, ledger: Ledger, node: Node, compute: Compute
) -> Iterator[dg.AssetCheckResult | dg.MaterializeResult]:  # type: ignore[type-arg]
    """Compute a step unless its output is there already, and tell Dagster what there is.

    Raises
    ------
    dagster.Failure
        With the plain words of a `ClipplotError`, or of the checks that failed.
    """
    key = asset_key(ledger.settings, node.name)
    try:
        note_process(context)
        shard = _choose_shard(context, node)
        fingerprint = ledger.fingerprint(node.name, shard)
        if fingerprint.missing:
            missing = ", ".join(dict.fromkeys(fingerprint.missing))
            raise ClipplotError(
                f"{node.name}: {missing} must be materialized first; materialize inventory, or all"
            )
        record = ledger.adopt(node.name, shard, fingerprint)
        preview = None
        is_reused = record is not None
        if record is None:
            started = time.perf_counter()
            step = Step(
                node, shard, ledger.settings, ledger, ledger.new_folder(node.name, shard, fingerprint)
            )
            outcome = compute(step)
            failed = [check for check in outcome.checks if not check.passed]
            if failed:
                yield from (_check_result(key, check) for check in outcome.checks)
                raise ClipplotError("; ".join(f"{check.name}: {check.description}" for check in failed))
            seconds = time.perf_counter() - started
            record = _make_record(ledger, node, shard, fingerprint, outcome, seconds)
            ledger.commit(record)
            preview = outcome.preview
    except ClipplotError as error:
        raise dg.Failure(str(error), allow_retries=False) from error
    context.log.info("%s: %s", node.name, "unchanged, nothing to do" if is_reused else "made anew")
    yield dg.MaterializeResult(
        asset_key=key,
        data_version=dg.DataVersion(record.data_version),
        metadata=_describe(record, is_reused, preview),
        check_results=[_check_result(key, Check(n, True, text)) for n, text in record.checks.items()],
    )


def _choose_shard(context: dg.AssetExecutionContext, node: Node) -> str | None:
    """Return the shard that a run makes: one, for Dagster notes one data version for all partitions of a run."""
    if not node.sharded:
        return None
    if len(context.partition_keys) > 1:
        raise ClipplotError(
            f"{node.name}: the run was given {len(context.partition_keys):,} shards; expected one; launch a run for "
            "each shard (a backfill, not a single run), or use `clipplot backfill`"
        )
    shard: str = context.partition_key
    return shard


def _make_record(
    ledger: Ledger, node: Node, shard: str | None, fingerprint: Fingerprint, outcome: Outcome, seconds: float
) -> Record:
    before = ledger.record(node.name, shard)
    version = outcome.data_version
    return Record(
        asset=node.name,
        shard=shard,
        fingerprint=fingerprint.digest,
        data_version=version if isinstance(version, str) else hash_json(version),
        version=node.version,
        parts=dict(outcome.parts),
        inputs=dict(fingerprint.inputs),
        settings=dict(fingerprint.settings),
        facts={
            **_measure(ledger.new_folder(node.name, shard, fingerprint), outcome, seconds),
            **outcome.facts,
        },
        checks={check.name: check.description for check in outcome.checks},
        sequence=before.sequence + 1 if before else 0,
    )


def _measure(out: Store, outcome: Outcome, seconds: float) -> dict[str, int | float]:
    """Return what every asset tells, so that each has its plots: seconds, bytes and, where it counts them, images/s."""
    measured: dict[str, int | float] = {"seconds": round(seconds, 3), "bytes_kept": out.count_bytes()}
    images = outcome.facts.get("images")
    if isinstance(images, int) and seconds > 0:
        measured["images_per_s"] = round(images / seconds, 3)
    return measured


def _check_result(key: dg.AssetKey, check: Check) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        asset_key=key, check_name=check.name, passed=check.passed, description=check.description
    )


def _host() -> str:
    """Return the machine that this runs on; ``NODE_NAME`` names it where machines have no names of their own."""
    return os.environ.get("NODE_NAME") or platform.node() or "unknown"


def _describe(record: Record, is_reused: bool, preview: str | None) -> dict[str, Any]:
    """Return the facts as Dagster metadata: numbers are plotted over time, the rest shown as text or JSON."""
    metadata: dict[str, Any] = {"preview": dg.MetadataValue.md(preview)} if preview else {}
    for name, value in record.facts.items():
        plain = isinstance(value, bool | int | float | str)
        metadata[name] = value if plain else dg.MetadataValue.json(value)
    # What people look for comes first, what machines need comes last.
    return metadata | {"reused": is_reused, "host": _host(), "fingerprint": record.fingerprint}
