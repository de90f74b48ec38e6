from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest

from clipplot_pipeline.clusters import collect_words, find_clusters
from clipplot_pipeline.clusters.hierarchy import choose_sizes, cut_hierarchy
from clipplot_pipeline.model import Field


def find(positions, words=None, **settings):
    return find_clusters(
        np.asarray(positions, np.float32), np.asarray(positions, np.float32), words, settings
    )


def test_continents_and_towns_are_found_and_nested(continents):
    positions, continent, town = continents
    levels = find(positions, levels=2, min_size=20).levels
    cuts = cut_hierarchy(positions, [120, 20])
    assert [cut.cluster.max() + 1 for cut in cuts] == [4, 12]
    for cut, truth in zip(cuts, (continent, town), strict=True):
        inside = cut.cluster >= 0
        assert inside.mean() > 0.85
        for number in range(cut.cluster.max() + 1):
            assert len(np.unique(truth[cut.cluster == number])) == 1
    assert levels[-1].count >= 12


@pytest.mark.parametrize("seed", range(4))
def test_every_cluster_lies_in_one_of_the_level_before_or_in_none(seed):
    rng = np.random.default_rng(seed)
    middles = rng.uniform(-0.8, 0.8, (25, 2))
    positions = middles[rng.integers(0, 25, 1500)] + rng.normal(scale=0.05, size=(1500, 2))
    levels = find(positions / 1.2).levels
    assert len(levels) >= 2
    for coarse, fine in pairwise(levels):
        assert fine.count > coarse.count
        for number in range(fine.count):
            assert len(np.unique(coarse.cluster[fine.cluster == number])) == 1


def test_clusters_are_numbered_by_size_and_memberships_fit(continents):
    for level in find(continents[0]).levels:
        sizes = np.bincount(level.cluster[level.cluster >= 0])
        assert (np.diff(sizes) <= 0).all()
        assert (level.membership[level.cluster < 0] == 0).all()
        assert level.membership.min() >= 0
        assert level.membership.max() == 1
        for number, rows in enumerate(level.representatives):
            assert 1 <= len(rows) <= 8
            assert len(set(rows)) == len(rows)
            assert (level.cluster[list(rows)] == number).all()


def test_the_medoid_lies_in_the_middle(continents):
    positions = continents[0]
    level = find(positions).levels[0]
    for number, rows in enumerate(level.representatives):
        members = positions[level.cluster == number]
        middle = members.mean(0)
        reach = np.linalg.norm(members - middle, axis=1)
        assert np.linalg.norm(positions[rows[0]] - middle) == pytest.approx(reach.min(), abs=1e-6)


def test_the_same_map_gives_the_same_clusters(continents):
    first, second = (find(continents[0]) for _ in range(2))
    for a, b in zip(first.levels, second.levels, strict=True):
        assert a.cluster.tobytes() == b.cluster.tobytes()
        assert a.membership.tobytes() == b.membership.tobytes()
        assert a.representatives == b.representatives


@pytest.mark.parametrize("n", range(20))
def test_few_images_give_no_level_and_a_reason(n):
    clusters = find(np.random.default_rng(n).uniform(-1, 1, (n, 2)))
    assert clusters.levels == ()
    assert clusters.reason


@pytest.mark.parametrize("n", [20, 300])
def test_images_in_one_place_give_a_reason(n):
    clusters = find(np.zeros((n, 2)))
    assert clusters.levels == ()
    assert clusters.reason == "the images do not fall into groups"


def test_piles_of_duplicates_are_groups():
    positions = np.repeat([[-0.5, 0.0], [0.5, 0.0], [0.0, 0.7]], 20, axis=0)
    level = find(positions).levels[0]
    assert level.count == 3
    assert all(len(outline) == 0 for outline in level.outlines)
    assert np.isfinite(level.membership).all()


def test_clusters_can_be_switched_off(continents):
    clusters = find(continents[0], levels=0)
    assert clusters.levels == ()
    assert "clusters.levels" in clusters.reason


def test_sizes_fall_and_grow_with_the_collection():
    assert choose_sizes(1000, 3, 5) == [33, 16, 8]
    for n in (12, 100, 10_000, 1_000_000):
        sizes = choose_sizes(n, 4, 5)
        assert sizes == sorted(set(sizes), reverse=True)
        assert sizes[-1] >= 5
    assert choose_sizes(1_000_000, 3, 5)[-1] == 250
    assert choose_sizes(1000, 3, 40) == [40]


def test_clusters_get_names_of_their_words(continents):
    positions, continent, town = continents
    table = pa.table(
        {
            "continent": [["Africa", "Asia", "Europe", "Oceania"][i] for i in continent],
            "town": [[f"town of {'abcdefghijkl'[i] * 4}"] for i in town],
        }
    )
    fields = [Field("continent", "Continent", "category"), Field("town", "Town", "tags")]
    levels = find(positions, collect_words(fields, table), levels=3).levels
    finest = levels[-1]
    for number, name in enumerate(finest.names):
        bearing = {f"town of {'abcdefghijkl'[i] * 4}" for i in town[finest.cluster == number]}
        assert len(bearing) == 1
        assert set(name.split(", ")) <= bearing | {"Africa", "Asia", "Europe", "Oceania", ""}
    assert sum("town of" in name for name in finest.names) >= 12


def test_parts_that_disagree_are_refused():
    with pytest.raises(ValueError, match="20 positions, 19 vectors"):
        find_clusters(np.zeros((19, 4), np.float32), np.zeros((20, 2), np.float32), None, {})


@pytest.mark.parametrize("seed", [1, 2])
def test_the_order_of_the_images_does_not_matter(continents, seed):
    positions = continents[0]
    order = np.random.default_rng(seed).permutation(len(positions))
    found = find_clusters(positions, positions, None, {})
    again = find_clusters(positions[order], positions[order], None, {})
    assert len(found.levels) == len(again.levels) > 1
    for one, other in zip(found.levels, again.levels, strict=True):
        # The same groups; those of the same size may be numbered otherwise.
        pairs = np.unique(np.column_stack([one.cluster[order], other.cluster]), axis=0)
        assert len(pairs) == len(np.unique(one.cluster)) == len(np.unique(other.cluster))
        np.testing.assert_allclose(other.membership, one.membership[order], atol=1e-6)
