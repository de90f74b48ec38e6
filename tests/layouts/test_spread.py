"""Pictures have room, regions stay regions, and every odd input is legal."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clipplot_pipeline.layouts.basins import find_basins
from clipplot_pipeline.layouts.packing import LONGEST_SIDE, measure_cover, measure_halves
from clipplot_pipeline.layouts.spread import COVERED, TALL, WIDE, spread_out
from clipplot_pipeline.layouts.transport import spread_evenly
from clipplot_pipeline.layouts.umap import arrange_umap
from clipplot_pipeline.model import Layout, Spread

both_windows = pytest.mark.parametrize("aspect", [WIDE, TALL])


def make_map(groups: int, each: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Heaps far apart, as UMAP leaves them: positions, aspects, the group of each."""
    rng = np.random.default_rng(seed)
    middles = rng.uniform(-0.9, 0.9, (groups, 2)) * (1, 0.7)
    group = np.repeat(np.arange(groups), each)
    positions = middles[group] + rng.normal(scale=0.02, size=(groups * each, 2))
    return positions, rng.choice([0.67, 0.75, 1.0, 1.33, 1.5, 2.2], groups * each), group


def rectangles(spread: Spread, aspects: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return spread.positions.astype(np.float64), measure_halves(aspects) * spread.picture_size


def count_overlaps(positions: np.ndarray, halves: np.ndarray) -> float:
    """Covered share by every pair: the slow way."""
    both = 0.0
    for i in range(len(positions)):
        low = np.maximum(positions[i] - halves[i], positions[i + 1 :] - halves[i + 1 :])
        high = np.minimum(positions[i] + halves[i], positions[i + 1 :] + halves[i + 1 :])
        both += float(np.maximum(high - low, 0).prod(1).sum())
    return both / float((4 * halves.prod(1)).sum())


@both_windows
def test_pictures_are_large_fill_the_window_and_hardly_cover_each_other(aspect):
    positions, aspects, _ = make_map(9, 60)
    spread, facts = spread_out(positions, aspects, aspect)
    points, halves = rectangles(spread, aspects)
    low, high = (points - halves).min(0), (points + halves).max(0)
    width, height = high - low
    assert width / height == pytest.approx(aspect, rel=0.1)
    assert max(width, height) == pytest.approx(1.9, abs=0.01)
    assert (4 * halves.prod(1)).sum() / (width * height) > 0.6
    assert count_overlaps(points, halves) <= COVERED + 1e-4
    assert facts["covered"] == pytest.approx(count_overlaps(points, halves), abs=1e-3)


def test_heaps_stay_regions_of_their_own_with_channels_between_them():
    positions, aspects, group = make_map(8, 60, seed=3)
    spread, facts = spread_out(positions, aspects)
    assert facts["regions"] == 8
    points, halves = rectangles(spread, aspects)
    apart = np.abs(points[:, None] - points[None]) - halves[:, None] - halves[None]
    gap = apart.max(axis=2) / spread.picture_size  # below 0 where two overlap
    np.fill_diagonal(gap, np.inf)
    is_same = group[:, None] == group[None]
    nearest_of_own = np.where(is_same, gap, np.inf).min(1)
    nearest_other = np.where(is_same, np.inf, gap).min(1)
    assert np.median(nearest_of_own) < 0.2
    assert (nearest_of_own < nearest_other).mean() > 0.9
    assert np.quantile(nearest_other, 0.02) > 0.15


def test_neighbours_on_the_raw_map_stay_near():
    rng = np.random.default_rng(1)
    positions = rng.normal(size=(600, 2))  # dense in the middle
    spread, _ = spread_out(positions, np.full(600, 1.4))

    def nearest(points: np.ndarray) -> np.ndarray:
        distance = np.linalg.norm(points[:, None] - points[None], axis=2)
        return np.argsort(distance, axis=1)[:, 1:16]

    kept = (nearest(spread.positions)[:, :, None] == nearest(positions)[:, None]).any(1).mean()
    assert kept > 0.6  # by chance: 0.025
    across = np.corrcoef(spread.positions[:, 0], positions[:, 0])[0, 1]
    assert across > 0.8  # left is left


@both_windows
@pytest.mark.parametrize("n", [0, 1, 2, 3, 4, 7, 31, 45])
def test_any_number_of_images_is_legal(n, aspect):
    rng = np.random.default_rng(n)
    aspects = rng.uniform(0.5, 2, n)
    spread, facts = spread_out(rng.uniform(-1, 1, (n, 2)), aspects, aspect)
    assert spread.positions.shape == (n, 2)
    points, halves = rectangles(spread, aspects)
    assert np.abs(points).max(initial=0) <= 1
    assert np.abs(points + halves).max(initial=0) <= 1
    assert count_overlaps(points, halves) <= COVERED + 1e-4 if n else facts["covered"] == 0


@pytest.mark.parametrize("n", [2, 3, 40, 300])
def test_images_at_one_place_come_apart(n):
    aspects = np.full(n, 1.5)
    spread, facts = spread_out(np.zeros((n, 2)), aspects)
    assert facts["regions"] == 1
    assert len(np.unique(spread.positions, axis=0)) == n
    points, halves = rectangles(spread, aspects)
    assert count_overlaps(points, halves) <= COVERED + 1e-4
    assert np.median(halves) * 2 > 0.5 / np.sqrt(n)


def test_images_in_a_line_and_friezes_among_others_are_legal():
    positions = np.stack([np.linspace(-1, 1, 120), np.zeros(120)], 1)
    aspects = np.where(np.arange(120) % 10 == 0, 40.0, np.where(np.arange(120) % 10 == 5, 0.02, 1.0))
    spread, _ = spread_out(positions, aspects)
    points, halves = rectangles(spread, aspects)
    assert count_overlaps(points, halves) <= COVERED + 1e-4
    assert halves.max() <= LONGEST_SIDE / 2 * spread.picture_size + 1e-9
    assert (np.abs(points) + halves <= 1).all()


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 50), st.floats(1e-9, 1e9))
def test_neither_order_nor_unit_matters(seed, n, unit):
    rng = np.random.default_rng(seed)
    positions, aspects = rng.normal(size=(n, 2)), rng.uniform(0.3, 3, n)
    positions[: n // 3] = positions[0]
    order = rng.permutation(n)
    first, _ = spread_out(positions, aspects)
    turned, _ = spread_out(positions[order], aspects[order])
    np.testing.assert_array_equal(turned.positions, first.positions[order])
    again, _ = spread_out(positions, aspects)
    assert again.positions.tobytes() == first.positions.tobytes()
    larger, _ = spread_out(positions * unit, aspects)
    assert np.isfinite(larger.positions).all()


def test_pictures_have_equal_areas_whatever_their_shape():
    halves = measure_halves(np.array([0.3, 1.0, 3.9, 9.0, 0.05]))
    np.testing.assert_allclose(4 * halves[:3].prod(1), 1)
    np.testing.assert_allclose(halves[:, 0] / halves[:, 1], [0.3, 1.0, 3.9, 9.0, 0.05])
    assert halves.max() == pytest.approx(LONGEST_SIDE / 2)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(2, 60))
def test_the_fast_measure_of_covering_equals_the_slow_one(seed, n):
    rng = np.random.default_rng(seed)
    points, halves = rng.uniform(-4, 4, (n, 2)), measure_halves(np.exp(rng.normal(size=n)))
    assert measure_cover(points, halves) == pytest.approx(count_overlaps(points, halves), abs=1e-9)


def test_a_crowd_is_spread_evenly():
    rng = np.random.default_rng(4)
    crowd = np.vstack([rng.normal(size=(900, 2)) * 0.05, rng.normal(size=(100, 2)) * 0.1 + 3])
    even = spread_evenly(crowd, 4.0, 2.0)
    counts = np.histogram2d(even[:, 0], even[:, 1], bins=(8, 4), range=((-2, 2), (-1, 1)))[0]
    assert counts.sum() > 980
    assert counts.min() > 0.5 * 1000 / 32
    assert counts.max() < 1.6 * 1000 / 32


def test_basins_part_two_hills_and_not_one():
    rng = np.random.default_rng(6)
    hill = rng.normal(size=(300, 2))
    assert find_basins(hill).max() == 0
    two = np.vstack([hill, hill + np.array([6, 0])])
    found = find_basins(two)
    assert found.max() == 1
    assert (found[:300] == found[0]).mean() > 0.99
    assert (found[300:] == found[-1]).mean() > 0.99


def test_basins_of_many_duplicates_are_found():
    points = np.repeat(np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 5.0]]), 100, axis=0)
    found = find_basins(points)
    assert [len(set(part)) for part in np.split(found, 3)] == [1, 1, 1]
    assert found.max() == 2


def test_umap_spreads_small_collections_alone_and_says_how_well(given_of, vectors_of):
    given = given_of(vectors_of(5, 12))
    layout = arrange_umap(given, {})
    assert [spread.aspect for spread in layout.spreads] == [WIDE, TALL]
    for spread, facts in zip(layout.spreads, layout.facts["spreads"], strict=True):
        assert facts["picture_size"] == spread.picture_size
        assert 0.3 < facts["quality"]["preserved"] <= 1
        assert facts["quality"]["nearest"] == layout.facts["quality"]["nearest"]
    assert not arrange_umap(given, {"spread_below": 60}).spreads
    np.testing.assert_array_equal(arrange_umap(given, {"spread_below": 0}).positions, layout.positions)


def test_spreads_that_do_not_fit_their_layout_are_refused():
    one = Spread(np.zeros((1, 2), np.float32), 0.1, 1.9)
    with pytest.raises(ValueError, match="2 positions, but 1 spread out"):
        Layout("umap", np.zeros((2, 2), np.float32), spreads=(one,))
    with pytest.raises(ValueError, match="above 0"):
        Spread(np.zeros((1, 2), np.float32), 0.0, 1.9)
    with pytest.raises(ValueError, match="within"):
        Spread(np.full((1, 2), 1.5, np.float32), 0.1, 1.9)
