"""Backfills: chosen shards, by how they stand, in process and through the requests that a daemon reads."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from dagster._core.remote_origin import ManagedGrpcPythonEnvCodeLocationOrigin
from dagster._core.types.loadable_target_origin import LoadableTargetOrigin

from clipplot_pipeline.defs.assets import catalog
from clipplot_pipeline.defs.requests import MAX_RUNS, request_backfill, request_build, requests_sensor
from clipplot_pipeline.drive import daemon
from clipplot_pipeline.drive.backfill import BackfillReport, backfill
from clipplot_pipeline.drive.daemon import follow_backfill
from clipplot_pipeline.drive.in_process import Steps
from clipplot_pipeline.drive.instance import open_instance
from clipplot_pipeline.drive.report import BuildReport
from clipplot_pipeline.errors import SourceError, UsageError
from clipplot_pipeline.ledger import Ledger
from clipplot_pipeline.project_file import write_project_file
from clipplot_pipeline.settings import Settings, load_settings

pytestmark = pytest.mark.pipeline

SHARDS = 4


@pytest.fixture
def project(collection: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a project of 24 pictures in four shards: the source is scanned, nothing else is made."""
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    values = {"slug": "filled", "source": str(collection / "images"), "embedder": "descriptor"}
    write_project_file(collection, {**values, "shard_size": 24 // SHARDS})
    settings = load_settings(collection)
    with open_instance(collection) as instance:
        report = BuildReport(settings.slug, settings.site)
        Steps(settings, collection, instance, report).materialize(["inventory"])
    assert report.failed == []
    return collection


def run(project: Path, asset: str = "images", shards: str = "", **options: object) -> BackfillReport:
    return backfill(project, asset, shards, options.pop("standing", "stale"), lambda _: None, **options)  # type: ignore[arg-type]


def change(settings: Settings, project: Path, key: str, value: object) -> None:
    kept = {name: getattr(settings, name) for name in ("slug", "source", "embedder", "shard_size")}
    write_project_file(project, {**kept, key: value})


def numbers(shards: object) -> list[int]:
    return [int(str(shard).partition("-")[0]) for shard in shards]  # type: ignore[attr-defined]


def test_a_changed_knob_is_carried_out_in_parts(project: Path) -> None:
    assert numbers(run(project).due) == [0, 1, 2, 3]
    assert run(project).due == (), "what is current is not made again"
    change(load_settings(project), project, "rendition_px", 256)

    plan = run(project, shards="1..2", is_plan=True)
    assert (numbers(plan.due), plan.build.materialized) == ([1, 2], [])
    first = run(project, shards="1..2")
    assert numbers(done.partition for done in first.build.materialized) == [1, 2]
    assert run(project, shards="1..2").due == ()
    waiting = run(project, "embeddings", "0")
    assert (waiting.due, numbers(waiting.waiting)) == ((), [0])
    second = run(project)
    assert numbers(second.due) == [0, 3], "the rest, each once"
    assert len(second.build.materialized) == 2


def test_vectors_of_two_models_are_never_mixed(project: Path) -> None:
    def carry_on(name: str) -> None:
        settings = load_settings(project)
        with open_instance(project) as instance:
            report = BuildReport(settings.slug, settings.site)
            Steps(settings, project, instance, report).materialize([name])
            assert report.failed == []

    def is_waiting() -> bool:
        return "embeddings" in Ledger(load_settings(project)).fingerprint("neighbors").missing

    run(project)
    carry_on("embedder")
    run(project, "embeddings")
    assert not is_waiting()
    change(load_settings(project), project, "rendition_px", 64)
    run(project)
    carry_on("embedder")
    assert not is_waiting(), "until the first shard has its new vectors the old ones are one whole"
    run(project, "embeddings", "0..1")
    assert is_waiting()
    run(project, "embeddings")
    assert not is_waiting()


def test_missing_and_failed_are_told_apart(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = catalog.make_source

    def refuse(settings: Settings) -> object:
        raise SourceError(f"{settings.source} is not to be opened")

    with monkeypatch.context() as patch:
        patch.setattr(catalog, "make_source", refuse)
        assert len(run(project).build.failed) == SHARDS
    assert numbers(run(project, standing="failed", is_plan=True).due) == [0, 1, 2, 3]
    assert opened is catalog.make_source
    mended = run(project, shards="0..1", standing="failed")
    assert (numbers(mended.due), mended.build.failed) == ([0, 1], [])
    assert numbers(run(project, standing="missing", is_plan=True).due) == [2, 3]
    change(load_settings(project), project, "rendition_px", 256)
    assert numbers(run(project, standing="missing", is_plan=True).due) == [2, 3]
    assert numbers(run(project, is_plan=True).due) == [0, 1, 2, 3]


def test_a_failed_shard_stops_no_other(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = catalog.make_source
    calls: list[str] = []

    def refuse_first(settings: Settings) -> object:
        calls.append(settings.source)
        if len(calls) == 1:
            raise SourceError(f"{settings.source} is not to be opened")
        return opened(settings)

    monkeypatch.setattr(catalog, "make_source", refuse_first)
    report = run(project)
    assert numbers(failure.partition for failure in report.build.failed) == [0]
    assert "is not to be opened" in report.build.failed[0].reason
    assert numbers(done.partition for done in report.build.materialized) == [1, 2, 3]
    assert numbers(run(project).due) == [0]


def test_wrong_use_stops_before_any_work(project: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="'site' has no shards; expected images or embeddings"):
        run(project, "site")
    with pytest.raises(UsageError, match=r"there is no clipplot\.toml"):
        run(tmp_path / "nowhere")
    with pytest.raises(UsageError, match="there is no shard 7; there are 00000-"):
        run(project, shards="7")


def test_a_daemon_is_asked_for_a_few_runs_at_a_time_and_each_once(project: Path) -> None:
    settings = load_settings(project)
    ledger = Ledger(settings)
    sensor = requests_sensor(settings, project)
    shards = [f"{number:05}-abcdef01" for number in range(MAX_RUNS + 3)]

    with open_instance(project) as instance:
        cursor: str | None = "0123abc"  # as an earlier version left it

        def tick() -> list[dg.RunRequest]:
            nonlocal cursor
            with dg.build_sensor_context(instance, cursor=cursor) as context:
                results = list(sensor(context))  # type: ignore[call-overload]
                cursor = context.cursor
            return [result for result in results if isinstance(result, dg.RunRequest)]

        assert tick() == []
        token = request_backfill(ledger, "images", shards)
        first = tick()
        other = request_backfill(ledger, "embeddings", shards[:2])  # while the first has some left to ask for
        second, third = tick(), tick()
        own = [r.partition_key for r in first + second if r.tags["clipplot/backfill"] == token]
        assert own == shards
        assert len(first) == MAX_RUNS
        assert [r.partition_key for r in second if r.tags["clipplot/backfill"] == other] == shards[:2]
        assert third == []
        assert ledger.store.list_files("requests") == []
        request_build(ledger, "scan")
        assert [request.asset_selection for request in tick()] == [[dg.AssetKey(["filled", "inventory"])]]
        assert tick() == []


def test_a_daemon_that_goes_away_is_told_and_not_waited_for(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(daemon, "POLL_S", 0.0)
    monkeypatch.setattr(daemon, "PATIENCE_S", 0.0)
    ledger, report = Ledger(load_settings(project)), BuildReport("filled", "")
    with open_instance(project) as instance, pytest.raises(UsageError, match="daemon is gone with 4 of 4"):
        follow_backfill(instance, ledger, "a token", ledger.shards, report, lambda _: None)


def test_a_changed_file_is_loaded_before_a_request_is_taken(project: Path) -> None:
    settings = load_settings(project)
    sensor = requests_sensor(settings, project)
    origin = ManagedGrpcPythonEnvCodeLocationOrigin(
        LoadableTargetOrigin(module_name="clipplot_pipeline.definitions")
    )
    change(settings, project, "layouts.umap.variants", ["n_neighbors=5"])
    request_build(Ledger(load_settings(project)), "stale")

    def tick(with_server: bool) -> list[tuple[str | None, Any]]:
        with dg.build_sensor_context(instance) as context:
            context._code_location_origin = origin if with_server else None
            results = list(sensor(context))  # type: ignore[call-overload]
            return [(context.cursor, result) for result in results]

    with open_instance(project) as instance:
        ((cursor, result),) = tick(with_server=True)
        assert isinstance(result, dg.SkipReason)
        assert "clipplot.toml has changed" in str(result.skip_message)
        assert not cursor, "the request is still to be taken"
        # Nobody there who could load it anew: what the definitions know is asked for.
        asked = {key.path[-1] for _, run in tick(with_server=False) for key in run.asset_selection}
        assert "metadata" in asked
        fresh = requests_sensor(load_settings(project), project)
        with dg.build_sensor_context(instance) as context:
            context._code_location_origin = origin
            assert all(isinstance(result, dg.RunRequest) for result in fresh(context))


def test_another_model_is_made_first_and_then_some_shards(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    info = tmp_path / "lib" / "mean-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: mean\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[clipplot.embedders]\nmean-colour = mean_of_tests:embed\n")
    (tmp_path / "lib" / "mean_of_tests.py").write_text(
        "import numpy as np\n\n"
        "def embed(pictures):\n    return [np.asarray(p).reshape(-1, 3).mean(axis=0) + 1 for p in pictures]\n"
    )
    monkeypatch.syspath_prepend(tmp_path / "lib")
    run(project)
    first = run(project, "embeddings", "0..1")
    assert (first.first, numbers(first.due), numbers(first.made)) == (("embedder",), [0, 1], [0, 1])
    assert numbers(run(project, "embeddings", standing="missing").made) == [2, 3]

    change(load_settings(project), project, "embedder", "mean-colour")
    plan = run(project, "embeddings", "1..2", is_plan=True)
    assert (plan.first, numbers(plan.due), plan.made) == (("embedder",), [1, 2], [])
    night = run(project, "embeddings", "1..2")
    assert (night.first, numbers(night.made), night.build.failed) == (("embedder",), [1, 2], [])
    assert "embeddings" in Ledger(load_settings(project)).fingerprint("neighbors").missing, "two models"
    rest = run(project, "embeddings")
    assert (rest.first, numbers(rest.made), rest.waiting) == ((), [0, 3], {})
    assert "embeddings" not in Ledger(load_settings(project)).fingerprint("neighbors").missing
