"""One build: everything that can stop it is looked at first, then the graph is driven to its end."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from clipplot_pipeline.defs.observe import observe
from clipplot_pipeline.defs.schedules import nightly_schedule
from clipplot_pipeline.drive.daemon import build_through_daemon
from clipplot_pipeline.drive.forecast import MANY, check_closeups, check_pictures, check_space, forecast
from clipplot_pipeline.drive.imported import check_vectors, settle_vectors
from clipplot_pipeline.drive.in_process import build_in_process
from clipplot_pipeline.drive.instance import has_daemon, open_instance
from clipplot_pipeline.drive.report import BuildReport
from clipplot_pipeline.embeddings import check_available
from clipplot_pipeline.errors import UsageError
from clipplot_pipeline.model import Scan
from clipplot_pipeline.project_file import name_collection, shorten_title, write_project_file
from clipplot_pipeline.settings import FILE_NAME, Settings, load_settings
from clipplot_pipeline.site.brand_files import read_brand
from clipplot_pipeline.site.viewer_files import load_viewer


def build(project: Path, options: Mapping[str, Any], say: Callable[[str], None]) -> BuildReport:
    """Build a collection, or bring it up to date.

    Parameters
    ----------
    project : Path
        Where ``clipplot.toml`` is, or is to be.
    options : mapping
        Dotted keys, and ``image_root`` (see `settle_vectors`). On the first build they are written to the file,
        afterwards they hold for this build alone.
    say : callable
        Is told a line for people now and then.

    Raises
    ------
    ClipplotError
        Before any work: a wrong setting, a missing source or table, an embedder that cannot be had.
    """
    values = settle_vectors(options)
    is_first = not (project / FILE_NAME).exists()
    if is_first:
        if "source" not in values:
            raise UsageError(
                f"{project.resolve()}: there is no {FILE_NAME}; expected a folder of images: `clipplot build FOLDER`"
            )
        slug, title = name_collection(str(values["source"]))
        values = {"slug": slug, "title": title, **values}
    settings = load_settings(project, values)
    scan = check_before_work(settings)
    if is_first and scan.title and "title" not in options:
        values["title"] = shorten_title(scan.title)
    ahead = forecast(settings, scan)
    check_space(settings, ahead.disk_bytes)
    if is_first or ahead.new >= MANY:
        say(ahead.describe())
    if is_first:
        path = write_project_file(project, values)
        say(f"Wrote {path}: from now on `clipplot build` alone repeats this.")
        values = {}
    with open_instance(project) as instance:
        if not has_daemon(instance):
            return build_in_process(project, values, instance)
        if _differs(project, values):
            raise UsageError(
                "options: a Dagster daemon runs for this project and works by clipplot.toml; "
                "write the options there, or stop `clipplot dev` first"
            )
        say("A Dagster daemon runs: it does the work, this command follows.")
        return build_through_daemon(project, instance)


def check_before_work(settings: Settings) -> Scan:
    """Return what lies in the source; raise what would stop the build later: source, table, embedder, viewer, brand."""
    from clipplot_pipeline.defs.assets.embeddings import embedder_choice

    check_closeups(settings)
    read_brand(settings.brand)
    seen = observe(settings)
    scan = seen.scan
    check_pictures(settings, scan)
    check_vectors(settings, seen)
    nightly_schedule(settings)
    check_available(embedder_choice(settings))
    load_viewer(settings.title, settings.tagline, settings.description, settings.language)
    return scan


def _differs(project: Path, values: Mapping[str, Any]) -> bool:
    return load_settings(project, values) != load_settings(project)
