"""Text of others stays text: HTML loses its marks, languages are chosen."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipplot_pipeline.sources.plain_text import choose_language, read_text


@pytest.mark.parametrize(
    ("given_text", "expected"),
    [
        ("plain words", "plain words"),
        ("a < b and b > c", "a < b and b > c"),
        ("<b>bold</b> &amp; <i>slanted</i>", "bold & slanted"),
        ("<span>one<br/>two</span><p>three</p>", "one\ntwo\nthree"),
        ('<a href="https://x.example" onclick="evil()">a link</a>', "a link"),
        ("<script>alert(1)</script>after", "after"),
        ("<style>p{}</style>x<script>y", "x"),
        ("  too   many\t blanks \n\n and lines ", "too many blanks\nand lines"),
        ("bell\x07 and zero\x00", "bell and zero"),
        ("AT&T & sons", "AT&T & sons"),
        ("Caf&eacute; &#233; &#x00e9;", "Café é é"),
        ("", ""),
    ],
)
def test_html_becomes_text(given_text: str, expected: str) -> None:
    assert read_text(given_text) == expected


@given(st.text())
def test_any_text_is_read_and_reading_twice_changes_no_plain_one(text: str) -> None:
    read = read_text(text)
    assert all(character.isprintable() or character == "\n" for character in read)
    if "<" not in read and "&" not in read:
        assert read_text(read) == read


def test_the_language_that_fits_best_is_taken() -> None:
    values = {"en": ["Cup"], "de-AT": ["Häferl"], "none": ["1"], "fr": []}
    assert choose_language(values, "de") == ["Häferl"]
    assert choose_language(values, "en-GB") == ["Cup"]
    assert choose_language(values, "fr") == ["1"], "empty ones do not count"
    assert choose_language({"ja": ["茶碗"], "en": ["Bowl"]}, "it") == ["Bowl"]
    assert choose_language({"ja": ["茶碗"]}, "it") == ["茶碗"]
    assert choose_language({}, "it") == ()
