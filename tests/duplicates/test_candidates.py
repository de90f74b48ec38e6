"""Pairs worth a look: the fast search against the plain one."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from clipplot_pipeline.duplicates import candidates, pair_hashes, pair_neighbors, unite_pairs
from clipplot_pipeline.images import perceptual_hash
from clipplot_pipeline.model import Neighbors

WORDS = st.integers(0, 2**64 - 1)


def _brute(hashes, most=candidates.MOST_BITS):
    mirrored = candidates.mirror_hashes(hashes)
    return {
        (a, b)
        for a in range(len(hashes))
        for b in range(a + 1, len(hashes))
        if min(int(np.bitwise_count(v[a] ^ hashes[b])) for v in (hashes, mirrored)) <= most
    }


@given(st.lists(WORDS, min_size=1, max_size=4), st.data())
def test_every_near_hash_is_found(words, data):
    """Few enough of them that no limit bites: the search by bands equals that by all pairs."""
    hashes = list(words)
    for word in words:
        flipped = data.draw(st.sets(st.integers(0, 63), max_size=9))
        hashes.append(word ^ sum(1 << bit for bit in flipped))
    distinct = np.unique(np.array(hashes, np.uint64))
    found = set(map(tuple, pair_hashes(distinct).tolist()))
    assert found == _brute(distinct)


@given(st.lists(st.integers(0, 2), max_size=30))
def test_equal_hashes_hang_together_without_being_all_pairs(classes):
    """Pictures with one hash are a chain: linear in their number, and connected."""
    values = np.array([7, 2**40 + 99, 2**63 + 2**50 - 12345], np.uint64)
    hashes = values[np.array(classes, np.int64)] if classes else np.zeros(0, np.uint64)
    pairs = pair_hashes(hashes)
    assert len(pairs) <= candidates.MOST_EQUAL * len(hashes)
    for value in values:
        rows = np.flatnonzero(hashes == value)
        own = {tuple(p) for p in pairs.tolist()}
        assert all((a, b) in own for a, b in zip(rows[:-1].tolist(), rows[1:].tolist(), strict=True))


def test_many_equal_ones_stay_cheap():
    pairs = pair_hashes(np.full(20_000, 12345, np.uint64))
    assert len(pairs) < 60_000


def test_a_mirrored_picture_has_the_mirrored_hash():
    picture = Image.new("RGB", (120, 90), (200, 190, 180))
    draw = ImageDraw.Draw(picture)
    draw.ellipse((10, 8, 60, 50), fill=(20, 60, 120))
    draw.polygon([(70, 80), (118, 60), (90, 20)], fill=(160, 30, 30))
    own = np.array([perceptual_hash(picture)], np.uint64)
    flipped = np.uint64(perceptual_hash(picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT)))
    assert np.bitwise_count(candidates.mirror_hashes(own)[0] ^ flipped) <= candidates.MOST_BITS
    assert np.bitwise_count(own[0] ^ flipped) > 10


def test_neighbors_give_each_pair_once():
    rows = np.array([[1, 2], [0, -1], [0, 1], [-1, -1]], np.int32)
    found = pair_neighbors(Neighbors(rows, np.zeros(rows.shape, np.float32)))
    assert found.tolist() == [[0, 1], [0, 2], [1, 2]]


@pytest.mark.parametrize("count", [0, 1])
def test_nothing_to_pair(count):
    none = pair_hashes(np.zeros(count, np.uint64))
    near = pair_neighbors(Neighbors(np.full((count, 3), -1, np.int32), np.zeros((count, 3), np.float32)))
    assert unite_pairs(none, near).shape == (0, 2)
