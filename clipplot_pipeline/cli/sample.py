"""``clipplot sample``: draw the sample collection."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from clipplot_pipeline.cli.console import say, show_bars
from clipplot_pipeline.paths import quote_path


def command(
    folder: Annotated[Path, typer.Argument(help="Where to draw it; made if absent.")],
    count: Annotated[int, typer.Option(min=1, max=100_000, help="Number of pictures.")] = 1000,
    seed: Annotated[int, typer.Option(min=0, help="The same seed draws the same pictures.")] = 1,
) -> None:
    """Draw a collection of generative pictures with a metadata table, to try things out."""
    from clipplot_pipeline.sample import iterate_sample

    with show_bars() as show:
        for done in iterate_sample(folder, count=count, seed=seed):
            show("drawing", done, count)
    say(f"{count:,} pictures in {folder / 'images'}, their table in {folder / 'metadata.csv'}.")
    images, table = quote_path(folder / "images"), quote_path(folder / "metadata.csv")
    say(f"Next: clipplot build {images} --metadata {table} --embedder descriptor")
