"""``clipplot backfill``: chosen shards of one asset, without what follows from them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from clipplot_pipeline.cli.build import say_failures
from clipplot_pipeline.cli.console import say, show_progress
from clipplot_pipeline.cli.options import JsonOption, ProjectOption
from clipplot_pipeline.errors import UsageError

if TYPE_CHECKING:
    from clipplot_pipeline.drive.shards import Standing

#: Shards shown of a long list; the rest is counted.
SHOWN = 20


def command(
    asset: Annotated[str, typer.Argument(help="`images` or `embeddings`.")],
    shards: Annotated[
        str,
        typer.Option(help="Numbers, keys or ranges: `3`, `3..7`, `12..`, by commas.", show_default="all"),
    ] = "",
    is_missing: Annotated[bool, typer.Option("--missing", help="Only those that were never made.")] = False,
    is_failed: Annotated[bool, typer.Option("--failed", help="Only those whose last run failed.")] = False,
    is_plan: Annotated[
        bool, typer.Option("--plan", help="Say what would be made, and make nothing.")
    ] = False,
    project: ProjectOption = Path(),
    is_json: JsonOption = False,
) -> None:
    """Make chosen shards anew where they are not what they should be; later steps are left to `clipplot build`.

    For long work in parts: after the model was changed, some shards a night; or those that failed.
    """
    from clipplot_pipeline.drive.backfill import backfill

    if is_missing and is_failed:
        raise UsageError("backfill: --missing and --failed exclude each other; expected one of them, or none")
    standing: Standing = "missing" if is_missing else "failed" if is_failed else "stale"
    with show_progress(is_quiet=is_json):
        report = backfill(
            project, asset, shards, standing, say=lambda text: None if is_json else say(text), is_plan=is_plan
        )
    if is_json:
        typer.echo(json.dumps(report.to_json()))
    else:
        _summarize(report, is_plan)
    if report.build.failed:
        raise typer.Exit(1)


def _summarize(report: Any, is_plan: bool) -> None:
    say_failures(report.build)
    for shard, reason in list(report.waiting.items())[:SHOWN]:
        say(f"{report.asset}[{shard}] {reason}")
    if not report.due:
        say(f"Nothing to make: no chosen shard of {report.asset} is due.")
    elif is_plan:
        shown = ", ".join(report.due[:SHOWN]) + (", …" if len(report.due) > SHOWN else "")
        before = f", after {' and '.join(report.first)}" if report.first else ""
        say(f"{len(report.due):,} shards of {report.asset} would be made{before}: {shown}")
    else:
        made = len(report.made)
        say(f"{made:,} of {len(report.due):,} shards of {report.asset} in {report.build.seconds:.1f} s.")
        say("`clipplot build` carries on to the site.")
