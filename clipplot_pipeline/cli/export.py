"""``clipplot export``: the vectors for other programs, or the whole map as one file."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Optional

import typer

from clipplot_pipeline.cli.console import say
from clipplot_pipeline.cli.options import JsonOption, ProjectOption, make_absolute
from clipplot_pipeline.errors import UsageError


class ExportFormat(StrEnum):
    """The forms there are."""

    clip_retrieval = "clip-retrieval"
    parquet = "parquet"
    embedding_atlas = "embedding-atlas"


class Pictures(StrEnum):
    """What a map that is one file holds of the large pictures."""

    compact = "compact"
    full = "full"
    none = "none"


class Numbers(StrEnum):
    """The number formats there are."""

    float32 = "float32"
    float16 = "float16"


def command(  # noqa: PLR0913, PLR0917 - an argument for each option
    folder: Annotated[
        Optional[str],  # noqa: UP045 - typer reads it at run time
        typer.Argument(help="Empty or new folder, or its URL.", show_default=False),
    ] = None,
    single_file: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option(
            "--single-file",
            help="Instead: the published map as one HTML file (at most 5,000 images) that opens by double click, "
            "without a server.",
            show_default=False,
        ),
    ] = None,
    pictures: Annotated[
        Optional[Pictures],  # noqa: UP045
        typer.Option(
            "--pictures",
            help="With --single-file, the large pictures: `compact` (JPEG quality 80, the default), `full` as they are "
            "published, or `none`.",
            show_default=False,
        ),
    ] = None,
    form: Annotated[
        ExportFormat,
        typer.Option(
            "--format",
            help="`clip-retrieval`: img_emb/*.npy and metadata/*.parquet; `parquet`: one table, vectors as "
            "fixed-size lists; `embedding-atlas`: the published images as one table with positions, small pictures, "
            "neighbours and metadata instead of vectors.",
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
    is_json: JsonOption = False,
) -> None:
    """Write the vectors with ids and relative paths of all images; those that were taken down are left out.

    With --single-file, write the published map as one HTML file instead.
    """
    if (folder is None) == (single_file is None):
        raise UsageError(
            "export: name either a folder for the vectors, or --single-file map.html for the map"
        )
    if single_file is not None:
        return _export_map(project, single_file, pictures or Pictures.compact, is_overwriting, is_json)
    if pictures is not None:
        raise UsageError("export: --pictures is for --single-file; vectors come without pictures")
    if form is ExportFormat.embedding_atlas:
        return _export_atlas(project, str(folder), numbers, is_overwriting, is_json)
    return _export_vectors(project, str(folder), form, numbers, rows, is_overwriting, is_json)


def _export_map(project: Path, file: Path, pictures: Pictures, is_overwriting: bool, is_json: bool) -> None:
    from clipplot_pipeline.drive.single_file import export_single_file

    place = Path(make_absolute("store", str(file)))
    report = export_single_file(project, place, pictures.value, is_overwriting)
    if is_json:
        typer.echo(json.dumps(report.to_json()))
        return
    say(f"{report.file}: {report.images:,} images, {report.bytes / 1e6:.1f} MB. A double click opens it.")
    _note_stale(report.stale)


def _export_atlas(project: Path, folder: str, numbers: Numbers, is_overwriting: bool, is_json: bool) -> None:
    from clipplot_pipeline.drive.atlas_export import export_atlas

    if numbers is Numbers.float16:
        raise UsageError("export: --format embedding-atlas holds no vectors; leave --numbers out")
    report = export_atlas(project, make_absolute("store", folder), is_overwriting)
    if is_json:
        typer.echo(json.dumps(report.to_json()))
        return
    say(f"{report.folder}: {report.images:,} images. In that folder, open them with")
    say(f"  {report.command}")
    _note_stale(report.stale)


def _export_vectors(
    project: Path,
    folder: str,
    form: ExportFormat,
    numbers: Numbers,
    rows: int,
    is_overwriting: bool,
    is_json: bool,
) -> None:
    from clipplot_pipeline.drive.export import export

    if numbers is Numbers.float16 and form is ExportFormat.parquet:
        raise UsageError("export: --numbers float16 is for --format clip-retrieval; Parquet holds float32")
    report = export(
        project,
        make_absolute("store", folder),
        "parquet" if form is ExportFormat.parquet else "clip-retrieval",
        rows,
        is_half=numbers is Numbers.float16,
        is_overwriting=is_overwriting,
    )
    if is_json:
        typer.echo(json.dumps(report.to_json()))
        return
    files = f"{len(report.files):,} file{'s' if len(report.files) > 1 else ''}"
    say(f"{report.folder}: {report.images:,} vectors of {report.dim:,} components in {files}.")
    _note_stale(report.stale)


def _note_stale(stale: tuple[str, ...]) -> None:
    if stale:
        say(f"Note: not up to date ({', '.join(stale)}); `clipplot build` brings it up to date.")
