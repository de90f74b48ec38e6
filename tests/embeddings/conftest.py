"""Pictures, renditions and vectors that the tests draw, and a tiny OpenCLIP model saved to a folder."""

import io
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

TINY_MODEL = {
    "embed_dim": 24,
    "vision_cfg": {"image_size": 32, "layers": 2, "width": 32, "head_width": 16, "patch_size": 8},
    "text_cfg": {"context_length": 16, "vocab_size": 49408, "width": 32, "heads": 2, "layers": 1},
}
TINY_PREPROCESSING = {
    "mean": [0.1, 0.2, 0.3],
    "std": [0.5, 0.6, 0.7],
    "interpolation": "bilinear",
    "resize_mode": "squash",
}


@pytest.fixture(scope="session")
def draw() -> Callable[..., Image.Image]:
    """Return a function that draws a picture which only its number and size decide."""

    def draw(number: int, size: tuple[int, int] = (80, 60)) -> Image.Image:
        rng = np.random.default_rng(number)
        coarse = rng.integers(0, 256, (5, 6, 3)).astype(np.uint8)
        return Image.fromarray(coarse).resize(size, Image.Resampling.BICUBIC)

    return draw


@pytest.fixture(scope="session")
def encode() -> Callable[[Image.Image], bytes]:
    """Return a function that makes a rendition of a picture."""

    def encode(picture: Image.Image) -> bytes:
        out = io.BytesIO()
        picture.save(out, "JPEG", quality=90, subsampling=0)
        return out.getvalue()

    return encode


@pytest.fixture(scope="session")
def renditions(draw, encode) -> list[bytes]:
    """Return forty renditions."""
    return [encode(draw(number)) for number in range(40)]


@pytest.fixture(scope="session")
def unit_vectors() -> Callable[..., NDArray[np.float32]]:
    """Return a function that draws unit vectors."""

    def unit_vectors(n: int, dim: int, seed: int = 0) -> NDArray[np.float32]:
        vectors = np.random.default_rng(seed).normal(size=(n, dim)).astype(np.float32)
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)

    return unit_vectors


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory) -> Path:
    """Return a folder as OpenCLIP saves models, with a tiny vision transformer of seeded weights."""
    torch = pytest.importorskip("torch", reason="needs the extra `clip`")
    open_clip = pytest.importorskip("open_clip", reason="needs the extra `clip`")
    safetensors = pytest.importorskip("safetensors.torch", reason="needs the extra `clip`")
    folder = tmp_path_factory.mktemp("tiny")
    torch.manual_seed(3)
    model = open_clip.CLIP(**TINY_MODEL)
    safetensors.save_file(model.state_dict(), folder / "open_clip_model.safetensors")
    config = {"model_cfg": TINY_MODEL, "preprocess_cfg": TINY_PREPROCESSING}
    (folder / "open_clip_config.json").write_text(json.dumps(config), encoding="utf-8")
    return folder
