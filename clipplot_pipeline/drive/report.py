"""What a build did, and how things stand: the two reports that scripts and people read."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import dagster as dg

from clipplot_pipeline.catalog.compacting import count_rows, plan_merges
from clipplot_pipeline.ledger import Ledger

#: Dagster notes no selection for runs of the command line: this tag names their assets, `slug/name` by commas.
ASSETS_TAG = "clipplot/assets"

_logger = logging.getLogger(__name__)
_logger.addHandler(logging.NullHandler())  # who does not ask for events is shown none


@dataclass(frozen=True)
class Materialized:
    """One asset, or one partition of it, that a build materialized."""

    asset: str
    partition: str | None
    seconds: float
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """``asset``, or ``asset[partition]``."""
        return _title(self.asset, self.partition)

    @classmethod
    def of(cls, materialization: dg.AssetMaterialization, partition: str | None) -> Materialized:
        """Return what an event tells; an output that was taken up as it was took no time and opened nothing."""
        facts = {name: value.value for name, value in materialization.metadata.items()}
        known = {} if facts.get("reused") else facts
        seconds = known.get("seconds")
        spent = float(seconds) if isinstance(seconds, int | float) else 0.0
        return cls(materialization.asset_key.path[-1], partition, spent, known)


@dataclass(frozen=True)
class Failed:
    """One asset, or one partition of it, that failed, and why in plain words."""

    asset: str
    partition: str | None
    reason: str

    @property
    def title(self) -> str:
        """``asset``, or ``asset[partition]``."""
        return _title(self.asset, self.partition)


def _title(asset: str, partition: str | None) -> str:
    return f"{asset}[{partition}]" if partition else asset


@dataclass(frozen=True)
class Running:
    """One asset, or one partition of it, that is being made: ``since`` (s since 1970), or None while it waits."""

    asset: str
    partition: str | None
    since: float | None


@dataclass
class BuildReport:
    """What one build did."""

    slug: str
    site: str
    images: int = 0
    rejects: int = 0
    materialized: list[Materialized] = field(default_factory=list)
    failed: list[Failed] = field(default_factory=list)
    seconds: float = 0.0

    def add_materialized(self, done: Materialized) -> None:
        """Note what was made or taken up, and log it."""
        self.materialized.append(done)
        outcome = "made" if done.facts else "unchanged"
        facts = {name: value for name, value in done.facts.items() if isinstance(value, int | float)}
        event = {
            "asset": f"{self.slug}/{done.asset}",
            "partition": done.partition,
            "outcome": outcome,
            **facts,
        }
        _logger.info("%s %s in %.1f s", done.title, outcome, done.seconds, extra={"event": event})

    def add_failed(self, failed: Failed) -> None:
        """Note what failed, and log it."""
        self.failed.append(failed)
        event = {"asset": f"{self.slug}/{failed.asset}", "partition": failed.partition, "outcome": "failed"}
        _logger.error("%s failed: %s", failed.title, failed.reason, extra={"event": event})

    @property
    def originals_opened(self) -> int:
        """Number of original files that were opened."""
        return sum(int(m.facts.get("originals_opened", 0)) for m in self.materialized)

    @property
    def warnings(self) -> list[str]:
        """What people should know although nothing failed, such as limits of hosts that the site passes."""
        return [str(text) for m in self.materialized for text in m.facts.get("warnings", ())]

    def seconds_by_stage(self) -> dict[str, float]:
        """Return the seconds spent in each asset, all its partitions together."""
        spent: dict[str, float] = {}
        for done in self.materialized:
            spent[done.asset] = round(spent.get(done.asset, 0.0) + done.seconds, 3)
        return spent

    def to_json(self) -> dict[str, Any]:
        """Return the report as the object that ``build --json`` prints."""
        return {
            "images": self.images,
            "rejects": self.rejects,
            "originals_opened": self.originals_opened,
            "materialized": [
                {"asset": f"{self.slug}/{m.asset}", "partition": m.partition} for m in self.materialized
            ],
            "failed": [
                {"asset": f"{self.slug}/{f.asset}", "partition": f.partition, "reason": f.reason}
                for f in self.failed
            ],
            "warnings": self.warnings,
            "site": self.site,
            "seconds": round(self.seconds, 3),
            "seconds_by_stage": self.seconds_by_stage(),
        }


def explain_failure(event: dg.DagsterEvent) -> str:
    """Return why a step failed: our own words, else the innermost error's."""
    failure = event.step_failure_data
    if failure.user_failure_data and failure.user_failure_data.description:
        return failure.user_failure_data.description
    error = failure.error
    while error is not None and error.cause is not None:
        error = error.cause
    return error.message.strip() if error is not None else "unknown"


def read_counts(ledger: Ledger) -> tuple[int, int]:
    """Return the number of live images and of rejects, as the catalog in force has them."""
    record = ledger.record("catalog")
    if record is None:
        return 0, 0
    return int(record.facts["images"]), int(record.facts["rejects"])


def read_rejects(ledger: Ledger) -> list[dict[str, str]]:
    """Return the rejects of the catalog in force: ``path``, ``kind``, ``reason``, sorted by path."""
    if ledger.record("catalog") is None:
        return []
    rows: list[dict[str, str]] = ledger.folder("catalog").read_table("rejects.parquet").to_pylist()
    return rows


def read_catalog_report(ledger: Ledger) -> dict[str, list[str]]:
    """Return what the catalog in force has to say, in lists of names or sentences.

    ``cut_off``: paths of pictures that are not whole and were taken as far as they go. ``unmatched``: rows of metadata
    that mean no picture. ``conflicts``: values that gave way. ``table_problems``: what could not be read of the tables.
    """
    names = ("cut_off", "unmatched", "conflicts", "table_problems")
    if ledger.record("catalog") is None:
        return {name: [] for name in names}
    report = ledger.folder("catalog").read_json("report.json")
    return {name: report.get(name, []) for name in names}


def count_compacted(ledger: Ledger) -> int:
    """Return how many shards `clipplot compact` would leave."""
    if ledger.record("inventory") is None:
        return 0
    table = ledger.folder("inventory").read_table("inventory.parquet", columns=["shard"])
    groups = plan_merges(count_rows(table), ledger.settings.shard_size)
    return len(ledger.shards) - sum(len(group) - 1 for group in groups)


def describe_status(ledger: Ledger, failed: list[Failed], running: Sequence[Running] = ()) -> dict[str, Any]:
    """Return how a collection stands as the object that ``status --json`` prints."""
    images, _ = read_counts(ledger)
    inventory = ledger.record("inventory")
    return {
        "slug": ledger.settings.slug,
        "title": ledger.settings.title,
        "site": ledger.settings.site,
        "images": images,
        "shards": len(ledger.shards),
        "shards_compacted": count_compacted(ledger),
        "rejects": read_rejects(ledger),
        **read_catalog_report(ledger),
        "skipped": inventory.facts.get("skipped", {}) if inventory else {},
        "stale": [
            {"asset": s.asset, "partition": s.shard, "reason": s.reason, "ready": s.is_ready}
            for s in ledger.stale()
        ],
        "running": [asdict(one) for one in running],
        "failed": [{"asset": f.asset, "partition": f.partition, "reason": f.reason} for f in failed],
    }
