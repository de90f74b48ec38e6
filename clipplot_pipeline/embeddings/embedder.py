"""What an embedder is, and where one is made.

Belongs here: the protocols, and one line for each embedder. Adding one is a module and a line, or an entry point of
another package (``plugins``).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from clipplot_pipeline.embeddings.choice import EmbedderChoice
from clipplot_pipeline.embeddings.plugins import load_plugin
from clipplot_pipeline.errors import EmbedderError
from clipplot_pipeline.model import ModelCard


class Embedder(Protocol):
    """Turns pictures into unit vectors."""

    @property
    def name(self) -> str:
        """Name of the family: ``open_clip``, ``descriptor``, or of an entry point."""

    @property
    def dim(self) -> int:
        """Components of a vector."""

    @property
    def batch_size(self) -> int:
        """Pictures that it likes to be given at once."""

    def card(self, rendition_recipe: str) -> ModelCard:
        """Return the model card of vectors made from renditions of this recipe."""

    def embed(self, pictures: Sequence[Image.Image]) -> NDArray[np.float32]:
        """Return vectors of RGB pictures; float32, shape (n, dim), unit length, in their order."""


@runtime_checkable
class TextSide(Protocol):
    """What an embedder has besides that knows words: scores of a vocabulary rest on it."""

    def embed_texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return vectors of texts in the space of the pictures, in order; float32, shape (n, dim), unit length."""


@runtime_checkable
class Preparing(Protocol):
    """An embedder whose pictures are prepared by the threads that decode them, while others are embedded."""

    @property
    def lanes(self) -> int:
        """Batches that may be embedded at once, by as many threads."""

    def prepare(self, picture: Image.Image) -> Any:
        """Return an RGB picture in the form that `embed_prepared` takes; called from several threads."""

    def embed_prepared(self, prepared: Sequence[Any]) -> NDArray[np.float32]:
        """Return vectors of prepared pictures, as ``embed`` does."""


def make_embedder(choice: EmbedderChoice, state: bytes | None) -> Embedder:
    """Return an embedder, ready to work.

    Parameters
    ----------
    choice : EmbedderChoice
    state : bytes or None
        What `fit_embedder` returned, for embedders that must be fitted.

    Raises
    ------
    EmbedderError
        If it cannot be had.
    """
    if choice.embedder == "open_clip":
        from clipplot_pipeline.embeddings.clip import OpenClipEmbedder

        return OpenClipEmbedder(choice)
    if choice.embedder != "descriptor":
        return load_plugin(choice.embedder)
    from clipplot_pipeline.embeddings.descriptor import DescriptorEmbedder

    if state is None:
        raise EmbedderError("embedder descriptor: it has no basis; materialize `embedder` first")
    return DescriptorEmbedder(state)


def fit_embedder(choice: EmbedderChoice, renditions: Iterable[bytes]) -> bytes:
    """Fit an embedder to a sample of the collection and return its frozen state: equal input gives equal bytes."""
    from clipplot_pipeline.embeddings.descriptor import fit_descriptor

    if choice.embedder != "descriptor":
        raise EmbedderError(f"embedder {choice.embedder}: it is not fitted")
    return fit_descriptor(renditions)
