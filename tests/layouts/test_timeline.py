import itertools

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipplot_pipeline.layouts.timeline import arrange_timeline
from clipplot_pipeline.model import Layout
from tests.layouts.conftest import has_no_overlap, make_table_input, turn_input


def by_years(*values: int | None):
    return make_table_input({"year": ("number", pa.array(values, pa.int32()))})


def by_dates(*values: str | None):
    return make_table_input({"taken_at": ("date", pa.array(values, pa.string()))})


def ticks(layout: Layout) -> list[str]:
    labels = [label for label in layout.labels if label.kind == "tick" and label.text != "undated"]
    deepest = max(label.level for label in labels)
    return [one.text for one in sorted(labels, key=lambda one: one.x) if one.level == deepest]


def check_cells(layout: Layout) -> None:
    assert np.abs(layout.positions).max(initial=0) <= 1
    for area in layout.cells:
        inside = (layout.positions >= (area.min_x - 1e-6, area.min_y - 1e-6)).all(1)
        inside &= (layout.positions <= (area.max_x + 1e-6, area.max_y + 1e-6)).all(1)
        assert inside.any()
        assert has_no_overlap(layout.positions[inside], area.side)


def test_images_stand_in_the_order_of_time_over_their_labels():
    values = [1921, 1899, 1905, 1921, 1902, 1921]
    layout = arrange_timeline(by_years(*values), {"unit": "year"})
    order = np.argsort(layout.positions[:, 0], kind="stable")
    assert [values[i] for i in order] == sorted(values)
    for label in (one for one in layout.labels if one.kind == "tick" and one.level == 1):
        over = np.abs(layout.positions[:, 0] - label.x) <= label.size / 2 + 1e-6
        assert over.sum() == label.count
        assert {str(values[i]) for i in np.flatnonzero(over)} <= {label.text}
        assert label.y < layout.positions[:, 1].min()


def test_groups_hold_their_bins_and_counts():
    layout = arrange_timeline(by_years(*range(1890, 1930)), {"unit": "year"})
    groups = [one for one in layout.labels if one.level == 0]
    assert sorted((one.text, one.count) for one in groups) == [
        ("1890s", 10),
        ("1900s", 10),
        ("1910s", 10),
        ("1920s", 10),
    ]
    extents = sorted((one.x - one.size / 2, one.x + one.size / 2) for one in groups)
    assert all(a[1] < b[0] for a, b in itertools.pairwise(extents))


def test_a_long_silence_is_one_gap_that_tells_how_long_it_was():
    layout = arrange_timeline(by_years(1700, 1701, 1950), {"unit": "year"})
    gaps = [one for one in layout.labels if one.kind == "gap"]
    assert [(gap.text, gap.count) for gap in gaps] == [("248 years", 0)]
    assert layout.positions[1, 0] < gaps[0].x < layout.positions[2, 0]


def test_undated_images_stand_apart_under_a_label_of_their_own():
    layout = arrange_timeline(by_years(1900, None, 1910, None, 1920), {})
    undated = next(one for one in layout.labels if one.text == "undated")
    assert undated.count == layout.facts["undated"] == 2
    assert layout.positions[[1, 3], 0].min() > layout.positions[[0, 2, 4], 0].max()
    assert undated.x > layout.positions[[0, 2, 4], 0].max()
    check_cells(layout)


def test_a_few_dated_among_many_undated_are_not_made_small():
    layout = arrange_timeline(by_years(*[1900, 1901, 1902] * 3, *[None] * 900), {})
    assert layout.cells[0].side > 3 * layout.cells[1].side


def test_two_centuries_of_a_thousand_images_are_readable():
    values = np.random.default_rng(0).triangular(1820, 1890, 2020, 1000).astype(int).tolist()
    layout = arrange_timeline(by_years(*values), {})
    assert layout.facts["unit"] == "decade"
    assert layout.cells[0].side * 625 > 17  # px in a window of 1280
    assert len(ticks(layout)) == 20
    check_cells(layout)


def test_twenty_pictures_of_an_afternoon_are_readable():
    cells = [f"2021-05-17T{13 + i // 5}:{i * 17 % 60:02d}:00" for i in range(20)]
    layout = arrange_timeline(by_dates(*cells), {})
    assert ticks(layout) == ["13:00", "14:00", "15:00", "16:00"]
    assert [one.text for one in layout.labels if one.level == 0] == ["17 May 2021"]
    assert layout.cells[0].side * 625 > 80


@pytest.mark.parametrize(
    ("columns", "settings", "reason"),
    [
        ({"category": ("category", pa.array(["a", "b"]))}, {}, "no image has a year or a date"),
        ({"year": ("number", pa.array([None, None], pa.int32()))}, {}, "no image has a year or a date"),
        (
            {"note": ("text", pa.array(["long ago", "n.d."]))},
            {"field": "Note"},
            "no image has a date in the field 'Note'",
        ),
        (
            {"year": ("number", pa.array([1, 2], pa.int32()))},
            {"field": "painted"},
            "the table has no field 'painted', which layouts.timeline names; it has Year",
        ),
        (
            {"ok": ("boolean", pa.array([True, False]))},
            {"field": "ok"},
            "no image has a date in the field 'Ok'",
        ),
        (
            {"t": ("tags", pa.array([["1900"], ["b"]]))},
            {"field": "t"},
            "no image has a date in the field 'T'",
        ),
    ],
)
def test_without_dates_the_layout_is_empty_with_a_reason(columns, settings, reason):
    layout = arrange_timeline(make_table_input(columns), settings)
    assert layout.reason == reason
    assert len(layout.positions) == 0


def test_the_year_goes_before_other_dates_unless_it_is_the_same_for_all():
    both = {
        "scanned": ("date", pa.array(["2021-05-01", "2021-05-02", "2021-05-03"])),
        "year": ("number", pa.array([1900, 1910, None], pa.int32())),
    }
    assert arrange_timeline(make_table_input(both), {}).facts["field"] == "Year"
    both["year"] = ("number", pa.array([2021, 2021, 2021], pa.int32()))
    assert arrange_timeline(make_table_input(both), {}).facts["field"] == "Scanned"
    assert arrange_timeline(make_table_input(both), {"field": "YEAR"}).facts["field"] == "Year"


@given(st.lists(st.one_of(st.none(), st.integers(-3000, 2100)), max_size=120), st.integers(0, 9))
def test_any_years_are_legal_and_the_order_of_the_input_does_not_matter(values, seed):
    whole = by_years(*values)
    layout = arrange_timeline(whole, {})
    if layout.reason is not None or not values:
        assert len(layout.positions) == 0
        assert not any(values) or not values
        return
    check_cells(layout)
    order = np.random.default_rng(seed).permutation(len(values))
    turned = arrange_timeline(turn_input(whole, order), {})
    np.testing.assert_array_equal(turned.positions, layout.positions[order])
    assert turned.labels == layout.labels


def test_the_year_nought_is_a_year():
    layout = arrange_timeline(make_table_input({"year": ("number", pa.array([0.0, 10.0]))}), {})
    assert layout.facts["dated"] == 2
