"""What people write where a year is asked for."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipplot_pipeline.sources.table_years import LAST_YEAR, read_year, says_no_date

READ = {
    "1890": 1890,
    " 1890 ": 1890,
    "1890.0": 1890,
    "c. 1890": 1890,
    "ca.1890": 1890,
    "circa 1890": 1890,
    "um 1890": 1890,
    "[1890?]": 1890,
    "after 1890": 1890,
    "1630s": 1630,
    "early 1630s": 1630,
    "1630s-1640s": 1630,
    "1890-1900": 1890,
    "1890–95": 1890,
    "1890/91": 1890,
    "between 1890 and 1900": 1890,
    "1895; reworked by 1901": 1895,
    "1890-05": 1890,
    "1890-05-17": 1890,
    "1890-05-17T12:00:00": 1890,
    "18901231": 1890,
    "17.05.1890": 1890,
    "5/17/1890": 1890,
    "May 17, 1890": 1890,
    "17 May 1890": 1890,
    "October 1973": 1973,
    "18th century": 1700,
    "18. Jahrhundert": 1700,
    "17de eeuw": 1600,
    "1st century": 1,
    "late 19th century": 1870,
    "mid-19th century": 1840,
    "3rd century BC": -300,
    "-300": -300,
    "300 BC": -300,
    "c. 300 BCE": -300,
    "300–200 B.C.": -300,
    "300 v. Chr.": -300,
    "10,000 BC": -10000,
    "AD 79": 79,
    "79 CE": 79,
    "79": None,
    "0": None,
    "20231": None,
    "9999": None,
    "1900-1890": None,
    "inv. 1523": None,
    "marble 1700": None,
    "2025-13-40": None,
    "1e3": None,
    "May 1": None,
    "": None,
    "1 2": None,
    "189?": None,
    "[189-?]": None,
    "189-": None,
    "18--": None,
    "300? BC": -300,
    "300 (?)": 300,
    "1890?": 1890,
    "1890-": 1890,
    "9" * 5000 + " BC": None,
    "-" + "9" * 90: None,
    "MCMXC": None,
    "1.234": None,
    "12/05/1931": 1931,
    "1890-1889": None,
    "1890 BC-1880 BC": None,
    "Dynasty 18": None,
    "1890px": None,
}


@pytest.mark.parametrize(("text", "year"), READ.items())
def test_words_become_a_year_or_nothing(text: str, year: int | None) -> None:
    assert read_year(text) == year


@pytest.mark.parametrize("text", ["n.d.", "?", "Undated", "s.d.", "unknown", "—", "NaN"])
def test_no_date_is_said_in_many_ways(text: str) -> None:
    assert says_no_date(text)
    assert read_year(text) is None


@pytest.mark.parametrize("text", ["1890", "c. 1890", "none of these"])
def test_a_date_is_not_taken_for_none(text: str) -> None:
    assert not says_no_date(text)


@given(
    st.integers(1000, LAST_YEAR), st.sampled_from(["{}", "c. {}", "({})", "{}?", "{} AD", "um {}", " {}\t"])
)
def test_what_surrounds_a_year_does_not_change_it(year: int, form: str) -> None:
    assert read_year(form.format(year)) == year


@given(st.integers(1, 99_999))
def test_years_before_christ_are_negative(year: int) -> None:
    assert read_year(f"{year} BC") == -year


@given(st.integers(1000, 2000), st.integers(0, 99))
def test_a_span_stands_for_its_first_year(first: int, length: int) -> None:
    for between in "-–/":
        assert read_year(f"{first}{between}{first + length}") == first


@given(st.text(max_size=300))
def test_no_text_crashes_or_leaves_the_calendar(text: str) -> None:
    year = read_year(text)
    assert year is None or (-99_999 <= year <= LAST_YEAR and year != 0)


WORDS = ("ca.", "BC", "AD", "May", "to", "century", "early", "st", "th", "between", "and")
digits_ = st.integers(0, 2999).map(str)
dated = st.lists(
    st.one_of(
        digits_,
        st.sampled_from([*"-–/,.;?()[]s", "c.", *WORDS]),
        st.sampled_from([" ", ""]),
    ),
    min_size=1,
    max_size=7,
).map("".join)


@given(dated)
def test_a_year_is_never_invented(text: str) -> None:
    year = read_year(text)
    if year is None or "cent" in text:
        return
    found = {int(number) for number in re.findall(r"\d+", text.replace(",", ""))}
    days = {int(number[:4]) for number in re.findall(r"\d{8}", text)}
    assert abs(year) in found | days, "a year stands in the text, digit by digit"
