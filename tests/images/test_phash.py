"""The perceptual hash: near for pictures that look alike, far for others."""

import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from clipplot_pipeline.images import perceptual_hash


def noise(seed: int) -> Image.Image:
    coarse = np.random.default_rng(seed).integers(0, 256, (12, 16, 3), dtype=np.uint8)
    return Image.fromarray(coarse).resize((320, 240), Image.Resampling.BICUBIC)


def distance(one: Image.Image, other: Image.Image) -> int:
    return (perceptual_hash(one) ^ perceptual_hash(other)).bit_count()


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_copies_are_near_and_strangers_are_far(seed):
    picture = noise(seed)
    out = io.BytesIO()
    picture.resize((200, 150)).save(out, "JPEG", quality=40)
    assert distance(picture, Image.open(out)) <= 6
    assert distance(picture, picture.convert("L")) <= 1
    brighter = picture.point(lambda value: min(255, value // 2 + 60))
    assert distance(picture, brighter) <= 6
    assert distance(picture, noise(seed + 1)) >= 14


def test_it_fits_64_bits_and_begins_with_brightness():
    value = perceptual_hash(noise(0))
    assert 2**63 <= value < 2**64


@pytest.mark.parametrize("colour", [1, 128, 255])
def test_flat_pictures_have_one_hash(colour):
    hashes = {perceptual_hash(Image.new("L", size, colour)) for size in ((1, 1), (40, 700), (512, 512))}
    assert hashes == {2**63}
    assert perceptual_hash(Image.new("L", (9, 9), 0)) == 0


def test_it_follows_the_definition():
    """Against the DCT of another library, on the same reduced picture."""
    scipy_fft = pytest.importorskip("scipy.fft")
    picture = noise(5)
    small = np.asarray(picture.convert("L").resize((32, 32), Image.Resampling.BOX), dtype=float)
    low = scipy_fft.dctn(small)[:8, :8]
    bits = "".join("1" if value > np.median(low) else "0" for value in low.ravel())
    assert perceptual_hash(picture) == int(bits, 2)
