"""From renditions to vectors: decoding and preparing run ahead of the embedder.

Belongs here: decoding, batches, order, the check that vectors are what they must be.
"""

from __future__ import annotations

import io
import itertools
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from clipplot_pipeline.embeddings.embedder import Embedder, Preparing
from clipplot_pipeline.errors import EmbedderError, StoreError

#: Batches that wait decoded while one is embedded.
AHEAD = 2
T = TypeVar("T")


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
    embedder: Embedder, renditions: Iterable[bytes], batch_size: int = 0
) -> Iterator[NDArray[np.float32]]:
    """Yield the vectors of renditions batch by batch, in order; float32, shape (batch, dim), unit length.

    Three things happen at once: pictures are decoded and prepared, batches are put together, others are embedded.

    Parameters
    ----------
    embedder : Embedder
    renditions : iterable of bytes
    batch_size : int
        Pictures a batch; 0: as many as the embedder likes.

    Raises
    ------
    EmbedderError
        If there are not as many vectors as renditions, or one is not finite or has no length.
    """
    prepare: Callable[[Image.Image], Any] = _keep
    embed: Callable[[Sequence[Any]], NDArray[np.float32]] = embedder.embed
    lanes = 1
    if isinstance(embedder, Preparing):
        prepare, embed, lanes = embedder.prepare, embedder.embed_prepared, embedder.lanes
    waiting: deque[tuple[int, Future[NDArray[np.float32]]]] = deque()
    with ThreadPoolExecutor(os.cpu_count() or 1) as decoders, ThreadPoolExecutor(lanes) as embedders:
        for batch in decode_ahead(decoders, renditions, batch_size or embedder.batch_size, prepare):
            waiting.append((len(batch), embedders.submit(embed, batch)))
            if len(waiting) > lanes:
                count, future = waiting.popleft()
                yield _check_vectors(embedder, count, future.result())
        while waiting:
            count, future = waiting.popleft()
            yield _check_vectors(embedder, count, future.result())


def decode_ahead(
    pool: ThreadPoolExecutor,
    renditions: Iterable[bytes],
    batch_size: int,
    prepare: Callable[[Image.Image], T],
) -> Iterator[list[T]]:
    """Yield decoded and prepared renditions in batches, in order; at most `AHEAD` batches wait."""
    waiting: deque[list[Future[T]]] = deque()
    source = iter(renditions)
    while batch := list(itertools.islice(source, batch_size)):
        waiting.append([pool.submit(_open, jpeg, prepare) for jpeg in batch])
        if len(waiting) > AHEAD:
            yield [future.result() for future in waiting.popleft()]
    while waiting:
        yield [future.result() for future in waiting.popleft()]


def _open(jpeg: bytes, prepare: Callable[[Image.Image], T]) -> T:
    return prepare(decode_rendition(jpeg))


def _keep(picture: Image.Image) -> Image.Image:
    return picture


def _check_vectors(embedder: Embedder, count: int, found: NDArray[np.float32]) -> NDArray[np.float32]:
    vectors = np.asarray(found, np.float32)
    if vectors.shape != (count, embedder.dim):
        raise EmbedderError(
            f"embedder {embedder.name}: it gave vectors of shape {vectors.shape} for {count} pictures; "
            f"expected {(count, embedder.dim)}"
        )
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    if not np.isfinite(vectors).all() or (lengths < 1e-6).any():
        raise EmbedderError(
            f"embedder {embedder.name}: it gave a vector that is not finite or has no length; "
            "expected unit vectors; try another precision or device"
        )
    return np.asarray(vectors / lengths, np.float32)
