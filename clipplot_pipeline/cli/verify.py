"""``clipplot verify``: read a published site from end to end and say what is wrong with it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from clipplot_pipeline.cli.console import say, say_error
from clipplot_pipeline.cli.options import ProjectOption


def command(
    site: Annotated[
        str, typer.Argument(help="Folder or URL of the site; by default the project's.", show_default=False)
    ] = "",
    project: ProjectOption = Path(),
) -> None:
    """Check that a site holds everything its manifest names, and nothing it should not."""
    from clipplot_pipeline.settings import load_settings
    from clipplot_pipeline.site.verify import verify_site

    url = site or load_settings(project).site
    verification = verify_site(url)
    for problem in verification.problems:
        say_error(problem)
    if verification.problems:
        count = len(verification.problems)
        say(f"{url}: {count} problem{'s' if count > 1 else ''}. `clipplot build` publishes it anew.")
        raise typer.Exit(1)
    say(f"{url}: clean; {verification.images:,} images in {verification.files:,} files.")
