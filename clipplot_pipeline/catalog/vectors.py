"""Which ready-made vector is whose: rows of files of vectors go to pictures by name, never by their order.

Belongs here: giving rows to files of the source, and accounting for all that is left. Does not belong here: how names
are compared (``match``), reading vectors (``sources``).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from clipplot_pipeline.catalog.match import AMBIGUOUS, UNMATCHED, fold_path, match_rows
from clipplot_pipeline.errors import SourceError

NO_VECTOR = "no vector is named after it"
SEVERAL_VECTORS = "several vectors are named after it, and none can be told to be the right one"
UNSURE_VECTOR = "a vector may be its own, or that of another picture of a like name"
#: Names that are listed of what is left over.
MOST_LISTED = 100


@dataclass(frozen=True, slots=True)
class Assignment:
    """Which vectors pictures have.

    Attributes
    ----------
    given : pyarrow.Table
        ``path``, ``file`` (int32) and ``row`` (int64), of pictures that have a vector, sorted by path.
    missing : pyarrow.Table
        ``path`` and ``reason``, of pictures that have none, sorted by path.
    unused, unsure, doubled, nameless : int
        Rows of vectors: of no picture of the source; of one or another; of pictures that several rows claim; without a
        name.
    left : tuple of str
        The first names of unused and unsure rows.
    """

    given: pa.Table
    missing: pa.Table
    unused: int
    unsure: int
    doubled: int
    nameless: int
    left: tuple[str, ...]

    def report(self) -> dict[str, int | list[str]]:
        """Return what became of rows and pictures as plain JSON values."""
        return {
            "images": self.given.num_rows,
            "without_vector": self.missing.num_rows,
            "unused": self.unused,
            "unsure": self.unsure,
            "doubled": self.doubled,
            "nameless": self.nameless,
            "left": list(self.left),
        }


def assign_vectors(paths: pa.ChunkedArray, names: pa.Table, key_kind: str) -> Assignment:
    """Give every picture the vector that is named after it.

    Parameters
    ----------
    paths : pyarrow.ChunkedArray of string
        Of all live files, each once, sorted.
    names : pyarrow.Table
        ``key``, ``file`` and ``row``; a null key names nothing.
    key_kind : str
        What the keys are to ``match.match_rows``.

    Raises
    ------
    SourceError
        No vector is that of any picture.
    """
    known = names.filter(names["key"].is_valid()).combine_chunks()
    found = _match(known["key"], paths, key_kind)
    times = np.bincount(found[found >= 0], minlength=len(paths))
    is_given = (found >= 0) & (times[np.maximum(found, 0)] == 1 if len(times) else False)
    if not is_given.any() and len(paths) and known.num_rows:
        _refuse(known["key"], paths, found)
    rows = np.flatnonzero(is_given)
    rows = rows[np.argsort(found[rows], kind="stable")]
    given = known.take(pa.array(rows)).drop_columns(["key"])
    given = given.add_column(0, "path", paths.take(pa.array(found[rows])))
    lacking = np.flatnonzero(times != 1)
    bare = _last_names(known["key"].filter(pa.array(found == AMBIGUOUS)))
    missing_paths = paths.take(pa.array(lacking))
    is_unsure = np.asarray(pc.is_in(_last_names(missing_paths), value_set=bare.unique())).astype(bool)
    reasons = np.where(times[lacking] > 1, SEVERAL_VECTORS, np.where(is_unsure, UNSURE_VECTOR, NO_VECTOR))
    left = known["key"].filter(pa.array(found < 0)).slice(0, MOST_LISTED).to_pylist()
    return Assignment(
        given=given.combine_chunks(),
        missing=pa.table({"path": missing_paths, "reason": pa.array(reasons.tolist(), pa.string())}),
        unused=int((found == UNMATCHED).sum()),
        unsure=int((found == AMBIGUOUS).sum()),
        doubled=int(((found >= 0) & ~is_given).sum()),
        nameless=names.num_rows - known.num_rows,
        left=tuple(left),
    )


def _match(keys: pa.ChunkedArray, paths: pa.ChunkedArray, key_kind: str) -> NDArray[np.int64]:
    """Return the path of every key; if none has one, all are tried again without the folders that they share."""
    every = np.arange(len(paths))
    found = match_rows(keys, paths, every, key_kind).path_rows
    if (found >= 0).any() or not len(keys) or not len(paths):
        return found
    shared = _shared_folders(keys)
    if not shared:
        return found
    cut = [fold_path(key)[len(shared) :] for key in keys.to_pylist()]
    again = match_rows(pa.chunked_array([pa.array(cut, pa.string())]), paths, every, key_kind).path_rows
    return again if (again != UNMATCHED).any() else found


def _shared_folders(keys: pa.ChunkedArray) -> str:
    """Return the folders that all keys begin with, folded, with a slash at the end; empty if there are none."""
    folded = [fold_path(key) for key in keys.to_pylist()]
    low, high = min(folded).split("/")[:-1], max(folded).split("/")[:-1]
    shared = []
    for left, right in zip(low, high, strict=False):
        if left != right:
            break
        shared.append(left)
    return "".join(f"{name}/" for name in shared)


def _last_names(texts: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return last names without their ending, folded: what two names have in common that are taken for each other."""
    names = [fold_path(text).rpartition("/")[2].partition(".")[0] for text in texts.to_pylist()]
    return pa.chunked_array([pa.array(names, pa.string())])


def _refuse(keys: pa.ChunkedArray, paths: pa.ChunkedArray, found: NDArray[np.int64]) -> None:
    """Raise what tells two names that do not go together."""
    unsure = int((found == AMBIGUOUS).sum())
    cause = (
        f"{unsure:,} could be several pictures, and {int((found >= 0).sum()):,} are one of several for theirs"
        if (found != UNMATCHED).any()
        else "none is in the source"
    )
    raise SourceError(
        f"vectors: of {len(keys):,} names of vectors {cause}: the first is {keys[0].as_py()!r}, the first picture "
        f"{paths[0].as_py()!r}; expected names that end alike; name as source (or --image-root) the folder that the "
        "paths start at"
    )
