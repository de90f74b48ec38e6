"""Matching: which row of the table speaks of which file.

Belongs here: comparing names. Does not belong here: what happens to matched rows (``join``).

A key is compared in rounds, each for the files that the rounds before left over: the whole relative path; the file's
name alone (PixPlot's convention: it speaks of every file of that name); the last part of a key that is a path from
elsewhere, if only one such key ends so; and all three once more without regard to case and Unicode form.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray


@dataclass(frozen=True)
class Matched:
    """What was matched.

    Attributes
    ----------
    row : ndarray of int64, shape (files,)
        Row of every file; -1: none.
    is_used : ndarray of bool, shape (rows,)
        Whether a row speaks of any file. Doubles of a used key count as used.
    ambiguous, doubled : int
        Rows that speak of several files of one name; rows whose key stood in a row before.
    """

    row: NDArray[np.int64]
    is_used: NDArray[np.bool_]
    ambiguous: int
    doubled: int


def match_rows(paths: pa.ChunkedArray, keys: pa.ChunkedArray) -> Matched:
    """Match files with rows by name.

    Parameters
    ----------
    paths : pyarrow.ChunkedArray of string
        Relative paths, ``/`` between folders.
    keys : pyarrow.ChunkedArray of string
        What the rows call their file: a path or a name, with slashes or backslashes. Of equal keys the first counts.
    """
    row = np.full(len(paths), -1, np.int64)
    if not len(paths) or not len(keys):
        return Matched(row, np.zeros(len(keys), np.bool_), 0, 0)
    spelled = pc.utf8_trim_whitespace(pc.replace_substring(keys, "\\", "/"))
    spelled = pc.replace_substring_regex(spelled, r"^(\./)+", "")
    for files, rows in ((paths, spelled), (_fold_names(paths), _fold_names(spelled))):
        row = _look_up(row, files, rows)
        row = _look_up(row, _last_part(files), rows)
        row = _look_up(row, _last_part(files), _foreign_names(row, rows))
    spoken_of = np.bincount(row[row >= 0], minlength=len(keys))
    first = pc.index_in(spelled, value_set=spelled.combine_chunks()).to_numpy()
    return Matched(
        row=row,
        is_used=(spoken_of > 0) | (spoken_of[first] > 0),
        ambiguous=int((spoken_of > 1).sum()),
        doubled=int((first != np.arange(len(keys))).sum()),
    )


def _look_up(row: NDArray[np.int64], files: pa.ChunkedArray, rows: pa.ChunkedArray) -> NDArray[np.int64]:
    """Fill in the rows of files that have none yet."""
    found = pc.index_in(files, value_set=rows.combine_chunks(), skip_nulls=True).fill_null(-1).to_numpy()
    return np.where(row < 0, found, row).astype(np.int64)


def _foreign_names(row: NDArray[np.int64], rows: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return the last parts of paths that fit no file, where it is clear which row is meant; else null."""
    names = _last_part(rows)
    is_free = ~np.isin(np.arange(len(rows)), row)
    is_path = pc.match_substring(rows, "/").to_numpy()
    candidates = pc.if_else(pa.array(is_free & is_path), names, pa.scalar(None, pa.string()))
    counts = pc.value_counts(
        candidates.drop_null().combine_chunks()
        if isinstance(candidates, pa.ChunkedArray)
        else candidates.drop_null()
    )
    doubled = counts.field("values").filter(pc.greater(counts.field("counts"), 1))
    candidates = pc.if_else(pc.is_in(candidates, value_set=doubled), pa.scalar(None, pa.string()), candidates)
    return candidates if isinstance(candidates, pa.ChunkedArray) else pa.chunked_array([candidates])


def _last_part(names: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.replace_substring_regex(names, r"^.*/", "")


def _fold_names(names: pa.ChunkedArray) -> pa.ChunkedArray:
    folded = [unicodedata.normalize("NFC", name).casefold() for name in names.to_pylist()]
    return pa.chunked_array([pa.array(folded, pa.string())])
