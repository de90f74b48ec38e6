"""Ready-made vectors become unit vectors, or are refused with a reason."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from clipplot_pipeline.embeddings.imported import BLANK, ZERO, card_of_imported, make_unit_vectors


def test_vectors_without_a_direction_are_refused() -> None:
    vectors = np.array([[3, 4], [0, 0], [np.nan, 1], [1, np.inf], [0, -2]], np.float32)
    unit = make_unit_vectors(vectors)
    assert unit.rows.tolist() == [0, 4]
    assert unit.refused == {1: ZERO, 2: BLANK, 3: BLANK}
    np.testing.assert_allclose(unit.vectors, [[0.6, 0.8], [0, -1]], atol=1e-7)
    assert (unit.shortest, unit.longest) == (2, 5)


@given(hnp.arrays(np.float32, (5, 4), elements=st.floats(-(2.0**127), 2.0**127, width=32)))
def test_directions_stay_and_lengths_are_one(vectors: np.ndarray) -> None:
    unit = make_unit_vectors(vectors)
    assert sorted([*unit.rows.tolist(), *unit.refused]) == list(range(5))
    wide = vectors[unit.rows].astype(float)
    lengths = np.linalg.norm(wide, axis=1)
    np.testing.assert_allclose((unit.vectors * wide).sum(axis=1), lengths, rtol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(unit.vectors, axis=1), 1, atol=1e-6)


def test_cards_of_different_models_differ() -> None:
    known = card_of_imported("ViT-B/32", 512, "npy and lists of paths")
    assert known.digest() != card_of_imported("", 512, "npy and lists of paths").digest()
    assert known.digest() == card_of_imported("ViT-B/32", 512, "a npy for every picture").digest()
    assert card_of_imported("", 3, "npy").model == "unknown"


@pytest.mark.parametrize("count", [0, 1])
def test_few_vectors_are_no_special_case(count: int) -> None:
    assert make_unit_vectors(np.ones((count, 3), np.float32)).vectors.shape == (count, 3)
