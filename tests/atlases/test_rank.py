"""Rank order: a permutation of the set of images that keeps neighbours together."""

import hypothesis.extra.numpy as hnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipplot_pipeline.atlases.rank import measure_hilbert, order_images

coordinates = st.floats(-1, 1, width=32)
position_arrays = st.integers(1, 60).flatmap(lambda n: hnp.arrays(np.float32, (n, 2), elements=coordinates))


@given(position_arrays, st.randoms(use_true_random=False))
def test_order_is_a_permutation_that_ignores_the_order_of_input(positions, random):
    ids = [f"{k:020x}" for k in range(len(positions))]
    random.shuffle(ids)
    order = order_images(positions, ids)
    assert sorted(order.tolist()) == list(range(len(ids)))

    shuffled = list(range(len(ids)))
    random.shuffle(shuffled)
    other = order_images(positions[shuffled], [ids[k] for k in shuffled])
    assert [ids[k] for k in order] == [ids[shuffled[k]] for k in other]


def test_images_in_one_place_are_ordered_by_id():
    assert order_images(np.zeros((3, 2), np.float32), ["b", "c", "a"]).tolist() == [2, 0, 1]


def test_an_empty_layout_orders_by_id():
    assert order_images(np.zeros((0, 2), np.float32), ["b", "c", "a"]).tolist() == [2, 0, 1]


def test_positions_of_other_images_are_refused():
    with pytest.raises(ValueError, match="expected \\(2, 2\\)"):
        order_images(np.zeros((3, 2), np.float32), ["a", "b"])


@pytest.mark.parametrize("bits", [1, 2, 5])
def test_the_curve_visits_every_cell_and_steps_to_a_touching_one(bits):
    side = 1 << bits
    columns, rows = (a.ravel().astype(np.int64) for a in np.meshgrid(np.arange(side), np.arange(side)))
    distance = measure_hilbert(columns, rows, bits)
    assert sorted(distance.tolist()) == list(range(side * side))
    walk = np.argsort(distance)
    steps = np.abs(np.diff(columns[walk])) + np.abs(np.diff(rows[walk]))
    assert (steps == 1).all()
