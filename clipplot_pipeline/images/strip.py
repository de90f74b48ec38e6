"""JPEG at the level of its markers: stripping what is not picture, without touching a coefficient.

Belongs here: pure functions over a JPEG's bytes. Does not belong here: decoding.
Source: ITU-T T.81 (markers), T.871 (JFIF), T.872 annex (Adobe's APP14 and the colour transform).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_SOI, _EOI, _SOS = 0xD8, 0xD9, 0xDA
_APP0, _APP14 = 0xE0, 0xEE
_DHT, _DQT, _DNL, _DRI = 0xC4, 0xDB, 0xDC, 0xDD
#: Frames that every browser decodes: baseline, extended sequential and progressive, Huffman coded.
_USUAL_FRAMES = frozenset({0xC0, 0xC1, 0xC2})
_FRAMES = frozenset(range(0xC0, 0xD0)) - {_DHT, 0xC8, 0xCC}
_STANDALONE = frozenset({0x01, *range(0xD0, 0xD8)})
#: JFIF 1.01, square pixels, no thumbnail: it only says that three components are YCbCr.
_PLAIN_JFIF = b"JFIF\0\1\1\0\0\1\0\1\0\0"
_MARKER = re.compile(rb"\xff+[^\x00\xff]")
#: Begins with a literal, which the engine seeks several times faster than ``\xff+``.
_MARKER_AFTER_SCAN = re.compile(rb"\xff[^\x00\xd0-\xd7]")


@dataclass(frozen=True, slots=True)
class Segment:
    """A marker, its payload (without marker and length) and, after SOS, the coded scan."""

    marker: int
    payload: bytes
    scan: bytes = b""


def segments(data: bytes) -> Iterator[Segment]:
    """Yield the segments of the first picture in a JPEG file, from after SOI to EOI, EOI included.

    Raises
    ------
    ValueError
        The bytes are no JPEG, or end before EOI.
    """
    if data[:2] != b"\xff\xd8":
        raise ValueError("no JPEG: it does not begin with FF D8")
    position = 2
    while True:
        found = _MARKER.match(data, position)
        if not found:
            raise ValueError(f"damaged JPEG: no marker at byte {position}")
        marker, position = found[0][-1], found.end()
        if marker == _EOI:
            yield Segment(marker, b"")
            return
        if marker in _STANDALONE:
            continue
        length = int.from_bytes(data[position : position + 2], "big")
        if length < 2 or position + length > len(data):
            raise ValueError(f"damaged JPEG: a segment at byte {position} runs over the end")
        payload = data[position + 2 : position + length]
        position += length
        scan = b""
        if marker == _SOS:
            after = _MARKER_AFTER_SCAN.search(data, position)
            if not after:
                raise ValueError("truncated JPEG: it ends within a scan")
            scan, position = data[position : after.start()], after.start()
        yield Segment(marker, payload, scan)


def strip_jpeg(data: bytes) -> bytes:
    """Return a JPEG with the same coefficients and nothing that is not needed to decode them.

    Comments, EXIF, XMP, IPTC, ICC profiles, thumbnails and whatever follows the first picture go. JFIF's
    header (made plain) and Adobe's marker stay, for they decide how components become colours.

    Parameters
    ----------
    data : bytes
        A baseline, extended or progressive JPEG of 8 bits a sample.

    Raises
    ------
    ValueError
        It is no such JPEG, or is damaged.
    """
    parts = [b"\xff\xd8"]
    frames = 0
    for segment in segments(data):
        marker, payload = segment.marker, segment.payload
        if marker in _FRAMES:
            frames += 1
            if marker not in _USUAL_FRAMES or payload[:1] != b"\x08" or frames > 1:
                raise ValueError("a JPEG of a rare kind: expected one Huffman-coded frame of 8 bits a sample")
        elif marker == _APP0 and payload.startswith(b"JFIF\0") and len(parts) == 1:
            payload = _PLAIN_JFIF
        elif marker == _APP14 and payload.startswith(b"Adobe") and len(payload) >= 12:
            payload = payload[:12]
        elif marker == _EOI:
            parts.append(b"\xff\xd9")
            continue
        elif marker not in {_DHT, _DQT, _DNL, _DRI, _SOS}:
            continue
        length = (len(payload) + 2).to_bytes(2, "big")
        parts.append(b"\xff" + bytes([marker]) + length + payload + segment.scan)
    if not frames:
        raise ValueError("damaged JPEG: it holds no frame")
    return b"".join(parts)


def sample_bits(data: bytes) -> int | None:
    """Return the bits a sample of a JPEG, None where no frame is found."""
    try:
        for segment in segments(data):
            if segment.marker in _FRAMES and segment.payload:
                return segment.payload[0]
    except ValueError:
        return None
    return None
