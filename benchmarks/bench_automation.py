"""What many shards cost automation: CPU seconds a tick takes, and how large Dagster's database grows.

The real graph, the real condition of every asset and a real instance (SQLite, in a temporary folder); simulated is only
the work: what a tick asks for is reported as done at once, with a data version. The daemon looks every five seconds; a
tick that takes longer delays the next one, and nothing else.

    python benchmarks/bench_automation.py                  # 200, 500, 1,000 and 2,000 shards
    python benchmarks/bench_automation.py --shards 500
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import tempfile
import time
from collections import Counter
from pathlib import Path

import dagster as dg
from dagster._core.definitions.asset_daemon_cursor import AssetDaemonCursor
from dagster._core.definitions.automation_tick_evaluation_context import AutomationTickEvaluationContext
from dagster._core.definitions.partitions.context import partition_loading_context
from dagster._core.instance.types import CachingDynamicPartitionsLoader
from dagster._serdes import deserialize_value, serialize_value

from clipplot_pipeline.definitions import build_assets
from clipplot_pipeline.defs.partitions import asset_key, register_shards
from clipplot_pipeline.defs.resources import ProjectResource
from clipplot_pipeline.defs.step import declare_asset
from clipplot_pipeline.drive.instance import open_instance
from clipplot_pipeline.graph import INVENTORY, Node
from clipplot_pipeline.ledger import Ledger
from clipplot_pipeline.settings import Settings

QUIET = logging.getLogger("bench_automation")
#: Of the shards that a tick asks for, so many are done before the next one.
AT_ONCE = 0.25
#: Real runs whose bytes are counted.
RUNS = 20


class Automation:
    """An instance with a collection on it, whose work is done by saying so."""

    def __init__(self, home: Path, count: int) -> None:
        self.settings = Settings.model_validate(
            {"slug": "bench", "source": "images", "embedder": "descriptor"}
        )
        self.graph = Ledger(self.settings).graph
        project = ProjectResource(folder=str(home))
        self.definitions = dg.Definitions(assets=build_assets(self.settings), resources={"project": project})
        self.instance = open_instance(home)
        self.shards = tuple(f"{number:05}-{number:08x}" for number in range(count))
        self.cursor = AssetDaemonCursor.empty()
        self.edition: Counter[str] = Counter()

    def report(self, name: str, shards: list[str | None]) -> None:
        """Note an asset, or partitions of it, as materialized with a content that was not there before."""
        self.edition[name] += 1
        for shard in shards:
            event = dg.AssetMaterialization(
                asset_key=asset_key(self.settings, name),
                partition=shard,
                tags={"dagster/data_version": f"{name}-{shard}-{self.edition[name]}"},
            )
            self.instance.report_runless_asset_event(event)

    def tick(self) -> tuple[float, dict[str, list[str | None]]]:
        """Evaluate all conditions as the daemon does; return the CPU seconds that it took, and what was asked for."""
        started = time.process_time()
        graph = self.definitions.resolve_asset_graph()
        context = AutomationTickEvaluationContext(
            evaluation_id=self.cursor.evaluation_id + 1,
            instance=self.instance,
            asset_graph=graph,
            cursor=self.cursor,
            materialize_run_tags={},
            observe_run_tags={},
            auto_observe_asset_keys=set(),
            asset_selection=dg.AssetSelection.all(),
            logger=QUIET,
            emit_backfills=False,
        )
        # The daemon reads the partitions once a tick; `dg.evaluate_automation_conditions` would read them 800 times.
        with partition_loading_context(
            dynamic_partitions_store=CachingDynamicPartitionsLoader(self.instance)
        ):
            requests, cursor, _ = asyncio.run(context.async_evaluate())
        self.cursor = deserialize_value(serialize_value(cursor), AssetDaemonCursor)
        seconds = time.process_time() - started
        asked: dict[str, list[str | None]] = {}
        for request in requests:
            for key in request.asset_selection or ():
                asked.setdefault(key.path[-1], []).append(request.partition_key)
        return seconds, asked

    def settle(self) -> list[float]:
        """Tick and do what is asked for until nothing is; return the CPU seconds of every tick."""
        times: list[float] = []
        waiting: dict[str, list[str | None]] = {}
        while True:
            seconds, asked = self.tick()
            times.append(seconds)
            for name, shards in asked.items():
                # What is missing is asked for until a run has it in hand: here none has.
                waiting[name] = list(dict.fromkeys([*waiting.get(name, ()), *shards]))
            if not waiting:
                return times
            for name, shards in list(waiting.items()):
                done = max(1, int(len(self.shards) * AT_ONCE)) if shards[0] is not None else 1
                self.report(name, shards[:done])
                waiting[name] = shards[done:]
                if not waiting[name]:
                    del waiting[name]


def measure(home: Path, count: int) -> dict[str, float]:
    """Return what a collection of so many shards costs, from the first scan to the site, and for one drop after it."""
    automation = Automation(home, count)
    with automation.instance as instance:
        automation.tick()
        started = time.process_time()
        register_shards(instance, automation.settings, automation.shards)
        automation.report(INVENTORY, [None])
        registering = time.process_time() - started
        first = automation.settle()
        idle = [automation.tick()[0] for _ in range(3)]
        register_shards(instance, automation.settings, (f"{count:05}-drop",))
        automation.report(INVENTORY, [None])
        drop = automation.settle()
        return {
            "shards": count,
            "registering_s": registering,
            "first_ticks": len(first),
            "first_slowest_s": max(first),
            "first_all_s": sum(first),
            "idle_s": min(idle),
            "drop_ticks": len(drop),
            "drop_slowest_s": max(drop),
            "cursor_kb": len(serialize_value(automation.cursor)) / 1e3,
            "database_mb": count_bytes(home) / 1e6,
        }


def measure_run(home: Path) -> float:
    """Return the bytes that one run of one shard adds to the database, events and all."""
    settings = Settings.model_validate({"slug": "bench", "source": "images"})
    node = Node("images", "catalog", "", sharded=True, pool="decode")

    @declare_asset(node, settings)
    def body() -> dg.MaterializeResult:  # type: ignore[type-arg]
        metadata: dict[str, str | int | float] = {
            "images": 4096,
            "seconds": 60.0,
            "bytes_kept": 10**8,
            "host": "node",
            "fingerprint": "0" * 20,
        }
        return dg.MaterializeResult(data_version=dg.DataVersion("0" * 32), metadata=metadata)

    shards = tuple(f"{number:05}-{number:08x}" for number in range(RUNS))
    with open_instance(home) as instance:
        register_shards(instance, settings, shards)
        quiet = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
        dg.materialize([body], partition_key=shards[0], instance=instance, run_config=quiet)
        before = count_bytes(home)
        for shard in shards[1:]:
            dg.materialize([body], partition_key=shard, instance=instance, run_config=quiet)
        return (count_bytes(home) - before) / (RUNS - 1)


def count_bytes(home: Path) -> int:
    """Return the size of all files below a folder."""
    return sum(path.stat().st_size for path in home.rglob("*") if path.is_file())


def main() -> None:
    """Print a table: one line a number of shards."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--shards", type=int, nargs="+", default=[200, 500, 1000, 2000])
    os.environ.pop("DAGSTER_HOME", None)
    for number, count in enumerate(parser.parse_args().shards):
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
            found = measure(Path(home), count)
            os.environ.pop("DAGSTER_HOME", None)
        if not number:
            print("  ".join(f"{name:>15}" for name in found))
        print(
            "  ".join(f"{value:15,.2f}" if value % 1 else f"{value:15,.0f}" for value in found.values()),
            flush=True,
        )
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        print(f"a run of one shard adds {measure_run(Path(home)) / 1e3:,.1f} kB to the database")


if __name__ == "__main__":
    main()
