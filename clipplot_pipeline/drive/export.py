"""Taking the vectors of a collection elsewhere: which images, from which shards, to which folder.

Belongs here: what is exported and what is refused. Does not belong here: the files' layout (``embeddings.export``).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from clipplot_pipeline.defs.io import open_vectors
from clipplot_pipeline.drive.export_folder import ExportReport, check_folder, clear_folder, live_images
from clipplot_pipeline.drive.project import open_settings
from clipplot_pipeline.embeddings.export import ExportRows, Format, write_export
from clipplot_pipeline.errors import StoreError
from clipplot_pipeline.ledger import Ledger
from clipplot_pipeline.model import ModelCard
from clipplot_pipeline.storage import Store


@dataclass(frozen=True, kw_only=True)
class VectorsReport(ExportReport):
    """What was exported of the vectors.

    Attributes
    ----------
    dim : int
    forgotten : int
        Images left out because they were taken down, though the catalog holds them still.
    """

    dim: int
    forgotten: int


def export(
    project: Path,
    folder: str,
    form: Format = "clip-retrieval",
    rows_per_file: int = 100_000,
    is_half: bool = False,
    is_overwriting: bool = False,
) -> VectorsReport:
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
    ledger = Ledger(open_settings(project))
    out = Store(folder)
    check_folder(out, is_overwriting)
    card = ModelCard.from_json(ledger.folder("embedder").read_json("card.json"))
    _check_cards(ledger, card)
    catalog, forgotten = live_images(ledger)
    if not catalog.num_rows:
        raise StoreError(
            f"{ledger.settings.slug}: there is no image to export; expected at least one; run `clipplot build`"
        )
    clear_folder(out)
    with open_vectors(_shards(ledger), catalog["sha256"].to_pylist(), card.dim) as vectors:
        paths = [paths[0] for paths in catalog["paths"].to_pylist()]
        rows = ExportRows(catalog["image_id"].to_pylist(), paths, vectors, card)
        files = write_export(out, rows, form, rows_per_file, is_half)
    needed = ("inventory", "images", "catalog", "embedder", "embeddings")
    stale = tuple(dict.fromkeys(found.asset for found in ledger.stale() if found.asset in needed))
    return VectorsReport(
        folder=folder,
        format=form,
        images=catalog.num_rows,
        files=tuple(files),
        stale=stale,
        dim=card.dim,
        forgotten=forgotten,
    )


def _check_cards(ledger: Ledger, card: ModelCard) -> None:
    """Raise if a shard's vectors come from another model than the embedder in force."""
    for shard, store in _shards(ledger):
        found = ModelCard.from_json(store.read_json("card.json"))
        if found.digest() != card.digest():
            raise StoreError(
                f"embeddings[{shard}]: its vectors come from {found.embedder} {found.model}, those in force from "
                f"{card.embedder} {card.model}; expected one model; run `clipplot build`"
            )


def _shards(ledger: Ledger) -> Iterator[tuple[str, Store]]:
    for shard in ledger.shards:
        yield shard, ledger.folder("embeddings", shard)
