"""Inputs that the tests of layouts share."""

from collections.abc import Callable, Mapping

import numpy as np
import pyarrow as pa
import pytest

from clipplot_pipeline.layouts import LayoutInput
from clipplot_pipeline.model import Field, FieldKind, Neighbors


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
    table, described = make_fields(n)
    return LayoutInput(
        image_ids=np.array([f"{i:05x}" for i in range(n)], dtype=str),
        aspects=np.ones(n, np.float32),
        vectors=vectors,
        neighbors=find_neighbors(vectors),
        primary=rng.uniform(-1, 1, (n, 2)).astype(np.float32),
        names=names or [f"Plate {i}" for i in range(n)],
        fields=table,
        described=described,
    )


def make_fields(n: int) -> tuple[pa.Table, tuple[Field, ...]]:
    """A table with all that layouts look for; one image in five has none of it, but the first has."""
    columns: dict[str, tuple[FieldKind, pa.DataType, Callable[[int], object]]] = {
        "year": ("number", pa.int32(), lambda i: 1850 + 7 * i % 90),
        "category": ("category", pa.string(), lambda i: "abcdef"[i * i % 6]),
        "lat": ("number", pa.float64(), lambda i: 40.0 + i * i % 11),
        "lng": ("number", pa.float64(), lambda i: float(i * 3 % 17)),
        "x": ("number", pa.float64(), lambda i: float(i % 9)),
        "y": ("number", pa.float64(), lambda i: float(i * i % 13)),
    }
    arrays = {
        name: pa.array([None if i % 5 == 4 else value(i) for i in range(n)], kind)
        for name, (_, kind, value) in columns.items()
    }
    fields = tuple(Field(name, name.title(), kind) for name, (kind, _, _) in columns.items())
    return pa.table(arrays), fields


def make_table_input(columns: Mapping[str, tuple[FieldKind, pa.Array]], seed: int = 0) -> LayoutInput:
    """An input that is made of the user's fields alone, with a random primary layout."""
    n = len(next(iter(columns.values()))[1])
    return LayoutInput(
        image_ids=np.array([f"{i:05x}" for i in range(n)], dtype=str),
        aspects=np.ones(n, np.float32),
        primary=np.random.default_rng(seed).uniform(-1, 1, (n, 2)).astype(np.float32),
        fields=pa.table({name: cells for name, (_, cells) in columns.items()}),
        described=tuple(Field(name, name.title(), kind) for name, (kind, _) in columns.items()),
    )


def turn_input(given: LayoutInput, order: np.ndarray) -> LayoutInput:
    """The same input with its rows in another order."""
    assert given.primary is not None
    assert given.fields is not None
    return LayoutInput(
        image_ids=given.image_ids[order],
        aspects=given.aspects[order],
        primary=given.primary[order],
        names=[given.names[i] for i in order] if given.names else None,
        fields=given.fields.take(pa.array(order)),
        described=given.described,
    )


def has_no_overlap(positions: np.ndarray, side: float) -> bool:
    """Tell whether square cells of a side round positions do not overlap."""
    from scipy.spatial import cKDTree

    if len(positions) < 2:
        return True
    nearest = cKDTree(positions).query(positions, k=2, p=np.inf)[0][:, 1]
    return bool(nearest.min() >= side * (1 - 1e-4) - 1e-6)


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
