"""What an embedder is, and where one is made.

Belongs here: the protocol, and one line for each embedder. Adding one is a module and a line.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from clipplot_pipeline.embeddings.choice import EmbedderChoice
from clipplot_pipeline.errors import EmbedderError
from clipplot_pipeline.model import ModelCard


class Embedder(Protocol):
    """Turns pictures into unit vectors."""

    @property
    def name(self) -> str:
        """Name of the family: ``open_clip``, ``descriptor``."""

    @property
    def dim(self) -> int:
        """Components of a vector."""

    def card(self, rendition_recipe: str) -> ModelCard:
        """Return the model card of vectors made from renditions of this recipe."""

    def embed(self, pictures: Sequence[Image.Image]) -> NDArray[np.float32]:
        """Return vectors of RGB pictures; float32, shape (n, dim), unit length, in their order."""


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
