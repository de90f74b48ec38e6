"""Files that become no image: kinds and reasons; nothing that a file holds stops a run."""

import io
import struct
import zlib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from clipplot_pipeline.images import Limits, decode, find_plugins, open_one
from clipplot_pipeline.model import ImageFacts, Reject, SourceImage

ZIP = b"PK\x03\x04" + bytes(60)
HEIC = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"


def png_header(width: int, height: int) -> bytes:
    def chunk(name: bytes, content: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(name + content))
        return struct.pack(">I", len(content)) + name + content + check

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b""))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    ("path", "data", "kind", "said"),
    [
        ("a.jpg", b"", "unreadable", "empty"),
        ("a.jpg", b"<!DOCTYPE html><html>404</html>", "unreadable", "web page"),
        ("a.jpg", b"version https://git-lfs.github.com/spec/v1\noid", "unreadable", "git lfs pull"),
        ("a.png", ZIP, "unreadable", "ZIP"),
        ("a.jpeg", b"%PDF-1.4\n", "unreadable", "PDF"),
        ("a.jpg", bytes(100), "unreadable", "zeros"),
        ("a.jpg", b"a letter to grandmother", "unreadable", "text"),
        ("a.gif", b"\xfa\x01\x02\x03" * 9, "unreadable", "no gif data"),
        ("a.png", b"\x89PNG\r\n\x1a\nbroken", "unreadable", "damaged"),
        ("a.png", png_header(100_000, 100_000), "unreadable", "max_pixels"),
        ("a.png", png_header(9_000, 9_000), "unreadable", "9000 x 9000"),
        (
            "a.heic",
            HEIC,
            *(("unreadable", "damaged") if "HEIF" in find_plugins() else ("unsupported", "HEIC")),
        ),
        ("a.jpg", b"\0\0\0\x20ftypisom" + bytes(40), "unreadable", "a film"),
        ("a.svg", b'<?xml version="1.0"?>\n<svg xmlns="x"/>', "unsupported", "SVG"),
        ("a.eps", b"%!PS-Adobe-3.0", "unsupported", "PostScript"),
        ("a.blp", b"BLP2" + bytes(100), "unsupported", "BLP"),
        ("a.nef", b"MM\0*" + bytes(100), "unsupported", "raw"),
    ],
)
def test_what_is_no_picture_is_named_for_what_it_is(open_files, path, data, kind, said):
    (outcome,) = open_files({path: data})
    assert isinstance(outcome, Reject)
    assert (outcome.path, outcome.kind) == (path, kind)
    assert said in outcome.reason


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP", "TIFF", "BMP"])
def test_a_truncated_picture_is_rejected(photo, encode, open_files, kind):
    data = encode(photo, kind)
    (outcome,) = open_files({f"a.{kind.lower()}": data[: len(data) // 2]})
    assert isinstance(outcome, Reject)
    assert outcome.kind == "unreadable"


def test_a_12_bit_jpeg_is_unsupported(photo, encode, open_files):
    data = bytearray(encode(photo))
    data[data.index(b"\xff\xc0") + 4] = 12
    (outcome,) = open_files({"a.jpg": bytes(data)})
    assert isinstance(outcome, Reject)
    assert outcome.kind == "unsupported"
    assert "12 bits" in outcome.reason


@pytest.mark.parametrize("extension", ["jpg", "png", "tiff", "bin", ""])
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF"])
def test_the_content_counts_and_not_the_extension(photo, encode, open_files, kind, extension):
    (outcome,) = open_files({f"a.{extension}": encode(photo, kind)})
    assert isinstance(outcome, ImageFacts)
    assert outcome.format == kind


@pytest.mark.parametrize(
    "error",
    [
        struct.error("x"),
        IndexError("x"),
        SyntaxError("x"),
        TypeError("x"),
        ValueError("x"),
        EOFError("x"),
        MemoryError(),
        Image.DecompressionBombError("x"),
        OSError("x"),
        RecursionError("x"),
        KeyError("x"),
        ZeroDivisionError("x"),
        zlib.error("x"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_whatever_a_picture_makes_pillow_raise_becomes_a_reject(monkeypatch, photo, encode, error):
    def fail(*_args):
        raise error

    monkeypatch.setattr(decode, "_decode_opened", fail)
    outcome = open_one(
        SourceImage("a.jpg", 1, "1"), lambda path: io.BytesIO(encode(photo)), Limits(512, 50_000_000)
    )
    assert isinstance(outcome, Reject)
    assert outcome.kind == "unreadable"
    assert "JPEG" in outcome.reason


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), kind=st.sampled_from(["JPEG", "PNG", "GIF", "TIFF", "WEBP", "BMP"]))
def test_damaged_bytes_never_raise_nor_warn(photo, encode, open_files, data, kind):
    small = photo.resize((24, 16))
    damaged = bytearray(encode(small, kind))
    places = st.integers(0, len(damaged) - 1)
    for place, value in data.draw(st.lists(st.tuples(places, st.integers(0, 255)), min_size=1, max_size=6)):
        damaged[place] = value
    cut = data.draw(st.integers(1, len(damaged)))
    (outcome,) = open_files({"a.jpg": bytes(damaged[:cut])}, max_pixels=1_000_000, workers=1)
    assert isinstance(outcome, Reject | ImageFacts)
    if isinstance(outcome, Reject):
        assert outcome.reason
