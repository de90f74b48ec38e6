"""The site is overdue when a scan was missed, never because nothing changed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import dagster as dg
import pytest

from clipplot_pipeline.defs.automation import add_condition
from clipplot_pipeline.defs.freshness import longest_gap, site_freshness
from clipplot_pipeline.defs.partitions import asset_key
from clipplot_pipeline.graph import Node
from clipplot_pipeline.settings import Settings
from tests.defs.ticks import tick

#: Inventory → catalog → site: the shape of the real graph, with nothing to compute.
GRAPH = {
    "inventory": Node("inventory", "catalog", ""),
    "catalog": Node("catalog", "catalog", "", inputs=("inventory",)),
    "site": Node("site", "site", "", inputs=("catalog",)),
}


def make_settings(**automation: Any) -> Settings:
    return Settings.model_validate({"slug": "fresh", "source": "images", "automation": automation})


def limits(settings: Settings) -> tuple[timedelta, timedelta | None]:
    policy: Any = site_freshness(settings)
    warn = policy.warn_window and policy.warn_window.to_timedelta()
    return policy.fail_window.to_timedelta(), warn


def test_a_scan_that_is_missed_warns_and_a_second_one_fails() -> None:
    assert site_freshness(make_settings()) is None
    fail, warn = limits(make_settings(nightly=True))
    assert warn is not None
    assert timedelta(days=1) < warn < timedelta(days=2) < fail < timedelta(days=3)
    assert limits(make_settings(nightly=True, fresh_h=6)) == (timedelta(hours=6), None)
    assert limits(make_settings(fresh_h=6)) == (timedelta(hours=6), None)


@pytest.mark.parametrize(
    ("cron", "timezone", "hours"),
    [
        ("0 3 * * *", "UTC", 24),
        ("0 3 * * 1-5", "UTC", 72),
        ("0 */6 * * *", "UTC", 6),
        ("*/15 9-16 * * 1-5", "UTC", 64.25),
        ("0 3 1 1 *", "UTC", 366 * 24),
        ("0 3 * * *", "Europe/Paris", 25),
    ],
)
def test_the_longest_gap_of_a_schedule(cron: str, timezone: str, hours: float) -> None:
    assert longest_gap(cron, timezone) == timedelta(hours=hours)


def make_ticker(settings: Settings, instance: dg.DagsterInstance) -> Callable[[], set[str]]:
    """Return a look: what the conditions ask for, done at once."""
    contents = {"inventory": "same", "catalog": "same", "site": "same"}

    def make(node: Node) -> dg.AssetsDefinition:
        @dg.asset(key=asset_key(settings, node.name), deps=[asset_key(settings, n) for n in node.upstream])
        def body() -> dg.MaterializeResult:  # type: ignore[type-arg]
            return dg.MaterializeResult(data_version=dg.DataVersion(contents[node.name]))

        return body

    assets = [
        asset.map_asset_specs(lambda spec: add_condition(spec, settings, GRAPH))
        for asset in map(make, GRAPH.values())
    ]
    definitions = dg.Definitions(assets=assets)
    cursor: dg.AssetDaemonCursor | None = None

    def materialize(names: set[str]) -> None:
        keys = dg.AssetSelection.assets(*(asset_key(settings, name) for name in names))
        assert dg.materialize(assets, selection=keys, instance=instance).success

    def look(*scanned: str) -> set[str]:
        nonlocal cursor
        if scanned:
            materialize(set(scanned))
        requests, cursor = tick(definitions, instance, cursor)
        asked = {key.path[-1] for run in requests for key in run.asset_selection or ()}
        if asked:
            materialize(asked)
        return asked

    return look


@pytest.mark.parametrize(("automation", "confirmed"), [({}, set()), ({"fresh_h": 6}, {"site"})])
def test_an_equal_scan_confirms_the_site_where_it_must_be_fresh(
    automation: dict[str, Any], confirmed: set[str]
) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        look = make_ticker(make_settings(**automation), instance)
        assert look() == set()
        assert look("inventory") == {"catalog"}
        assert look() == set(), "the site waits for a second look"
        assert look() == {"site"}
        assert look() | look() == set()
        assert look("inventory") == confirmed, "an equal scan"
        assert look() | look() == set()
