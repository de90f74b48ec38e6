"""The rendition: size, orientation, encoding, colour; what is kept and what must be gone."""

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageCms

from clipplot_pipeline.images import RECIPE, recipe
from clipplot_pipeline.images.colour import GROUND_RGB, to_eight_bit, to_srgb
from clipplot_pipeline.images.rendition import LONG_SIDE_PX, fit
from clipplot_pipeline.images.strip import segments

UNDO = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


def difference(one: Image.Image, other: Image.Image) -> float:
    """Return the mean difference of two pictures of one size, in steps of 255."""
    assert one.size == other.size
    a, b = (np.asarray(picture.convert("RGB"), dtype=float) for picture in (one, other))
    return float(np.abs(a - b).mean())


def exif_with(orientation: int) -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010F] = "SECRETMAKER"
    return exif


@given(width=st.integers(1, 100_000), height=st.integers(1, 100_000), px=st.integers(64, 4096))
def test_fit_keeps_within_the_sizes_and_near_the_aspect(width, height, px):
    w, h = fit(width, height, px)
    assert 1 <= w <= width
    assert 1 <= h <= height
    assert min(w, h) <= px
    assert max(w, h) <= LONG_SIDE_PX
    if min(width, height) <= px and max(width, height) <= LONG_SIDE_PX:
        assert (w, h) == (width, height)
    else:
        assert abs(w * height - h * width) <= max(width, height)  # half a pixel of rounding each


@pytest.mark.parametrize(
    ("size", "expected"),
    [((1, 4000), (1, 4000)), ((1, 6000), (1, 4096)), ((9000, 300), (4096, 137)), ((1, 1), (1, 1)),
     ((3000, 2000), (768, 512)), ((600, 512), (600, 512))],
)  # fmt: skip
def test_sizes_of_renditions(encode, open_bytes, size, expected):
    facts, rendition = open_bytes(encode(Image.new("RGB", size, (10, 200, 30)), "PNG"), "a.png")
    assert (facts.width_px, facts.height_px) == size
    assert rendition.size == expected


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize(
    ("kind", "options"),
    [("JPEG", {"quality": 95, "subsampling": 0}), ("PNG", {}), ("TIFF", {}), ("WEBP", {})],
)
def test_all_eight_orientations_stand_upright(photo, encode, open_bytes, orientation, kind, options):
    how = UNDO[orientation]
    stored = photo if how is None else photo.transpose(how)
    data = encode(stored, kind, exif=exif_with(orientation), **options)
    facts, rendition = open_bytes(data, f"a.{kind.lower()}")
    assert (facts.width_px, facts.height_px) == (300, 200)
    assert difference(rendition, photo) < 5
    assert b"SECRETMAKER" not in facts.rendition


@pytest.mark.parametrize("orientation", [0, 9, 77])
def test_invalid_orientations_count_as_upright(photo, encode, open_bytes, orientation):
    facts, rendition = open_bytes(encode(photo, exif=exif_with(orientation)))
    assert (facts.width_px, facts.height_px) == (300, 200)
    assert difference(rendition, photo) < 6


def test_a_large_jpeg_turned_by_90_degrees_is_reduced_rightly(photo, encode, open_bytes):
    large = photo.resize((2400, 1600), Image.Resampling.BICUBIC).transpose(Image.Transpose.ROTATE_90)
    facts, rendition = open_bytes(encode(large, exif=exif_with(6)), rendition_px=100)
    assert (facts.width_px, facts.height_px) == (2400, 1600)
    assert rendition.size == (150, 100)
    assert difference(rendition, photo.resize((150, 100), Image.Resampling.LANCZOS)) < 3


def test_an_encoded_rendition_is_baseline_444_and_bare(photo, encode, open_bytes):
    data = encode(photo, "PNG", exif=exif_with(1), dpi=(300, 300), icc_profile=b"no profile at all")
    facts, rendition = open_bytes(data, "a.png", rendition_px=100)
    assert rendition.layer == [("Y", 1, 1, 0), ("Cb", 1, 1, 1), ("Cr", 1, 1, 1)] or all(
        layer[1:3] == (1, 1) for layer in rendition.layer
    )
    markers = {segment.marker for segment in segments(facts.rendition)}
    assert 0xC0 in markers
    assert markers <= {0xE0, 0xDB, 0xC0, 0xC4, 0xDA, 0xD9}
    reference = io.BytesIO()
    photo.resize((150, 100), Image.Resampling.LANCZOS).save(reference, "JPEG", quality=90, subsampling=0)
    assert facts.rendition == reference.getvalue()


def test_a_comment_does_not_reach_the_rendition(photo, encode, open_bytes):
    data = encode(photo.resize((900, 600)), comment=b"SECRETCOMMENT")
    assert b"SECRETCOMMENT" in data
    facts, _ = open_bytes(data)
    assert b"SECRETCOMMENT" not in facts.rendition


def test_draft_mode_reads_no_less_than_twice_the_rendition(photo, encode, open_bytes):
    large = photo.resize((2400, 1600), Image.Resampling.LANCZOS)
    _, rendition = open_bytes(encode(large, quality=95), rendition_px=200)
    exact = large.resize((300, 200), Image.Resampling.LANCZOS)
    assert difference(rendition, exact) < 2


@pytest.mark.parametrize("mode", ["RGBA", "LA", "PA"])
def test_alpha_is_laid_on_the_ground(encode, open_bytes, mode):
    clear = Image.new("RGBA", (40, 40), (255, 0, 0, 0))
    clear.paste((0, 0, 0, 255), (20, 0, 40, 40))
    picture = clear.convert("P").convert("RGBA").convert("PA") if mode == "PA" else clear.convert(mode)
    kind = "TIFF" if mode == "PA" else "PNG"
    if mode == "PA":
        srgb = to_srgb(to_eight_bit(picture), None)
        assert srgb.getpixel((5, 5)) == GROUND_RGB
        return
    _, rendition = open_bytes(encode(picture, kind), "a.png")
    pixels = np.asarray(rendition.convert("RGB"), dtype=int)
    assert np.abs(pixels[:, :10] - GROUND_RGB).max() <= 3
    assert pixels[:, 30:].max() <= 3


def test_half_transparent_pixels_have_no_dark_halo_after_reduction(encode, open_bytes):
    pixels = np.zeros((400, 400, 4), np.uint8)
    pixels[100:300, 100:300] = (255, 255, 255, 255)  # white on clear black: on white, nothing is seen
    _, rendition = open_bytes(encode(Image.fromarray(pixels), "PNG"), "a.png", rendition_px=64)
    assert np.asarray(rendition.convert("L")).min() >= 252


def test_a_palette_with_transparency(encode, open_bytes):
    palette = Image.new("P", (50, 50), 1)
    palette.putpalette([255, 0, 0, 0, 0, 255])
    palette.paste(0, (25, 0, 50, 50))
    _, rendition = open_bytes(encode(palette, "PNG", transparency=0), "a.png")
    assert np.abs(np.array(rendition.convert("RGB").getpixel((40, 25))) - GROUND_RGB).max() <= 3
    assert np.abs(np.array(rendition.convert("RGB").getpixel((10, 25))) - (0, 0, 255)).max() <= 3


def test_16_bit_grey_is_scaled_and_not_clipped(encode, open_bytes):
    ramp = np.tile(np.linspace(0, 65535, 256).astype(np.uint16), (64, 1))
    _, rendition = open_bytes(encode(Image.fromarray(ramp), "PNG"), "a.png")
    assert np.abs(np.asarray(rendition.convert("L"), dtype=int)[32] - np.arange(256)).max() <= 4


@pytest.mark.parametrize("high", [1.0, 255.0, 3e4, 1e9])
def test_float_samples_are_scaled_to_their_range(encode, open_bytes, high):
    ramp = np.tile(np.linspace(0, high, 256).astype(np.float32), (64, 1))
    _, rendition = open_bytes(encode(Image.fromarray(ramp), "TIFF"), "a.tif")
    row = np.asarray(rendition.convert("L"), dtype=int)[32]
    assert row[0] <= 4
    assert row[-1] >= (250 if high != 3e4 else 110)


def test_float_samples_with_nan_do_not_break(encode, open_bytes):
    values = np.linspace(0, 1, 64 * 64, dtype=np.float32).reshape(64, 64)
    values[0, 0], values[1, 1] = np.nan, np.inf
    open_bytes(encode(Image.fromarray(values), "TIFF"), "a.tif")


@pytest.mark.parametrize("mode", ["1", "L", "P", "CMYK", "YCbCr", "LAB"])
def test_every_mode_yields_its_colours(photo, encode, open_bytes, mode):
    if mode == "LAB":
        lab = ImageCms.profileToProfile(
            photo, ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"), outputMode="LAB"
        )
        assert difference(to_srgb(to_eight_bit(lab), None), photo) < 4
        return
    picture = photo.convert(mode)
    kind = "JPEG" if mode in {"CMYK", "YCbCr"} else "PNG"
    _, rendition = open_bytes(encode(picture, kind), "a.jpg")
    assert rendition.mode in {"L", "RGB"}
    assert difference(rendition, picture.convert("RGB")) < (12 if mode == "1" else 8)


def test_the_first_frame_of_an_animation_counts(encode, open_bytes):
    frames = [Image.new("RGB", (40, 30), colour) for colour in ((250, 0, 0), (0, 250, 0), (0, 0, 250))]
    for kind in ("GIF", "WEBP", "PNG"):
        data = encode(frames[0], kind, save_all=True, append_images=frames[1:], duration=100)
        facts, rendition = open_bytes(data, "a.gif")
        assert (facts.width_px, facts.height_px) == (40, 30)
        red, green, blue = rendition.convert("RGB").getpixel((20, 15))
        assert red > 200 > 40 > max(green, blue)


def test_mean_colour(encode, open_bytes):
    halves = Image.new("RGB", (600, 400), (200, 100, 0))
    halves.paste((0, 100, 50), (300, 0, 600, 400))
    facts, _ = open_bytes(encode(halves, "PNG"), "a.png")
    assert np.abs(np.array(facts.mean_rgb) - (100, 100, 25)).max() <= 1
    grey, _ = open_bytes(encode(Image.new("L", (5, 5), 77), "PNG"), "a.png")
    assert grey.mean_rgb == (77, 77, 77)


def test_the_recipe_says_what_decides_the_pixels():
    assert "512" in recipe(512)
    assert recipe(512) != recipe(256)
    for word in ("quality 90", "4:4:4", "Lanczos", "4096", "sRGB"):
        assert word in RECIPE
