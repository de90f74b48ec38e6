"""Pairs of pictures that may be the same: alike by perceptual hash, as they are or mirrored, or near by embedding.

Belongs here: finding pairs that are worth a look, in O(n) memory. Does not belong here: looking (``matching``).

Source of the search by hash: Norouzi, Punjani, Fleet, "Fast Search in Hamming Space with Multi-Index Hashing" (2012):
of 64 bits cut into four bands, one band differs in at most one bit if all differ in at most seven.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from clipplot_pipeline.model import Neighbors

#: Bits in which two hashes may differ. More finds more of what only embeddings would find, and pays for it.
MOST_BITS = 7
#: Of the pictures with hashes near one's own, only the nearest; of those with the very same hash, the next few. Chains
#: hold larger groups together, and a thousand blank pages do not make a million pairs.
MOST_NEAR, MOST_EQUAL = 8, 3
#: Nearest neighbours by embedding that are looked at.
NEAREST = 8
_BANDS, _BAND_BITS = 4, 16
#: Pairs that are compared at once.
_BLOCK_PAIRS = 1 << 22

Pairs = NDArray[np.int64]


def pair_neighbors(neighbors: Neighbors) -> Pairs:
    """Return every image with each of its `NEAREST` nearest neighbours, as rows (lower, higher), each once, sorted."""
    near = neighbors.rows[:, :NEAREST]
    rows = np.repeat(np.arange(len(near)), near.shape[1])
    others = near.ravel().astype(np.int64)
    return _sort_pairs(rows[others >= 0], others[others >= 0])


def pair_hashes(hashes: NDArray[np.uint64]) -> Pairs:
    """Return pairs of images whose hashes are near, also if one is mirrored; as rows (lower, higher), sorted.

    Parameters
    ----------
    hashes : ndarray of uint64, shape (n,)
        See ``images.phash``.
    """
    distinct, inverse = np.unique(hashes, return_inverse=True)
    order = np.argsort(inverse, kind="stable")
    starts = np.searchsorted(inverse[order], np.arange(len(distinct)))
    found = [_chain_equal(order, inverse[order])]
    for queries in (distinct, mirror_hashes(distinct)):
        a, b = _search(distinct, queries)
        found.append((order[starts[a]], order[starts[b]]))
    rows, others = (np.concatenate(side) for side in zip(*found, strict=True))
    return _sort_pairs(rows, others)


def mirror_hashes(hashes: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Return the hashes of the pictures mirrored left to right, but for bits near the median.

    Mirroring turns the sign of every second horizontal frequency; the median is near 0.
    """
    mirrored: NDArray[np.uint64] = hashes ^ np.uint64(0x5555555555555555)
    return mirrored


def unite_pairs(*parts: Pairs) -> Pairs:
    """Return the pairs of all parts, each once, sorted."""
    rows, others = np.concatenate(parts).T
    return _sort_pairs(rows, others)


def _sort_pairs(rows: NDArray[np.int64], others: NDArray[np.int64]) -> Pairs:
    low, high = np.minimum(rows, others).astype(np.int64), np.maximum(rows, others).astype(np.int64)
    count = int(high.max(initial=0)) + 1
    keys = np.unique((low * count + high)[low < high])
    return np.column_stack(np.divmod(keys, count))


def _chain_equal(
    order: NDArray[np.int64], classes: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return each image with the next few that have the same hash."""
    pairs = [
        (order[:-step][classes[:-step] == classes[step:]], order[step:][classes[:-step] == classes[step:]])
        for step in range(1, min(MOST_EQUAL + 1, len(order)))
    ]
    none = (np.zeros(0, np.int64),) * 2
    rows, others = (np.concatenate(side) for side in zip(none, *pairs, strict=True))
    return rows, others


def _search(
    hashes: NDArray[np.uint64], queries: NDArray[np.uint64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return (query, hash) of the nearest hashes within `MOST_BITS` of every query, not at its own place."""
    parts = []
    for band in range(_BANDS):
        shift = np.uint64(band * _BAND_BITS)
        keys = _cut_band(hashes, shift)
        order = np.argsort(keys, kind="stable")
        keys = keys[order]
        probed = _cut_band(queries, shift)
        for flip in (0, *(1 << bit for bit in range(_BAND_BITS))):
            wanted = probed ^ np.uint16(flip)
            begins, ends = (np.searchsorted(keys, wanted, side) for side in ("left", "right"))
            for at, among in _expand(begins, ends):
                other = order[among]
                bits = np.bitwise_count(queries[at] ^ hashes[other])
                is_near = (bits <= MOST_BITS) & (at != other)
                parts.append(np.column_stack([at[is_near], bits[is_near], other[is_near]]))
    found = np.unique(np.concatenate(parts), axis=0) if parts else np.zeros((0, 3), np.int64)
    begins = np.searchsorted(found[:, 0], found[:, 0])
    kept = found[np.arange(len(found)) - begins < MOST_NEAR]
    return kept[:, 0], kept[:, 2]


def _cut_band(hashes: NDArray[np.uint64], shift: np.uint64) -> NDArray[np.uint16]:
    return ((hashes >> shift) & np.uint64(0xFFFF)).astype(np.uint16)


def _expand(
    begins: NDArray[np.int64], ends: NDArray[np.int64]
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Yield (row, place) for every place within every row's range, some millions at once."""
    sums = np.cumsum(ends - begins)
    start = 0
    while start < len(begins):
        done = int(sums[start - 1]) if start else 0
        stop = max(start + 1, int(np.searchsorted(sums, done + _BLOCK_PAIRS, "right")))
        times = ends[start:stop] - begins[start:stop]
        rows = np.repeat(np.arange(start, stop), times)
        yield rows, np.arange(len(rows)) - np.repeat(np.cumsum(times) - times, times) + begins[rows]
        start = stop
