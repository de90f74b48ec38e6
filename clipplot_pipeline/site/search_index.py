"""Building the search index of a site: which terms its rows have, in files of a few kilobytes.

Belongs here: what of a row is searched, and how terms are shared out. Does not belong here: folding text
(``search_terms``), sorting (``search_postings``), bytes (``search_files``).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from clipplot_pipeline.model import Field
from clipplot_pipeline.site.fields import clean_cell
from clipplot_pipeline.site.format import hash_bytes
from clipplot_pipeline.site.search_files import (
    DIRECTORY,
    Dictionary,
    Directory,
    dictionary_name,
    encode_dictionary,
    encode_directory,
    encode_postings,
    encode_reversed,
    pack,
    postings_name,
    reversed_name,
)
from clipplot_pipeline.site.search_postings import RUN_POSTINGS, Postings, PostingSorter, Spool
from clipplot_pipeline.site.search_terms import extract_terms, is_word

#: A dictionary ends after so many bytes of terms, or postings: a reader fetches few kilobytes.
DICTIONARY_BYTES = 16_384
DICTIONARY_POSTINGS = 16_384
#: Rows read at once.
ROWS_AT_ONCE = 8_192
#: Bit of the id and the path; the fields follow. The last bit is shared by all further fields.
FILE_BIT = 0
LAST_BIT = 31
#: Words of fewer letters are not sought with their letters mistaken.
MIN_REVERSED_CHARS = 4


class IndexFile(NamedTuple):
    """One file of the index: its name, and where its bytes wait."""

    name: str
    start: int
    size_bytes: int


@dataclass(frozen=True, slots=True)
class SearchIndex:
    """A built index.

    Attributes
    ----------
    folder : str
        ``q/<hash>``: of the content of all files.
    dictionaries, reversed_dictionaries : int
        How many there are.
    files : tuple of IndexFile
        All of them.
    spool : Spool
        Holds their bytes.
    """

    folder: str
    dictionaries: int
    reversed_dictionaries: int
    files: tuple[IndexFile, ...]
    spool: Spool

    def read(self, file: IndexFile) -> bytes:
        """Return a file's bytes."""
        return self.spool.read(file.start, file.size_bytes)

    def to_json(self) -> dict[str, Any]:
        """Return what the manifest says of it."""
        return {
            "folder": self.folder,
            "dictionaries": self.dictionaries,
            "reversed_dictionaries": self.reversed_dictionaries,
        }


def field_bit(number: int) -> int:
    """Return the bit of a mask that stands for a field, by its place in the manifest."""
    return min(FILE_BIT + 1 + number, LAST_BIT)


def describe_row(fields: Sequence[Field], row: dict[str, Any]) -> dict[str, int]:
    """Return the terms of a row of the catalog, each with the mask of what it stands in."""
    masks: dict[str, int] = {}
    for text in (row["image_id"], row["paths"][0]):
        for term in extract_terms(text):
            masks[term] = masks.get(term, 0) | 1 << FILE_BIT
    for number, field in enumerate(fields):
        bit = 1 << field_bit(number)
        for text in searchable_texts(field, row[field.name]):
            for term in extract_terms(text):
                masks[term] = masks.get(term, 0) | bit
    return masks


def searchable_texts(field: Field, cell: Any) -> list[str]:
    """Return what of a cell is searched: all that is shown of it, but neither yes nor no, nor ``https://``."""
    value = clean_cell(field, cell)
    if value is None or field.kind == "boolean":
        return []
    if field.kind == "url":
        return [str(value).partition("://")[2]]
    return value if isinstance(value, list) else [str(value)]


def build_index(fields: Sequence[Field], ranked: pa.Table, run_postings: int = RUN_POSTINGS) -> SearchIndex:
    """Return the index of a catalog in rank order.

    Parameters
    ----------
    fields : sequence of Field
        In the manifest's order.
    ranked : pyarrow.Table
        ``image_id``, ``paths`` and the fields.
    run_postings : int
        Postings sorted in memory at once; more wait on disk.
    """
    sorter = PostingSorter(run_postings)
    columns = list(dict.fromkeys(["image_id", "paths", *(field.name for field in fields)]))
    table = ranked.select(columns)
    for first in range(0, table.num_rows, ROWS_AT_ONCE):
        for rank, row in enumerate(table.slice(first, ROWS_AT_ONCE).to_pylist(), first):
            sorter.add(rank, describe_row(fields, row))
    return _Writer().write(sorter.sort())


class _Writer:
    """Puts the files together, one dictionary after the other."""

    def __init__(self) -> None:
        self.spool = Spool()
        self.files: list[IndexFile] = []
        self.digests: list[str] = []
        self.firsts: list[str] = []
        self.last = ""
        self.words: list[pa.Array] = []

    def write(self, postings: Iterator[Postings]) -> SearchIndex:
        for part in _share_out(postings):
            self._add_dictionary(part)
        firsts = self._add_reversed()
        self._add(DIRECTORY, encode_directory(Directory(tuple(self.firsts), firsts)))
        folder = f"q/{hash_bytes(''.join(self.digests).encode())}"
        return SearchIndex(folder, len(self.firsts), len(firsts), tuple(self.files), self.spool)

    def _add(self, name: str, data: bytes) -> None:
        self.digests.append(f"{name} {hash_bytes(data, digits=64)}\n")
        self.files.append(IndexFile(name, self.spool.append(data), len(data)))

    def _add_dictionary(self, part: list[Postings]) -> None:
        number = len(self.firsts)
        counts = np.array([len(p.ranks) for p in part])
        ranks, masks = (np.concatenate([p[k] for p in part]) for k in (1, 2))
        data, sizes = encode_postings(counts, ranks, masks)
        terms = tuple(p.term for p in part)
        dictionary = Dictionary(terms, tuple(counts.tolist()), tuple(sizes.tolist()))
        self._add(dictionary_name(number), encode_dictionary(dictionary))
        self._add(postings_name(number), pack(data))
        self.firsts.append(separate(self.last, terms[0]))
        self.last = terms[-1]
        words = [term[::-1] for term in terms if len(term) >= MIN_REVERSED_CHARS and is_word(term)]
        self.words.append(pa.array(words, pa.string()))

    def _add_reversed(self) -> tuple[str, ...]:
        """Write the reversed words; return what separates the files."""
        words = pa.chunked_array(self.words, pa.string())
        words = words.take(pc.sort_indices(words))
        firsts: list[str] = []
        part: list[str] = []
        last, size = "", 0
        for word in (word.as_py() for chunk in words.chunks for word in chunk):
            if size > DICTIONARY_BYTES:
                self._add(reversed_name(len(firsts) - 1), encode_reversed(part))
                last, part, size = part[-1], [], 0
            if not part:
                firsts.append(separate(last, word))
            part.append(word)
            size += len(word.encode()) + 3
        if part:
            self._add(reversed_name(len(firsts) - 1), encode_reversed(part))
        return tuple(firsts)


def separate(before: str, first: str) -> str:
    """Return the shortest beginning of a term that is above the term before it."""
    return next(first[:k] for k in range(len(first) + 1) if first[:k] > before)


def _share_out(postings: Iterator[Postings]) -> Iterator[list[Postings]]:
    """Yield the terms of each dictionary; a term of very many images has one of its own."""
    part: list[Postings] = []
    size = count = 0
    for entry in postings:
        is_full = size > DICTIONARY_BYTES or count + len(entry.ranks) > DICTIONARY_POSTINGS
        if part and is_full:
            yield part
            part, size, count = [], 0, 0
        part.append(entry)
        size += len(entry.term.encode()) + 3
        count += len(entry.ranks)
    if part:
        yield part


def read_later(index: SearchIndex, file: IndexFile) -> partial[bytes]:
    """Return what gives a file's bytes when it is called."""
    return partial(index.read, file)
