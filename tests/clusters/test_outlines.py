import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from clipplot_pipeline.clusters.outlines import draw_outline


def measure_area(polygon: np.ndarray) -> float:
    x, y = polygon.astype(float).T
    return abs(float(np.sum(x[:-1] * y[1:] - x[1:] * y[:-1]))) / 2


@given(st.integers(0, 80), st.integers(0, 2**16), st.sampled_from([1, 3, 1000]))
def test_outlines_are_closed_and_made_of_the_points(n, seed, grain):
    rng = np.random.default_rng(seed)
    points = (np.round(rng.uniform(-1, 1, (n, 2)) * grain) / grain).astype(np.float32)
    outline = draw_outline(points)
    assert outline.dtype == np.float32
    if len(outline):
        np.testing.assert_array_equal(outline[0], outline[-1])
        assert {tuple(p) for p in outline.tolist()} <= {tuple(p) for p in points.tolist()}
        assert measure_area(outline) > 0


def test_a_filled_square_is_outlined_whole():
    x, y = np.meshgrid(np.linspace(0, 1, 20), np.linspace(0, 1, 20))
    assert measure_area(draw_outline(np.column_stack([x.ravel(), y.ravel()]).astype(np.float32))) > 0.999


def test_a_horseshoe_is_not_filled():
    rng = np.random.default_rng(0)
    angle = rng.uniform(0.2, 2 * np.pi - 0.2, 3000)
    radius = rng.uniform(0.8, 1.0, 3000)
    points = np.column_stack([radius * np.cos(angle), radius * np.sin(angle)]).astype(np.float32)
    area = measure_area(draw_outline(points))
    assert 0.7 < area < 1.6  # the disc has 3.1, the band 1.1


def test_points_on_a_line_span_nothing():
    line = np.column_stack([np.arange(9), np.arange(9)]).astype(np.float32)
    assert draw_outline(line).shape == (0, 2)
    assert draw_outline(line[:2]).shape == (0, 2)
