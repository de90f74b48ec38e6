"""Events for programs: with `--log-format json` standard error holds one JSON object a line, and nothing else."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from clipplot_pipeline.cli.logs import PROGRAM, JsonLines
from clipplot_pipeline.drive.report import BuildReport, Failed, Materialized
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


@pytest.mark.pipeline
def test_a_build_speaks_in_objects_alone(built: Built) -> None:
    result = run_program("--log-format", "json", "build", cwd=built.project)
    assert result.returncode == 0, result.stderr
    assert result.stdout == ""
    assert any("Nothing has changed" in line["message"] for line in read_lines(result.stderr))
