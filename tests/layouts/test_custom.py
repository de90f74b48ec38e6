import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from clipplot_pipeline.layouts.custom import arrange_custom
from tests.layouts.conftest import make_table_input, turn_input


def by_positions(*places: tuple[float | None, float | None], names: tuple[str, str] = ("x", "y")):
    return make_table_input(
        {
            name: ("number", pa.array([place[k] for place in places], pa.float64()))
            for k, name in enumerate(names)
        }
    )


def test_aspect_and_directions_are_the_users():
    layout = arrange_custom(by_positions((0, 0), (400, 0), (0, 100)), {})
    origin, right, up = layout.positions.astype(float)
    assert right[0] - origin[0] > 1.5
    np.testing.assert_allclose((right - origin)[0], 4 * (up - origin)[1], rtol=1e-5)
    assert right[1] == origin[1]
    assert up[0] == origin[0]


def test_nought_is_a_position_and_half_a_position_is_none():
    layout = arrange_custom(by_positions((0, 0), (0, 1), (None, 1), (float("nan"), 0)), {})
    assert layout.facts["placed"] == 2
    assert [(label.text, label.count) for label in layout.labels] == [("no position given", 2)]
    assert layout.positions[2:, 0].min() > layout.positions[:2, 0].max()


def test_other_fields_can_hold_the_positions():
    given_input = by_positions((1, 2), (3, 4), names=("East", "North"))
    assert arrange_custom(given_input, {}).reason == "the table has no fields x and y"
    assert arrange_custom(given_input, {"x": "east", "y": "north"}).reason is None
    reason = arrange_custom(given_input, {"x": "east", "y": "up"}).reason
    assert reason == "the table has no field 'up', which layouts.custom names; it has East, North"


def test_without_positions_the_layout_is_empty_with_a_reason():
    assert (
        arrange_custom(by_positions((None, 1), (2, None)), {}).reason == "no image has both numbers, x and y"
    )
    words = make_table_input({"x": ("category", pa.array(["a"])), "y": ("number", pa.array([1.0]))})
    assert arrange_custom(words, {}).reason == "no image has both numbers, x and y"


numbers = st.one_of(
    st.none(), st.floats(allow_nan=True, allow_infinity=True), st.sampled_from([0.0, 1.0, -7.5])
)


@given(st.lists(st.tuples(numbers, numbers), max_size=60), st.integers(0, 9))
def test_any_numbers_are_legal_and_the_order_of_the_input_does_not_matter(places, seed):
    whole = by_positions(*places)
    layout = arrange_custom(whole, {})
    if layout.reason is not None or not places:
        assert len(layout.positions) == 0
        return
    assert np.abs(layout.positions).max() <= 1
    order = np.random.default_rng(seed).permutation(len(places))
    turned = arrange_custom(turn_input(whole, order), {})
    np.testing.assert_array_equal(turned.positions, layout.positions[order])
