import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import cdist

from clipplot_pipeline.layouts.islands import gather_islands


def make_sea(*middles: tuple[float, float], each: int = 200) -> np.ndarray:
    rng = np.random.default_rng(0)
    return np.vstack([rng.uniform(-3, 3, (each, 2)) + middle for middle in middles])


def test_far_islands_come_near_without_touching_and_keep_their_sides():
    raw = make_sea((0, 0), (60, 5), (-5, -80))
    moved, count = gather_islands(raw)
    assert count == 3
    assert np.ptp(moved, axis=0).max() < 0.5 * np.ptp(raw, axis=0).max()
    parts = moved.reshape(3, 200, 2)
    for a, b in ((0, 1), (0, 2), (1, 2)):
        nearest = cdist(parts[a], parts[b]).min()
        typical = np.sort(cdist(parts[a], parts[a]), axis=1)[:, 5].mean()
        assert nearest > typical
    assert parts[1].mean(0)[0] > parts[0].mean(0)[0]
    assert parts[2].mean(0)[1] < parts[0].mean(0)[1]


def test_islands_move_as_a_whole():
    raw = make_sea((0, 0), (60, 5))
    moved, _ = gather_islands(raw)
    for island in (slice(0, 200), slice(200, 400)):
        ways = moved[island] - raw[island]
        np.testing.assert_allclose(ways, np.broadcast_to(ways[0], ways.shape), atol=1e-9)


def test_one_land_stays_where_it_is():
    raw = make_sea((0, 0), (5, 0))
    moved, count = gather_islands(raw)
    assert count == 1
    np.testing.assert_array_equal(moved, raw)


@given(st.integers(0, 12), st.sampled_from([0.0, 1.0, 1e4]))
def test_few_or_alike_positions_are_legal(n, scale):
    raw = np.random.default_rng(n).normal(size=(n, 2)) * scale
    moved, _ = gather_islands(raw)
    assert moved.shape == (n, 2)
    assert np.isfinite(moved).all()
