"""``clipplot compact``: tiny shards become few."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from clipplot_pipeline.cli.build import say_failures
from clipplot_pipeline.cli.console import say, show_progress
from clipplot_pipeline.cli.options import JsonOption, ProjectOption


def command(
    project: ProjectOption = Path(),
    is_plan: Annotated[bool, typer.Option("--plan", help="Say what would be done, and do nothing.")] = False,
    is_json: JsonOption = False,
) -> None:
    """Join the tiny shards that many small drops leave, without opening a picture or computing a vector.

    Afterwards the site is brought up to date: the map stays as it is.
    """
    from clipplot_pipeline.drive.compact import compact

    with show_progress(is_quiet=is_json):
        report = compact(project, say=lambda text: None if is_json else say(text), is_plan=is_plan)
    if is_json:
        typer.echo(json.dumps(report.to_json()))
    elif report.build:
        say_failures(report.build)
    if not is_json:
        verb = "would become" if is_plan else "are now"
        say(f"{report.shards_before:,} shards {verb} {report.shards_after:,}.")
    if report.build and report.build.failed:
        raise typer.Exit(1)
