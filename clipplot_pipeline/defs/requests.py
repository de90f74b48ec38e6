"""Requests of the command line to a running daemon: a small file in the store, and the sensor that reads it.

The file works with any run launcher and needs no port. A request either asks for a look at the source, from
where automation carries on, or for what the ledger still finds stale (a knob that was changed while no
automation was running is seen by the ledger alone).
"""

import json
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import dagster as dg

from clipplot_pipeline.defs.automation import TICK_S
from clipplot_pipeline.defs.partitions import asset_key
from clipplot_pipeline.graph import INVENTORY
from clipplot_pipeline.ledger import Ledger
from clipplot_pipeline.settings import Settings, load_settings

Scope = Literal["scan", "stale"]
REQUEST = "requests/build.json"
#: Partitions asked for by one request: the rest is asked for when these are done.
MAX_RUNS = 25


def request_build(ledger: Ledger, scope: Scope) -> None:
    """Leave a request for the daemon."""
    ledger.store.write_json(REQUEST, {"token": uuid.uuid4().hex, "scope": scope})


def requests_sensor(settings: Settings, project: Path) -> dg.SensorDefinition:
    """Return the sensor that turns requests into runs, running from the start."""

    @dg.sensor(
        name=f"{settings.slug}__requests",
        target=dg.AssetSelection.key_prefixes([settings.slug]),
        default_status=dg.DefaultSensorStatus.RUNNING,
        minimum_interval_seconds=TICK_S,
        description="Does what `clipplot build` asks for while the daemon runs.",
    )
    def sensor(context: dg.SensorEvaluationContext) -> Iterator[dg.RunRequest | dg.SkipReason]:
        ledger = Ledger(load_settings(project))
        if not ledger.store.exists(REQUEST):
            yield dg.SkipReason("the command line has asked for nothing yet")
            return
        request = json.loads(ledger.store.read_bytes(REQUEST))
        if request["token"] == context.cursor:
            yield dg.SkipReason("the last request of the command line was carried out")
            return
        yield from _run_requests(ledger, request["token"], request["scope"])
        context.update_cursor(request["token"])

    return sensor


def _run_requests(ledger: Ledger, token: str, scope: Scope) -> Iterator[dg.RunRequest]:
    settings = ledger.settings
    if scope == "scan":
        yield dg.RunRequest(run_key=token, asset_selection=[asset_key(settings, INVENTORY)])
        return
    ready = [stale for stale in ledger.stale() if stale.is_ready]
    whole = [asset_key(settings, stale.asset) for stale in ready if stale.shard is None]
    if whole:
        yield dg.RunRequest(run_key=token, asset_selection=whole)
    for stale in [stale for stale in ready if stale.shard is not None][:MAX_RUNS]:
        yield dg.RunRequest(
            run_key=f"{token}-{stale.asset}-{stale.shard}",
            asset_selection=[asset_key(settings, stale.asset)],
            partition_key=stale.shard,
        )
