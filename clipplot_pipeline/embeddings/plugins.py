"""Embedders that other packages bring: any callable, named by an entry point of the group ``clipplot.embedders``.

Belongs here: loading and wrapping them. Does not belong here: finding them (``embedder_packages``), what they compute.
The contract is told to users in ``docs/guides/models.md``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib.metadata import EntryPoint, version
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from clipplot_pipeline.embedder_packages import GROUP, find_embedder, list_embedders, name_package
from clipplot_pipeline.errors import EmbedderError
from clipplot_pipeline.model import ModelCard

#: Pictures that a callable is given at once, unless it says another number (``batch_size``).
BATCH = 64
#: Picture that tells how many components a vector has, where the callable does not say.
PROBE = Image.new("RGB", (64, 64), (128, 128, 128))


def plugin_version(name: str) -> str:
    """Return package and version of an embedder, empty if it is not installed: another one makes other vectors."""
    point = find_embedder(name)
    return name_package(point) if point else ""


def check_plugin(name: str) -> EntryPoint:
    """Return the entry point of an embedder without loading it.

    Raises
    ------
    EmbedderError
        If no installed package brings one of this name.
    """
    point = find_embedder(name)
    if point is None:
        known = ", ".join(list_embedders()) or "none"
        raise EmbedderError(
            f"embedder {name}: no installed package brings it (entry points `{GROUP}`: {known}); install the package "
            "into this Python environment, or choose `open_clip` or `descriptor`"
        )
    return point


def load_plugin(name: str) -> CallableEmbedder:
    """Return an embedder made of what an entry point names.

    Raises
    ------
    EmbedderError
        If it cannot be imported, or is not callable.
    """
    point = check_plugin(name)
    try:
        found = point.load()
        function = found() if isinstance(found, type) else found
    except Exception as error:  # somebody else's code
        raise EmbedderError(
            f"embedder {name}: {point.value} of {name_package(point)} cannot be loaded "
            f"({type(error).__name__}: {error}); mend or update that package"
        ) from error
    if not callable(function):
        raise EmbedderError(
            f"embedder {name}: {point.value} of {name_package(point)} is of type {type(function).__name__}; expected a "
            "callable that takes a list of RGB pictures and returns an array of shape (pictures, components)"
        )
    kind = CallableWithTexts if callable(getattr(function, "embed_texts", None)) else CallableEmbedder
    return kind(name, function, name_package(point))


class CallableEmbedder:
    """Any callable from pictures to vectors.

    Parameters
    ----------
    name : str
        Of the entry point.
    function : callable
        Takes a list of RGB pictures, returns one row of numbers for each. Its attributes ``dim``, ``batch_size``,
        ``model``, ``weights``, ``preprocessing`` and ``notes`` are taken over where it has them.
    package : str
        Package and version: part of the model card, so that another version computes all vectors anew.
    """

    def __init__(self, name: str, function: Callable[[list[Image.Image]], Any], package: str) -> None:
        self.name = name
        self._function, self._package = function, package
        self.batch_size = int(getattr(function, "batch_size", BATCH))
        self.dim = int(getattr(function, "dim", 0)) or int(self._call([PROBE]).shape[1])

    def card(self, rendition_recipe: str) -> ModelCard:
        """Return the model card."""
        own = {
            key: str(getattr(self._function, key, ""))
            for key in ("model", "weights", "preprocessing", "notes")
        }
        return ModelCard(
            embedder=self.name,
            model=own["model"] or self.name,
            weights="; ".join(part for part in (self._package, own["weights"]) if part),
            preprocessing=own["preprocessing"] or f"that of {self._package}",
            rendition=rendition_recipe,
            dim=self.dim,
            libraries={name: version(name) for name in ("numpy", "pillow")},
            notes=own["notes"],
        )

    def embed(self, pictures: Sequence[Image.Image]) -> NDArray[np.float32]:
        """Return vectors of RGB pictures; float32, shape (n, dim), in their order.

        Raises
        ------
        EmbedderError
            If the callable fails, or returns anything but a row for each picture.
        """
        return self._call(list(pictures)) if pictures else np.empty((0, self.dim), np.float32)

    def _call(
        self, inputs: list[Any], function: Callable[[list[Any]], Any] | None = None
    ) -> NDArray[np.float32]:
        try:
            vectors = np.asarray((function or self._function)(inputs), np.float32)
        except Exception as error:  # somebody else's code
            raise EmbedderError(
                f"embedder {self.name}: {self._package} failed on {len(inputs)} inputs ({type(error).__name__}: "
                f"{error}); mend or update that package"
            ) from error
        if vectors.ndim != 2 or len(vectors) != len(inputs) or not vectors.shape[1]:
            raise EmbedderError(
                f"embedder {self.name}: {self._package} gave an array of shape {vectors.shape} for {len(inputs)} "
                "inputs; expected one row for each"
            )
        return vectors


class CallableWithTexts(CallableEmbedder):
    """A callable that also has ``embed_texts``."""

    def embed_texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return vectors of texts in the space of the pictures, in order; float32, shape (n, dim), unit length."""
        if not texts:
            return np.empty((0, self.dim), np.float32)
        vectors = self._call(list(texts), self._function.embed_texts)  # type: ignore[attr-defined]
        return np.asarray(
            vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12), np.float32
        )
