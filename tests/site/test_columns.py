"""Columns: what is read is what was written; quantised numbers are as near as promised."""

import gzip
import struct

import hypothesis.extra.numpy as hnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipplot_pipeline.errors import SiteError
from clipplot_pipeline.site.columns import (
    DTYPES,
    Column,
    decode_column,
    encode_column,
    narrow_integers,
    quantize_aspects,
    quantize_positions,
)

ORDER = "0123456789abcdef"
shapes = st.tuples(st.integers(0, 70), st.integers(1, 10))
stored_arrays = st.sampled_from(list(DTYPES.values())).flatmap(lambda dtype: hnp.arrays(dtype, shapes))


@given(stored_arrays, st.floats(-10, 10), st.floats(1e-6, 10))
def test_plain_round_trip(stored, origin, scale):
    column = decode_column(encode_column(Column(stored, ORDER, origin, scale)))
    assert column.stored.dtype == stored.dtype
    assert column.stored.tobytes() == stored.tobytes()
    assert (column.origin, column.scale, column.rank_order, column.encoding) == (
        origin,
        scale,
        ORDER,
        "plain",
    )


@given(hnp.arrays(np.uint16, shapes))
def test_delta_round_trip(stored):
    column = decode_column(encode_column(Column(stored, ORDER, encoding="delta")))
    assert np.array_equal(column.stored, stored)
    assert column.encoding == "delta"


def test_bytes_are_those_of_the_specification():
    data = encode_column(
        Column(np.array([[1, 10], [2, 20], [0, 65535]], np.uint16), ORDER, -1.0, 0.5, "delta")
    )
    assert data[:4] == b"\x1f\x8b\x08\x00"
    assert data[4:8] == b"\0\0\0\0"  # no time
    raw = gzip.decompress(data)
    assert raw[:16] == b"CPLC" + bytes([1, 3, 1, 2]) + struct.pack("<II", 3, 0)
    assert raw[16:24] == bytes.fromhex(ORDER)
    assert raw[24:40] == struct.pack("<dd", -1.0, 0.5)
    # 1, +1, -2 → 2, 2, 3;  10, +10, -21 (65515 modulo 65536) → 20, 20, 41: low bytes, then high bytes
    assert raw[40:] == bytes([2, 2, 3, 0, 0, 0, 20, 20, 41, 0, 0, 0])


@given(hnp.arrays(np.float32, (50, 2), elements=st.floats(-1, 1, width=32)))
def test_positions_are_as_near_as_promised(positions):
    column = decode_column(encode_column(quantize_positions(positions, ORDER)))
    assert np.abs(column.values - positions).max() <= 1 / 65535 + 1e-12
    assert np.abs(column.values).max() <= 1.0


@given(st.integers(1, 40_000), st.integers(1, 40_000))
def test_aspects_are_near_and_clamped(width, height):
    column = quantize_aspects(np.array([width]), np.array([height]), ORDER)
    expected = np.clip(np.log2(width / height), -6, 6)
    assert abs(column.values[0, 0] - expected) <= 6.1 / 65535


@pytest.mark.parametrize(
    ("values", "dtype"), [([], "int16"), ([-1, 32767], "int16"), ([-1, 32768], "int32"), ([-32769], "int32")]
)
def test_integers_take_the_room_they_need(values, dtype):
    column = narrow_integers(np.array(values, np.int64), ORDER)
    assert column.stored.dtype == dtype
    assert column.stored[:, 0].tolist() == values


@pytest.mark.parametrize(
    "column",
    [
        Column(np.zeros((2, 2), np.int64), ORDER),
        Column(np.zeros(3, np.uint8), ORDER),
        Column(np.zeros((1, 256), np.uint8), ORDER),
        Column(np.zeros((1, 0), np.uint8), ORDER),
        Column(np.zeros((1, 1), np.uint8), ORDER, encoding="delta"),
    ],
)
def test_what_the_format_cannot_hold_is_refused(column):
    with pytest.raises(ValueError, match="column:"):
        encode_column(column)


def _change(offset, value):
    raw = bytearray(gzip.decompress(encode_column(Column(np.arange(4, dtype=np.uint16)[:, None], ORDER))))
    raw[offset] = value
    return gzip.compress(bytes(raw))


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"nonsense", "not gzip"),
        (encode_column(Column(np.zeros((4, 1), np.uint8), ORDER))[:-9], "not gzip"),
        (gzip.compress(b"CPL"), "expected b'CPLC'"),
        (_change(0, 1), "expected b'CPLC'"),
        (_change(4, 2), "version 2"),
        (_change(5, 9), "dtype 9"),
        (_change(6, 2), "encoding 2"),
        (_change(7, 0), "0 components"),
        (_change(8, 5), "expected 50"),
    ],
)
def test_a_damaged_column_is_named(data, words):
    with pytest.raises(SiteError, match=words) as caught:
        decode_column(data, "c/x.bin")
    assert str(caught.value).startswith("c/x.bin: ")
