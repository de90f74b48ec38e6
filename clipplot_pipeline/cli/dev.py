"""``clipplot dev``: Dagster's web interface with the daemon, for one project or a workspace of several."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from clipplot_pipeline.cli.console import say
from clipplot_pipeline.cli.options import ProjectOption


def command(
    project: ProjectOption = Path(),
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port of the web interface.")] = 3000,
    host: Annotated[
        str, typer.Option(help="Address to listen on. Dagster has no login: keep it on this machine.")
    ] = "127.0.0.1",
) -> None:
    """Start Dagster's web interface and its daemon; automation runs from the start.

    A workspace.yaml in the project folder is used where there is one: one line a collection.
    """
    from clipplot_pipeline.drive.instance import open_instance
    from clipplot_pipeline.settings import load_settings

    folder = project.resolve()
    settings = load_settings(folder)
    with open_instance(folder):
        pass  # made and prepared: pools hold from the first run on
    workspace = folder / "workspace.yaml"
    target = ["-w", str(workspace)] if workspace.exists() else ["-m", "clipplot_pipeline.definitions"]
    arguments = [sys.executable, "-m", "dagster", "dev", *target, "--host", host, "--port", str(port)]
    say(f"{settings.title}: http://{host}:{port}/ — click Materialize on `inventory`. Stop with Ctrl+C.")
    environment = os.environ | {"CLIPPLOT_PROJECT": str(folder)}
    try:
        code = subprocess.run(arguments, cwd=folder, env=environment, check=False).returncode  # noqa: S603
    except KeyboardInterrupt:
        code = 0
    raise typer.Exit(code)
