"""JPEGs that keep their coefficients: the same pixels, and nothing but the picture."""

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from clipplot_pipeline.images import strip_jpeg
from clipplot_pipeline.images.strip import segments

APP14_RGB = b"\xff\xee\x00\x0eAdobe\x00\x64\x00\x00\x00\x00\x00"


def pixels(data: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))


def secretive_exif() -> Image.Exif:
    exif = Image.Exif()
    exif[0x010F] = "SECRETMAKER"
    exif[0x8825] = {1: "N", 2: (48.0, 51.0, 30.0), 3: "E", 4: (2.0, 21.0, 8.0)}
    return exif


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"progressive": True},
        {"subsampling": 0, "quality": 100},
        {"subsampling": 2, "quality": 30},
        {"restart_marker_rows": 1},
        {"optimize": True},
        {"keep_rgb": True},
    ],
    ids=str,
)
@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_pixels_are_identical_and_metadata_is_gone(photo, encode, open_bytes, mode, options):
    if mode == "L":
        options = {key: value for key, value in options.items() if key != "keep_rgb"}
    data = encode(
        photo.convert(mode),
        exif=secretive_exif(),
        comment=b"SECRETCOMMENT",
        xmp=b"<x:xmpmeta>SECRETXMP</x:xmpmeta>",
        dpi=(300, 300),
        **options,
    )
    facts, _ = open_bytes(data + b"SECRETTRAILER")
    assert len(facts.rendition) < len(data)
    assert np.array_equal(pixels(facts.rendition), pixels(data))
    assert facts.rendition == strip_jpeg(data)
    assert (facts.latitude, facts.longitude) == (
        pytest.approx(48.8583, abs=1e-3),
        pytest.approx(2.3522, abs=1e-3),
    )
    for secret in (b"SECRET", b"Exif", b"GPS", b"http:", b"ICC_PROFILE"):
        assert secret not in facts.rendition


def test_adobes_marker_stays_where_it_decides_the_colours(photo, encode):
    """Without it, an RGB JPEG would be taken for YCbCr."""
    plain = encode(photo, keep_rgb=True)
    parts = [segment.marker for segment in segments(plain)]
    assert 0xE0 not in parts
    data = plain[:2] + APP14_RGB + plain[2:]
    assert APP14_RGB in strip_jpeg(data)
    assert np.array_equal(pixels(strip_jpeg(data)), pixels(data))


def test_fill_bytes_and_restart_markers_are_understood(photo, encode):
    data = encode(photo, restart_marker_blocks=3)
    at = data.index(b"\xff\xdb")
    filled = data[:at] + b"\xff\xff" + data[at:]
    assert strip_jpeg(filled) == strip_jpeg(data)
    assert np.array_equal(pixels(strip_jpeg(filled)), pixels(data))


def test_stripping_twice_changes_nothing_more(photo, encode):
    once = strip_jpeg(encode(photo, exif=secretive_exif(), progressive=True))
    assert strip_jpeg(once) == once


def test_only_the_first_of_two_joined_pictures_stays(photo, encode):
    one, other = encode(photo), encode(photo.transpose(Image.Transpose.ROTATE_180))
    assert strip_jpeg(one + other) == strip_jpeg(one)


def test_a_thumbnail_in_the_exif_block_does_not_confuse(photo, encode):
    inner = encode(photo.resize((40, 30)))
    payload = b"Exif\0\0" + inner
    data = encode(photo)
    data = data[:2] + b"\xff\xe1" + (len(payload) + 2).to_bytes(2, "big") + payload + data[2:]
    assert strip_jpeg(data) == strip_jpeg(encode(photo))


@pytest.mark.parametrize(
    ("why", "damage"),
    [
        ("no JPEG", lambda data: b"GIF89a" + data),
        ("ends within a scan", lambda data: data[:-2]),
        ("runs over the end", lambda data: data[:12]),
        ("rare kind", lambda data: data.replace(b"\xff\xc0\x00\x11\x08", b"\xff\xc9\x00\x11\x08")),
        ("rare kind", lambda data: data.replace(b"\xff\xc0\x00\x11\x08", b"\xff\xc0\x00\x11\x0c")),
        ("no frame", lambda data: b"\xff\xd8\xff\xd9"),
    ],
)
def test_what_cannot_be_stripped_is_refused(photo, encode, why, damage):
    with pytest.raises(ValueError, match=why):
        strip_jpeg(damage(encode(photo)))


@given(data=st.binary(max_size=300))
def test_any_bytes_are_stripped_or_refused(data):
    for candidate in (data, b"\xff\xd8" + data):
        try:
            strip_jpeg(candidate)
        except ValueError:
            continue


@pytest.mark.parametrize(
    ("name", "options", "px"),
    [("turned", {"orientation": 6}, 512), ("too large", {}, 128), ("CMYK", {"mode": "CMYK"}, 512)],
)
def test_what_does_not_fit_is_encoded_anew(photo, encode, open_bytes, name, options, px):
    exif = Image.Exif()
    exif[0x0112] = options.get("orientation", 1)
    data = encode(photo.convert(options.get("mode", "RGB")), exif=exif)
    facts, rendition = open_bytes(data, rendition_px=px)
    assert facts.rendition != strip_jpeg(data)
    assert rendition.mode == "RGB"
