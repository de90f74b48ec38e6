"""Checks of a site's search index.

Belongs here: that every file reads, that terms are in order, and that the words of the images are found. Each check
yields problems as text.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from clipplot_pipeline.errors import SiteError
from clipplot_pipeline.model import Field
from clipplot_pipeline.site.manifest import Manifest
from clipplot_pipeline.site.search_files import (
    DIRECTORY,
    Dictionary,
    Directory,
    decode_dictionary,
    decode_directory,
    decode_postings,
    decode_reversed,
    decode_varints,
    dictionary_name,
    name_files,
    postings_name,
    reversed_name,
    unpack,
)
from clipplot_pipeline.site.search_index import MIN_REVERSED_CHARS, describe_row, field_bit
from clipplot_pipeline.site.search_postings import PostingSorter
from clipplot_pipeline.site.search_terms import is_word
from clipplot_pipeline.site.word_blocks import number_blocks, read_block
from clipplot_pipeline.storage import Store


def name_search(manifest: Manifest) -> list[str]:
    """Return the path of every file of the index."""
    entry = manifest.search
    if entry is None:
        return []
    return [f"{entry.folder}/{name}" for name in name_files(entry.dictionaries, entry.reversed_dictionaries)]


def check_search(store: Store, manifest: Manifest, sample: int | None) -> Iterator[str]:
    """Yield what keeps the index from finding the words of the images, and nothing else.

    Every dictionary is read. That each term finds exactly the rows it stands in is checked against all blocks of
    words, or against three where a sample may do.
    """
    entry = manifest.search
    if entry is None:
        return
    try:
        reader = _Reader(store, entry.folder)
        directory = reader.read_directory()
        for kind, firsts, count in (
            ("terms", directory.terms, entry.dictionaries),
            ("reversed", directory.reversed, entry.reversed_dictionaries),
        ):
            if len(firsts) != count or not _is_rising(firsts):
                yield f"{entry.folder}/{DIRECTORY}: {len(firsts)} {kind}; expected {count}, rising"
                return
        yield from _check_dictionaries(reader, directory, manifest, sample)
    except SiteError as error:
        yield str(error)


class _Reader:
    """Reads the files of an index."""

    def __init__(self, store: Store, folder: str) -> None:
        self.store, self.folder = store, folder

    def path(self, name: str) -> str:
        return f"{self.folder}/{name}"

    def _bytes(self, name: str) -> bytes:
        return self.store.read_bytes(self.path(name))

    def read_directory(self) -> Directory:
        return decode_directory(self._bytes(DIRECTORY), self.path(DIRECTORY))

    def read_dictionary(self, number: int) -> Dictionary:
        name = dictionary_name(number)
        return decode_dictionary(self._bytes(name), self.path(name))

    def read_postings(self, number: int) -> bytes:
        name = postings_name(number)
        return unpack(self._bytes(name), self.path(name))

    def read_reversed(self, number: int) -> tuple[str, ...]:
        name = reversed_name(number)
        return decode_reversed(self._bytes(name), self.path(name))


def _is_rising(terms: Sequence[str]) -> bool:
    return all(before < after for before, after in pairwise(terms))


def _pairs(firsts: tuple[str, ...]) -> Iterator[tuple[str, str | None]]:
    """Yield each separator with the one that follows."""
    yield from zip(firsts, (*firsts[1:], None), strict=False)


def _find_disorder(terms: Sequence[str], first: str, following: str | None) -> str | None:
    is_within = bool(terms) and first <= terms[0] and (following is None or terms[-1] < following)
    if is_within and _is_rising(terms):
        return None
    return f"terms from {terms[:1]} to {terms[-1:]}; expected them to rise from {first!r} to {following!r}"


def _check_dictionaries(
    reader: _Reader, directory: Directory, manifest: Manifest, sample: int | None
) -> Iterator[str]:
    expected = _Expected(reader.store, manifest, sample)
    words = _Bag()
    for number, (first, following) in enumerate(_pairs(directory.terms)):
        path = reader.path(dictionary_name(number))
        dictionary = reader.read_dictionary(number)
        terms = dictionary.terms
        if disorder := _find_disorder(terms, first, following):
            yield f"{path}: {disorder}"
            return
        words.add([term[::-1] for term in terms if len(term) >= MIN_REVERSED_CHARS and is_word(term)])
        problem = _check_postings(reader, number, dictionary, manifest, expected)
        if problem is not None:
            yield problem
            return
    if missing := expected.take_missing(None):
        yield f"{reader.folder}: {missing}"
    yield from _check_reversed(reader, directory, words)


@dataclass
class _Bag:
    """Words without their order, told from others by their number and the sum of their hashes."""

    count: int = 0
    sum: int = 0

    def add(self, words: Sequence[str]) -> None:
        self.count += len(words)
        self.sum += sum(map(hash, words))


def _check_reversed(reader: _Reader, directory: Directory, words: _Bag) -> Iterator[str]:
    found = _Bag()
    for number, (first, following) in enumerate(_pairs(directory.reversed)):
        terms = reader.read_reversed(number)
        if disorder := _find_disorder(terms, first, following):
            yield f"{reader.path(reversed_name(number))}: {disorder}"
            return
        found.add(terms)
    if found != words:
        yield (
            f"{reader.folder}: {found.count} reversed words; expected the {words.count} words of the dictionaries"
        )


def _check_postings(
    reader: _Reader, number: int, dictionary: Dictionary, manifest: Manifest, expected: _Expected
) -> str | None:
    path = reader.path(postings_name(number))
    data = reader.read_postings(number)
    if len(data) != sum(dictionary.bytes):
        return f"{path}: {len(data)} bytes; expected {sum(dictionary.bytes)}, as its dictionary says"
    known = sum(1 << bit for bit in {0, *(field_bit(k) for k in range(len(manifest.fields)))})
    start = 0
    lone = find_lone(data, dictionary.bytes, path)
    for term, count, size, (mask, rank) in zip(
        dictionary.terms, dictionary.counts, dictionary.bytes, lone, strict=True
    ):
        if count == 1 and mask and not mask & ~known and rank < manifest.image_count:
            problem = expected.compare_lone(term, rank, mask)
        else:
            ranks, masks = decode_postings(data[start : start + size], f"{path}: {term}")
            is_fine = len(ranks) == count == len(np.unique(ranks)) and ranks.max() < manifest.image_count
            if not is_fine or (masks & ~known).any() or not masks.all():
                return (
                    f"{path}: {term!r} has {len(ranks)} ranks; expected {count} of the site, of known fields"
                )
            problem = expected.compare(term, ranks, masks)
        if problem:
            return f"{path}: {problem}"
        start += size
    return None


def find_lone(data: bytes, sizes: Sequence[int], name: str) -> list[list[int]]:
    """Return mask and rank of every term that one image has; 0 and 0 of the others.

    In a large index nearly all terms are names and ids: decoded one by one they take longer than all else together.
    """
    values = decode_varints(data, name)
    is_end = np.concatenate([[True], np.frombuffer(data, np.uint8) < 0x80])
    edges = np.cumsum([0, *sizes])
    before = np.cumsum(is_end)[edges] - 1  # numbers that end before each term
    is_lone = (np.diff(before) == 3) & is_end[edges[1:]]
    is_lone[is_lone] = values[before[:-1][is_lone] + 1] == 1
    found = np.zeros((len(sizes), 2), np.int64)
    for column, place in enumerate((0, 2)):
        found[is_lone, column] = values[before[:-1][is_lone] + place]
    lone: list[list[int]] = found.tolist()
    return lone


class _Expected:
    """The terms of the rows, as the words of the site say them, in the order of the index."""

    def __init__(self, store: Store, manifest: Manifest, sample: int | None) -> None:
        self.is_read = np.zeros(manifest.image_count, bool)
        sorter = PostingSorter()
        fields = [Field(field.name, field.title, field.kind) for field in manifest.fields]
        for number in number_blocks(manifest, sample):
            _, block = read_block(store, manifest, number)
            rows = block.rows[: max(0, manifest.image_count - block.first_rank)]
            for rank, row in enumerate(rows, block.first_rank):
                cells = {field.name: row.fields.get(field.name) for field in fields}
                sorter.add(rank, describe_row(fields, {**cells, "image_id": row.id, "paths": [row.path]}))
                self.is_read[rank] = True
        self._stream = sorter.sort()
        self._next = next(self._stream, None)

    def take_missing(self, before: str | None) -> str | None:
        """Return what is wrong if a term of the words comes before one of the index."""
        if self._next is None or (before is not None and self._next.term >= before):
            return None
        return f"nothing finds {self._next.term!r}, a word of rank {self._next.ranks[0]}"

    def compare_lone(self, term: str, rank: int, mask: int) -> str | None:
        """Return the same of a term that one image has, without a look at it if that was not read."""
        following = self._next.term if self._next is not None else None
        if not self.is_read[rank] and (following is None or following > term):
            return None
        return self.compare(term, np.array([rank]), np.array([mask]))

    def compare(self, term: str, ranks: NDArray[np.int64], masks: NDArray[np.int64]) -> str | None:
        """Return what is wrong with a term of the index; call with rising terms."""
        if missing := self.take_missing(term):
            return missing
        is_read = self.is_read[ranks]
        found = dict(zip(ranks[is_read].tolist(), masks[is_read].tolist(), strict=True))
        expected: dict[int, int] = {}
        if self._next is not None and self._next.term == term:
            expected = dict(zip(self._next.ranks.tolist(), self._next.masks.tolist(), strict=True))
            self._next = next(self._stream, None)
        if found == expected:
            return None
        rank = min(k for k in found.keys() | expected.keys() if found.get(k) != expected.get(k))
        return f"{term!r} finds rank {rank} in fields {found.get(rank, 0):#b}; expected {expected.get(rank, 0):#b}"
