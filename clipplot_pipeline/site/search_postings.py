"""Sorting more postings than memory holds: runs on disk, then one merge.

Belongs here: collecting (term, rank, mask) and giving them back by term. Does not belong here: text
(``search_terms``), the files of the site (``search_files``).

Single-pass in-memory indexing: Manning, Raghavan, Schütze, Introduction to Information Retrieval, §4.3.
"""

from __future__ import annotations

import heapq
import tempfile
import threading
import weakref
from array import array
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from typing import BinaryIO, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

#: Postings that are sorted in memory at once: some 100 MB while it lasts.
RUN_POSTINGS = 2**21
#: Bytes of a spool that stay in memory; beyond, it goes to disk.
SPOOL_BYTES = 2**24


class Postings(NamedTuple):
    """All postings of one term: parallel arrays of uint32, in no particular order of masks."""

    term: str
    ranks: NDArray[np.uint32]
    masks: NDArray[np.uint32]


class Spool:
    """Bytes put away: in memory while they are few, else in a file without a name. Safe with threads."""

    def __init__(self, limit_bytes: int = SPOOL_BYTES) -> None:
        self._file = cast(BinaryIO, tempfile.SpooledTemporaryFile(max_size=limit_bytes))  # noqa: SIM115
        self._lock = threading.Lock()
        self.close = weakref.finalize(self, self._file.close)
        self.size = 0

    def append(self, data: bytes) -> int:
        """Put bytes at the end; return where they begin."""
        with self._lock:
            start = self.size
            self._file.seek(start)
            self._file.write(data)
            self.size += len(data)
        return start

    def read(self, start: int, count: int) -> bytes:
        """Return ``count`` bytes from ``start``."""
        with self._lock:
            self._file.seek(start)
            return self._file.read(count)


@dataclass(frozen=True, slots=True)
class _Run:
    """One sorted run: terms and their counts as lines, and (rank, mask) pairs, term after term."""

    lines: Spool
    pairs: Spool


class PostingSorter:
    """Takes terms row by row, and gives back each term once, in order, with all its postings."""

    def __init__(self, run_postings: int = RUN_POSTINGS) -> None:
        self._run_postings = run_postings
        self._runs: list[_Run] = []
        self._clear()

    def _clear(self) -> None:
        self._ids: dict[str, int] = {}
        self._terms, self._ranks, self._masks = array("I"), array("I"), array("I")

    def add(self, rank: int, masks: Mapping[str, int]) -> None:
        """Add a row: the fields (bits of a mask) that each of its terms stands in."""
        ids = self._ids
        for term, mask in masks.items():
            self._terms.append(ids.setdefault(term, len(ids)))
            self._ranks.append(rank)
            self._masks.append(mask)
        if len(self._terms) >= self._run_postings:
            self._end_run()

    def _end_run(self) -> None:
        names = sorted(self._ids)
        place = np.empty(len(names), np.uint32)
        place[[self._ids[name] for name in names]] = np.arange(len(names), dtype=np.uint32)
        terms = place[np.asarray(self._terms, np.uint32)]
        order = np.argsort(terms, kind="stable")
        pairs = np.stack([np.asarray(self._ranks, "<u4")[order], np.asarray(self._masks, "<u4")[order]], 1)
        counts = np.bincount(terms, minlength=len(names)).tolist()
        run = _Run(Spool(), Spool())
        run.lines.append("".join(f"{n} {c}\n" for n, c in zip(names, counts, strict=True)).encode())
        run.pairs.append(pairs.tobytes())
        self._runs.append(run)
        self._clear()

    def sort(self) -> Iterator[Postings]:
        """Yield every term's postings, terms by code points. Takes the sorter's content with it."""
        if self._terms or not self._runs:
            self._end_run()
        runs, self._runs = self._runs, []
        with ExitStack() as stack:
            for run in runs:
                stack.callback(run.lines.close)
                stack.callback(run.pairs.close)
            streams = [_read_run(run) for run in runs]
            # Earlier runs hold lower ranks: equal terms come in the order of their runs.
            yield from _join(heapq.merge(*streams, key=lambda postings: postings.term))


def _read_run(run: _Run) -> Iterator[Postings]:
    start = 0
    for line in _read_lines(run.lines):
        term, _, count = line.rpartition(" ")
        size = 8 * int(count)
        pairs = np.frombuffer(run.pairs.read(start, size), "<u4").reshape(-1, 2)
        start += size
        yield Postings(term, pairs[:, 0], pairs[:, 1])


def _read_lines(lines: Spool, block_bytes: int = 2**16) -> Iterator[str]:
    rest = b""
    for start in range(0, lines.size, block_bytes):
        whole, end, last = lines.read(start, block_bytes).rpartition(b"\n")
        if end:
            yield from (rest + whole).decode().split("\n")
            rest = b""
        rest += last


def _join(sorted_postings: Iterator[Postings]) -> Iterator[Postings]:
    """Yield one entry for each term."""
    waiting: list[Postings] = []
    for postings in sorted_postings:
        if waiting and waiting[0].term != postings.term:
            yield _concatenate(waiting)
            waiting = []
        waiting.append(postings)
    if waiting:
        yield _concatenate(waiting)


def _concatenate(parts: list[Postings]) -> Postings:
    if len(parts) == 1:
        return parts[0]
    return Postings(
        parts[0].term, np.concatenate([p.ranks for p in parts]), np.concatenate([p.masks for p in parts])
    )
