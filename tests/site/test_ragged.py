"""Ragged columns and the columns of tags, dates and texts: what is read is what was meant."""

import datetime
import gzip
import struct

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipplot_pipeline.errors import SiteError
from clipplot_pipeline.model import Field
from clipplot_pipeline.site.columns import Column, encode_column
from clipplot_pipeline.site.fields import NO_DAY, build_field_column, read_days
from clipplot_pipeline.site.ragged import RaggedColumn, decode_any, encode_ragged, make_ragged

ORDER = "0123456789abcdef"
EPOCH = datetime.date(1970, 1, 1)


@given(st.lists(st.lists(st.integers(0, 2**32 - 1), max_size=6), max_size=40))
def test_round_trip(rows):
    column = decode_any(encode_ragged(make_ragged(rows, ORDER)))
    assert isinstance(column, RaggedColumn)
    assert column.to_lists() == rows
    assert column.rank_order == ORDER
    wide = any(value >= 2**16 for row in rows for value in row)
    assert column.values.dtype == (np.uint32 if wide else np.uint16)


def test_bytes_are_those_of_the_specification():
    raw = gzip.decompress(encode_ragged(make_ragged([[1, 7], [], [0]], ORDER)))
    assert raw[:16] == b"CPLC" + bytes([1, 3, 2, 1]) + struct.pack("<II", 3, 3)
    assert raw[40:] == struct.pack("<3H3H", 2, 0, 1, 1, 7, 0)


def test_other_columns_are_read_too():
    column = decode_any(encode_column(Column(np.arange(3, dtype=np.uint8)[:, None], ORDER)))
    assert isinstance(column, Column)
    assert column.stored[:, 0].tolist() == [0, 1, 2]


@pytest.mark.parametrize(
    "column",
    [
        RaggedColumn(np.array([2], np.uint16), np.array([1], np.uint16), ORDER),
        RaggedColumn(np.array([1], np.uint16), np.array([1], np.int16), ORDER),
    ],
)
def test_what_the_format_cannot_hold_is_refused(column):
    with pytest.raises(ValueError, match="ragged column"):
        encode_ragged(column)


def _change(offset, value):
    raw = bytearray(gzip.decompress(encode_ragged(make_ragged([[1, 7], [], [0]], ORDER))))
    raw[offset] = value
    return gzip.compress(bytes(raw))


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"nonsense", "not gzip"),
        (_change(4, 2), "version 2"),
        (_change(5, 4), "dtype 4"),
        (_change(7, 2), "2 components"),
        (_change(8, 4), "expected 54"),
        (_change(12, 4), "expected 54"),
        (_change(40, 3), "sum to 4"),
    ],
)
def test_a_damaged_column_is_named(data, words):
    with pytest.raises(SiteError, match=words) as caught:
        decode_any(data, "c/x.bin")
    assert str(caught.value).startswith("c/x.bin: ")


def test_tags_come_once_each_and_rising():
    cells = pa.chunked_array([[["b", "a", "b"], [], None, ["c", "b"]]])
    column, values = build_field_column(Field("t", "T", "tags"), cells, ORDER)
    assert values == ["b", "a", "c"]
    assert column.to_lists() == [[0, 1], [], [], [0, 2]]


def test_texts_and_addresses_say_who_has_one():
    text, _ = build_field_column(Field("t", "T", "text"), pa.chunked_array([["x", "", None]]), ORDER)
    assert text.stored[:, 0].tolist() == [1, 0, 0]
    cells = pa.chunked_array([["https://example.org/", "javascript:x", None]])
    assert build_field_column(Field("u", "U", "url"), cells, ORDER)[0].stored[:, 0].tolist() == [1, 0, 0]


@given(st.dates(min_value=datetime.date(1, 1, 1), max_value=datetime.date(9998, 12, 31)))
def test_days_of_a_date(date):
    iso = date.isoformat()
    day = (date - EPOCH).days
    assert read_days(iso) == (day, day) == read_days(f"{iso}T12:30:00")
    first, last = read_days(iso[:7])
    assert first <= day <= last <= first + 30
    assert EPOCH + datetime.timedelta(days=first) == date.replace(day=1)
    assert (EPOCH + datetime.timedelta(days=last + 1)).day == 1
    first, last = read_days(iso[:4])
    assert (last - first) in {364, 365}
    assert first <= day <= last


def test_dates_that_are_none_are_blank():
    for text in ("", "1901-13", "1901-02-30", "0000", "May 1901", "19010506"):
        assert read_days(text) is None
    cells = pa.chunked_array([["1970-01-02", None, "1901-02-30"]])
    column, values = build_field_column(Field("d", "D", "date"), cells, ORDER)
    assert values is None
    assert column.stored.tolist() == [[1, 1], [NO_DAY, NO_DAY], [NO_DAY, NO_DAY]]
