import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment

from clipplot_pipeline.layouts.gridding import GridShape, assign_cells, shape_grid
from clipplot_pipeline.layouts.quality import preserve_neighbors
from clipplot_pipeline.model import Neighbors


@given(st.integers(0, 3000))
def test_a_grid_has_room_for_all_and_gaps_in_the_last_row_only(n):
    shape = shape_grid(n)
    assert shape.columns * shape.rows >= n
    assert shape.columns * max(shape.rows - 1, 0) < max(n, 1)
    if n > 50:
        assert 1.2 < shape.columns / shape.rows < 1.9


@given(st.integers(0, 400), st.integers(0, 2**32 - 1), st.sampled_from([0, 1, 3, 10_000]))
def test_every_position_has_a_cell_of_its_own(n, seed, distinct):
    rng = np.random.default_rng(seed)
    positions = rng.uniform(-1, 1, (n, 2)).astype(np.float32)
    if distinct:
        positions = np.round(positions * distinct) / np.float32(distinct)
    else:
        positions[:] = 0.5
    cells = assign_cells(positions, shape_grid(n))
    assert sorted(cells.tolist()) == list(range(n))


@given(st.integers(1, 500), st.integers(1, 40))
def test_cells_are_uniform_inside_the_square_and_read_like_a_page(n, columns):
    shape = GridShape(n, min(n, columns), -(-n // min(n, columns)))
    places = shape.place_cells(np.arange(n)).astype(float)
    assert np.abs(places).max() + shape.cell_size / 2 <= 0.95 + 1e-5
    if n > 1 and shape.columns > 1:
        assert places[1] - places[0] == pytest.approx([shape.cell_size, 0], abs=1e-5)
    if shape.rows > 1:
        assert places[shape.columns] - places[0] == pytest.approx([0, -shape.cell_size], abs=1e-5)


def test_a_map_that_is_a_grid_already_stays_as_it_is():
    shape = shape_grid(150)
    places = shape.place_cells(np.arange(150))
    order = np.random.default_rng(0).permutation(150)
    assert assign_cells(places[order], shape).tolist() == order.tolist()


def test_neighbours_stay_nearly_as_near_as_in_the_best_assignment():
    rng = np.random.default_rng(4)
    n = 600
    positions = np.repeat(rng.uniform(-1, 1, (12, 2)), 50, axis=0) + rng.normal(scale=0.1, size=(n, 2))
    distance = np.linalg.norm(positions[:, None] - positions[None], axis=2)
    rows = np.argsort(distance, axis=1, kind="stable")[:, 1:16].astype(np.int32)
    neighbors = Neighbors(rows, np.zeros(rows.shape, np.float32))
    shape = shape_grid(n)
    cells = assign_cells(positions.astype(np.float32), shape)
    ours = preserve_neighbors(shape.place_cells(cells), neighbors).mean()

    low, extent = positions.min(0), np.ptp(positions, axis=0)
    stretched = (positions - low) / extent * (shape.columns - 1, shape.rows - 1)
    middles = np.column_stack([np.arange(n) % shape.columns, shape.rows - 1 - np.arange(n) // shape.columns])
    best = linear_sum_assignment(((stretched[:, None] - middles[None]) ** 2).sum(2))[1]
    exact = preserve_neighbors(shape.place_cells(best), neighbors).mean()
    assert ours > 0.95 * exact
    assert ours > 0.45


def test_fifty_thousand_images_take_seconds():
    positions = np.random.default_rng(0).normal(size=(50_021, 2)).astype(np.float32)  # a prime
    start = time.perf_counter()
    cells = assign_cells(positions, shape_grid(len(positions)))
    assert time.perf_counter() - start < 30
    assert len(np.unique(cells)) == len(positions)


def test_a_grid_of_another_size_is_refused():
    with pytest.raises(ValueError, match="3 positions for 4 cells"):
        assign_cells(np.zeros((3, 2), np.float32), shape_grid(4))
