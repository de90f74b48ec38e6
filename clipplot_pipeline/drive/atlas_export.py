"""Taking the images of a collection to Embedding Atlas, as one table.

Belongs here: which images are taken, to which folder. Does not belong here: the table (``site.embedding_atlas``).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from clipplot_pipeline.drive.export import check_folder, live_images
from clipplot_pipeline.embeddings.export import SUMMARY, delete_export
from clipplot_pipeline.errors import UsageError
from clipplot_pipeline.ledger import Ledger
from clipplot_pipeline.settings import FILE_NAME, load_settings
from clipplot_pipeline.site.embedding_atlas import make_command, write_atlas_table
from clipplot_pipeline.storage import Store

FORMAT = "embedding-atlas"
TABLE = "embedding_atlas.parquet"


@dataclass(frozen=True)
class AtlasReport:
    """What was exported.

    Attributes
    ----------
    folder, format : str
    images : int
    files : tuple of str
        Relative to the folder.
    command : str
        Opens the table, run in the folder.
    stale : tuple of str
        Outputs that are not up to date: the table holds what is published.
    """

    folder: str
    format: str
    images: int
    files: tuple[str, ...]
    command: str
    stale: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the report as the object that ``export --json`` prints."""
        return asdict(self) | {"files": list(self.files), "stale": list(self.stale)}


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
        If nothing is published yet.
    """
    if not (project / FILE_NAME).exists():
        raise UsageError(f"{project.resolve()}: there is no {FILE_NAME}; expected the folder of a collection")
    settings = load_settings(project)
    ledger, out = Ledger(settings), Store(folder)
    check_folder(out, is_overwriting)
    live, _ = live_images(ledger)
    neighbors = ledger.folder("neighbors").read_table("neighbors.parquet")
    if out.exists(SUMMARY):
        delete_export(out)
    summary = {"format": FORMAT, "files": [TABLE]}
    out.write_json(SUMMARY, {**summary, "complete": False})
    table = write_atlas_table(Store(settings.site), neighbors, live["image_id"], out, TABLE)
    command = make_command(TABLE, table)
    out.write_json(SUMMARY, {**summary, "images": table.rows, "command": command, "complete": True})
    stale = tuple(dict.fromkeys(found.asset for found in ledger.stale()))
    return AtlasReport(folder, FORMAT, table.rows, (TABLE,), command, stale)
