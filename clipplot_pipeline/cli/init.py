"""``clipplot init``: write a commented clipplot.toml."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from clipplot_pipeline.cli.console import say
from clipplot_pipeline.cli.options import ProjectOption, make_absolute, with_setting_options
from clipplot_pipeline.errors import UsageError
from clipplot_pipeline.paths import quote_path


@with_setting_options
def command(
    source: Annotated[str, typer.Argument(help="Folder of images, or its URL.", show_default=False)] = "",
    project: ProjectOption = Path(),
    force: Annotated[bool, typer.Option("--force", help="Write over a file that is there.")] = False,
    options: dict[str, Any] | None = None,
) -> None:
    """Write clipplot.toml with every setting explained; nothing is computed.

    Without SOURCE it asks a few questions on a terminal; elsewhere it never asks.
    """
    from clipplot_pipeline.project_file import name_collection, write_project_file
    from clipplot_pipeline.settings import FILE_NAME, load_settings

    path = project / FILE_NAME
    if path.exists() and not force:
        raise UsageError(f"{path} is there already; edit it, or write over it with --force")
    values = dict(options or {})
    if not source and is_terminal():
        source, answers = ask(values)
        values |= answers
    if source:
        slug, title = name_collection(source)
        values = {"slug": slug, "title": title, "source": make_absolute("source", source), **values}
    with tempfile.TemporaryDirectory() as empty:
        load_settings(Path(empty), values)  # a wrong value stops here, before the old file is gone
    write_project_file(project, values)
    where = "" if project.resolve() == Path.cwd() else f" --project {quote_path(project)}"
    say(f"Wrote {path}. Next: clipplot build{where}{'' if 'source' in values else ' FOLDER'}")
    if source and "://" not in source and not Path(values["source"]).is_dir():
        say(f"{source}: no such folder yet; expected the images there when you build")


def is_terminal() -> bool:
    """Tell whether somebody is there to answer."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def ask(given: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """Ask for what a first map needs and was not given as an option; return the source and the settings."""
    from clipplot_pipeline.project_file import name_collection

    source = _prompt("Where are the pictures? A folder or an address (leave empty to decide later)", "")
    answers: dict[str, Any] = {}
    if "title" not in given:
        title = _prompt(
            "What is the title of the map?", name_collection(source)[1] if source else "Collection"
        )
        answers["title"] = title
    if "metadata" not in given:
        table = _prompt("Is there a table about them? A CSV, JSON or Parquet file (leave empty for none)", "")
        while table and "://" not in table and not Path(table).expanduser().exists():
            table = _prompt(f"{table}: there is no such file. Another (leave empty for none)", "")
        if table:
            answers["metadata"] = [make_absolute("metadata", table)]
    if "embedder" not in given:
        is_neural = typer.confirm(
            "Lay pictures together by what they show (OpenCLIP: needs the extra `clip` and, once, a download)? "
            "Otherwise by colour, texture and composition",
            default=True,
            err=True,
        )
        answers["embedder"] = "open_clip" if is_neural else "descriptor"
    return source, answers


def _prompt(question: str, default: str) -> str:
    answer: str = typer.prompt(question, default=default, show_default=bool(default), err=True)
    return answer.strip()
