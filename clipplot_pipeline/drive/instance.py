"""The Dagster instance of a project: found, made and prepared."""

from __future__ import annotations

import glob
import hashlib
import os
import time
from importlib import resources
from pathlib import Path

import dagster as dg

from clipplot_pipeline.defs.lost_runs import give_up_lost_runs
from clipplot_pipeline.defs.pools import prepare_pools
from clipplot_pipeline.errors import UsageError

#: A daemon that has not been heard of for so long is gone.
HEARTBEAT_S = 60


def dagster_home(project: Path) -> Path:
    """Return the instance's folder: ``DAGSTER_HOME`` if it is set, else ``.clipplot/dagster`` of the project.

    Dagster takes ``[``, ``*`` and ``?`` in the path of its settings for a pattern, finds nothing, and goes on with its
    own settings, telemetry among them. The instance of such a project lies in ``.clipplot`` of the user's home.

    Raises
    ------
    UsageError
        ``DAGSTER_HOME``, or the user's home, has such characters, too.
    """
    chosen = os.environ.get("DAGSTER_HOME")
    home = (Path(chosen) if chosen else project / ".clipplot" / "dagster").resolve()
    if not chosen and _is_pattern(home):
        name = hashlib.sha256(str(project.resolve()).encode()).hexdigest()[:16]
        home = Path.home() / ".clipplot" / f"dagster-{name}"
    if _is_pattern(home):
        raise UsageError(
            f"{home}: Dagster finds no settings in a folder with [, * or ? in its path; set DAGSTER_HOME to another one"
        )
    return home


def _is_pattern(path: Path) -> bool:
    return glob.has_magic(str(path))


def open_instance(project: Path) -> dg.DagsterInstance:
    """Return the project's instance, made on first use, with limits of its pools and no runs of killed commands."""
    home = dagster_home(project)
    home.mkdir(parents=True, exist_ok=True)
    config = home / "dagster.yaml"
    if not config.exists():
        config.write_bytes(resources.files("clipplot_pipeline").joinpath("dagster.yaml").read_bytes())
    os.environ["DAGSTER_HOME"] = str(home)
    instance = dg.DagsterInstance.get()
    prepare_pools(instance)
    give_up_lost_runs(instance)
    return instance


def has_daemon(instance: dg.DagsterInstance) -> bool:
    """Tell whether a daemon works on the instance: its sensor daemon was heard of within a minute."""
    beats = instance.get_daemon_heartbeats()
    return any(
        kind == "SENSOR" and time.time() - beat.timestamp < HEARTBEAT_S for kind, beat in beats.items()
    )
