"""Taking the vectors of a collection elsewhere: which images, from which shards, to which folder.

Belongs here: what is exported and what is refused. Does not belong here: the files' layout (``embeddings.export``).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from clipplot_pipeline.defs.io import open_vectors
from clipplot_pipeline.embeddings.export import SUMMARY, ExportRows, Format, delete_export, write_export
from clipplot_pipeline.errors import StoreError, UsageError
from clipplot_pipeline.ledger import Ledger
from clipplot_pipeline.model import ModelCard
from clipplot_pipeline.settings import FILE_NAME, load_settings
from clipplot_pipeline.storage import Store
from clipplot_pipeline.takedown import read_journal


@dataclass(frozen=True)
class ExportReport:
    """What was exported.

    Attributes
    ----------
    folder, format : str
    images, dim : int
    files : tuple of str
        Relative to the folder, sorted.
    forgotten : int
        Images left out because they were taken down, though the catalog holds them still.
    stale : tuple of str
        Outputs that the vectors hang on and that are not up to date.
    """

    folder: str
    format: str
    images: int
    dim: int
    files: tuple[str, ...]
    forgotten: int
    stale: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the report as the object that ``export --json`` prints."""
        return asdict(self) | {"files": list(self.files), "stale": list(self.stale)}


def export(
    project: Path,
    folder: str,
    form: Format = "clip-retrieval",
    rows_per_file: int = 100_000,
    is_half: bool = False,
    is_overwriting: bool = False,
) -> ExportReport:
    """Write the vectors of all live images to a folder or URL.

    Parameters
    ----------
    project : Path
        Where ``clipplot.toml`` is.
    folder : str
        Must be empty or absent, or hold an export that may be overwritten.
    form, rows_per_file, is_half
        See `write_export`.
    is_overwriting : bool
        Replace an older export.

    Raises
    ------
    UsageError
        Before anything is written, if there is no project, or the folder holds something else.
    StoreError
        If there are no vectors yet, no image at all, or vectors of two models.
    """
    if not (project / FILE_NAME).exists():
        raise UsageError(f"{project.resolve()}: there is no {FILE_NAME}; expected the folder of a collection")
    ledger = Ledger(load_settings(project))
    out = Store(folder)
    check_folder(out, is_overwriting)
    card = ModelCard.from_json(ledger.folder("embedder").read_json("card.json"))
    _check_cards(ledger, card)
    catalog, forgotten = live_images(ledger)
    if not catalog.num_rows:
        raise StoreError(
            f"{ledger.settings.slug}: there is no image to export; expected at least one; run `clipplot build`"
        )
    if out.exists(SUMMARY):
        delete_export(out)
    with open_vectors(_shards(ledger), catalog["sha256"].to_pylist(), card.dim) as vectors:
        paths = [paths[0] for paths in catalog["paths"].to_pylist()]
        rows = ExportRows(catalog["image_id"].to_pylist(), paths, vectors, card)
        files = write_export(out, rows, form, rows_per_file, is_half)
    needed = ("inventory", "images", "catalog", "embedder", "embeddings")
    stale = tuple(dict.fromkeys(found.asset for found in ledger.stale() if found.asset in needed))
    return ExportReport(folder, form, catalog.num_rows, card.dim, tuple(files), forgotten, stale)


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


def _check_cards(ledger: Ledger, card: ModelCard) -> None:
    """Raise if a shard's vectors come from another model than the embedder in force."""
    for shard, store in _shards(ledger):
        found = ModelCard.from_json(store.read_json("card.json"))
        if found.digest() != card.digest():
            raise StoreError(
                f"embeddings[{shard}]: its vectors come from {found.embedder} {found.model}, those in force from "
                f"{card.embedder} {card.model}; expected one model; run `clipplot build`"
            )


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


def _shards(ledger: Ledger) -> Iterator[tuple[str, Store]]:
    for shard in ledger.shards:
        yield shard, ledger.folder("embeddings", shard)
