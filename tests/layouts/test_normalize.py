import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from clipplot_pipeline.layouts.normalize import MARGIN, Transform, fit_transform, normalize_positions

raw_positions = hnp.arrays(
    np.float64, st.tuples(st.integers(0, 60), st.just(2)), elements=st.floats(-1e6, 1e6, width=32)
)


@given(raw_positions)
def test_positions_lie_inside_the_square_with_a_margin(raw):
    positions, _ = normalize_positions(raw)
    assert positions.shape == raw.shape
    assert positions.dtype == np.float32
    assert np.isfinite(positions).all()
    assert np.abs(positions).max(initial=0) <= 1 - MARGIN + 1e-6


@given(raw_positions, st.randoms())
def test_order_does_not_matter(raw, random):
    order = list(range(len(raw)))
    random.shuffle(order)
    np.testing.assert_array_equal(normalize_positions(raw)[0][order], normalize_positions(raw[order])[0])


@given(raw_positions)
def test_aspect_is_kept_where_nothing_is_clamped(raw):
    positions, facts = normalize_positions(raw)
    if facts["clamped"] or len(raw) < 2:
        return
    ways, drawn = np.diff(raw, axis=0), np.diff(positions.astype(float), axis=0)
    np.testing.assert_allclose(drawn, ways * facts["scale"], atol=1e-5)


def test_the_larger_side_fills_the_square():
    positions, _ = normalize_positions(np.array([[0.0, 0.0], [10.0, 5.0]]))
    np.testing.assert_allclose(positions, [[-0.95, -0.475], [0.95, 0.475]], atol=1e-6)


def test_a_lone_group_far_away_does_not_squeeze_all_others():
    rng = np.random.default_rng(0)
    raw = np.vstack([rng.normal(size=(5000, 2)), [[500.0, 500.0]]])
    positions, facts = normalize_positions(raw)
    assert facts["clamped"] < 30
    assert positions[:5000].std() > 0.2
    assert positions[5000] == pytest.approx([0.95, 0.95])


def test_alike_positions_go_to_the_middle():
    positions, _ = normalize_positions(np.full((7, 2), 123.456))
    np.testing.assert_allclose(positions, 0, atol=1e-6)


def test_a_kept_transform_places_new_images_as_before_and_clamps_strangers():
    raw = np.random.default_rng(1).normal(size=(50, 2))
    transform = Transform.from_json(fit_transform(raw).to_json())
    np.testing.assert_array_equal(transform.apply(raw), normalize_positions(raw)[0])
    assert np.abs(transform.apply(raw * 100)).max() <= 1 - MARGIN + 1e-6


def test_numbers_that_are_not_finite_are_refused():
    with pytest.raises(ValueError, match="not finite"):
        normalize_positions(np.array([[np.nan, 0.0]]))
