"""The files of the search index, both ways (site format §9).

Belongs here: the byte layout of directory, dictionaries and postings. Does not belong here: which terms a row has
(``search_terms``), gathering them (``search_index``).
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clipplot_pipeline.errors import SiteError
from clipplot_pipeline.site.format import dump_json

DIRECTORY = "directory.bin"


@dataclass(frozen=True, slots=True)
class Directory:
    """Where to look: what separates each dictionary from the one before, and each dictionary of reversed words.

    A separator is not above the first term of its dictionary, and above the last one of the dictionary before.
    """

    terms: tuple[str, ...]
    reversed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Dictionary:
    """Terms in order, how many images each has, and how many bytes its postings take."""

    terms: tuple[str, ...]
    counts: tuple[int, ...]
    bytes: tuple[int, ...]


def dictionary_name(number: int) -> str:
    """Return the name of a dictionary."""
    return f"t{number}.bin"


def postings_name(number: int) -> str:
    """Return the name of the postings of a dictionary's terms."""
    return f"p{number}.bin"


def reversed_name(number: int) -> str:
    """Return the name of a dictionary of reversed words."""
    return f"r{number}.bin"


def name_files(dictionaries: int, reversed_dictionaries: int) -> list[str]:
    """Return the names of all files of an index."""
    names = [DIRECTORY]
    for number in range(dictionaries):
        names += [dictionary_name(number), postings_name(number)]
    return names + [reversed_name(number) for number in range(reversed_dictionaries)]


def pack(data: bytes) -> bytes:
    """Return bytes as gzip that depends on nothing else."""
    return gzip.compress(data, compresslevel=9, mtime=0)


def pack_json(value: Any) -> bytes:
    """Return JSON inside gzip."""
    return pack(dump_json(value))


def unpack(data: bytes, name: str) -> bytes:
    """Return what is inside gzip; raise a SiteError that names the file."""
    try:
        return gzip.decompress(data)
    except (OSError, EOFError, zlib.error) as error:
        raise SiteError(f"{name}: not gzip ({error}); publish the site again") from error


def encode_directory(directory: Directory) -> bytes:
    """Return the file of a directory."""
    return pack_json({"terms": directory.terms, "reversed": directory.reversed})


def decode_directory(data: bytes, name: str = DIRECTORY) -> Directory:
    """Return the directory of a file."""
    value = _read_json(data, name)
    return Directory(_strings(value, "terms", name), _strings(value, "reversed", name))


def encode_dictionary(dictionary: Dictionary) -> bytes:
    """Return the file of a dictionary."""
    return pack_json({"terms": dictionary.terms, "counts": dictionary.counts, "bytes": dictionary.bytes})


def decode_dictionary(data: bytes, name: str = "dictionary") -> Dictionary:
    """Return the dictionary of a file."""
    value = _read_json(data, name)
    terms = _strings(value, "terms", name)
    counts, sizes = _numbers(value, "counts", name), _numbers(value, "bytes", name)
    if not len(terms) == len(counts) == len(sizes):
        raise SiteError(
            f"{name}: {len(terms)} terms, {len(counts)} counts, {len(sizes)} sizes; expected as many"
        )
    return Dictionary(terms, counts, sizes)


def encode_reversed(words: Sequence[str]) -> bytes:
    """Return the file of a dictionary of reversed words."""
    return pack_json({"terms": list(words)})


def decode_reversed(data: bytes, name: str = "reversed") -> tuple[str, ...]:
    """Return the reversed words of a file."""
    return _strings(_read_json(data, name), "terms", name)


def _read_json(data: bytes, name: str) -> dict[str, Any]:
    try:
        value = json.loads(unpack(data, name))
    except ValueError as error:
        raise SiteError(f"{name}: not JSON ({error}); publish the site again") from error
    if not isinstance(value, dict):
        raise SiteError(f"{name}: {str(value)[:40]!r}; expected an object")
    return value


def _strings(value: dict[str, Any], key: str, name: str) -> tuple[str, ...]:
    items = value.get(key)
    if not isinstance(items, list) or not all(isinstance(item, str) for item in items):
        raise SiteError(f"{name}: {key} is {str(items)[:40]!r}; expected a list of text")
    return tuple(items)


def _numbers(value: dict[str, Any], key: str, name: str) -> tuple[int, ...]:
    items = value.get(key)
    if not isinstance(items, list) or not all(type(item) is int and item > 0 for item in items):
        raise SiteError(f"{name}: {key} is {str(items)[:40]!r}; expected a list of whole numbers")
    return tuple(items)


def encode_postings(
    counts: NDArray[np.int64], ranks: NDArray[np.uint32], masks: NDArray[np.uint32]
) -> tuple[bytes, NDArray[np.int64]]:
    """Return the postings of several terms, one after the other, and the bytes of each.

    Parameters
    ----------
    counts : ndarray of int64, shape (t,)
        Postings of each term.
    ranks, masks : ndarray of uint32, shape (sum of counts,)
        Term after term; a rank comes once in a term.

    Notes
    -----
    A term's postings are groups of one mask each, by rising mask: the mask, the number of ranks, the first rank, and
    the differences of the following ones; all as LEB128.
    """
    term = np.repeat(np.arange(len(counts)), counts)
    order = np.lexsort((ranks, masks, term))
    ranks, masks = ranks[order], masks[order]  # terms stay in order
    is_first = np.ones(len(ranks), bool)
    is_first[1:] = (term[1:] != term[:-1]) | (masks[1:] != masks[:-1])
    firsts = np.flatnonzero(is_first)
    group = np.cumsum(is_first) - 1
    numbers = np.zeros(len(ranks) + 2 * len(firsts), np.int64)
    deltas = np.diff(ranks.astype(np.int64), prepend=0)
    deltas[firsts] = ranks[firsts]
    numbers[np.arange(len(ranks)) + 2 * (group + 1)] = deltas
    heads = firsts + 2 * np.arange(len(firsts))
    numbers[heads] = masks[firsts]
    numbers[heads + 1] = np.diff(firsts, append=len(ranks))
    data, ends = encode_varints(numbers)
    last = np.cumsum(counts) - 1  # the place of each term's last posting
    ends_of_terms = ends[last + 2 * (group[last] + 1)]
    return data, np.diff(ends_of_terms, prepend=0)


def decode_postings(data: bytes, name: str = "postings") -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the ranks and masks of one term, in the order of the file.

    Raises
    ------
    SiteError
        If the bytes are cut, or a rank does not follow the one before.
    """
    numbers = decode_varints(data, name).tolist()
    ranks: list[NDArray[np.int64]] = []
    masks: list[NDArray[np.int64]] = []
    place = 0
    while place < len(numbers):
        head = numbers[place : place + 2]
        deltas = np.array(numbers[place + 2 : place + 2 + (head[1] if len(head) == 2 else 0)], np.int64)
        if len(head) < 2 or len(deltas) != head[1] or not head[1] or (deltas[1:] < 1).any():
            raise SiteError(f"{name}: postings are cut or not rising; publish the site again")
        ranks.append(np.cumsum(deltas))
        masks.append(np.full(len(deltas), head[0]))
        place += 2 + len(deltas)
    if not ranks:
        raise SiteError(f"{name}: a term without postings; publish the site again")
    return np.concatenate(ranks), np.concatenate(masks)


def encode_varints(numbers: NDArray[np.int64]) -> tuple[bytes, NDArray[np.int64]]:
    """Return numbers within [0, 2³⁵) as LEB128, and where each ends."""
    sizes = np.ones(len(numbers), np.int64)
    for bits in (7, 14, 21, 28):
        sizes += numbers >> bits > 0
    ends = np.cumsum(sizes)
    out = np.zeros(int(ends[-1]) if len(ends) else 0, np.uint8)
    starts = ends - sizes
    for k in range(5):
        has = sizes > k
        more = (sizes[has] > k + 1).astype(np.int64) << 7
        out[starts[has] + k] = (numbers[has] >> (7 * k) & 0x7F) | more
    return out.tobytes(), ends


def decode_varints(data: bytes, name: str = "postings") -> NDArray[np.int64]:
    """Return the numbers of LEB128 bytes."""
    raw = np.frombuffer(data, np.uint8)
    is_last = raw < 0x80
    if len(raw) and not is_last[-1]:
        raise SiteError(f"{name}: its last number is cut; publish the site again")
    ends = np.flatnonzero(is_last)
    starts = np.concatenate([[0], ends[:-1] + 1]) if len(ends) else ends
    if len(ends) and (ends - starts).max() > 4:
        raise SiteError(f"{name}: a number of more than 5 bytes; publish the site again")
    number: NDArray[np.int64] = np.cumsum(is_last) - is_last
    shifts = 7 * (np.arange(len(raw)) - starts[number])
    out = np.zeros(len(ends), np.int64)
    np.add.at(out, number, (raw & 0x7F).astype(np.int64) << shifts)
    return out
