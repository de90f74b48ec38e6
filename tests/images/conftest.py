"""Pictures made by the tests themselves, and a source that lies in memory and counts its opens."""

import io
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, BinaryIO

import numpy as np
import pytest
from PIL import Image

from clipplot_pipeline.images import Limits, open_images
from clipplot_pipeline.model import ImageFacts, Reject, SourceImage

LIMITS = {"rendition_px": 512, "max_pixels": 50_000_000}


class MemorySource:
    """Files in memory; ``opened`` counts how often each was opened."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self.bytes = dict(files)
        self.opened: Counter[str] = Counter()
        self.files = tuple(SourceImage(path, len(data), "1") for path, data in self.bytes.items())

    def __call__(self, path: str) -> BinaryIO:
        self.opened[path] += 1
        return io.BytesIO(self.bytes[path])


@pytest.fixture(scope="session")
def photo() -> Image.Image:
    """Return a picture of 300 × 200 with smooth colour, edges, and no symmetry."""
    y, x = np.mgrid[0:200, 0:300].astype(np.float64)
    red = 255 * x / 299
    green = 255 * y / 199
    blue = 128 + 80 * np.sin(x / 17) * np.cos(y / 23)
    pixels = np.stack([red, green, blue], axis=-1)
    pixels[20:60, 30:110] = (240, 30, 20)
    pixels[120:180, 200:230] = (10, 40, 200)
    return Image.fromarray(pixels.astype(np.uint8))


@pytest.fixture(scope="session")
def encode() -> Callable[..., bytes]:
    """Return a function that encodes a picture: ``encode(picture, "PNG", **options)``."""

    def encode(picture: Image.Image, kind: str = "JPEG", **options: Any) -> bytes:
        out = io.BytesIO()
        picture.save(out, kind, **options)
        return out.getvalue()

    return encode


@pytest.fixture(scope="session")
def open_files() -> Callable[..., list[ImageFacts | Reject]]:
    """Return a function that opens files given as ``{path: bytes}``, in order."""

    def open_files(
        files: Mapping[str, bytes], *, workers: int = 2, **limits: int
    ) -> list[ImageFacts | Reject]:
        source = MemorySource(files)
        return list(open_images(source.files, source, Limits(**({**LIMITS, **limits})), workers=workers))

    return open_files


@pytest.fixture(scope="session")
def open_bytes(open_files: Callable[..., list[Any]]) -> Callable[..., tuple[ImageFacts, Image.Image]]:
    """Return a function that opens one picture and returns its facts and its decoded rendition."""

    def open_bytes(data: bytes, path: str = "a.jpg", **limits: int) -> tuple[ImageFacts, Image.Image]:
        (outcome,) = open_files({path: data}, **limits)
        assert isinstance(outcome, ImageFacts), outcome
        picture = Image.open(io.BytesIO(outcome.rendition))
        picture.load()
        return outcome, picture

    return open_bytes


@pytest.fixture(scope="session")
def memory_source() -> type[MemorySource]:
    """Return the class of sources in memory."""
    return MemorySource
