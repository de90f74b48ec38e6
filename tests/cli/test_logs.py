"""Events for programs: with `--log-format json` standard error holds one JSON object a line, and nothing else."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import dagster as dg
import pytest

from clipplot_pipeline.cli.logs import PROGRAM, JsonLines
from clipplot_pipeline.drive import daemon
from clipplot_pipeline.drive.report import BuildReport, Failed, Materialized
from clipplot_pipeline.ledger import Stale
from clipplot_pipeline.settings import Settings
from tests.cli.conftest import Built, Result, run_program


@pytest.fixture(autouse=True)
def _logger() -> Iterator[None]:
    """Leave the program's logger as it was: other tests run in this process."""
    logger = logging.getLogger(PROGRAM)
    before = logger.handlers, logger.level, logger.propagate
    yield
    logger.handlers, logger.level, logger.propagate = before


def read_lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_an_error_is_one_object(clipplot: Callable[..., Result]) -> None:
    result = clipplot("--log-format", "json", "build", "no-such-folder", "--embedder", "descriptor")
    assert result.returncode == 1
    (line,) = read_lines(result.stderr)
    assert (line["level"], line["logger"]) == ("error", "clipplot_pipeline.cli")
    assert "no-such-folder" in line["message"]
    assert line["time"].endswith("+00:00")
    assert clipplot("build", "no-such-folder").stderr.startswith("error: ")


def test_bars_and_titles_are_no_exception(clipplot: Callable[..., Result], tmp_path: Path) -> None:
    drawn = clipplot("--log-format", "json", "sample", str(tmp_path), "--count", "2")
    assert drawn.returncode == 0, drawn.stderr
    assert any("2 pictures" in line["message"] for line in read_lines(drawn.stderr))
    (tmp_path / "clipplot.toml").write_text('source = "images"\nembedder = "descriptor"\n', encoding="utf-8")
    status = clipplot("--log-format", "json", "status", "--project", str(tmp_path))
    assert status.returncode == 0, status.stderr
    assert any(line["message"].startswith("Stale (") for line in read_lines(status.stderr))


def test_every_step_is_an_event_with_its_numbers(caplog: pytest.LogCaptureFixture) -> None:
    report = BuildReport(slug="sea", site="site")
    with caplog.at_level(logging.INFO, PROGRAM):
        report.add_materialized(Materialized("images", "00001-ab", 2.5, {"images": 7, "reason": "-"}))
        report.add_materialized(Materialized("site", None, 0.0))
        report.add_failed(Failed("clusters", None, 'the disk said: "full"\nand stopped'))
    made, unchanged, failed = (read_lines(JsonLines().format(record)) for record in caplog.records)
    assert made[0] | {"time": ""} == {
        "time": "",
        "level": "info",
        "logger": "clipplot_pipeline.drive.report",
        "message": "images[00001-ab] made in 2.5 s",
        "asset": "sea/images",
        "partition": "00001-ab",
        "outcome": "made",
        "images": 7,
    }
    assert (unchanged[0]["outcome"], unchanged[0]["partition"]) == ("unchanged", None)
    assert (failed[0]["level"], failed[0]["outcome"]) == ("error", "failed")
    assert '"full"\nand stopped' in failed[0]["message"]


class NeverCurrent:
    """A ledger of one asset, which is stale until something was tried."""

    graph = ("images",)

    def __init__(self, settings: Settings, observed: object = None) -> None:
        self.settings, self.observed = settings, observed

    def stale(self) -> list[Stale]:
        return [Stale("images", None, "never made")]


def test_what_a_daemon_made_and_failed_at_is_told_too(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def work(instance: dg.DagsterInstance, settings: Settings) -> bool:
        made = dg.AssetMaterialization([settings.slug, "images"], metadata={"reused": False, "images": 1})
        if instance.get_latest_materialization_event(made.asset_key) is None:
            instance.report_runless_asset_event(made)
        return False

    monkeypatch.setattr(daemon, "load_settings", lambda _: Settings(slug="sea", source="images"))
    monkeypatch.setattr(daemon, "observe", lambda _: SimpleNamespace(inputs={}))
    monkeypatch.setattr(daemon, "Ledger", NeverCurrent)
    monkeypatch.setattr(daemon, "POLL_S", 0.0)
    monkeypatch.setattr(daemon, "request_build", lambda *_: None)
    monkeypatch.setattr(daemon, "is_working", work)
    monkeypatch.setattr(daemon, "_failures", lambda *_: [Failed("site", None, "the disk is full")])
    monkeypatch.setattr(daemon, "read_counts", lambda _: (1, 0))
    with dg.DagsterInstance.ephemeral() as instance, caplog.at_level(logging.INFO, PROGRAM):
        report = daemon.build_through_daemon(tmp_path, instance)
    assert [done.asset for done in report.materialized] == ["images"]
    assert [failed.reason for failed in report.failed] == ["the disk is full"]
    told = [record.event for record in caplog.records if hasattr(record, "event")]
    assert [(event["asset"], event["outcome"]) for event in told] == [
        ("sea/images", "made"),
        ("sea/site", "failed"),
    ]


@pytest.mark.pipeline
def test_a_build_speaks_in_objects_alone(built: Built) -> None:
    result = run_program("--log-format", "json", "build", cwd=built.project)
    assert result.returncode == 0, result.stderr
    assert result.stdout == ""
    assert any("Nothing has changed" in line["message"] for line in read_lines(result.stderr))
