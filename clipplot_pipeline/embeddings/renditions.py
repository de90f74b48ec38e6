"""From renditions to vectors: decoding runs ahead of the embedder.

Belongs here: decoding, batches, order, the check that vectors are what they must be.
"""

from __future__ import annotations

import io
import itertools
import os
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from clipplot_pipeline.embeddings.embedder import Embedder
from clipplot_pipeline.errors import EmbedderError, StoreError

#: Batches that wait decoded while one is embedded.
AHEAD = 2


def decode_rendition(jpeg: bytes) -> Image.Image:
    """Return a rendition's pixels, RGB.

    Raises
    ------
    StoreError
        If they cannot be decoded: a rendition was whole when it was written.
    """
    try:
        with Image.open(io.BytesIO(jpeg)) as image:
            return image.convert("RGB")
    except (OSError, ValueError, SyntaxError) as error:
        raise StoreError(
            f"images: a rendition of {len(jpeg):,} bytes in the store cannot be decoded ({error}); expected the JPEG "
            "that was written; delete the store's folder of `images` and run `clipplot build`"
        ) from error


def embed_renditions(
    embedder: Embedder, renditions: Iterable[bytes], batch_size: int
) -> Iterator[NDArray[np.float32]]:
    """Yield the vectors of renditions batch by batch, in order; float32, shape (batch, dim), unit length.

    Raises
    ------
    EmbedderError
        If there are not as many vectors as renditions, or one is not finite or has no length.
    """
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        for pictures in decode_ahead(pool, renditions, batch_size):
            vectors = np.asarray(embedder.embed(pictures), np.float32)
            if vectors.shape != (len(pictures), embedder.dim):
                raise EmbedderError(
                    f"embedder {embedder.name}: it gave vectors of shape {vectors.shape} for {len(pictures)} pictures; "
                    f"expected {(len(pictures), embedder.dim)}"
                )
            lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
            if not np.isfinite(vectors).all() or (lengths < 1e-6).any():
                raise EmbedderError(
                    f"embedder {embedder.name}: it gave a vector that is not finite or has no length; "
                    "expected unit vectors; try another precision or device"
                )
            yield (vectors / lengths).astype(np.float32)


def decode_ahead(
    pool: ThreadPoolExecutor, renditions: Iterable[bytes], batch_size: int
) -> Iterator[list[Image.Image]]:
    """Yield decoded renditions in batches, in order; at most `AHEAD` batches wait decoded."""
    waiting: list[list[Future[Image.Image]]] = []
    source = iter(renditions)
    while batch := list(itertools.islice(source, batch_size)):
        waiting.append([pool.submit(decode_rendition, jpeg) for jpeg in batch])
        if len(waiting) > AHEAD:
            yield [future.result() for future in waiting.pop(0)]
    for futures in waiting:
        yield [future.result() for future in futures]
