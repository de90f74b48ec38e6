"""What runs, and how long lists are told: status in plain words."""

from __future__ import annotations

from pathlib import Path

import dagster as dg
import pytest
from dagster._core.test_utils import create_run_for_test

from clipplot_pipeline.cli import status
from clipplot_pipeline.drive.daemon import find_running
from clipplot_pipeline.drive.instance import open_instance
from clipplot_pipeline.drive.report import ASSETS_TAG, describe_status
from clipplot_pipeline.ledger import Ledger
from clipplot_pipeline.project_file import write_project_file
from clipplot_pipeline.settings import load_settings


def test_what_runs_and_what_waits_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    write_project_file(tmp_path, {"slug": "busy", "source": str(tmp_path), "embedder": "descriptor"})
    ledger = Ledger(load_settings(tmp_path))
    begun, ended = dg.DagsterEventType.PIPELINE_START, dg.DagsterEventType.PIPELINE_SUCCESS
    with open_instance(tmp_path) as instance:

        def ask(names: str, *events: dg.DagsterEventType, **tags: str) -> None:
            run = create_run_for_test(instance, tags={**tags, ASSETS_TAG: names})
            for event in events:
                told = dg.DagsterEvent(event_type_value=event.value, job_name=run.job_name)
                instance.report_dagster_event(told, run.run_id)

        ask("busy/catalog", begun, ended)
        ask("busy/images", begun, **{"dagster/partition": "00000-1"})
        ask("another/site", begun)
        ask("busy/metadata,busy/embedder")
        running = find_running(instance, ledger)
    assert [(one.asset, one.partition, one.since is None) for one in running] == [
        ("images", "00000-1", False),
        ("embedder", None, True),
        ("metadata", None, True),
    ]
    described = describe_status(ledger, [], running)
    status._print(described)
    told = capsys.readouterr().err
    assert "At work (3):" in told
    assert "images[00000-1]: since " in told
    assert "metadata: waits for its turn" in told


def test_shards_that_are_stale_for_one_reason_are_counted() -> None:
    def row(asset: str, partition: str | None, reason: str) -> dict[str, object]:
        return {"asset": asset, "partition": partition, "reason": reason}

    rows = [row("images", f"{n}", "not made yet") for n in range(1200)]
    rows += [row("embeddings", "7", "changed: images"), row("site", None, "waits for atlases")]
    assert status._gather(rows, 2000) == [
        "images: 1,200 of 2,000 shards: not made yet",
        "embeddings[7]: changed: images",
        "site: waits for atlases",
    ]
