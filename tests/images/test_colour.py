"""ICC profiles: converted where they change something, passed over where they do not."""

import io
import struct

import numpy as np
import pytest
from PIL import Image, ImageCms

from clipplot_pipeline.images import strip_jpeg
from clipplot_pipeline.images.colour import is_srgb


def srgb_profile() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def s15(value: float) -> bytes:
    return struct.pack(">i", round(value * 65536))


def matrix_profile(
    colorants: dict[str, tuple[float, float, float]], gamma: float, space: bytes = b"RGB "
) -> bytes:
    """Return a small ICC version 2 display profile (ICC.1:2001-04): colorants in PCS XYZ (D50), one gamma."""
    curve = b"curv\0\0\0\0" + struct.pack(">IH", 1, round(gamma * 256)) + b"\0\0"
    tags = [(name.encode(), b"XYZ \0\0\0\0" + b"".join(map(s15, xyz))) for name, xyz in colorants.items()]
    tags += [(b"wtpt", b"XYZ \0\0\0\0" + s15(0.9642) + s15(1.0) + s15(0.8249))]
    curves = [b"rTRC", b"gTRC", b"bTRC"] if space == b"RGB " else [b"kTRC"]
    tags += [(name, curve) for name in curves]
    table, body, offset = b"", b"", 128 + 4 + 12 * len(tags)
    for name, content in tags:
        table += name + struct.pack(">II", offset + len(body), len(content))
        body += content
    size = offset + len(body)
    header = struct.pack(">I4sI4s4s4s", size, b"none", 0x02400000, b"mntr", space, b"XYZ ")
    header += bytes(12) + b"acsp" + bytes(28) + s15(0.9642) + s15(1.0) + s15(0.8249) + bytes(48)
    return header[:128].ljust(128, b"\0") + struct.pack(">I", len(tags)) + table + body


SWAPPED = {
    "rXYZ": (0.3851, 0.7169, 0.0971),
    "gXYZ": (0.4361, 0.2225, 0.0139),
    "bXYZ": (0.1431, 0.0606, 0.7141),
}


def test_the_srgb_profile_counts_as_none_and_keeps_the_coefficients(photo, encode, open_bytes):
    profile = srgb_profile()
    assert is_srgb(profile, "RGB")
    data = encode(photo, icc_profile=profile)
    facts, _ = open_bytes(data)
    assert facts.rendition == strip_jpeg(data)
    assert b"ICC_PROFILE" not in facts.rendition


def test_another_profile_is_converted(encode, open_bytes):
    """A profile whose red and green change places must swap them in the rendition."""
    profile = matrix_profile(SWAPPED, 2.2)
    assert not is_srgb(profile, "RGB")
    for kind in ("JPEG", "PNG", "TIFF", "WEBP"):
        data = encode(Image.new("RGB", (64, 64), (255, 0, 0)), kind, icc_profile=profile)
        facts, rendition = open_bytes(data, "a.jpg")
        red, green, blue = rendition.convert("RGB").getpixel((32, 32))
        assert green > 230, kind
        assert red < 60, kind
        assert blue < 60, kind
        assert b"ICC_PROFILE" not in facts.rendition


def test_the_conversion_agrees_with_little_cms(photo, encode, open_bytes):
    profile = matrix_profile(SWAPPED, 1.8)
    _, rendition = open_bytes(encode(photo, "PNG", icc_profile=profile), "a.png")
    expected = ImageCms.profileToProfile(
        photo, ImageCms.ImageCmsProfile(io.BytesIO(profile)), ImageCms.createProfile("sRGB"), 1
    )
    assert expected is not None
    assert np.abs(np.asarray(rendition, float) - np.asarray(expected, float)).mean() < 3


def test_alpha_survives_the_conversion(encode, open_bytes):
    picture = Image.new("RGBA", (64, 64), (255, 0, 0, 255))
    picture.paste((255, 0, 0, 0), (32, 0, 64, 64))
    _, rendition = open_bytes(encode(picture, "PNG", icc_profile=matrix_profile(SWAPPED, 2.2)), "a.png")
    assert rendition.getpixel((10, 10))[1] > 230
    assert min(rendition.getpixel((55, 10))) > 250


def test_a_grey_profile_is_converted(encode, open_bytes):
    profile = matrix_profile({}, 1.0, b"GRAY")
    assert not is_srgb(profile, "L")
    _, rendition = open_bytes(encode(Image.new("L", (32, 32), 55), icc_profile=profile))
    assert rendition.convert("L").getpixel((10, 10)) == pytest.approx(128, abs=4)


@pytest.mark.parametrize("profile", [b"garbage", b"\0" * 200, srgb_profile()[:150]])
def test_a_damaged_profile_is_passed_over(photo, encode, open_bytes, profile):
    data = encode(photo, icc_profile=profile)
    facts, _ = open_bytes(data)
    assert facts.rendition == strip_jpeg(data)


def test_a_profile_for_another_mode_is_passed_over(photo, encode, open_bytes):
    data = encode(photo.convert("L"), icc_profile=matrix_profile(SWAPPED, 2.2))
    facts, _ = open_bytes(data)
    assert facts.rendition == strip_jpeg(data)
