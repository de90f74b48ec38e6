"""``clipplot status``: how a collection stands, in plain words."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from clipplot_pipeline.cli.console import say, say_error
from clipplot_pipeline.cli.options import ProjectOption

#: Lines shown of a long list; the rest is counted.
SHOWN = 20
#: Shards fewer from which on it pays to join tiny ones.
WORTH = 20


def command(
    project: ProjectOption = Path(),
    is_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object on standard output.")
    ] = False,
) -> None:
    """Say what there is, what runs, what is stale and why, what failed, and which files were not taken."""
    from clipplot_pipeline.defs.observe import observe
    from clipplot_pipeline.drive.daemon import find_failed, find_running
    from clipplot_pipeline.drive.instance import open_instance
    from clipplot_pipeline.drive.report import describe_status
    from clipplot_pipeline.ledger import Ledger
    from clipplot_pipeline.settings import load_settings

    settings = load_settings(project)
    ledger = Ledger(settings, observe(settings).inputs)
    with open_instance(project) as instance:
        status = describe_status(ledger, find_failed(instance, ledger), find_running(instance, ledger))
    if is_json:
        typer.echo(json.dumps(status))
    else:
        _print(status)


def _print(status: dict[str, Any]) -> None:
    shards = f"{status['shards']:,} shard{'s' if status['shards'] != 1 else ''}"
    say(f"{status['title']} ({status['slug']}): {status['images']:,} images in {shards}")
    skipped = ", ".join(f"{count} {reason}" for reason, count in status["skipped"].items())
    if skipped:
        say(f"Left out quietly: {skipped}")
    _print_rows("Not taken", [f"{r['path']}: {r['reason']}" for r in status["rejects"]])
    _print_rows("Cut off, and shown as far as they go", status["cut_off"])
    _print_rows("Rows of metadata without a picture", status["unmatched"])
    _print_rows("Not understood in the metadata", status["table_problems"])
    _print_rows("Values that gave way", status["conflicts"])
    _print_rows("At work", [f"{_name(r)}: {_since(r['since'])}" for r in status["running"]])
    _print_rows("Stale", _gather(status["stale"], status["shards"]))
    for failure in status["failed"]:
        say_error(f"{_name(failure)}: {failure['reason']}")
    if status["failed"]:
        say("Mend the cause, then run `clipplot build` again.")
    elif status["stale"]:
        say("`clipplot build` brings it up to date.")
    else:
        say(f"Everything is up to date. Site: {status['site']}")
    saved = status["shards"] - status["shards_compacted"]
    if saved >= WORTH:
        say(
            f"`clipplot compact` would join tiny shards: {status['shards_compacted']:,} instead of "
            f"{status['shards']:,}."
        )


def _since(moment: float | None) -> str:
    if moment is None:
        return "waits for its turn"
    return f"since {datetime.fromtimestamp(moment).astimezone():%H:%M:%S}"


def _gather(stale: list[dict[str, Any]], shards: int) -> list[str]:
    """Return a line for every stale asset and reason: shards that share one are counted."""
    alike: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in stale:
        alike.setdefault((row["asset"], row["reason"]), []).append(row)
    return [
        f"{_name(rows[0])}: {reason}"
        if len(rows) == 1
        else f"{asset}: {len(rows):,} of {shards:,} shards: {reason}"
        for (asset, reason), rows in alike.items()
    ]


def _name(row: dict[str, Any]) -> str:
    return f"{row['asset']}[{row['partition']}]" if row["partition"] else str(row["asset"])


def _print_rows(title: str, rows: list[str]) -> None:
    if not rows:
        return
    say(f"{title} ({len(rows):,}):", style="bold")
    for row in rows[:SHOWN]:
        say(f"  {row}")
    if len(rows) > SHOWN:
        say(f"  … and {len(rows) - SHOWN:,} more: `clipplot status --json` lists all")
