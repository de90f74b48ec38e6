"""Which files ready-made vectors lie in, and what names the picture of every row.

Belongs here: recognising a folder by its files, pairing them; names and version tags only. Does not belong here:
what is
in the files (``vector_listing``), rows (``vector_rows``).

Recognised are

* what clip-retrieval writes: ``img_emb/*.npy`` beside ``metadata/*.parquet`` (``text_emb`` is left alone), paired
  by the
  number in the name, whatever its zeros;
* Parquet with a column of vectors and one that names the pictures;
* ``.npy`` with a list of names: a file beside it that is called the same, or with the same number, or the only list
  there; or the next entry of the setting;
* PixPlot's ``image-vectors``: a ``.npy`` for every picture, called as the picture.

A file without its partner is an error: nothing is ever paired by its place in a row of files.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from clipplot_pipeline.errors import SourceError
from clipplot_pipeline.sources.locations import WILDCARDS, base_name, join_url, list_files, split_name
from clipplot_pipeline.sources.names import claims_picture
from clipplot_pipeline.storage import hash_json

IMAGES_FOLDER, METADATA_FOLDER = "img_emb", "metadata"
_LISTS = (".txt", ".json", ".jsonl", ".ndjson", ".csv", ".tsv", ".parquet")
_NUMBER = re.compile(r"(\d+)(?!.*\d)")
_TOLD = 5

VectorKind = Literal["npy", "parquet", "picture"]


@dataclass(frozen=True, slots=True)
class VectorFile:
    """A file of vectors.

    Attributes
    ----------
    kind : str
        ``npy``: a row a picture, named by ``names``. ``parquet``: names and vectors in one file. ``picture``: one
        vector,
        of the picture that the file is called after.
    url, version : str
        Address, and a tag that changes with the file.
    names, names_version : str
        The same of the file that names the pictures; empty unless ``npy``.
    """

    kind: VectorKind
    url: str
    version: str
    names: str = ""
    names_version: str = ""

    def to_json(self) -> dict[str, str]:
        """Return the file as plain JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> VectorFile:
        """Return the file that ``to_json`` wrote."""
        return cls(**value)


def find_vectors(entries: Sequence[str]) -> tuple[tuple[VectorFile, ...], str]:
    """Return the files of vectors that the settings name, sorted by address, and a tag that changes with any of them.

    Raises
    ------
    SourceError
        An entry holds no vectors, a file lacks its partner, or it is not clear which is whose.
    """
    found: list[VectorFile] = []
    left = list(entries)
    while left:
        entry = left.pop(0)
        given: dict[str, str] = {}
        if left and entry.lower().endswith(".npy") and left[0].lower().endswith(_LISTS):
            given = list_files(left.pop(0), _LISTS)
        found += _find(entry, given)
    files = tuple(sorted(set(found), key=lambda file: file.url))
    return files, hash_json([file.to_json() for file in files])[:16] if files else ""


def holds_vectors(url: str) -> bool:
    """Tell whether a folder is what clip-retrieval writes."""
    return bool(_list_inner(url, IMAGES_FOLDER, ".npy"))


def _find(entry: str, given: Mapping[str, str]) -> Iterable[VectorFile]:
    inner = _list_inner(entry, IMAGES_FOLDER, ".npy")
    if inner:
        metadata = _list_inner(entry, METADATA_FOLDER, ".parquet")
        if not metadata:
            raise SourceError(
                f"vectors: {entry} has {len(inner):,} files in {IMAGES_FOLDER}, and no "
                f"{METADATA_FOLDER}/*.parquet that "
                "names their pictures; expected one for each; copy the folder that clip-retrieval wrote as a whole"
            )
        return _pair_by_number(entry, inner, metadata)
    files = list_files(entry, (".npy", *_LISTS))
    arrays = {url: tag for url, tag in files.items() if url.lower().endswith(".npy")}
    if not arrays:
        tables = {url: tag for url, tag in files.items() if url.lower().endswith(".parquet")}
        if not tables:
            raise SourceError(
                f"vectors: {entry} holds no vectors; expected a folder of clip-retrieval ({IMAGES_FOLDER} beside "
                f"{METADATA_FOLDER}), a Parquet file with a column of vectors, a .npy with a list of "
                "paths, or PixPlot's "
                "folder of a .npy for every picture"
            )
        return [VectorFile("parquet", url, tag) for url, tag in tables.items()]
    if not given and all(claims_picture(_stem(url)) for url in arrays):
        return [VectorFile("picture", url, tag) for url, tag in arrays.items()]
    lists = dict(given) or {url: tag for url, tag in files.items() if url not in arrays}
    if not lists and len(arrays) == 1:
        lists = _list_beside(next(iter(arrays)))
    return _pair_with_lists(entry, arrays, lists)


def _list_inner(entry: str, folder: str, ending: str) -> dict[str, str]:
    """Return the files of a folder in a folder; none where the entry is no folder."""
    if entry.lower().endswith((".npy", *_LISTS)) or any(mark in entry for mark in WILDCARDS):
        return {}
    return list_files(join_url(entry, folder), (ending,))


def _list_beside(array: str) -> dict[str, str]:
    """Return the list that is called as an array beside it, or all lists there if it is the only array."""
    near = list_files(split_name(array)[0], (".npy", *_LISTS), is_deep=False)
    lists = {url: tag for url, tag in near.items() if not url.lower().endswith(".npy")}
    own = {url: tag for url, tag in lists.items() if _stem(url) == _stem(array)}
    return own or (lists if len(near) - len(lists) == 1 else {})


def _stem(url: str) -> str:
    return base_name(url).rpartition(".")[0]


def _pair_with_lists(entry: str, arrays: Mapping[str, str], lists: Mapping[str, str]) -> Iterable[VectorFile]:
    if not lists:
        return [VectorFile("picture", url, tag) for url, tag in arrays.items()]
    if len(arrays) == 1 and len(lists) == 1:
        return [_pair(*arrays.items(), *lists.items())]
    stems = {_stem(url): (url, tag) for url, tag in lists.items()}
    if len(stems) == len(lists) and all(_stem(url) in stems for url in arrays):
        return [_pair(item, stems[_stem(item[0])]) for item in arrays.items()]
    return _pair_by_number(entry, arrays, lists)


def _pair(array: tuple[str, str], names: tuple[str, str]) -> VectorFile:
    return VectorFile("npy", *array, *names)


def _pair_by_number(entry: str, arrays: Mapping[str, str], lists: Mapping[str, str]) -> list[VectorFile]:
    """Pair files whose names end in the same number.

    Raises
    ------
    SourceError
        One has no partner, no number, or two have one number.
    """
    left, right = _by_number(entry, arrays), _by_number(entry, lists)
    alone = [arrays_ for number, arrays_ in left.items() if number not in right]
    orphans = [names for number, names in right.items() if number not in left]
    if alone or orphans:
        told = [f"{len(alone):,} files of vectors have no list of pictures ({_tell(alone)})"] if alone else []
        told += [f"{len(orphans):,} lists of pictures have no vectors ({_tell(orphans)})"] if orphans else []
        raise SourceError(
            f"vectors: in {entry} {' and '.join(told)}; expected a partner with the same number for each; copy what is "
            "missing, or remove what is left over"
        )
    return [_pair((url, arrays[url]), (right[number], lists[right[number]])) for number, url in left.items()]


def _by_number(entry: str, files: Iterable[str]) -> dict[int, str]:
    numbered: dict[int, list[str]] = defaultdict(list)
    for url in files:
        number = _NUMBER.search(_stem(url))
        if number is None:
            raise SourceError(
                f"vectors: {base_name(url)} in {entry} has no number by which it could be paired; expected names like "
                "img_emb_0.npy and metadata_0.parquet, or one .npy and one list of the same name"
            )
        numbered[int(number[1])].append(url)
    doubles = [urls for urls in numbered.values() if len(urls) > 1]
    if doubles:
        raise SourceError(
            f"vectors: {len(doubles):,} numbers in {entry} are those of several files (such as {_tell(doubles[0])}); "
            "expected each once; remove the ones that are left from another run"
        )
    return {number: urls[0] for number, urls in sorted(numbered.items())}


def _tell(urls: Sequence[str]) -> str:
    names = ", ".join(base_name(url) for url in urls[:_TOLD])
    return names + (", …" if len(urls) > _TOLD else "")
