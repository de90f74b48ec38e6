"""``clipplot init``: write a commented clipplot.toml."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated, Any

import typer

from clipplot_pipeline.cli.console import say
from clipplot_pipeline.cli.options import ProjectOption, make_absolute, with_setting_options
from clipplot_pipeline.errors import UsageError


@with_setting_options
def command(
    source: Annotated[str, typer.Argument(help="Folder of images, or its URL.", show_default=False)] = "",
    project: ProjectOption = Path(),
    force: Annotated[bool, typer.Option("--force", help="Write over a file that is there.")] = False,
    options: dict[str, Any] | None = None,
) -> None:
    """Write clipplot.toml with every setting explained; nothing is computed."""
    from clipplot_pipeline.project_file import name_collection, write_project_file
    from clipplot_pipeline.settings import FILE_NAME, load_settings

    path = project / FILE_NAME
    if path.exists() and not force:
        raise UsageError(f"{path} is there already; edit it, or write over it with --force")
    values = dict(options or {})
    if source:
        slug, title = name_collection(source)
        values = {"slug": slug, "title": title, "source": make_absolute("source", source), **values}
    with tempfile.TemporaryDirectory() as empty:
        load_settings(Path(empty), values)  # a wrong value stops here, before the old file is gone
    write_project_file(project, values)
    where = "" if project.resolve() == Path.cwd() else f" --project {project}"
    say(f"Wrote {path}. Next: clipplot build{where}{'' if 'source' in values else ' FOLDER'}")
    if source and "://" not in source and not Path(values["source"]).is_dir():
        say(f"{source}: no such folder yet; expected the images there when you build")
