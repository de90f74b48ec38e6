"""Which files the metadata lie in: those that the settings name, or those that lie among the pictures.

Belongs here: finding tables. Does not belong here: reading them (``table``).

An entry of the setting is one table: a file, or all table files of a folder or a pattern, one below the other (an
object a file, as PixPlot has it, or the parts of a Parquet table). Several entries are several tables about the same
pictures.

Without an entry the tables count that lie among the pictures by the convention of Hugging Face's *imagefolder*:
``metadata.csv``, ``metadata.jsonl`` or ``metadata.parquet`` in any folder, whose ``file_name`` starts at that folder.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from clipplot_pipeline.errors import TableError
from clipplot_pipeline.sources.locations import identify, join_url, list_files
from clipplot_pipeline.sources.names import TABLE_NAMES
from clipplot_pipeline.storage import hash_json

#: Endings of files that are tables where a folder is named.
ENDINGS = tuple(
    ending + packed
    for ending in (".csv", ".tsv", ".json", ".jsonl", ".ndjson", ".jsonlines", ".parquet")
    for packed in ("", ".gz")
)


@dataclass(frozen=True, slots=True)
class TableInput:
    """One table: the files that make it up.

    Attributes
    ----------
    name : str
        The entry of the settings, or the path of the table among the pictures.
    files : tuple of str
        Addresses, sorted.
    folder : str
        What paths in the table start at, relative to the source; empty: nothing is known of it.
    is_found : bool
        Whether clipplot found it by itself.
    """

    name: str
    files: tuple[str, ...]
    folder: str = ""
    is_found: bool = False

    def to_json(self) -> dict[str, Any]:
        """Return the input as plain JSON values."""
        return asdict(self) | {"files": list(self.files)}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> TableInput:
        """Return the input that ``to_json`` wrote."""
        return cls(**{**value, "files": tuple(value["files"])})


def find_tables(entries: Sequence[str], setting: str = "metadata") -> tuple[tuple[TableInput, ...], str]:
    """Return the tables that the settings name, and a tag that changes when one of their files does.

    Raises
    ------
    TableError
        An entry names no table.
    """
    tables, tags = [], []
    for entry in entries:
        files = list_files(entry, ENDINGS)
        if not files:
            raise TableError(
                f"{setting}: there is no file {entry}, nor a table in a folder or by a pattern of this name; expected "
                f"CSV, TSV, JSON, JSON Lines or Parquet, or leave `{setting}` empty to do without one"
            )
        tables.append(TableInput(entry, tuple(files)))
        tags.append([[identify(url), tag] for url, tag in files.items()])
    return tuple(tables), hash_json(tags)[:16] if tables else ""


def find_tables_among(source: str, found: Mapping[str, str]) -> tuple[tuple[TableInput, ...], str]:
    """Return the tables that lie among the pictures, and a tag that changes when one of them does.

    Parameters
    ----------
    source : str
        Folder of the pictures.
    found : mapping of str to str
        Paths of files called as ``TABLE_NAMES``, relative to the source, with their versions.
    """
    best: dict[str, str] = {}
    for path in found:
        folder, _, name = path.rpartition("/")
        if folder not in best or TABLE_NAMES.index(name) < TABLE_NAMES.index(best[folder]):
            best[folder] = name
    tables = []
    for folder, name in sorted(best.items()):
        path = f"{folder}/{name}" if folder else name
        tables.append(TableInput(path, (join_url(source, path),), folder, is_found=True))
    used = {table.name: found[table.name] for table in tables}
    return tuple(tables), hash_json(used)[:16] if tables else ""
