"""When a drop is scanned: once it is quiet, once, and whatever else scans meanwhile."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipplot_pipeline.definitions import build_definitions
from clipplot_pipeline.defs.drops import (
    CAUSE_TAG,
    PATIENCE,
    QUIET_TAG,
    RETRY_S,
    Scanned,
    Waiting,
    decide,
    drops_sensor,
)
from clipplot_pipeline.defs.partitions import asset_key
from clipplot_pipeline.defs.resources import ProjectResource
from clipplot_pipeline.defs.schedules import nightly_schedule
from clipplot_pipeline.drive.instance import open_instance
from clipplot_pipeline.errors import SettingsError
from clipplot_pipeline.ledger import Ledger
from clipplot_pipeline.project_file import write_project_file
from clipplot_pipeline.settings import load_settings
from clipplot_pipeline.sources.watching import Glance
from tests.pictures import draw_picture

QUIET_S = 10.0


class Clock:
    """Seconds since 1970, as the test says."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2), st.integers(1, 40)), max_size=60))
def test_every_change_is_scanned_once_it_is_quiet_and_once_only(looks: list[tuple[int, int, int]]) -> None:
    """Whatever comes at whatever time: a scan that is carried out answers its mark until another one is seen."""
    now, waiting, scanned = 1000.0, Waiting(), Scanned("0", 0.0)
    seen_since: dict[str, float] = {}
    previous = ""
    for mark, growing, seconds in looks:
        now += seconds
        glance = Glance(str(mark), f"{mark}-{growing}", "")
        if glance.state != previous:
            seen_since = {glance.state: now}
        previous = glance.state
        is_due, _, waiting = decide(glance, scanned, waiting, now, QUIET_S)
        still_for = now - seen_since[glance.state]
        if glance.mark == scanned.mark:
            assert not is_due
        elif still_for >= QUIET_S:
            assert is_due
        if is_due:
            scanned = Scanned(glance.mark, now)
            assert not decide(glance, scanned, waiting, now + 1, QUIET_S)[0]


def test_a_stream_that_never_ends_is_scanned_now_and_then() -> None:
    now, waiting, due = 0.0, Waiting(), []
    for number in range(400):
        now += 5
        is_due, words, waiting = decide(
            Glance(f"m{number}", f"s{number}", ""), Scanned("", 0), waiting, now, QUIET_S
        )
        if is_due:
            assert "does not end" in words
            due.append(now)
    assert len(due) == int(400 * 5 / (PATIENCE * QUIET_S))


def test_a_scan_that_never_came_is_asked_for_again() -> None:
    glance, waiting, scanned = Glance("new", "new", ""), Waiting(), Scanned("old", 50.0)
    _, _, waiting = decide(glance, scanned, waiting, 100.0, QUIET_S)
    is_due, _, waiting = decide(glance, scanned, waiting, 110.0, QUIET_S)
    assert is_due
    assert not decide(glance, scanned, waiting, 120.0, QUIET_S)[0]
    _, _, again = decide(glance, scanned, waiting, 110.0 + RETRY_S, QUIET_S)
    assert decide(glance, scanned, again, 120.0 + RETRY_S, QUIET_S)[0]
    # a scan that found nothing to note down is an answer, too
    assert not decide(glance, Scanned("old", 111.0), waiting, 120.0 + RETRY_S, QUIET_S)[0]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Return a project with three pictures, nothing scanned."""
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "dagster"))
    images = tmp_path / "images"
    images.mkdir()
    for number in range(3):
        draw_picture(images / f"{number}.png", number)
        os.utime(images / f"{number}.png", (1_600_000_000, 1_600_000_000))
    write_project_file(tmp_path, {"slug": "drops", "source": str(images), "embedder": "descriptor"})
    with open_instance(tmp_path):
        yield tmp_path


class Daemon:
    """Plays the daemon for the sensor and the scans it asks for."""

    def __init__(self, project: Path) -> None:
        self.project, self.clock = project, Clock()
        self.settings = load_settings(project)
        self.sensor = drops_sensor(self.settings, project, self.clock)
        self.instance = dg.DagsterInstance.get()
        self.cursor: str | None = None

    def tick(self, seconds: float = 30) -> dg.RunRequest | str:
        """Let time go by, look, and return the request or why there is none."""
        self.clock.now += seconds
        with dg.build_sensor_context(self.instance, cursor=self.cursor) as context:
            result = self.sensor.evaluate_tick(context)
        self.cursor = result.cursor
        return result.run_requests[0] if result.run_requests else str(result.skip_message)

    def scan(self, request: dg.RunRequest | None = None) -> dict[str, object]:
        """Carry a request out and return what the inventory says."""
        definitions = build_definitions(self.project)
        result = dg.materialize(
            list(definitions.assets or []),
            selection=dg.AssetSelection.assets(asset_key(self.settings, "inventory")),
            instance=self.instance,
            resources={"project": ProjectResource(folder=str(self.project))},
            tags=request.tags if request else {},
        )
        assert result.success
        record = Ledger(self.settings).record("inventory")
        assert record is not None
        return dict(record.facts)


@pytest.mark.slow
def test_a_burst_of_drops_makes_one_scan(project: Path) -> None:
    daemon = Daemon(project)
    assert "nothing was scanned yet" in str(daemon.tick())
    daemon.scan()
    assert str(daemon.tick()).startswith("nothing new: 1 folder")
    for number in range(3, 6):
        draw_picture(project / "images" / f"{number}.png", number)
        assert "waiting until it is quiet" in str(daemon.tick(5))
    os.utime(project / "images" / "5.png", (1_600_000_000, 1_600_000_000))
    assert "waiting" in str(daemon.tick(5)), "a file whose time changes is still being written"
    request = daemon.tick(30)
    assert isinstance(request, dg.RunRequest)
    assert request.tags[CAUSE_TAG].startswith("a drop: 1 folder")
    assert float(request.tags[QUIET_TAG]) == daemon.settings.automation.quiet_s
    assert str(daemon.tick(30)).startswith("a scan was asked for")
    daemon.scan()
    assert [str(daemon.tick()).startswith("nothing new") for _ in range(3)] == [True] * 3


@pytest.mark.slow
def test_a_scan_by_hand_answers_a_drop(project: Path) -> None:
    daemon = Daemon(project)
    daemon.scan()
    draw_picture(project / "images" / "drop.png", 7)
    assert daemon.scan()["images"] == 4
    assert str(daemon.tick()).startswith("nothing new")


@pytest.mark.slow
def test_what_came_while_the_sensor_was_off_is_found(project: Path) -> None:
    daemon = Daemon(project)
    daemon.scan()
    daemon.tick()
    (project / "images" / "2.png").unlink()
    draw_picture(project / "images" / "while_off.png", 7)
    os.utime(project / "images" / "while_off.png", (1_600_000_000, 1_600_000_000))
    late = Daemon(project)
    late.tick()
    request = late.tick()
    assert isinstance(request, dg.RunRequest)
    assert late.scan(request)["images"] == 3


@pytest.mark.slow
def test_a_file_that_is_being_written_stays_what_it_was(project: Path) -> None:
    daemon = Daemon(project)
    daemon.scan()
    later = 4_000_000_000  # a time that no clock has reached: always "just now"
    draw_picture(project / "images" / "0.png", 50)
    draw_picture(project / "images" / "new.png", 51)
    for name in ("0.png", "new.png"):
        os.utime(project / "images" / name, (later, later))
    facts = daemon.scan(dg.RunRequest(tags={QUIET_TAG: "10"}))
    assert (facts["images"], facts["unsettled"]) == (3, 2), "the old picture is not lost meanwhile"
    assert "waiting" in str(daemon.tick()), "what was left out is not forgotten"
    for name in ("0.png", "new.png"):
        os.utime(project / "images" / name, (1_700_000_000, 1_700_000_000))
    daemon.tick()
    request = daemon.tick()
    assert isinstance(request, dg.RunRequest)
    facts = daemon.scan(request)
    assert (facts["images"], facts["unsettled"]) == (4, 0)


def test_a_source_that_is_gone_is_told_in_the_tick(project: Path) -> None:
    daemon = Daemon(project)
    daemon.scan()
    shutil.rmtree(project / "images")
    assert "there is nothing to look at" in str(daemon.tick())


def test_settings_switch_both_and_a_wrong_time_stops_at_once(project: Path) -> None:
    def defaults(options: dict[str, object]) -> tuple[object, object]:
        settings = load_settings(project, options)
        return drops_sensor(settings, project).default_status, nightly_schedule(settings).default_status

    running, stopped = dg.DefaultSensorStatus.RUNNING, dg.DefaultSensorStatus.STOPPED
    nightly, never = dg.DefaultScheduleStatus.RUNNING, dg.DefaultScheduleStatus.STOPPED
    assert defaults({}) == (running, never)
    assert defaults({"automation.drops": False, "automation.nightly": True}) == (stopped, nightly)
    paris = nightly_schedule(load_settings(project, {"automation.timezone": "Europe/Paris"}))
    assert paris.execution_timezone == "Europe/Paris"
    names = build_definitions(project).get_repository_def()
    assert names.has_sensor_def("drops__drops")
    assert names.has_schedule_def("drops__nightly")
    for wrong in ({"automation.cron": "at three"}, {"automation.timezone": "Europe/Atlantis"}):
        with pytest.raises(SettingsError, match="five fields"):
            nightly_schedule(load_settings(project, wrong))
