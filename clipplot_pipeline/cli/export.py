"""``clipplot export``: the vectors, for other programs."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from clipplot_pipeline.cli.console import say
from clipplot_pipeline.cli.options import ProjectOption, make_absolute
from clipplot_pipeline.errors import UsageError


class ExportFormat(StrEnum):
    """The forms there are."""

    clip_retrieval = "clip-retrieval"
    parquet = "parquet"


class Numbers(StrEnum):
    """The number formats there are."""

    float32 = "float32"
    float16 = "float16"


def command(
    folder: Annotated[str, typer.Argument(help="Empty or new folder, or its URL.", show_default=False)],
    form: Annotated[
        ExportFormat,
        typer.Option(
            "--format",
            help="`clip-retrieval`: img_emb/*.npy and metadata/*.parquet; `parquet`: one table, vectors as "
            "fixed-size lists.",
        ),
    ] = ExportFormat.clip_retrieval,
    numbers: Annotated[
        Numbers, typer.Option("--numbers", help="Of the npy files; Parquet holds float32.")
    ] = Numbers.float32,
    rows: Annotated[int, typer.Option("--rows", min=1, help="Images a file holds at most.")] = 100_000,
    is_overwriting: Annotated[
        bool, typer.Option("--overwrite", help="Replace an older export in the folder.")
    ] = False,
    project: ProjectOption = Path(),
    is_json: Annotated[
        bool, typer.Option("--json", help="End with one JSON object on standard output.")
    ] = False,
) -> None:
    """Write the vectors with ids and relative paths of all images; those that were taken down are left out."""
    from clipplot_pipeline.drive.export import export

    if numbers is Numbers.float16 and form is ExportFormat.parquet:
        raise UsageError("export: --numbers float16 is for --format clip-retrieval; Parquet holds float32")
    report = export(
        project,
        make_absolute("store", folder),
        form.value,
        rows,
        is_half=numbers is Numbers.float16,
        is_overwriting=is_overwriting,
    )
    if is_json:
        typer.echo(json.dumps(report.to_json()))
        return
    files = f"{len(report.files):,} file{'s' if len(report.files) > 1 else ''}"
    say(f"{report.folder}: {report.images:,} vectors of {report.dim:,} components in {files}.")
    if report.stale:
        say(f"Note: not up to date ({', '.join(report.stale)}); `clipplot build` brings it up to date.")
