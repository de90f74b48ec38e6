"""The command line: a thin face. One verb a module; what a verb does lies below (``drive``, ``site``, ``sample``).

Belongs here: arguments, words printed, exit codes (0 done, 1 failed, 2 wrong use). Modules import what is
heavy only when their verb runs, so that ``serve`` and ``verify`` do without Dagster.
"""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from clipplot_pipeline import __version__
from clipplot_pipeline.cli import (
    backfill,
    build,
    compact,
    dev,
    export,
    forget,
    init,
    sample,
    serve,
    status,
    verify,
)
from clipplot_pipeline.cli.console import LogFormat, choose_log_format, say_error
from clipplot_pipeline.errors import ClipplotError

#: What a shell says of a program that Ctrl+C ended.
INTERRUPTED = 130

app = typer.Typer(
    name="clipplot",
    help="A map of your image collection, in the browser.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for verb in (init, sample, build, serve, verify, status, forget, export, backfill, compact, dev):
    app.command(verb.__name__.rpartition(".")[2])(verb.command)


def _print_version(is_asked: bool) -> None:
    if is_asked:
        typer.echo(f"clipplot {__version__}")
        raise typer.Exit


@app.callback()
def _about(
    _version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version and stop."),
    ] = False,
    log_format: Annotated[
        LogFormat,
        typer.Option(
            help="What is told on the way, on standard error: words and bars, or one JSON object an event.",
        ),
    ] = LogFormat.TEXT,
) -> None:
    choose_log_format(log_format)


def main() -> None:
    """Run the command line; a user's mistake ends in one sentence, not in a traceback."""
    try:
        app()
    except ClipplotError as error:
        say_error(str(error))
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        _say_interrupted()
    except SystemExit as stop:
        if stop.code == INTERRUPTED:  # newer typer ends so by itself, without a word
            _say_interrupted()
        raise


def _say_interrupted() -> None:
    say_error("interrupted; nothing is lost: the same command goes on where it stopped")
    sys.exit(1)
