"""Words and bars on the terminal. Everything but results goes to standard error, so that ``--json`` stays clean."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Iterator
from enum import StrEnum

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from clipplot_pipeline.cli.logs import PROGRAM, log_json_lines


class LogFormat(StrEnum):
    """How events are told."""

    TEXT = "text"
    JSON = "json"


#: File names are printed as they are: `:cat:` is no picture of a cat.
console = Console(stderr=True, highlight=False, emoji=False)

_log_format = LogFormat.TEXT
_logger = logging.getLogger(f"{PROGRAM}.cli")


class _RateColumn(ProgressColumn):
    """Units a second."""

    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text(f"{speed:,.0f}/s" if speed else "", style="dim")


def choose_log_format(chosen: LogFormat) -> None:
    """Say from now on everything in words and bars, or as one JSON object a line."""
    global _log_format  # noqa: PLW0603 - one terminal, one way to speak
    _log_format = chosen
    if chosen is LogFormat.JSON:
        log_json_lines()


def log_format() -> LogFormat:
    """Return what was chosen."""
    return _log_format


def say(text: str, *, style: str | None = None) -> None:
    """Print a line for people, in a style of rich's."""
    if _log_format is LogFormat.JSON:
        _logger.info("%s", text)
        return
    console.print(text, style=style, markup=False, soft_wrap=True)


def say_error(text: str) -> None:
    """Print what went wrong."""
    if _log_format is LogFormat.JSON:
        _logger.error("%s", text)
        return
    console.print(Text.assemble(("error: ", "bold red"), text), soft_wrap=True)


@contextlib.contextmanager
def show_bars() -> Iterator[Callable[[str, int, int], None]]:
    """Lend a function that shows a bar with rate and time left for everything it is told of; none among objects."""
    if _log_format is LogFormat.JSON:
        yield lambda _what, _done, _total: None
        return
    columns = (
        TextColumn("{task.description:<28}"),
        BarColumn(bar_width=32),
        MofNCompleteColumn(),
        _RateColumn(),
        TimeRemainingColumn(compact=True, elapsed_when_finished=True),
    )
    progress = Progress(*columns, console=console, transient=not console.is_terminal)
    bars: dict[str, TaskID] = {}

    def show(what: str, done: int, total: int) -> None:
        if not bars:
            progress.start()  # not before: a run without bars prints no empty line for them
        if what not in bars:
            bars[what] = progress.add_task(what, total=total)
        progress.update(bars[what], completed=done, total=total)

    try:
        yield show
    finally:
        if bars:
            progress.stop()


@contextlib.contextmanager
def show_progress(is_quiet: bool) -> Iterator[None]:
    """Show how far the graph's long steps are while the block runs."""
    if is_quiet or _log_format is LogFormat.JSON:
        yield
        return
    from clipplot_pipeline.defs.progress import listen

    with show_bars() as show, listen(show):
        yield
