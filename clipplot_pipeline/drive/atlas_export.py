"""Taking the images of a collection to Embedding Atlas, as one table.

Belongs here: which images are taken, to which folder. Does not belong here: the table (``site.embedding_atlas``).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from clipplot_pipeline.drive.export_folder import ExportReport, check_folder, clear_folder, live_images
from clipplot_pipeline.drive.project import open_settings
from clipplot_pipeline.embeddings.export import SUMMARY
from clipplot_pipeline.ledger import Ledger
from clipplot_pipeline.site.embedding_atlas import make_command, read_published, write_atlas_table
from clipplot_pipeline.storage import Store

FORMAT = "embedding-atlas"
TABLE = "embedding_atlas.parquet"


@dataclass(frozen=True, kw_only=True)
class AtlasReport(ExportReport):
    """What was exported; ``command`` opens the table, run in the folder."""

    command: str


def export_atlas(project: Path, folder: str, is_overwriting: bool = False) -> AtlasReport:
    """Write the published images as a table for Embedding Atlas, but those that were taken down.

    Parameters
    ----------
    project : Path
        Where ``clipplot.toml`` is.
    folder : str
        Must be empty or absent, or hold an export that may be overwritten.
    is_overwriting : bool
        Replace an older export.

    Raises
    ------
    UsageError
        Before anything is written, if there is no project, or the folder holds something else.
    SiteError, StoreError
        Before anything is written, if nothing is published yet.
    """
    settings = open_settings(project)
    ledger, site, out = Ledger(settings), Store(settings.site), Store(folder)
    check_folder(out, is_overwriting)
    published = read_published(site)
    live, _ = live_images(ledger)
    neighbors = ledger.folder("neighbors").read_table("neighbors.parquet")
    clear_folder(out)
    summary = {"format": FORMAT, "files": [TABLE]}
    out.write_json(SUMMARY, {**summary, "complete": False})
    table = write_atlas_table(site, published, neighbors, live["image_id"], out, TABLE)
    command = make_command(TABLE, table)
    out.write_json(SUMMARY, {**summary, "images": table.rows, "command": command, "complete": True})
    stale = tuple(dict.fromkeys(found.asset for found in ledger.stale()))
    return AtlasReport(
        folder=folder, format=FORMAT, images=table.rows, files=(TABLE,), stale=stale, command=command
    )
