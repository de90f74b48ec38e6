"""``clipplot forget``: take pictures down, out of the store and the site, for good."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from clipplot_pipeline.cli.build import say_failures
from clipplot_pipeline.cli.console import say, show_progress
from clipplot_pipeline.cli.options import JsonOption, ProjectOption
from clipplot_pipeline.errors import UsageError

#: Addresses shown of a long list; the rest is counted.
SHOWN = 20


def command(
    names: Annotated[
        list[str] | None,
        typer.Argument(help="Image ids as the site shows them, or paths in the source.", show_default=False),
    ] = None,
    listed: Annotated[
        Path | None,
        typer.Option("--list", help="A text file with one id or path a line.", show_default=False),
    ] = None,
    project: ProjectOption = Path(),
    is_json: JsonOption = False,
) -> None:
    """Take pictures down: hide them at once, erase them from the store, publish the site without them.

    The originals are left alone, and are not taken in again: a keyed hash remembers them. Without a name a takedown
    that was interrupted is finished.
    """
    from clipplot_pipeline.drive.forget import forget

    wanted = [*(names or []), *(_read_list(listed) if listed else [])]
    with show_progress(is_quiet=is_json):
        report = forget(project, wanted, say=lambda text: None if is_json else say(text))
    if is_json:
        typer.echo(json.dumps(report.to_json()))
    else:
        _summarize(report)
    if report.build.failed:
        raise typer.Exit(1)


def _read_list(path: Path) -> list[str]:
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            f"--list: {path} cannot be read ({error}); expected a UTF-8 text file, one id or path a line"
        ) from error
    return [line.strip() for line in lines if line.strip()]


def _summarize(report: Any) -> None:
    say_failures(report.build)
    if report.build.failed:
        say(
            "The pictures are hidden and out of the shards; mend the cause, then run `clipplot forget` again."
        )
        return
    say(
        f"{len(report.image_ids):,} images forgotten ({len(report.paths):,} files; the originals are left alone)."
    )
    say(f"Site: {report.build.site}")
    if not report.purge:
        return
    say(f"If a cache (a CDN) stands in front of it, purge these {len(report.purge):,} files there:")
    for path in report.purge[:SHOWN]:
        say(f"  {path}")
    if len(report.purge) > SHOWN:
        say(f"  … and {len(report.purge) - SHOWN:,} more: `--json` lists all; or purge the whole site")
