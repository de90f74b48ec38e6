import itertools

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipplot_pipeline.layouts.dates import Moments, Precision, read_moments
from clipplot_pipeline.layouts.time_bins import UNITS, choose_unit, cut_axis, write_years


def read(*cells: str | None) -> Moments:
    return read_moments(pa.chunked_array([pa.array(cells, pa.string())]))


def years(*values: float | None) -> Moments:
    return read_moments(pa.chunked_array([pa.array(values, pa.float64())]))


def bins_of(moments: Moments, wanted: str = "auto") -> tuple[str, list[str]]:
    unit = choose_unit(moments, wanted)
    return unit.name, [unit.write(s.first) for s in cut_axis(moments, unit) if not s.is_gap]


@pytest.mark.parametrize(
    ("cell", "when", "precision"),
    [
        ("1921", "1921-01-01", Precision.YEAR),
        ("1921-05", "1921-05-01", Precision.MONTH),
        ("1921-05-17", "1921-05-17", Precision.DAY),
        ("2021-05-17T14:32:05", "2021-05-17T14:32:05", Precision.TIME),
        ("2021-05-17 14:32", "2021-05-17T14:32", Precision.TIME),
        ("2021-05-17T14:32:05.123+02:00", "2021-05-17T14:32:05", Precision.TIME),
        ("1890/1900", "1890-01-01", Precision.YEAR),
        ("1890–1900", "1890-01-01", Precision.YEAR),
        ("1890-05-03/1891-01-02", "1890-05-03", Precision.DAY),
        ("-0043", "-043-01-01", Precision.YEAR),
        ("2024-02-29", "2024-02-29", Precision.DAY),
    ],
)
def test_dates_are_read_with_how_exactly_they_are_known(cell, when, precision):
    moments = read(cell)
    assert moments.when[0] == np.datetime64(when, "s")
    assert moments.precision == precision


@pytest.mark.parametrize("cell", ["", "n.d.", "spring", "2023-02-29", "2021-13-01", "1921-04-31", "12", None])
def test_what_is_no_date_has_none(cell):
    assert not read(cell, "1900").is_known[0]


def test_years_before_christ_have_no_year_nought_between():
    when = years(-1, 1, 0, None, float("nan"), 1e9, 1890.7).when
    assert (when[1] - when[0]).astype("timedelta64[D]").astype(int) == 366  # the year 0 was a leap year
    assert when[2] == when[0]
    assert np.isnat(when[3:6]).all()
    assert when[6] == np.datetime64("1890-01-01", "s")


def test_midnight_throughout_is_a_day():
    assert read("2021-05-17T00:00:00", "2021-05-18T00:00:00").precision is Precision.DAY
    assert read("2021-05-17T00:00:00", "2021-05-18T09:00:00").precision is Precision.TIME


@given(st.text(max_size=30))
def test_no_cell_stops_the_reading(cell):
    assert read(cell).when.shape == (1,)


@given(st.integers(-99_000, 99_000), st.sampled_from(UNITS))
def test_every_year_lies_in_the_bin_that_names_it(year, unit):
    moments = years(float(year or 1))
    number = int(unit.number(moments.when)[0])
    assert unit.write(number)
    key, text = unit.group(number)
    assert isinstance(key, int)
    if unit.months == 120 and year >= 10:
        assert text == f"{year // 100 * 100 or 1}–{year // 100 * 100 + 99}"
        assert unit.write(number) == f"{year // 10 * 10}s"


@pytest.mark.parametrize(
    ("first", "count", "text"),
    [
        (1893, 1, "1893"),
        (0, 1, "1 BC"),
        (-43, 1, "44 BC"),
        (1890, 10, "1890s"),
        (0, 10, "1 BC – 9"),
        (1890, 5, "1890–94"),
        (1800, 100, "1800–1899"),
        (-99, 50, "100–51 BC"),
        (900, 50, "900–949"),
    ],
)
def test_stretches_of_years_are_written_as_people_do(first, count, text):
    assert write_years(first, count) == text


def test_two_centuries_are_seen_by_decades_and_an_afternoon_by_hours():
    rng = np.random.default_rng(0)
    assert bins_of(years(*rng.integers(1820, 2020, 1000).tolist()))[0] == "decade"
    afternoon = [f"2021-05-17T{13 + i // 5}:{(i * 17) % 60:02d}:00" for i in range(20)]
    assert bins_of(read(*afternoon)) == ("hour", ["13:00", "14:00", "15:00", "16:00"])
    summer = [str(np.datetime64("2021-06-01") + d) for d in rng.integers(0, 90, 400)]
    assert bins_of(read(*summer))[0] == "week"
    assert bins_of(years(*range(-3000, 2000, 40)))[0] == "500 years"


def test_no_bin_is_finer_than_the_dates_are_known():
    assert bins_of(read("1921", "1921-05-03"))[0] == "year"
    assert bins_of(read("1921-05", "1921-05-03"), "day")[0] == "month"
    assert bins_of(years(1921, 1922, 1923), "hour")[0] == "year"
    assert bins_of(read("2021-05-17T14:32:05"), "decade") == ("decade", ["2020s"])


def test_what_is_all_of_one_date_is_told_by_its_day_or_its_year():
    assert bins_of(years(1900, 1900)) == ("year", ["1900"])
    assert bins_of(read("2021-05-17T14:32:05")) == ("day", ["17"])
    unit = choose_unit(read("2021-05-17T14:32:05"))
    assert unit.group(int(unit.number(np.array(["2021-05-17"], "datetime64[s]"))[0]))[1] == "May 2021"


def test_weeks_begin_on_mondays_and_name_their_days():
    monday = read("2021-05-31")
    unit = choose_unit(monday, "week")
    number = int(unit.number(monday.when)[0])
    assert unit.number(np.array(["2021-06-06"], "datetime64[s]"))[0] == number
    assert unit.number(np.array(["2021-05-30"], "datetime64[s]"))[0] == number - 1
    assert unit.write(number) == "31 May–6 Jun"
    assert unit.write(number + 1) == "7–13 Jun"


def test_few_empty_bins_are_shown_and_many_become_a_gap_that_tells_its_length():
    moments = years(1900, 1902, 1990)
    unit = choose_unit(moments, "year")
    stretches = cut_axis(moments, unit)
    assert [(s.first, s.last, len(s.rows)) for s in stretches] == [
        (1900, 1900, 1),
        (1901, 1901, 0),
        (1902, 1902, 1),
        (1903, 1989, 0),
        (1990, 1990, 1),
    ]
    assert unit.measure(87) == "87 years"
    assert choose_unit(moments, "decade").measure(6) == "60 years"
    hour = next(unit for unit in UNITS if unit.name == "hour")
    assert [hour.measure(n) for n in (1, 5, 48)] == ["1 hour", "5 hours", "2 days"]


@given(st.lists(st.one_of(st.none(), st.integers(-5000, 2100)), min_size=1, max_size=60))
def test_every_dated_image_is_in_exactly_one_bin(values):
    moments = years(*(None if v is None else float(v) for v in values))
    if not moments.is_known.any():
        return
    stretches = cut_axis(moments, choose_unit(moments))
    rows = np.concatenate([s.rows for s in stretches])
    assert sorted(rows.tolist()) == np.flatnonzero(moments.is_known).tolist()
    assert all(a.last + 1 == b.first for a, b in itertools.pairwise(stretches))
    assert all(len(s.rows) == 0 for s in stretches if s.is_gap)
