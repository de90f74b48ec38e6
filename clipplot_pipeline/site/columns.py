"""Columns: one file of numbers a property, a row a rank (site format §4).

Belongs here: the byte layout, both ways, and the quantisation of positions and aspects.
Does not belong here: which columns a site has (``build``).
"""

from __future__ import annotations

import gzip
import struct
import zlib
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from clipplot_pipeline.errors import SiteError
from clipplot_pipeline.site.format import MAX_LOG_ASPECT

MAGIC = b"CPLC"
VERSION = 1
#: magic, version, dtype, encoding, components, count, values (of ragged columns), rank_order, origin, scale
HEADER = struct.Struct("<4sBBBBII8sdd")
DTYPES: dict[int, np.dtype[Any]] = {
    1: np.dtype("<u1"),
    2: np.dtype("<i1"),
    3: np.dtype("<u2"),
    4: np.dtype("<i2"),
    5: np.dtype("<u4"),
    6: np.dtype("<i4"),
    7: np.dtype("<f4"),
    8: np.dtype("<f8"),
}
_CODES = {dtype: code for code, dtype in DTYPES.items()}
_ENCODINGS: dict[str, int] = {"plain": 0, "delta": 1}

Encoding = Literal["plain", "delta"]


@dataclass(frozen=True, slots=True)
class Column:
    """A column as stored.

    Attributes
    ----------
    stored : ndarray, shape (count, components)
        In rank order.
    rank_order : str
        16 hex digits: of the manifest that the column belongs to.
    origin, scale : float
        A value is ``origin + scale · stored``.
    encoding : str
        ``plain`` or ``delta``.
    """

    stored: NDArray[Any]
    rank_order: str
    origin: float = 0.0
    scale: float = 1.0
    encoding: Encoding = "plain"

    @property
    def values(self) -> NDArray[np.float64]:
        """The numbers meant, shape (count, components)."""
        result: NDArray[np.float64] = self.origin + self.scale * self.stored.astype(np.float64)
        return result


def encode_column(column: Column) -> bytes:
    """Return a column's file.

    Parameters
    ----------
    column : Column
        ``stored`` of one of the format's dtypes, 1 to 255 components; encoding ``delta`` wants u16.
    """
    stored = column.stored
    dtype = stored.dtype.newbyteorder("<")
    if stored.ndim != 2 or not 1 <= stored.shape[1] <= 255 or dtype not in _CODES:
        raise ValueError(
            f"column: {stored.shape} of {stored.dtype}; expected (count, 1 to 255) of one of "
            f"{[str(d) for d in DTYPES.values()]}"
        )
    planar = np.ascontiguousarray(stored.T, dtype=dtype)
    if column.encoding == "delta":
        if dtype != DTYPES[3]:
            raise ValueError(f"column: encoding delta of {stored.dtype}; expected uint16")
        payload = b"".join(split_delta(plane) for plane in planar)
    else:
        payload = planar.tobytes()
    header = HEADER.pack(
        MAGIC,
        VERSION,
        _CODES[dtype],
        _ENCODINGS[column.encoding],
        stored.shape[1],
        len(stored),
        0,
        bytes.fromhex(column.rank_order),
        column.origin,
        column.scale,
    )
    return gzip.compress(header + payload, compresslevel=9, mtime=0)


def decode_column(data: bytes, name: str = "column") -> Column:
    """Return the column of a file.

    Raises
    ------
    SiteError
        If the file is not a whole column of a known version; ``name`` says which.
    """
    raw = open_column(data, name)
    _, version, code, encoding, components, count, _, rank_order, origin, scale = HEADER.unpack_from(raw)
    if version != VERSION or code not in DTYPES or encoding not in _ENCODINGS.values() or not components:
        raise SiteError(
            f"{name}: column version {version}, dtype {code}, encoding {encoding}, {components} components; "
            f"this reader knows version {VERSION}, dtypes 1 to 8, encodings 0 and 1; update clipplot"
        )
    dtype = DTYPES[code]
    expected = HEADER.size + count * components * dtype.itemsize
    if len(raw) != expected or (encoding == 1 and code != 3):
        raise SiteError(
            f"{name}: {len(raw)} bytes for {count} × {components} of {dtype}; expected {expected}, and u16 if delta"
        )
    if encoding == 1:
        planes = np.frombuffer(raw, np.uint8, offset=HEADER.size).reshape(components, 2, count)
        planar = np.stack([undo_delta(plane) for plane in planes])
    else:
        planar = np.frombuffer(raw, dtype, offset=HEADER.size).reshape(components, count)
    is_delta = encoding == 1
    return Column(
        np.ascontiguousarray(planar.T), rank_order.hex(), origin, scale, "delta" if is_delta else "plain"
    )


def open_column(data: bytes, name: str, magic: bytes = MAGIC) -> bytes:
    """Return the header and payload of a column's file, or of another that begins like one.

    Raises
    ------
    SiteError
        If the file is not gzip, or what is in it is no column.
    """
    try:
        raw = gzip.decompress(data)
    except (OSError, EOFError, zlib.error) as error:
        raise SiteError(f"{name}: not gzip ({error}); publish the site again") from error
    if len(raw) < HEADER.size or raw[:4] != magic:
        raise SiteError(f"{name}: begins with {raw[:4]!r}; expected {magic!r}")
    return raw


def split_delta(plane: NDArray[np.uint16]) -> bytes:
    """Return differences modulo 65,536, the first against 0, zig-zag mapped: all low bytes, then all high bytes."""
    signed = np.diff(plane, prepend=np.uint16(0)).astype(np.uint16).view(np.int16)
    mapped: NDArray[np.uint16] = ((signed << 1) ^ (signed >> 15)).view(np.uint16)
    return mapped.astype("<u2").view(np.uint8).reshape(-1, 2).T.tobytes()


def undo_delta(halves: NDArray[np.uint8]) -> NDArray[np.uint16]:
    """Undo ``split_delta``: low bytes and high bytes, shape (2, count)."""
    mapped = halves[0].astype(np.uint16) | (halves[1].astype(np.uint16) << 8)
    steps = (mapped >> 1) ^ (np.uint16(0) - (mapped & 1))
    return np.cumsum(steps, dtype=np.uint16)


def quantize_positions(positions: NDArray[np.float32], rank_order: str) -> Column:
    """Return positions within [-1, 1], shape (n, 2), as 16-bit steps of 2/65,535: at most 1/65,535 away."""
    stored = np.rint((positions.astype(np.float64) + 1.0) * (65535 / 2)).clip(0, 65535).astype(np.uint16)
    return Column(stored, rank_order, -1.0, 2.0 / 65535, "delta")


def quantize_aspects(width_px: NDArray[Any], height_px: NDArray[Any], rank_order: str) -> Column:
    """Return log2(width / height), clamped to [-6, 6], in 16-bit steps."""
    logs = np.log2(width_px / height_px).clip(-MAX_LOG_ASPECT, MAX_LOG_ASPECT)
    stored = np.rint((logs + MAX_LOG_ASPECT) * (65535 / (2 * MAX_LOG_ASPECT))).astype(np.uint16)
    return Column(stored[:, None], rank_order, -MAX_LOG_ASPECT, 2 * MAX_LOG_ASPECT / 65535)


def narrow_integers(values: NDArray[Any], rank_order: str) -> Column:
    """Return integers, shape (n,), as i16 if all fit, else as i32."""
    is_small = not len(values) or (values.min() >= -(2**15) and values.max() < 2**15)
    return Column(values.astype(np.int16 if is_small else np.int32)[:, None], rank_order)
