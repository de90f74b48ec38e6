import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipplot_pipeline.layouts.boxes import (
    Box,
    fill_block,
    fit_cells,
    make_frame,
    order_alike,
    place_apart,
    reserve_apart,
)
from clipplot_pipeline.layouts.treemap import squarify
from tests.layouts.conftest import has_no_overlap, make_given, make_vectors

sides = st.floats(0.01, 2)


@given(st.integers(1, 300), sides, sides)
def test_the_cells_that_fit_are_the_largest(count, width, height):
    side = fit_cells(count, width, height)
    every = [min(width / c, height / -(-count // c)) for c in range(1, count + 1)]
    assert side == pytest.approx(max(every))
    # Two floors are taken of numbers that are whole but for rounding.
    assert int(width / side + 1e-9) * int(height / side + 1e-9) >= count


@pytest.mark.parametrize("n", [1, 2, 7, 50])
@pytest.mark.parametrize("columns", [1, 2, 3, 5, 90])
@pytest.mark.parametrize("grows", ["up", "down"])
def test_a_block_is_filled_cell_by_cell(n, columns, grows):
    given = make_given(make_vectors(1, n))
    places = fill_block(given, np.arange(n), columns, grows)
    columns = min(n, columns)
    expected = {(i % columns + 0.5, (i // columns + 0.5) * (1 if grows == "up" else -1)) for i in range(n)}
    assert {(float(x), float(y)) for x, y in places} == expected


def test_in_a_block_those_that_are_alike_are_beside_each_other():
    given = make_given(make_vectors(1, 400))
    for columns in (1, 2, 20):
        places = fill_block(given, np.arange(400), columns, "down")
        ways = np.linalg.norm(places[:, None] - places[None], axis=2)
        np.fill_diagonal(ways, np.inf)
        nearest = ways.argmin(1)
        gaps = np.linalg.norm(given.primary - given.primary[nearest], axis=1)
        by_chance = np.linalg.norm(given.primary[:200] - given.primary[200:], axis=1)
        assert gaps.mean() < 0.3 * by_chance.mean(), columns


def test_a_path_visits_all_by_short_ways():
    points = np.random.default_rng(1).uniform(-1, 1, (500, 2)).astype(np.float32)
    path = order_alike(points)
    assert sorted(path.tolist()) == list(range(500))
    assert np.linalg.norm(np.diff(points[path], axis=0), axis=1).mean() < 0.12


@given(st.lists(st.floats(0.01, 100), min_size=1, max_size=80), sides, sides)
def test_a_treemap_covers_its_box_with_true_areas(areas, width, height):
    areas.sort(reverse=True)
    box = Box(-0.3, 0.1, width - 0.3, height + 0.1)
    cut = squarify(areas, box)
    expected = np.array(areas) / sum(areas) * width * height
    np.testing.assert_allclose([b.width * b.height for b in cut], expected, rtol=1e-6)
    for b in cut:
        assert b.min_x >= box.min_x - 1e-9
        assert b.max_x <= box.max_x + 1e-9
        assert b.min_y >= box.min_y - 1e-9
        assert b.max_y <= box.max_y + 1e-9
    for i, a in enumerate(cut):
        for b in cut[i + 1 :]:
            across = min(a.max_x, b.max_x) - max(a.min_x, b.min_x)
            along = min(a.max_y, b.max_y) - max(a.min_y, b.min_y)
            assert min(across, along) < 1e-9


def test_rectangles_of_a_treemap_are_hardly_long_and_thin():
    cut = squarify([float(a) for a in range(40, 0, -1)], make_frame())
    assert np.mean([max(b.width / b.height, b.height / b.width) for b in cut]) < 1.6


@given(st.integers(1, 200), st.integers(0, 200), st.floats(0.005, 0.5), st.booleans())
def test_those_apart_stay_in_their_room_and_touch_nobody(apart, others, side, stands):
    given = make_given(make_vectors(1, apart))
    room, beside = reserve_apart(apart, apart + others, make_frame())
    assert room.max_x < beside.min_x
    block = place_apart(given, np.arange(apart), beside, side, "undated", stands=stands)
    assert block.positions[:, 0].min() >= beside.min_x
    assert block.positions[:, 0].max() <= beside.max_x
    assert block.positions[:, 1].min() >= beside.min_y
    assert block.positions[:, 1].max() <= beside.max_y
    assert has_no_overlap(block.positions, block.cells.side)
    assert block.label.count == apart


def test_without_any_apart_the_layout_has_all_the_room():
    assert reserve_apart(0, 10, make_frame())[0] == make_frame()
