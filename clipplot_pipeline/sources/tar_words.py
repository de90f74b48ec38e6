"""What lies beside pictures in the tar files of webdataset: captions, and the JSON of img2dataset.

Belongs here: short members to a table about the pictures. Does not belong here: tar files (``tar_shards``).

Members whose names are the same up to the first dot are one sample. ``.txt`` is a caption, ``.cls`` a label, plain
values of ``.json`` are columns; what img2dataset says of the download itself is left out.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import pyarrow as pa

#: A longer text is no caption.
MOST_BYTES = 1 << 16
#: Longer JSON is nothing that was noted of a picture; as much of a member is read at most.
MOST_READ_BYTES = 1 << 20
FAILED = "downloads that failed, by their status"
_ENDINGS = {"txt": "caption", "caption": "caption", "cls": "label", "json": ""}
STATUS, SUCCESS = "status", "success"
#: What img2dataset notes for itself.
LEFT_OUT = frozenset(
    {
        "key",
        "status",
        "error_message",
        "width",
        "height",
        "original_width",
        "original_height",
        "exif",
        "sha256",
        "md5",
        "path",
        "filename",
        "file_name",
    }
)


class Words:
    """Collects what samples say of their pictures."""

    def __init__(self) -> None:
        self._samples: dict[str, dict[str, str]] = {}
        self._failed: set[str] = set()

    def wants(self, name: str) -> bool:
        """Tell whether a member is one of words."""
        return _split(name)[1] in _ENDINGS

    def add(self, path: str, data: bytes) -> None:
        """Take in a member of words; what is not understood is passed over."""
        sample, ending = _split(path)
        text = data[:MOST_BYTES].decode("utf-8", "replace").replace("\0", "").strip("\ufeff \t\r\n")
        found = _read_json(data) if ending == "json" else {_ENDINGS[ending]: text}
        if found.get(STATUS, SUCCESS) != SUCCESS:
            self._failed.add(sample)
        kept = {
            name: str(value) for name, value in found.items() if name not in LEFT_OUT and str(value).strip()
        }
        if kept:
            self._samples.setdefault(sample, {}).update(kept)

    def has_failed(self, path: str) -> bool:
        """Tell whether the download of a picture failed."""
        return _split(path)[0] in self._failed

    def tabulate(self, paths: Iterable[str]) -> pa.Table | None:
        """Return a column ``path`` and a column a word, or None where nothing is said."""
        told = [(path, self._samples[_split(path)[0]]) for path in paths if _split(path)[0] in self._samples]
        if not told:
            return None
        columns = sorted({name for _, words in told for name in words})
        return pa.table(
            {
                "path": pa.array([path for path, _ in told], pa.string()),
                **{name: pa.array([words.get(name) for _, words in told], pa.string()) for name in columns},
            }
        )


def _read_json(data: bytes) -> dict[str, Any]:
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        return {}
    if not isinstance(value, dict):
        return {}
    return {name: each for name, each in value.items() if isinstance(each, str | int | float) and name}


def _split(path: str) -> tuple[str, str]:
    """Return a sample's name, and the ending of a member, as webdataset has them: at the first dot of the last name."""
    folder, slash, name = path.rpartition("/")
    stem, _, ending = name.partition(".")
    return f"{folder}{slash}{stem}", ending.lower()
