"""Guessed words in the site: which images each is said of, in files of a few kilobytes (site format §14).

Belongs here: their files, both ways, and the numbers that rows of words refer to. Does not belong here: guessing
(``embeddings``, another room).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from clipplot_pipeline.errors import SiteError
from clipplot_pipeline.model import Concepts
from clipplot_pipeline.site.format import hash_bytes
from clipplot_pipeline.site.search_files import encode_postings, pack, pack_json, unpack

WORDS_FILE = "words.bin"
#: Words of an image that are shown beside it.
MOST_SHOWN = 8
#: Steps that scores are rounded to: 1 (the lowest of the site) … LEVELS.
LEVELS = 63
#: A file of postings ends after so many.
FILE_POSTINGS = 16_384


@dataclass(frozen=True, slots=True)
class ConceptWords:
    """The words that some image has, by number, and where their postings lie.

    Attributes
    ----------
    words, headings : tuple of str
    counts, bytes : tuple of int
        Images of each word, and bytes of its postings.
    firsts : tuple of int
        For each file of postings the word that it begins with.
    """

    words: tuple[str, ...]
    headings: tuple[str, ...]
    counts: tuple[int, ...]
    bytes: tuple[int, ...]
    firsts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ConceptFiles:
    """What is to be put, and what rows of words say.

    Attributes
    ----------
    folder : str
        ``k/<hash>``: of the content of all files.
    files : tuple of (str, bytes)
        Names within the folder.
    shown : ndarray of int32, shape (n, m)
        Words of every catalog row by their numbers in the site, the best first; -1: no more.
    words : int
    """

    folder: str
    files: tuple[tuple[str, bytes], ...]
    shown: NDArray[np.int32]
    words: int


def plan_concepts(concepts: Concepts | None, ranks: NDArray[np.int64]) -> ConceptFiles | None:
    """Return the files of guessed words; None if nothing is guessed.

    Parameters
    ----------
    concepts : Concepts or None
        In catalog rows.
    ranks : ndarray of int64, shape (n,)
        Catalog row of every rank.
    """
    if concepts is None or not (concepts.best >= 0).any():
        return None
    ranked = concepts.best[ranks]
    there = ranked >= 0
    in_use, numbers = np.unique(ranked[there], return_inverse=True)
    levels = _find_levels(concepts.scores[ranks][there])
    owners = np.nonzero(there)[0]
    order = np.argsort(numbers, kind="stable")
    counts = np.bincount(numbers)
    posted, levels = owners[order].astype(np.uint32), levels[order]
    files: list[tuple[str, bytes]] = []
    sizes: list[int] = []
    firsts: list[int] = []
    ends = np.cumsum(counts)
    for first, last in _share_out(counts):
        part = slice(ends[first] - counts[first], ends[last - 1])
        data, lengths = encode_postings(counts[first:last], posted[part], levels[part])
        files.append((f"{len(firsts)}.bin", pack(data)))
        sizes += lengths.tolist()
        firsts.append(first)
    words = [concepts.words[k] for k in in_use]
    headings = [concepts.headings[k] for k in in_use]
    files.append((WORDS_FILE, _encode_words(words, headings, counts.tolist(), sizes, firsts)))
    digest = "".join(f"{name} {hash_bytes(data, digits=64)}\n" for name, data in files)
    shown = concepts.best[:, :MOST_SHOWN]
    renumbered = np.where(shown >= 0, np.searchsorted(in_use, shown), -1).astype(np.int32)
    return ConceptFiles(f"k/{hash_bytes(digest.encode())}", tuple(files), renumbered, len(words))


def _find_levels(scores: NDArray[np.float32]) -> NDArray[np.uint32]:
    low, high = float(scores.min()), float(scores.max())
    steps = (scores.astype(np.float64) - low) / max(high - low, 1e-9) * (LEVELS - 1)
    return (np.rint(steps) + 1).astype(np.uint32)


def _share_out(counts: NDArray[np.int64]) -> Iterator[tuple[int, int]]:
    """Yield the first word of each file, and the one after its last."""
    first, held = 0, 0
    for number, count in enumerate(counts.tolist()):
        if held and held + count > FILE_POSTINGS:
            yield first, number
            first, held = number, 0
        held += count
    yield first, len(counts)


def _encode_words(
    words: Sequence[str],
    headings: Sequence[str],
    counts: Sequence[int],
    sizes: Sequence[int],
    firsts: Sequence[int],
) -> bytes:
    names = list(dict.fromkeys(headings))
    return pack_json(
        {
            "headings": names,
            "words": list(words),
            "heading": [names.index(heading) for heading in headings],
            "counts": list(counts),
            "bytes": list(sizes),
            "firsts": list(firsts),
        }
    )


def decode_words(data: bytes, name: str = WORDS_FILE) -> ConceptWords:
    """Return the words of a file.

    Raises
    ------
    SiteError
        If it is not what the format says; ``name`` says which file.
    """
    try:
        value: Any = json.loads(unpack(data, name))
        names = value["headings"]
        found = ConceptWords(
            tuple(str(word) for word in value["words"]),
            tuple(names[number] for number in value["heading"]),
            *(tuple(int(n) for n in value[key]) for key in ("counts", "bytes", "firsts")),
        )
    except (ValueError, TypeError, KeyError, IndexError) as error:
        raise SiteError(f"{name}: not a list of guessed words ({error}); publish the site again") from error
    lengths = {len(part) for part in (found.words, found.headings, found.counts, found.bytes)}
    if len(lengths) > 1 or any(n < 1 for n in (*found.counts, *found.bytes)) or found.firsts[:1] != (0,):
        raise SiteError(f"{name}: parts of {sorted(lengths)} words; expected as many, each of some image")
    return found


def tabulate_concepts(concepts: Concepts | None) -> dict[str, pa.Array]:
    """Return the column of the exported table, in catalog order; none where nothing is guessed."""
    if concepts is None or not (concepts.best >= 0).any():
        return {}
    shown = concepts.best[:, :MOST_SHOWN]
    offsets = np.concatenate([[0], np.cumsum((shown >= 0).sum(axis=1))]).astype(np.int32)
    words = pa.array(concepts.words, pa.string()).take(pa.array(shown[shown >= 0]))
    return {"guessed_words": pa.ListArray.from_arrays(pa.array(offsets), words)}
