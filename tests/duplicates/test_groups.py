"""Groups, and who stands for them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipplot_pipeline.duplicates import group_pairs
from clipplot_pipeline.model import Duplicates

NAT = np.datetime64("NaT", "s")


def _group(count, pairs, when=None, arrivals=None, pixels=None):
    return group_pairs(
        count,
        np.array(pairs, np.int64).reshape(-1, 2),
        np.array(when or [NAT] * count, "datetime64[s]"),
        np.zeros(count, np.int64) if arrivals is None else np.array(arrivals),
        np.ones(count, np.int64) if pixels is None else np.array(pixels),
        np.arange(count),
    )


def test_a_date_goes_before_none_and_the_arrival_decides_the_rest():
    found = _group(
        6,
        [(0, 2), (2, 4), (1, 5)],
        when=["1950-01-01", NAT, "1890-06-01", NAT, NAT, NAT],
        arrivals=[0, 5, 2, 3, 1, 4],
        pixels=[10, 10, 10, 99, 30, 10],
    )
    assert found.group.tolist() == [0, 1, 0, -1, 0, 1]
    assert found.earliest.tolist() == [2, 5]
    assert found.largest.tolist() == [4, 5]


@given(
    st.integers(0, 12).flatmap(
        lambda n: st.tuples(
            st.just(n),
            st.lists(
                st.tuples(st.integers(0, max(n - 1, 0)), st.integers(0, max(n - 1, 0))),
                max_size=10 if n else 0,
            ),
            st.permutations(range(n)),
        )
    )
)
def test_groups_are_what_pairs_connect_in_whatever_order(drawn):
    count, drawn_pairs, arrivals = drawn
    pairs = [(min(p), max(p)) for p in drawn_pairs if p[0] != p[1]]
    found = _group(count, pairs, arrivals=arrivals)
    again = _group(count, pairs[::-1], arrivals=arrivals)
    np.testing.assert_array_equal(found.group, again.group)
    np.testing.assert_array_equal(found.earliest, again.earliest)
    assert all(found.group[a] == found.group[b] >= 0 for a, b in pairs)
    assert set(np.flatnonzero(found.group >= 0)) == {row for pair in pairs for row in pair}
    for number in range(found.count):
        rows = np.flatnonzero(found.group == number)
        assert found.earliest[number] == min(rows, key=lambda row: arrivals[row])


def test_within_one_drop_the_largest_came_first():
    found = _group(3, [(0, 1), (1, 2)], pixels=[10, 30, 30])
    assert (found.earliest.tolist(), found.largest.tolist()) == ([1], [1])


def test_a_head_must_be_a_member():
    with pytest.raises(ValueError, match="member"):
        Duplicates(np.array([0, 0, -1], np.int32), np.array([2], np.int32), np.array([0], np.int32))
