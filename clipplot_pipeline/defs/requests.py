"""Requests of the command line to a running daemon: a small file in the store, and the sensor that reads it.

A file works with any run launcher and needs no port. A request either asks for a look at the source, from
where automation carries on, or for what the ledger still finds stale (a knob that was changed while no
automation was running is seen by the ledger alone).
"""

import json
import uuid
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import dagster as dg

from clipplot_pipeline.defs.automation import TICK_S
from clipplot_pipeline.defs.lost_runs import replace_lost_runs
from clipplot_pipeline.defs.partitions import asset_key
from clipplot_pipeline.defs.reloading import Reloading
from clipplot_pipeline.graph import INVENTORY, build_graph
from clipplot_pipeline.ledger import Ledger
from clipplot_pipeline.settings import Settings, load_settings

Scope = Literal["scan", "stale"]
REQUEST = "requests/build.json"
#: Folder of the backfills that were asked for, a file each by its token: one must not take the place of another.
BACKFILLS = "requests/backfills"
#: Tag of the runs of a backfill: its token.
BACKFILL_TAG = "clipplot/backfill"
#: Partitions of a request that are asked for at a time, the next of a backfill with every look at it.
MAX_RUNS = 25


def request_build(ledger: Ledger, scope: Scope) -> None:
    """Leave a request for the daemon."""
    ledger.store.write_json(REQUEST, {"token": uuid.uuid4().hex, "scope": scope})


def request_backfill(ledger: Ledger, asset: str, shards: Sequence[str | None]) -> str:
    """Leave a request for some shards of an asset, and return its token; the shard None is a whole asset."""
    token = uuid.uuid4().hex
    ledger.store.write_json(f"{BACKFILLS}/{token}.json", {"asset": asset, "shards": list(shards)})
    return token


def requests_sensor(settings: Settings, project: Path) -> dg.SensorDefinition:
    """Return the sensor that turns requests into runs, running from the start.

    Where clipplot.toml has changed since the definitions were made, they are made anew before a request is taken.
    """
    known = frozenset(build_graph(settings))
    reloading = Reloading()

    @dg.sensor(
        name=f"{settings.slug}__requests",
        target=dg.AssetSelection.key_prefixes([settings.slug]),
        default_status=dg.DefaultSensorStatus.RUNNING,
        minimum_interval_seconds=TICK_S,
        description="Does what `clipplot build` asks for, and makes again what lost runs were making.",
    )
    def sensor(context: dg.SensorEvaluationContext) -> Iterator[dg.RunRequest | dg.SkipReason]:
        ledger = Ledger(load_settings(project))
        done = Cursor.parse(context.cursor)
        build, backfills = _read(ledger, REQUEST), _read_backfills(ledger, done)
        requests = list(replace_lost_runs(context.instance, ledger.settings.slug))
        if not (build or backfills or requests):
            yield dg.SkipReason("the command line has asked for nothing yet")
            return
        is_asked = (build and build["token"] != done.build) or not backfills.keys() <= done.asked.keys()
        if is_asked and ledger.settings != settings and reloading.is_awaited(context):
            yield from requests
            yield dg.SkipReason("clipplot.toml has changed: it is loaded anew before anything else")
            return
        if build and build["token"] != done.build:
            requests += _run_requests(ledger, build["token"], build["scope"], known)
            done = replace(done, build=build["token"])
        asked = {token: done.asked.get(token, 0) for token in backfills}
        for token, backfill in backfills.items():
            requests += _backfill_requests(ledger.settings, token, backfill, asked[token])
            asked[token] = min(asked[token] + MAX_RUNS, len(backfill["shards"]))
        done = replace(done, asked=asked)
        context.update_cursor(done.text())
        yield from requests
        if not requests:
            yield dg.SkipReason("the last request of the command line was carried out")

    return sensor


@dataclass(frozen=True)
class Cursor:
    """What was carried out: the token of the last build, and how many shards of each backfill, by its token."""

    build: str = ""
    asked: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def parse(cls, text: str | None) -> "Cursor":
        """Return what ``text`` wrote."""
        if not text or not text.startswith("{"):  # earlier versions noted the token of a build alone
            return cls(build=text or "")
        kept = json.loads(text)
        asked = kept.get("asked")
        return cls(kept.get("build", ""), asked if isinstance(asked, dict) else {})

    def text(self) -> str:
        """Return the cursor as text."""
        return json.dumps(asdict(self))


def _read(ledger: Ledger, name: str) -> dict[str, Any]:
    return json.loads(ledger.store.read_bytes(name)) if ledger.store.exists(name) else {}


def _read_backfills(ledger: Ledger, done: Cursor) -> dict[str, dict[str, Any]]:
    """Return the backfills by token, and delete those of which all was asked for."""
    store = ledger.store
    found = store.read_present_json([path for path in store.list_files(BACKFILLS) if path.endswith(".json")])
    left = {}
    for path, backfill in found.items():
        token = path.rpartition("/")[2].removesuffix(".json")
        if done.asked.get(token, 0) < len(backfill["shards"]):
            left[token] = backfill
        else:
            store.delete(path)
    return left


def _backfill_requests(
    settings: Settings, token: str, backfill: Mapping[str, Any], asked: int
) -> Iterator[dg.RunRequest]:
    """Yield the runs of the next shards; the queue and its pools say how many work at once."""
    for shard in backfill["shards"][asked : asked + MAX_RUNS]:
        yield dg.RunRequest(
            run_key=f"{token}-{shard}",
            asset_selection=[asset_key(settings, backfill["asset"])],
            partition_key=shard,
            tags={BACKFILL_TAG: token},
        )


def _run_requests(ledger: Ledger, token: str, scope: Scope, known: Set[str]) -> Iterator[dg.RunRequest]:
    """Yield the runs of what is stale and ready, of the assets that the definitions know."""
    settings = ledger.settings
    if scope == "scan":
        yield dg.RunRequest(run_key=token, asset_selection=[asset_key(settings, INVENTORY)])
        return
    ready = [stale for stale in ledger.stale() if stale.is_ready and stale.asset in known]
    whole = [asset_key(settings, stale.asset) for stale in ready if stale.shard is None]
    if whole:
        yield dg.RunRequest(run_key=token, asset_selection=whole)
    for stale in [stale for stale in ready if stale.shard is not None][:MAX_RUNS]:
        yield dg.RunRequest(
            run_key=f"{token}-{stale.asset}-{stale.shard}",
            asset_selection=[asset_key(settings, stale.asset)],
            partition_key=stale.shard,
        )
