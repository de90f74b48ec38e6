"""Embedders that other packages bring, by name: entry points of the group ``clipplot.embedders``.

Belongs here: finding them. Does not belong here: loading and wrapping them (``embeddings.plugins``).
"""

from __future__ import annotations

import sys
from functools import lru_cache
from importlib.metadata import EntryPoint, entry_points

GROUP = "clipplot.embedders"


def find_embedder(name: str) -> EntryPoint | None:
    """Return the entry point of an embedder, or None; of several packages with one name the first by name counts."""
    return next((point for point in _list_points(tuple(sys.path)) if point.name == name), None)


def list_embedders() -> list[str]:
    """Return the names of all embedders that installed packages bring, sorted."""
    return sorted({point.name for point in _list_points(tuple(sys.path))})


def name_package(point: EntryPoint) -> str:
    """Return the package that brings an entry point, and its version: ``my-embedder 1.2``."""
    return f"{point.dist.name} {point.dist.version}" if point.dist is not None else point.value


@lru_cache(maxsize=8)
def _list_points(path: tuple[str, ...]) -> tuple[EntryPoint, ...]:  # noqa: ARG001 - found along it
    """Return the entry points of the packages along a path, once a process: settings and graph ask again and again.

    A package that comes later is seen by the next process, as its modules are.
    """
    return tuple(sorted(entry_points(group=GROUP), key=lambda point: (name_package(point), point.value)))
