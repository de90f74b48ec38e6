"""Images in no cluster join their neighbours', and levels stay nested."""

from itertools import pairwise

import numpy as np
import pytest

from clipplot_pipeline.clusters.hierarchy import Cut, cut_hierarchy
from clipplot_pipeline.clusters.joining import MOST_MEMBERSHIP, join_noise
from clipplot_pipeline.model import Neighbors


def scatter(seed, n=900):
    rng = np.random.default_rng(seed)
    middles = rng.uniform(-0.8, 0.8, (14, 2))
    spread = rng.choice([0.02, 0.08], size=(n, 1))
    return (middles[rng.integers(0, 14, n)] + rng.normal(size=(n, 2)) * spread).clip(-1, 1).astype(np.float32)


@pytest.mark.parametrize("seed", range(4))
def test_fewer_are_left_out_nobody_changes_sides_and_levels_stay_nested(seed):
    positions = scatter(seed)
    before = cut_hierarchy(positions, [40, 18, 8])
    after = join_noise(before, positions, None)
    assert len(after) == len(before) > 1
    for old, new in zip(before, after, strict=True):
        assert (new.cluster < 0).sum() < (old.cluster < 0).sum()
        assert new.cluster.max() == old.cluster.max()
        for number in range(old.cluster.max() + 1):
            assert len(np.unique(new.cluster[old.cluster == number])) == 1
        joined = (old.cluster < 0) & (new.cluster >= 0)
        assert 0 < new.membership[joined].min() <= new.membership[joined].max() <= MOST_MEMBERSHIP
        assert (new.membership[new.cluster < 0] == 0).all()
        np.testing.assert_array_equal(new.membership[old.cluster >= 0], old.membership[old.cluster >= 0])
        assert (np.diff(np.bincount(new.cluster[new.cluster >= 0])) <= 0).all()
    for coarse, fine in pairwise(after):
        for number in range(fine.cluster.max() + 1):
            assert len(np.unique(coarse.cluster[fine.cluster == number])) == 1


def test_who_is_far_from_all_stays_alone():
    rng = np.random.default_rng(0)
    positions = rng.normal(scale=0.01, size=(60, 2)).astype(np.float32)
    positions[50:] = rng.uniform(0.5, 1, (10, 2))
    cluster = np.where(np.arange(60) < 25, 0, np.where(np.arange(60) < 50, 1, -1)).astype(np.int32)
    rows = np.full((60, 15), -1, np.int32)
    rows[50:] = np.resize(np.arange(50, 60), (10, 15))  # their vectors know only each other
    cut = Cut(cluster, (cluster >= 0).astype(np.float32))
    (found,) = join_noise(
        [cut], positions, Neighbors(rows, np.where(rows < 0, np.nan, 0.5).astype(np.float32))
    )
    assert (found.cluster[50:] == -1).all()


def test_vectors_have_a_say():
    positions = np.random.default_rng(1).uniform(-1, 1, (40, 2)).astype(np.float32)
    cluster = np.where(np.arange(40) < 20, 0, 1).astype(np.int32)
    cluster[0] = -1
    rows = np.tile(np.arange(21, 36, dtype=np.int32), (40, 1))
    cut = Cut(cluster, (cluster >= 0).astype(np.float32))
    (found,) = join_noise([cut], positions, Neighbors(rows, np.full(rows.shape, 0.9, np.float32)))
    assert found.cluster[0] == found.cluster[30]


def test_no_level_is_legal():
    assert join_noise([], np.zeros((3, 2), np.float32), None) == []
