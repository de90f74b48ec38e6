r"""Which row of the user's table means which image.

Belongs here: comparing the names in a table with paths. Does not belong here: what is done with a pair (``join``).

A row's key is tried in this order; the first way that finds something decides:

1. it is the path;
2. it is the path but for upper and lower case, Unicode's forms, ``\`` and ``./``;
3. one is the tail of the other, by whole names: ``x.jpg`` or ``b/x.jpg`` for ``a/b/x.jpg``, ``/data/a/x.jpg`` for
   ``a/x.jpg``;
4. in a column called ``filename`` (PixPlot's convention): the last names are the same, whatever the folders; only for
   an image that no row means in a better way, and that a single row means in this one.

Only a single image is ever taken. Where several are equally good the row is *ambiguous* and joined to none: words at
the wrong picture are worse than none (PixPlot gives them to all). Identical files count as one image. A key that
leads out of the source (``../x.jpg``) is nobody's.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

UNMATCHED, AMBIGUOUS = -1, -2
_CHUNK = 65_536


@dataclass(frozen=True, slots=True)
class Match:
    """What was found for every row of the table.

    Attributes
    ----------
    path_rows : ndarray of int64, shape (rows,)
        Row of the image's path; ``UNMATCHED`` or ``AMBIGUOUS`` where there is none.
    """

    path_rows: NDArray[np.int64]

    @property
    def is_found(self) -> NDArray[np.bool_]:
        """Whether a row has an image."""
        return self.path_rows >= 0


def match_rows(keys: pa.ChunkedArray, paths: pa.ChunkedArray, images: NDArray[np.int64], kind: str) -> Match:
    """Find the image of every row.

    Parameters
    ----------
    keys : pyarrow.ChunkedArray of string
        As the user spelled them.
    paths : pyarrow.ChunkedArray of string
        Of all live files, each once.
    images : ndarray of int64, shape (paths,)
        Number of the image that a path shows: the same for identical files.
    kind : str
        What the key column is called: ``filename``, ``file_name``, ``image_path`` or ``path``.
    """
    found = _as_rows(pc.index_in(keys, value_set=paths))
    left = np.flatnonzero(found < 0)
    if len(left) and len(paths):
        folded_keys = _map_texts(keys.take(pa.array(left)), fold_path)
        index = _NameIndex(_map_texts(paths, fold_path))
        for row, key in zip(left, _iterate(folded_keys), strict=True):
            found[row] = _choose(key, index, images)
        if kind == "filename":
            _match_last_names(found, left, folded_keys, index, images)
    return Match(found)


def fold_path(path: str) -> str:
    """Return a path as it is compared loosely: ``/`` between names, NFC, no case, no ``./``, no blanks around it."""
    plain = unicodedata.normalize("NFC", unicodedata.normalize("NFC", path).casefold())
    names = plain.strip().replace("\\", "/").split("/")
    return "/".join(name for name in names if name not in {"", "."})


class _NameIndex:
    """Folded paths, found by their last name.

    Parameters
    ----------
    paths : pyarrow.ChunkedArray of string
        Folded.
    """

    def __init__(self, paths: pa.ChunkedArray) -> None:
        self._paths = paths
        last_names = _map_texts(paths, _last_name)
        known = last_names.unique()
        codes = _as_rows(pc.index_in(last_names, value_set=known))
        self._code_of = {name: code for code, name in enumerate(known.to_pylist())}
        self._rows = np.argsort(codes, kind="stable")
        self._starts = np.concatenate([[0], np.cumsum(np.bincount(codes, minlength=len(known)))])

    def find(self, key: str) -> NDArray[np.int64]:
        """Return the path rows whose last name a key has."""
        code = self._code_of.get(_last_name(key))
        if code is None or ".." in key.split("/"):
            return np.empty(0, np.int64)
        rows: NDArray[np.int64] = self._rows[self._starts[code] : self._starts[code + 1]]
        return rows

    def spell(self, row: int) -> str:
        """Return a folded path."""
        return str(self._paths[row].as_py())


def _choose(key: str, index: _NameIndex, images: NDArray[np.int64]) -> int:
    """Return the path row that a folded key means: an equal path, else one that is a tail of the other."""
    candidates = index.find(key).tolist()
    if len(candidates) > 1 or "/" in key:
        texts = [index.spell(row) for row in candidates]
        equal = [row for row, text in zip(candidates, texts, strict=True) if text == key]
        candidates = equal or [
            row for row, text in zip(candidates, texts, strict=True) if _is_tail(key, text)
        ]
    if not candidates:
        return UNMATCHED
    return int(candidates[0]) if len({int(images[row]) for row in candidates}) == 1 else AMBIGUOUS


def _match_last_names(
    found: NDArray[np.int64],
    left: NDArray[np.int64],
    keys: pa.ChunkedArray,
    index: _NameIndex,
    images: NDArray[np.int64],
) -> None:
    """Fill ``found`` for keys whose folders are not those of the only image of that name."""
    taken = set(images[found[found >= 0]].tolist())
    claims: dict[int, list[int]] = {}
    for row, key in zip(left.tolist(), _iterate(keys), strict=True):
        if found[row] != UNMATCHED:
            continue
        meant = {int(images[path]) for path in index.find(key)}
        if len(meant) > 1:
            found[row] = AMBIGUOUS
        elif meant and not meant & taken:
            claims.setdefault(meant.pop(), []).append(row)
    for rows in claims.values():
        for row in rows:
            path = int(index.find(keys[int(np.searchsorted(left, row))].as_py())[0])
            found[row] = path if len(rows) == 1 else AMBIGUOUS


def _is_tail(one: str, other: str) -> bool:
    return f"/{one}".endswith(f"/{other}") or f"/{other}".endswith(f"/{one}")


def _last_name(path: str) -> str:
    return path.rpartition("/")[2]


def _as_rows(indices: pa.Array | pa.ChunkedArray) -> NDArray[np.int64]:
    rows: NDArray[np.int64] = np.asarray(pc.fill_null(indices, UNMATCHED)).astype(np.int64)
    return rows


def _map_texts(texts: pa.ChunkedArray, change: Callable[[str], str]) -> pa.ChunkedArray:
    """Return texts changed one by one, without holding them all as Python objects."""
    parts = []
    for chunk in texts.chunks:
        for start in range(0, len(chunk), _CHUNK):
            parts.append(
                pa.array([change(text) for text in chunk.slice(start, _CHUNK).to_pylist()], pa.string())
            )
    return pa.chunked_array(parts, pa.string())


def _iterate(texts: pa.ChunkedArray) -> Iterator[str]:
    for chunk in texts.chunks:
        for start in range(0, len(chunk), _CHUNK):
            yield from chunk.slice(start, _CHUNK).to_pylist()
