"""The measures an image, against the definition and against scikit-learn."""

import numpy as np
import pyarrow as pa
import pytest
from sklearn.manifold import trustworthiness

from clipplot_pipeline.layouts import trust
from clipplot_pipeline.layouts.trust import measure_trust
from clipplot_pipeline.model import Neighbors


def _make(n, seed=0, noise=0.3):
    chance = np.random.default_rng(seed)
    positions = chance.uniform(-1, 1, (n, 2)).astype(np.float32)
    vectors = np.column_stack([positions, chance.normal(scale=noise, size=(n, 4)), np.ones(n)]).astype(
        np.float32
    )
    return positions, vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def _neighbors(vectors, k=24):
    products = vectors @ vectors.T
    np.fill_diagonal(products, -np.inf)
    rows = np.argsort(-products, axis=1, kind="stable")[:, :k].astype(np.int32)
    return Neighbors(rows, np.take_along_axis(products, rows, 1))


def _named(measures):
    return {measure.name: measure for measure in measures}


@pytest.mark.parametrize("n", [40, 300])
def test_the_means_are_those_of_scikit_learn(n):
    positions, vectors = _make(n)
    found = _named(measure_trust(positions, vectors, _neighbors(vectors)))
    trusted = trustworthiness(vectors, positions, n_neighbors=15)
    assert found["trustworthiness"].mean == pytest.approx(trusted, abs=1e-5)
    assert found["continuity"].mean == pytest.approx(
        trustworthiness(positions, vectors, n_neighbors=15), abs=1e-5
    )


def test_a_sample_keeps_the_mean_and_the_order(monkeypatch):
    positions, vectors = _make(600, noise=0.6)
    exact = _named(measure_trust(positions, vectors, _neighbors(vectors)))
    monkeypatch.setattr(trust, "SAMPLE", 250)
    sampled = _named(measure_trust(positions, vectors, _neighbors(vectors)))
    for name in ("trustworthiness", "continuity"):
        assert sampled[name].mean == pytest.approx(exact[name].mean, abs=0.005)
        assert np.corrcoef(sampled[name].values, exact[name].values)[0, 1] > 0.97


def test_one_image_in_the_wrong_place_shows():
    positions, vectors = _make(200, noise=0.01)
    positions[7] = -positions[7] * 1.0
    positions[7] = (0.9, 0.9) if vectors[7, 0] < 0 else (-0.9, -0.9)
    found = _named(measure_trust(positions, vectors, _neighbors(vectors)))
    for name in ("trustworthiness", "continuity", "kept"):
        assert found[name].values[7] == found[name].values.min() < np.median(found[name].values) - 0.3


def test_categories_are_counted_where_they_are_known():
    positions, vectors = _make(60)
    side = [None if k == 5 else ("left" if x < 0 else "right") for k, x in enumerate(positions[:, 0])]
    found = _named(measure_trust(positions, vectors, _neighbors(vectors), pa.chunked_array([side])))
    assert np.isnan(found["hit"].values[5])
    assert found["hit"].mean > 0.7
    blank = pa.chunked_array([pa.array([None] * 60, pa.string())])
    assert "hit" not in _named(measure_trust(positions, vectors, _neighbors(vectors), blank))


@pytest.mark.parametrize("n", [0, 1, 2, 3, 5])
def test_small_collections_are_legal(n):
    positions, vectors = _make(n)
    neighbors = _neighbors(vectors, k=max(n - 1, 0)) if n else Neighbors(*np.zeros((2, 0, 0)))
    for measure in measure_trust(positions, vectors, neighbors):
        assert measure.values.shape == (n,)


def test_all_at_one_place_is_legal():
    vectors = np.tile(np.array([[1, 0, 0]], np.float32), (50, 1))
    found = measure_trust(np.zeros((50, 2), np.float32), vectors, _neighbors(vectors))
    assert all(np.isfinite(measure.values).all() for measure in found)
