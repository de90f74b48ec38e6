"""What holds for the arrangements for tall windows of all layouts that have one."""

import numpy as np
import pytest

from clipplot_pipeline.layouts import LAYOUTS
from clipplot_pipeline.model import Layout
from tests.layouts.conftest import has_no_overlap, make_given, make_vectors, turn_input

SPECS = {spec.name: spec for spec in LAYOUTS}
each_layout = pytest.mark.parametrize("name", ["timeline", "categories", "geography", "custom"])


def arrange(name: str, n: int = 120) -> tuple[Layout, Layout]:
    layout = SPECS[name].arrange(make_given(make_vectors(1, n)), {})
    assert layout.tall is not None
    return layout, layout.tall


@each_layout
@pytest.mark.parametrize("n", [1, 2, 3, 120])
def test_the_tall_one_is_higher_than_wide_and_shows_the_same(name, n):
    layout, tall = arrange(name, n)
    assert np.abs(tall.positions).max() <= 1
    assert sorted((one.text, one.kind, one.count) for one in tall.labels if one.kind != "axis") == sorted(
        (one.text, one.kind, one.count) for one in layout.labels if one.kind != "axis"
    )
    if n == 120:
        width, height = np.ptp(tall.positions, axis=0)
        assert height > 1.2 * width
        assert np.ptp(layout.positions, axis=0)[0] > np.ptp(layout.positions, axis=0)[1]


@each_layout
def test_cells_do_not_overlap_and_hold_what_is_in_them(name):
    for one in arrange(name):
        for area in one.cells:
            inside = (one.positions >= (area.min_x - 1e-6, area.min_y - 1e-6)).all(1)
            inside &= (one.positions <= (area.max_x + 1e-6, area.max_y + 1e-6)).all(1)
            assert inside.any()
            assert has_no_overlap(one.positions[inside], area.side)


@each_layout
def test_the_order_of_the_images_does_not_matter(name):
    whole = make_given(make_vectors(1, 60))
    order = np.random.default_rng(1).permutation(60)
    tall, turned = (SPECS[name].arrange(given, {}).tall for given in (whole, turn_input(whole, order)))
    assert tall is not None
    assert turned is not None
    np.testing.assert_allclose(turned.positions, tall.positions[order], atol=1e-6)


def test_in_tall_windows_time_runs_downwards_along_a_vertical_axis():
    layout, tall = arrange("timeline")
    dated = [one for one in tall.labels if one.text != "undated"]
    assert all(one.size == 0 and one.height > 0 for one in dated)
    left = tall.positions[:, 0].min()
    assert all(one.x < left for one in tall.labels)
    along = {(one.text, one.level): one.x for one in layout.labels}
    down = {(one.text, one.level): one.y for one in tall.labels}
    assert sorted(along, key=along.__getitem__) == sorted(down, key=lambda key: -down[key])
