"""Inputs that the tests of layouts share."""

from collections.abc import Callable

import numpy as np
import pytest

from clipplot_pipeline.layouts import LayoutInput
from clipplot_pipeline.model import Neighbors


def find_neighbors(vectors: np.ndarray, k: int = 15) -> Neighbors:
    """Exact neighbours, as the asset of that name gives them: -1 and NaN where there are fewer."""
    n = len(vectors)
    similarity = vectors @ vectors.T
    np.fill_diagonal(similarity, -np.inf)
    rows = np.full((n, k), -1, np.int32)
    similarities = np.full((n, k), np.nan, np.float32)
    found = np.argsort(-similarity, axis=1, kind="stable")[:, : min(k, max(n - 1, 0))]
    rows[:, : found.shape[1]] = found
    similarities[:, : found.shape[1]] = np.take_along_axis(similarity, found, 1)
    return Neighbors(rows, similarities)


def make_given(vectors: np.ndarray, names: list[str] | None = None) -> LayoutInput:
    """An input with all its parts."""
    n = len(vectors)
    rng = np.random.default_rng(0)
    return LayoutInput(
        image_ids=np.array([f"{i:05x}" for i in range(n)], dtype=str),
        aspects=np.ones(n, np.float32),
        vectors=vectors,
        neighbors=find_neighbors(vectors),
        primary=rng.uniform(-1, 1, (n, 2)).astype(np.float32),
        names=names or [f"Plate {i}" for i in range(n)],
    )


def make_vectors(groups: int, each: int, dim: int = 16, spread: float = 0.1) -> np.ndarray:
    """Unit vectors round random middles, group after group."""
    rng = np.random.default_rng(5)
    middles = np.repeat(rng.normal(size=(groups, dim)), each, axis=0)
    vectors = middles / np.linalg.norm(middles, axis=1, keepdims=True)
    vectors += rng.normal(scale=spread, size=vectors.shape)
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


@pytest.fixture(scope="session")
def given_of() -> Callable[..., LayoutInput]:
    return make_given


@pytest.fixture(scope="session")
def vectors_of() -> Callable[..., np.ndarray]:
    return make_vectors
