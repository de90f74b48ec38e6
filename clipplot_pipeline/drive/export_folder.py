"""What every export of a collection to a folder shares.

Belongs here: the folder that is written to, which images are live, what is reported. Does not belong here: what is
written (``export``, ``atlas_export``).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import pyarrow as pa

from clipplot_pipeline.embeddings.export import SUMMARY, delete_export
from clipplot_pipeline.errors import UsageError
from clipplot_pipeline.ledger import Ledger
from clipplot_pipeline.storage import Store
from clipplot_pipeline.takedown import read_journal


@dataclass(frozen=True, kw_only=True)
class ExportReport:
    """What was exported.

    Attributes
    ----------
    folder, format : str
    images : int
    files : tuple of str
        Relative to the folder, sorted.
    stale : tuple of str
        Outputs that the export hangs on and that are not up to date.
    """

    folder: str
    format: str
    images: int
    files: tuple[str, ...]
    stale: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the report as the object that ``export --json`` prints."""
        return asdict(self) | {"files": list(self.files), "stale": list(self.stale)}


def check_folder(out: Store, is_overwriting: bool) -> None:
    """Raise if a folder holds anything, but an export that may be overwritten."""
    files = out.list_files()
    if not files or (is_overwriting and SUMMARY in files):
        return
    remedy = "add --overwrite" if SUMMARY in files else "name another folder, or empty it"
    what = (
        "an older export" if SUMMARY in files else f"{len(files):,} files that are no export ({files[0]} …)"
    )
    raise UsageError(f"export: {out.url} holds {what}; expected an empty folder; {remedy}")


def clear_folder(out: Store) -> None:
    """Delete an older export, if there is one."""
    if out.exists(SUMMARY):
        delete_export(out)


def live_images(ledger: Ledger) -> tuple[pa.Table, int]:
    """Return the catalog by path, without what was or is being taken down, and how many rows that leaves out."""
    catalog = ledger.folder("catalog").read_table("catalog.parquet", columns=["image_id", "sha256", "paths"])
    known = ledger.forgotten()
    pending = read_journal(ledger.store)
    going = set(pending.pictures) if pending else set()
    pictures, paths = catalog["sha256"].to_pylist(), catalog["paths"].to_pylist()
    live = [n for n, sha256 in enumerate(pictures) if sha256 not in going and not known.has_picture(sha256)]
    live.sort(key=lambda row: paths[row][0])
    return catalog.take(pa.array(live, pa.int64())), catalog.num_rows - len(live)
