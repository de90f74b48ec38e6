"""Taking the map of a collection elsewhere, as one file.

Belongs here: which site is taken and what is refused. Does not belong here: how the file is made
(``site.single_file``).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from clipplot_pipeline.drive.project import open_settings
from clipplot_pipeline.errors import UsageError
from clipplot_pipeline.ledger import Ledger
from clipplot_pipeline.site.single_file import Pictures, write_single_file
from clipplot_pipeline.storage import Store
from clipplot_pipeline.takedown import read_journal


@dataclass(frozen=True)
class SingleFileReport:
    """What was exported.

    Attributes
    ----------
    file, pictures : str
    images, files, bytes : int
    stale : tuple of str
        Outputs that are not up to date: the file shows what is published.
    """

    file: str
    pictures: str
    images: int
    files: int
    bytes: int
    stale: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the report as the object that ``export --json`` prints."""
        return asdict(self) | {"stale": list(self.stale)}


def export_single_file(
    project: Path, file: Path, pictures: Pictures = "compact", is_overwriting: bool = False
) -> SingleFileReport:
    """Write the published site of a collection as one HTML file, whole or not at all.

    Parameters
    ----------
    project : Path
        Where ``clipplot.toml`` is.
    file : Path
        Must end in ``.html``.
    pictures
        See `write_single_file`.
    is_overwriting : bool
        Replace a file of that name.

    Raises
    ------
    UsageError
        Before anything is written: if there is no project, the name is taken or wrong, or a takedown is under way.
    SiteError
        Before anything is written: if there is no site, or it has too many images.
    """
    if file.suffix.lower() not in {".html", ".htm"}:
        raise UsageError(
            f"export: --single-file {file.name}; expected a name that ends in .html, so that a double click opens it"
        )
    if file.is_dir() or (file.exists() and not is_overwriting):
        raise UsageError(
            f"export: {file} exists; expected a new name; choose another one, or add --overwrite"
        )
    settings = open_settings(project)
    ledger = Ledger(settings)
    if read_journal(ledger.store):
        raise UsageError("export: a takedown is under way; expected none; finish it with `clipplot forget`")
    target = Store(str(file.parent))
    with target.open_write(file.name) as out:
        made = write_single_file(Store(settings.site), out, settings.slug, settings.language, pictures)
    stale = tuple(dict.fromkeys(found.asset for found in ledger.stale()))
    return SingleFileReport(str(file), pictures, made.images, made.files, made.bytes, stale)
