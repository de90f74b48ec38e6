"""``clipplot build``: from a folder of pictures to a published map; later runs do only what changed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from clipplot_pipeline.cli.console import LogFormat, log_format, say, say_error, show_progress
from clipplot_pipeline.cli.options import JsonOption, ProjectOption, make_absolute, with_setting_options
from clipplot_pipeline.paths import quote_path


@with_setting_options
def command(
    source: Annotated[
        str,
        typer.Argument(
            help="Folder of images, or its URL; or a folder that clip-retrieval wrote. Needed the first time only.",
            show_default=False,
        ),
    ] = "",
    image_root: Annotated[
        str,
        typer.Option(
            "--image-root",
            help="Folder of the pictures, where SOURCE is one that clip-retrieval wrote: its vectors are taken.",
            show_default=False,
        ),
    ] = "",
    project: ProjectOption = Path(),
    is_json: JsonOption = False,
    options: dict[str, Any] | None = None,
) -> None:
    """Build the map and publish it, or bring it up to date.

    The first build writes clipplot.toml; later, `clipplot build` alone repeats it. Options then override the
    file for one run.
    """
    from clipplot_pipeline.drive.build import build

    chosen = dict(options or {})
    if source:
        chosen["source"] = make_absolute("source", source)
    if image_root:
        chosen["image_root"] = make_absolute("source", image_root)
    with show_progress(is_quiet=is_json):
        report = build(project, chosen, say=lambda text: None if is_json else say(text))
    if is_json:
        typer.echo(json.dumps(report.to_json()))
    else:
        _summarize(report, project)
    if report.failed:
        raise typer.Exit(1)


def say_failures(report: Any) -> None:
    """Print what failed and why; structured, it was told when it happened."""
    if log_format() is LogFormat.JSON:
        return
    for failure in report.failed:
        say_error(f"{failure.title}: {failure.reason}")


def _summarize(report: Any, project: Path) -> None:
    say_failures(report)
    if report.failed:
        say("What was complete is kept: mend the cause and run `clipplot build` again.")
        return
    if not report.materialized:
        say(f"Nothing has changed: {report.images:,} images, nothing to do ({report.seconds:.1f} s).")
    else:
        opened = f", {report.originals_opened:,} opened now" if report.originals_opened else ""
        say(f"{report.images:,} images{opened}; {len(report.materialized)} steps in {report.seconds:.1f} s.")
    if report.rejects:
        say(
            f"{report.rejects:,} files were not taken: `clipplot status` says which and why, so does the About page."
        )
    for warning in report.warnings:
        say(f"Note: {warning}.")
    say(f"Site: {report.site}")
    is_here = project.resolve() == Path.cwd()
    say(f"Look at it: clipplot serve{'' if is_here else f' --project {quote_path(project)}'}")
