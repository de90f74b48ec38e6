"""``clipplot serve``: hand out a site on this machine."""

from __future__ import annotations

import webbrowser
from pathlib import Path
from typing import Annotated

import typer

from clipplot_pipeline.cli.console import say
from clipplot_pipeline.cli.options import ProjectOption


def command(
    site: Annotated[
        str, typer.Argument(help="Folder of the site; by default the project's.", show_default=False)
    ] = "",
    project: ProjectOption = Path(),
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port; 0 takes a free one.")] = 8000,
    host: Annotated[
        str, typer.Option(help="Address to listen on; other machines reach 0.0.0.0.")
    ] = "127.0.0.1",
    is_opened: Annotated[bool, typer.Option("--open", help="Open the site in the browser.")] = False,
) -> None:
    """Serve a site on this machine, for looking at it before it is put on the web."""
    from clipplot_pipeline.settings import load_settings
    from clipplot_pipeline.site.serve import make_server

    server = make_server(Path(site or load_settings(project).site), host=host, port=port)
    address = (
        f"http://{'localhost' if host in {'127.0.0.1', '0.0.0.0'} else host}:{server.server_address[1]}/"  # noqa: S104
    )
    try:
        say(f"Serving at {address} (stop with Ctrl+C)")
        if is_opened and not webbrowser.open(address):
            say(f"no browser could be opened on this machine; open {address} by hand")
        server.serve_forever()
    except KeyboardInterrupt:
        say("Stopped.")
    finally:
        server.server_close()
