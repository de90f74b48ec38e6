"""The definitions of one collection: what `dagster` loads.

The project folder is ``CLIPPLOT_PROJECT``; else the ``working_directory`` that a line of ``workspace.yaml`` names, if a
``clipplot.toml`` is there; else the folder that Dagster was started in. Belongs here: putting the parts together.
"""

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import dagster as dg

from clipplot_pipeline.defs.assets import build_assets
from clipplot_pipeline.defs.automation import automation_sensor
from clipplot_pipeline.defs.drops import drops_sensor
from clipplot_pipeline.defs.jobs import build_jobs
from clipplot_pipeline.defs.requests import requests_sensor
from clipplot_pipeline.defs.resources import ProjectResource
from clipplot_pipeline.defs.schedules import nightly_schedule
from clipplot_pipeline.settings import FILE_NAME, load_settings

__all__ = ["build_assets", "build_definitions", "defs", "find_project"]


def build_definitions(project: Path, options: Mapping[str, Any] | None = None) -> dg.Definitions:
    """Return the assets, sensors, schedules, jobs and resources of the collection in a project folder.

    Parameters
    ----------
    project : Path
        Holds ``clipplot.toml``.
    options : mapping, optional
        Dotted keys that override the file.
    """
    settings = load_settings(project, options)
    folder = str(project.resolve())
    return dg.Definitions(
        assets=build_assets(settings),
        jobs=build_jobs(settings),
        schedules=[nightly_schedule(settings)],
        sensors=[
            automation_sensor(settings),
            drops_sensor(settings, Path(folder)),
            requests_sensor(settings, Path(folder)),
        ],
        resources={"project": ProjectResource(folder=folder, options=json.dumps(dict(options or {})))},
        executor=dg.in_process_executor,
    )


def find_project() -> Path:
    """Return the project folder (see above). Dagster puts a location's working directory first on the path."""
    chosen = os.environ.get("CLIPPLOT_PROJECT")
    if chosen:
        return Path(chosen).resolve()
    first = Path(sys.path[0] if sys.path else "")
    return (first if (first / FILE_NAME).is_file() else Path()).resolve()


#: Found while this module loads: only then is the working directory on the path.
PROJECT = find_project()


@dg.definitions
def defs() -> dg.Definitions:
    """Return the definitions of the project folder."""
    return build_definitions(PROJECT)
