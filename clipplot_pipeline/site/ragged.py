"""Ragged columns: any number of values a rank, such as the tags of an image (site format §4, encoding 2).

Belongs here: their byte layout, both ways. Does not belong here: columns with a fixed number of values (``columns``).
"""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clipplot_pipeline.errors import SiteError
from clipplot_pipeline.site.columns import DTYPES, HEADER, MAGIC, VERSION, Column, decode_column, open_column

ENCODING = 2
_CODES = {np.dtype("<u2"): 3, np.dtype("<u4"): 5}
_LENGTH = np.dtype("<u2")


@dataclass(frozen=True, slots=True)
class RaggedColumn:
    """Lists of whole numbers, one a rank.

    Attributes
    ----------
    lengths : ndarray of uint16, shape (n,)
        How many values each image has.
    values : ndarray of uint16 or uint32, shape (sum of lengths,)
        In rank order.
    rank_order : str
        16 hex digits: of the manifest that the column belongs to.
    """

    lengths: NDArray[np.uint16]
    values: NDArray[Any]
    rank_order: str

    def to_lists(self) -> list[list[int]]:
        """Return the values of every image."""
        ends = np.cumsum(self.lengths, dtype=np.int64)
        return [part.tolist() for part in np.split(self.values, ends[:-1])] if len(ends) else []


def make_ragged(rows: Sequence[Sequence[int]], rank_order: str) -> RaggedColumn:
    """Return lists of whole numbers as a column: u16 if all fit, else u32; at most 65,535 numbers an image."""
    most = np.iinfo(_LENGTH).max
    lengths = np.array([min(len(row), most) for row in rows], _LENGTH)
    values = np.array([value for row in rows for value in row[:most]], np.int64)
    is_small = not len(values) or values.max() < 2**16
    return RaggedColumn(lengths, values.astype(np.uint16 if is_small else np.uint32), rank_order)


def encode_ragged(column: RaggedColumn) -> bytes:
    """Return a ragged column's file."""
    dtype = column.values.dtype.newbyteorder("<")
    if dtype not in _CODES or int(column.lengths.sum(dtype=np.int64)) != len(column.values):
        raise ValueError(
            f"ragged column: {len(column.values)} values of {dtype}, lengths sum to {column.lengths.sum()}; "
            "expected as many, u16 or u32"
        )
    order = bytes.fromhex(column.rank_order)
    count, total = len(column.lengths), len(column.values)
    header = HEADER.pack(MAGIC, VERSION, _CODES[dtype], ENCODING, 1, count, total, order, 0.0, 1.0)
    payload = column.lengths.astype(_LENGTH).tobytes() + column.values.astype(dtype).tobytes()
    return gzip.compress(header + payload, compresslevel=9, mtime=0)


def decode_any(data: bytes, name: str = "column") -> Column | RaggedColumn:
    """Return the column of a file, ragged or not.

    Raises
    ------
    SiteError
        If the file is not a whole column of a known version; ``name`` says which.
    """
    raw = open_column(data, name)
    _, version, code, encoding, components, count, total, rank_order, _, _ = HEADER.unpack_from(raw)
    if encoding != ENCODING:
        return decode_column(data, name)
    dtype = DTYPES.get(code)
    if version != VERSION or dtype is None or dtype not in _CODES or components != 1:
        raise SiteError(
            f"{name}: ragged column version {version}, dtype {code}, {components} components; "
            f"this reader knows version {VERSION}, u16 and u32, 1 component; update clipplot"
        )
    expected = HEADER.size + count * _LENGTH.itemsize + total * dtype.itemsize
    if len(raw) != expected:
        raise SiteError(f"{name}: {len(raw)} bytes for {total} values of {count} images; expected {expected}")
    lengths = np.frombuffer(raw, _LENGTH, count, HEADER.size)
    if int(lengths.sum(dtype=np.int64)) != total:
        raise SiteError(f"{name}: the lengths sum to {lengths.sum(dtype=np.int64)}; expected {total}")
    values = np.frombuffer(raw, dtype, total, HEADER.size + lengths.nbytes)
    return RaggedColumn(lengths, values, rank_order.hex())
