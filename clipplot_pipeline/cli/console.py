"""Words and bars on the terminal. Everything but results goes to standard error, so that ``--json`` stays clean."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

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

#: File names are printed as they are: `:cat:` is no picture of a cat.
console = Console(stderr=True, highlight=False, emoji=False)


class _RateColumn(ProgressColumn):
    """Units a second."""

    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text(f"{speed:,.0f}/s" if speed else "", style="dim")


def say(text: str) -> None:
    """Print a line for people."""
    console.print(text, markup=False, soft_wrap=True)


def say_error(text: str) -> None:
    """Print what went wrong."""
    console.print(Text.assemble(("error: ", "bold red"), text), soft_wrap=True)


@contextlib.contextmanager
def show_bars() -> Iterator[Callable[[str, int, int], None]]:
    """Lend a function that shows a bar with rate and time left for everything it is told of."""
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
    if is_quiet:
        yield
        return
    from clipplot_pipeline.defs.progress import listen

    with show_bars() as show, listen(show):
        yield
