"""Close-ups: they show what the rendition does not, upright and in the right colours, and change nothing of it."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms

from clipplot_pipeline.errors import StoreError
from clipplot_pipeline.images import Cutting, closeup_recipe
from clipplot_pipeline.images.closeup import fit_closeup
from clipplot_pipeline.images.pyramid import TILE_PX, write_pyramid
from clipplot_pipeline.model import ImageFacts
from clipplot_pipeline.site.verify_closeups import check_pyramid, read_pyramid

SECRET = "SECRETMAKER"


def draw_fine(width: int, height: int) -> Image.Image:
    """Return a picture of smooth colours with lines of single pixels in it, which a smaller one cannot show."""
    y, x = np.mgrid[0:height, 0:width]
    pixels = np.stack([255 * x / width, 255 * y / height, np.full((height, width), 90.0)], -1)
    pixels[height // 4 : height // 2, width // 4 : width // 2] = ((x + y) % 2 * 255)[
        height // 4 : height // 2, width // 4 : width // 2, None
    ]
    return Image.fromarray(pixels.astype(np.uint8))


def differ(one: Image.Image, other: Image.Image) -> float:
    """Return the mean difference of two pictures of one size, in steps of 255."""
    assert one.size == other.size
    a, b = (np.asarray(picture.convert("RGB"), dtype=float) for picture in (one, other))
    return float(np.abs(a - b).mean())


@pytest.fixture
def cut(
    open_files: Callable[..., list[Any]], tmp_path: Path
) -> Callable[..., tuple[ImageFacts, bytes | None]]:
    """Return a function that opens a picture and returns its facts and its close-up."""

    def cut(
        data: bytes, kind: str = "tiles", long_side_px: int = 0, **more: Any
    ) -> tuple[ImageFacts, bytes | None]:
        cutting = Cutting(kind, long_side_px, 90, str(tmp_path))
        (found,) = open_files({"a.jpg": data}, **{"cutting": cutting, "rendition_px": 128, **more})
        assert isinstance(found, ImageFacts), found
        return found, Path(found.closeup).read_bytes() if found.closeup else None

    return cut


@pytest.mark.parametrize("mode", ["RGB", "L"])
@pytest.mark.parametrize("quality", [70, 95])
def test_a_pyramid_is_a_picture_at_every_level_to_any_reader_of_tiff(mode, quality):
    picture = draw_fine(1100, 700).convert(mode)
    data = write_pyramid(picture, quality)
    assert list(check_pyramid("a.tif", data, is_thorough=True)) == []
    with Image.open(io.BytesIO(data)) as found:  # libtiff, which has never heard of us
        sizes = []
        for level in range(found.n_frames):
            found.seek(level)
            sizes.append(found.size)
            expected = picture
            for _ in range(level):
                expected = expected.reduce(2)
            assert differ(found, expected) < 12
    assert sizes == [(1100, 700), (550, 350), (275, 175)]


@settings(max_examples=12)
@given(width=st.integers(1, 1300), height=st.integers(1, 1300), is_grey=st.booleans())
def test_every_pixel_lies_in_one_tile_and_the_smallest_level_is_one_tile(width, height, is_grey):
    picture = Image.new("L" if is_grey else "RGB", (width, height), 120)
    levels = read_pyramid(write_pyramid(picture, 60))
    assert (levels[0].width_px, levels[0].height_px) == (width, height)
    assert max(levels[-1].width_px, levels[-1].height_px) <= TILE_PX
    assert len(levels[-1].tiles) == 1
    for level in levels:
        assert len(level.tiles) == -(-level.width_px // TILE_PX) * -(-level.height_px // TILE_PX)


@given(
    width=st.integers(1, 20_000),
    height=st.integers(1, 20_000),
    rendition_px=st.integers(64, 4096),
    long_side_px=st.integers(0, 20_000),
)
def test_a_close_up_is_larger_than_the_rendition_and_never_than_the_original(
    width, height, rendition_px, long_side_px
):
    size = fit_closeup(width, height, rendition_px, Cutting("tiles", long_side_px, 85))
    if size is None:
        assert long_side_px or (min(width, height) <= rendition_px and max(width, height) <= 4096)
        return
    assert size[0] <= width
    assert size[1] <= height
    assert min(size) > rendition_px or max(size) > 4096 or abs(min(size) - rendition_px) <= 1
    assert not long_side_px or max(size) <= long_side_px


def test_it_shows_what_the_rendition_has_lost(cut, encode):
    picture = draw_fine(900, 600)
    found, data = cut(encode(picture, "PNG"))
    with Image.open(io.BytesIO(data)) as shown:
        assert shown.size == (900, 600)
        fine = np.asarray(shown.convert("L"), dtype=float)[160:290, 240:440]
    with Image.open(io.BytesIO(found.rendition)) as shown:
        coarse = np.asarray(shown.convert("L").resize((900, 600)), dtype=float)[160:290, 240:440]
    assert fine.std() > 60 > 20 > coarse.std()


@pytest.mark.parametrize("kind", ["picture", "tiles"])
def test_the_rendition_is_the_same_bytes_with_and_without(cut, encode, open_files, kind):
    data = encode(draw_fine(1200, 900), quality=95)  # so large that it is reduced while it is decoded
    (plain,) = open_files({"a.jpg": data}, rendition_px=128)
    found, closeup = cut(data, kind)
    assert closeup
    assert found.rendition == plain.rendition
    assert (found.sha256, found.phash, found.mean_rgb) == (plain.sha256, plain.phash, plain.mean_rgb)


def test_what_is_smaller_than_asked_stays_as_it_is(cut, encode):
    assert cut(encode(draw_fine(160, 120)), rendition_px=128)[1] is None
    _, data = cut(encode(draw_fine(400, 300)), "picture", long_side_px=5000)
    with Image.open(io.BytesIO(data)) as shown:
        assert shown.size == (400, 300)
    _, data = cut(encode(draw_fine(800, 600)), "picture", long_side_px=500)
    with Image.open(io.BytesIO(data)) as shown:
        assert shown.size == (500, 375)


@pytest.mark.parametrize("kind", ["picture", "tiles"])
def test_a_turned_original_is_upright_and_tells_nothing(cut, encode, kind):
    upright = draw_fine(700, 400)
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, SECRET
    _, data = cut(encode(upright.transpose(Image.Transpose.ROTATE_90), quality=95, exif=exif), kind)
    assert SECRET.encode() not in data
    with Image.open(io.BytesIO(data)) as shown:
        assert differ(shown, upright) < 15
        assert not {"exif", "icc_profile", "xmp", "comment"} & shown.info.keys()


@pytest.mark.parametrize("kind", ["picture", "tiles"])
def test_cmyk_and_foreign_profiles_become_srgb(cut, encode, kind):
    picture = Image.new("RGB", (600, 400), (200, 40, 60))
    _, data = cut(encode(picture.convert("CMYK"), quality=95), kind)
    with Image.open(io.BytesIO(data)) as shown:
        assert shown.mode == "RGB"
        assert differ(shown, picture) < 6
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB"))
    data = encode(picture, "PNG", icc_profile=lab.tobytes())  # made for another mode: passed over
    _, data = cut(data, kind)
    with Image.open(io.BytesIO(data)) as shown:
        assert differ(shown, picture) < 6


def test_an_upright_srgb_jpeg_of_full_size_keeps_its_coefficients(cut, encode):
    exif = Image.Exif()
    exif[0x010F] = SECRET
    original = encode(draw_fine(600, 400), quality=93, exif=exif)
    _, data = cut(original, "picture")
    assert SECRET.encode() not in data
    with Image.open(io.BytesIO(data)) as shown, Image.open(io.BytesIO(original)) as truth:
        assert np.array_equal(np.asarray(shown), np.asarray(truth))


def test_each_original_is_opened_once(memory_source, encode, tmp_path):
    from clipplot_pipeline.images import Limits, open_images

    source = memory_source(
        {"a.jpg": encode(draw_fine(1200, 900)), "b.png": encode(draw_fine(700, 500), "PNG")}
    )
    limits = Limits(128, 50_000_000, cutting=Cutting("tiles", 0, 85, str(tmp_path)))
    found = list(open_images(source.files, source, limits, workers=1))
    assert all(one.closeup for one in found)
    assert set(source.opened.values()) == {1}


def test_a_close_up_that_cannot_be_made_costs_no_image(cut, encode, monkeypatch):
    from clipplot_pipeline.images import decode, formats
    from clipplot_pipeline.images.limits import Limits

    def fail(*_):
        raise MemoryError

    monkeypatch.setattr(decode, "cut_closeup", fail)
    data = encode(draw_fine(600, 400))
    formats.prepare_pillow(10**8)
    original = decode.Original("a.jpg", io.BytesIO(data), len(data), data[:65536], data)
    decoded = decode.decode(original, ["JPEG"], Limits(128, 10**8, cutting=Cutting("tiles", 0, 85)))
    assert decoded.closeup is None
    assert decoded.rendition


def test_a_folder_without_room_leaves_no_picture_out(cut, encode, tmp_path):
    gone = Cutting("tiles", 0, 90, str(tmp_path / "gone"))
    with pytest.raises(StoreError, match=r"gone: close-ups cannot be put aside.*TMPDIR"):
        cut(encode(draw_fine(900, 700)), cutting=gone)


def test_other_close_ups_have_another_recipe():
    recipes = {
        closeup_recipe(Cutting(*how)) for how in [("tiles", 0, 85), ("tiles", 0, 84), ("picture", 0, 85)]
    }
    recipes |= {
        closeup_recipe(Cutting("tiles", 900, 85)),
        closeup_recipe(Cutting("tiles", 0, 85, "elsewhere")),
    }
    assert len(recipes) == 4


@pytest.mark.parametrize(
    ("start", "bytes_", "problem"),
    [
        (0, b"MM\0*", "no little-endian TIFF"),
        (4, b"\xff\xff\xff\x7f", "runs over the end"),
        (4, b"\0\0\0\0", "no levels"),
    ],
)
def test_damaged_pyramids_are_told(start, bytes_, problem):
    data = bytearray(write_pyramid(draw_fine(600, 300), 80))
    data[start : start + len(bytes_)] = bytes_
    assert any(problem in told for told in check_pyramid("a.tif", bytes(data), is_thorough=True))


def test_a_pyramid_with_anything_else_in_it_is_told():
    data = bytearray(write_pyramid(draw_fine(600, 300), 80))
    data[10:12] = (700).to_bytes(2, "little")  # XMP instead of the first tag
    assert any("tag 700" in told for told in check_pyramid("a.tif", bytes(data), is_thorough=True))
    data = bytearray(write_pyramid(draw_fine(600, 300), 80))
    data[-40:] = bytes(40)  # the last bytes of the largest level
    assert len(list(check_pyramid("a.tif", bytes(data), is_thorough=False))) <= 1
