r"""Which row of the user's table means which image.

Belongs here: comparing the names in a table with paths. Does not belong here: what is done with a pair (``join``).

A row's key is tried in this order; the first way that finds something decides:

1. it is the path;
2. it is the path but for upper and lower case, Unicode's forms, ``\`` and ``./``;
3. it is the tail of the path, by whole names: ``x.jpg`` or ``b/x.jpg`` for ``a/b/x.jpg``;
4. the path is its tail: ``/data/a/x.jpg`` for ``a/x.jpg``; the longest such path counts;
5. in a column called ``filename`` (PixPlot's convention): the last names are the same, whatever the folders;
6. by one of these ways it means a path if that loses its ending: ``inv 12`` for ``a/inv 12.jpg``, as inventory numbers
   and the keys of webdataset have it.

Ways 3 to 6 only find what no row means in a better way: if ``a/x.jpg`` has a row, one for ``b/x.jpg`` or ``x.jpg``
speaks of a file that is gone. Only a single image is ever taken. Where several are equally good, or several keys
claim one file equally well, the row is *ambiguous* and joined to none: words at the wrong picture are worse than none
(PixPlot gives them to all). Identical files count as one image. A key that leads out of the source (``../x.jpg``) is
nobody's.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

UNMATCHED, AMBIGUOUS = -1, -2
#: The file is there, and no image: what ``join`` makes of it.
REJECTED = -3
_CHUNK = 65_536
_LEADS_OUT = r"(?:^|/)\.\.(?:/|$)"


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
    """Find the image of every row, in time that grows with their number, however often a name occurs.

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
        folded = _map_texts(keys.take(pa.array(left)), fold_path)
        known = folded.unique()
        search = _Search(pa.chunked_array([known]), _map_texts(paths, fold_path), images)
        search.claim(found[found >= 0])
        search.run(by_last_name=kind == "filename")
        meant = search.meant
        missed = np.flatnonzero(meant == UNMATCHED)
        if len(missed):
            bare = _map_texts(paths, lambda path: _drop_ending(fold_path(path)))
            again = _Search(pa.chunked_array([known.take(pa.array(missed))]), bare, images)
            again.claim(found[found >= 0])
            again.claim(meant[meant >= 0])
            again.run(by_last_name=kind == "filename")
            meant[missed] = again.meant
        found[left] = meant[_as_rows(pc.index_in(folded, value_set=known))]
    return Match(found)


def _drop_ending(path: str) -> str:
    """Return a path without the ending of its last name; a name that begins with its only dot stays."""
    stem, dot, ending = path.rpartition(".")
    return stem if dot and "/" not in ending and stem and not stem.endswith("/") else path


def fold_path(path: str) -> str:
    """Return a path as it is compared loosely: ``/`` between names, NFC, no case, no ``./``, no blanks around it."""
    plain = unicodedata.normalize("NFC", unicodedata.normalize("NFC", path).casefold())
    names = plain.strip().replace("\\", "/").split("/")
    return "/".join(name for name in names if name not in {"", "."})


class _Search:
    """The ways 2 to 5 for distinct folded keys.

    Parameters
    ----------
    keys, paths : pyarrow.ChunkedArray of string
        Folded; each key once.
    images : ndarray of int64, shape (paths,)
        Number of the image that a path shows.

    Attributes
    ----------
    meant : ndarray of int64, shape (keys,)
        Row of a path, ``UNMATCHED`` or ``AMBIGUOUS``.
    """

    def __init__(self, keys: pa.ChunkedArray, paths: pa.ChunkedArray, images: NDArray[np.int64]) -> None:
        self._keys, self._paths, self._images = keys, paths, images
        self._key_depths, self._path_depths = _depths(keys), _depths(paths)
        self._is_claimed = np.zeros(len(paths), bool)
        self.meant = np.full(len(keys), UNMATCHED, np.int64)
        is_nobodys = pc.or_(pc.equal(keys, ""), pc.match_substring_regex(keys, _LEADS_OUT))
        self._is_open = ~np.asarray(is_nobodys).astype(bool)

    def claim(self, path_rows: NDArray[np.int64]) -> None:
        """Note paths that rows mean."""
        self._is_claimed[path_rows] = True

    def run(self, by_last_name: bool) -> None:
        """Try all ways."""
        every = np.arange(len(self._paths))
        equal = self._look_up(np.flatnonzero(self._is_open), 0, every, 0)
        self._settle(*equal)
        for depth in np.unique(self._key_depths)[::-1].tolist():
            deeper = np.flatnonzero(self._path_depths > depth)
            self._claim_tails(self._open_keys(self._key_depths == depth), 0, deeper, depth)
        for depth in np.unique(self._path_depths)[::-1].tolist():
            so_deep = np.flatnonzero(self._path_depths == depth)
            self._claim_tails(self._open_keys(self._key_depths > depth), depth, so_deep, 0)
        if by_last_name:
            known = np.unique(self._images[self._is_claimed])
            self._is_claimed |= np.isin(self._images, known)
            self._claim_tails(self._open_keys(), 1, every, 1, self._images)

    def _open_keys(self, wanted: NDArray[np.bool_] | None = None) -> NDArray[np.int64]:
        return np.flatnonzero(self._is_open if wanted is None else self._is_open & wanted)

    def _claim_tails(
        self,
        keys: NDArray[np.int64],
        key_names: int,
        paths: NDArray[np.int64],
        path_names: int,
        claims: NDArray[np.int64] | None = None,
    ) -> None:
        """Give keys the paths with the same tail that nobody means yet; ``claims`` says which paths are as one."""
        if not len(keys) or not len(paths):
            return
        keys, rows = self._look_up(keys, key_names, paths, path_names)
        # a worse way must not lead a row on whose file is gone
        rows = np.where((rows >= 0) & self._is_claimed[rows], UNMATCHED, rows)
        objects = rows if claims is None else np.where(rows >= 0, claims[rows], rows)
        _, places, counts = np.unique(objects, return_inverse=True, return_counts=True)
        self._settle(keys, np.where((rows >= 0) & (counts[places] > 1), AMBIGUOUS, rows))

    def _look_up(
        self, keys: NDArray[np.int64], key_names: int, paths: NDArray[np.int64], path_names: int
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the keys whose last names are those of paths, and the path of each, or ``AMBIGUOUS``.

        ``key_names`` and ``path_names`` say how many names are compared; 0: all.
        """
        key_texts = _cut(self._keys.take(pa.array(keys)), key_names)
        known = key_texts.unique()
        codes = _as_rows(pc.index_in(_cut(self._paths.take(pa.array(paths)), path_names), value_set=known))
        paths, codes = paths[codes >= 0], codes[codes >= 0]
        order = np.lexsort((paths, codes))
        hit, first = np.unique(codes[order], return_index=True)
        row_of = np.full(len(known), UNMATCHED, np.int64)
        if len(hit):
            images = self._images[paths[order]]
            is_one = np.minimum.reduceat(images, first) == np.maximum.reduceat(images, first)
            row_of[hit] = np.where(is_one, paths[order][first], AMBIGUOUS)
        rows = row_of[_as_rows(pc.index_in(key_texts, value_set=known))]
        return keys[rows != UNMATCHED], rows[rows != UNMATCHED]

    def _settle(self, keys: NDArray[np.int64], rows: NDArray[np.int64]) -> None:
        self.meant[keys] = rows
        self._is_open[keys] = False
        self.claim(rows[rows >= 0])


def _depths(paths: pa.ChunkedArray) -> NDArray[np.int64]:
    return np.asarray(pc.count_substring(paths, "/")).astype(np.int64) + 1


def _cut(paths: pa.ChunkedArray, names: int) -> pa.ChunkedArray:
    """Return the last names of paths; all of them if ``names`` is 0."""
    if not names:
        return paths
    return _map_texts(paths, lambda path: "/".join(path.rsplit("/", names)[-names:]))


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
