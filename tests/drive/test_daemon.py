"""A build beside a daemon: it is asked at once for what is due, and for nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from clipplot_pipeline.defs.forgetting import report_rewritten
from clipplot_pipeline.defs.partitions import asset_key
from clipplot_pipeline.drive import daemon
from clipplot_pipeline.drive.daemon import build_through_daemon
from clipplot_pipeline.drive.instance import open_instance
from clipplot_pipeline.ledger import Ledger
from clipplot_pipeline.settings import load_settings
from tests.drive.building import made, run
from tests.pictures import draw_picture


def test_a_look_is_asked_for_where_there_is_something_new_and_else_what_is_stale(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def carry_out(ledger: Ledger, scope: str) -> None:
        asked.append(scope)
        assert run(project).failed == []

    monkeypatch.setattr(daemon, "request_build", carry_out)
    monkeypatch.setattr(daemon, "POLL_S", 0.0)

    def build() -> Any:
        with open_instance(project) as instance:
            return build_through_daemon(project, instance)

    assert (made(build()), asked) == ({}, [])
    change_description(project)
    assert set(made(build())) == {"site"}
    assert asked == ["stale"]
    draw_picture(project / "images" / "new.png", 77)
    assert {"inventory", "images", "site"} <= set(made(build()))
    assert asked == ["stale", "scan"]
    assert Ledger(load_settings(project)).stale() == []


def test_nothing_is_asked_for_that_the_daemon_is_at_already(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[bool] = []

    def work(*_: object) -> bool:
        looks.append(len(looks) < 2)
        if len(looks) == 2:  # the runs that were there at the first look have ended
            assert run(project).failed == []
        return looks[-1]

    change_description(project)
    monkeypatch.setattr(daemon, "is_working", work)
    monkeypatch.setattr(daemon, "POLL_S", 0.0)
    monkeypatch.setattr(daemon, "request_build", lambda *_: pytest.fail("asked"))
    with open_instance(project) as instance:
        report = build_through_daemon(project, instance)
    assert (set(made(report)), looks) == ({"site"}, [True, True, False])


def change_description(project: Path) -> None:
    settings = project / "clipplot.toml"
    settings.write_text(f'description = "Told anew"\n{settings.read_text("utf-8")}', encoding="utf-8")


def test_what_is_only_reported_meanwhile_is_not_told_as_made(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A takedown tells Dagster of what it rewrote, and people may report what they like in its interface."""

    def carry_out(ledger: Ledger, scope: str) -> None:
        del scope
        inventory = ledger.record("inventory")
        assert inventory is not None
        with open_instance(project) as instance:
            report_rewritten(instance, ledger, [inventory])
            by_hand = dg.AssetMaterialization(asset_key(ledger.settings, "atlases"))
            instance.report_runless_asset_event(by_hand)
        assert run(project).failed == []

    monkeypatch.setattr(daemon, "request_build", carry_out)
    monkeypatch.setattr(daemon, "POLL_S", 0.0)
    settings = project / "clipplot.toml"
    settings.write_text(f'description = "Told anew"\n{settings.read_text("utf-8")}', encoding="utf-8")
    with open_instance(project) as instance:
        assert set(made(build_through_daemon(project, instance))) == {"site"}
