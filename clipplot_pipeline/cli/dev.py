"""``clipplot dev``: Dagster's web interface with the daemon, for one project or a workspace of several."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from clipplot_pipeline.cli.console import LogFormat, log_format, say
from clipplot_pipeline.cli.options import ProjectOption
from clipplot_pipeline.errors import UsageError


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
    from clipplot_pipeline.settings import FILE_NAME, load_settings

    folder = project.resolve()
    workspace = folder / "workspace.yaml"
    if not (folder / FILE_NAME).is_file() and not workspace.is_file():
        raise UsageError(
            f"{folder}: there is neither {FILE_NAME} nor workspace.yaml; expected a project folder: "
            "make one with `clipplot init FOLDER` or `clipplot build FOLDER`"
        )
    _check_port(host, port)
    is_many = workspace.is_file()
    title = "Several collections" if is_many else load_settings(folder).title
    with open_instance(folder):
        pass  # made and prepared: pools hold from the first run on
    target = ["-w", str(workspace)] if is_many else ["-m", "clipplot_pipeline.definitions"]
    arguments = [sys.executable, "-m", "dagster", "dev", *target, "--host", host, "--port", str(port)]
    arguments += ["--log-format", "json"] if log_format() is LogFormat.JSON else []
    say(f"{title}: http://{host}:{port}/ — click Materialize on `inventory`. Stop with Ctrl+C.")
    # With several collections each line of the workspace names its own folder.
    environment = {name: value for name, value in os.environ.items() if name != "CLIPPLOT_PROJECT"}
    environment |= {} if is_many else {"CLIPPLOT_PROJECT": str(folder)}
    raise typer.Exit(_run(arguments, folder, environment))


def _run(arguments: list[str], folder: Path, environment: dict[str, str]) -> int:
    """Run Dagster until it ends, and return its exit code; who stops this process stops Dagster as well."""
    server: subprocess.Popen[bytes] | None = None

    def stop(*_: object) -> None:
        if server is not None:
            server.terminate()

    # Before Dagster begins: it would inherit that a signal is ignored, as in the background of a script, and never
    # hear it. It answers SIGTERM as it answers SIGINT, and so needs both.
    before = {
        signal.SIGTERM: signal.signal(signal.SIGTERM, stop),
        signal.SIGINT: signal.signal(signal.SIGINT, signal.default_int_handler),
    }
    try:
        with subprocess.Popen(arguments, cwd=folder, env=environment) as server:  # noqa: S603
            try:
                return server.wait()
            except KeyboardInterrupt:  # Ctrl+C reaches Dagster, too, which ends by itself
                server.wait()
                return 0
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _check_port(host: str, port: int) -> None:
    """Raise where the port cannot be had: Dagster would say so in a traceback, or take another one silently."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            if sys.platform != "win32":  # there it would let two servers share one port
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except OSError as error:
        raise UsageError(
            f"{host}:{port}: cannot listen there ({error}); choose another port with --port"
        ) from error
