"""Which search serves: exact while it can be afforded, an index beyond, a drop exactly either way."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipplot_pipeline.embeddings import Before, find_neighbors, index, nearest_neighbors, search
from clipplot_pipeline.embeddings.index import SMALLEST, search_index
from clipplot_pipeline.embeddings.search import measure_recall
from clipplot_pipeline.model import Neighbors

K = 12


@pytest.fixture
def forgetful(monkeypatch):
    """An index that misses the nearest of every third image; return how often it was asked."""
    asked = []

    def search_index(vectors, k):
        asked.append(len(vectors))
        found = nearest_neighbors(vectors, k + 1)
        misses = np.arange(len(vectors)) % 3 == 0
        rows = np.where(misses[:, None], found.rows[:, 1:], found.rows[:, :-1])
        return Neighbors(
            rows, np.where(misses[:, None], found.similarities[:, 1:], found.similarities[:, :-1])
        )

    monkeypatch.setattr(search, "search_index", search_index)
    return asked


def before_of(found, n, method="approximate"):
    """What a search of the first images is to a search of all of them."""
    missing = n - len(found)
    rows = np.vstack([found.rows, np.full((missing, K), -1, np.int32)])
    nearness = np.vstack([found.similarities, np.full((missing, K), np.nan, np.float32)])
    return Before(Neighbors(rows, nearness), np.arange(n) >= len(found), method)


def test_up_to_the_bound_every_image_is_compared_with_every_other(unit_vectors, forgetful):
    vectors = unit_vectors(60, 8)
    found = find_neighbors(vectors, K, 60)
    np.testing.assert_array_equal(found.neighbors.rows, nearest_neighbors(vectors, K).rows)
    assert (found.method, found.recall, found.sample, found.searched, forgetful) == ("exact", 1.0, 0, 60, [])


def test_beyond_it_an_index_serves_and_what_it_misses_is_told(unit_vectors, forgetful):
    found = find_neighbors(unit_vectors(60, 8), K, 59)
    assert (found.method, found.sample, found.searched, forgetful) == ("approximate", 60, 60, [60])
    # A third of the images miss one of twelve.
    assert found.recall == pytest.approx(1 - 1 / 3 / K, abs=1e-6)


def test_a_drop_is_searched_for_exactly_in_both_directions(unit_vectors, forgetful):
    vectors = unit_vectors(90, 6)
    old = find_neighbors(vectors[:85], K, 40).neighbors
    found = find_neighbors(vectors, K, 40, before_of(old, 90))
    truth = nearest_neighbors(vectors, K)
    assert (found.searched, found.method, forgetful) == (5, "approximate", [85])
    np.testing.assert_array_equal(found.neighbors.rows[85:], truth.rows[85:])
    for row in range(85):
        new = set(truth.rows[row][truth.rows[row] >= 85].tolist())
        assert new <= set(found.neighbors.rows[row].tolist())
    assert 0.9 < found.recall < 1


def test_a_drop_that_costs_more_than_the_bound_allows_has_an_index_made(unit_vectors, forgetful):
    vectors = unit_vectors(90, 6)
    old = nearest_neighbors(vectors[:60], K)
    # 30 × 90 products are more than 40², and no more than 60².
    assert find_neighbors(vectors, K, 40, before_of(old, 90, "exact")).method == "approximate"
    assert find_neighbors(vectors, K, 60, before_of(old, 90, "exact")).method == "exact"
    assert forgetful == [90]


def test_what_an_index_gave_is_no_ground_for_an_exact_search(unit_vectors, forgetful):
    vectors = unit_vectors(60, 6)
    old = find_neighbors(vectors[:55], K, 10).neighbors
    found = find_neighbors(vectors, K, 60, before_of(old, 60))
    assert (found.method, found.searched) == ("exact", 60)
    np.testing.assert_array_equal(found.neighbors.rows, nearest_neighbors(vectors, K).rows)


@given(n=st.integers(0, 40), k=st.integers(1, 20), lost=st.integers(0, 20), seed=st.integers(0, 99))
def test_recall_counts_the_true_nearest_that_are_there(unit_vectors, n, k, lost, seed):
    vectors = unit_vectors(n, 5, seed)
    truth = nearest_neighbors(vectors, k)
    kept = min(k, max(n - 1, 0))
    lost = min(lost, kept)
    rows, nearness = truth.rows.copy(), truth.similarities.copy()
    rows[:, :lost], nearness[:, :lost] = -1, np.nan
    recall = measure_recall(vectors, Neighbors(rows, nearness), np.arange(n))
    assert recall == pytest.approx(1 - lost / kept if kept else 1.0)


class FakeIndex:
    """What the library's index gives: the image itself among the nearest, -1 where it found fewer, in any order."""

    def __init__(self, data, metric, n_neighbors, random_state, low_memory):
        assert (metric, data.dtype, data.flags.c_contiguous) == ("cosine", np.float32, True)
        rows = np.argsort(-(data @ data.T), axis=1, kind="stable")[:, :n_neighbors].astype(np.int32)
        rows[5:8, 3:] = -1
        self.neighbor_graph = (rows[:, ::-1], None)


def test_what_an_index_gives_is_ordered_and_its_similarities_are_exact(unit_vectors, monkeypatch):
    import pynndescent

    monkeypatch.setattr(pynndescent, "NNDescent", FakeIndex)
    monkeypatch.setattr(index, "BLOCK_ROWS", 100)
    vectors = unit_vectors(SMALLEST + 33, 8)
    found, truth = search_index(vectors, K), nearest_neighbors(vectors, K)
    whole = np.setdiff1d(np.arange(len(vectors)), [5, 6, 7])
    np.testing.assert_array_equal(found.rows[whole], truth.rows[whole])
    np.testing.assert_allclose(found.similarities[whole], truth.similarities[whole], atol=1e-6)
    np.testing.assert_array_equal(found.rows[5:8, :2], truth.rows[5:8, :2])
    assert (found.rows[5:8, 2:] == -1).all()
    assert np.isnan(found.similarities[5:8, 2:]).all()


def test_the_library_takes_what_it_is_given():
    import inspect

    from pynndescent import NNDescent

    assert inspect.signature(FakeIndex).parameters.keys() <= inspect.signature(NNDescent).parameters.keys()
    assert isinstance(inspect.getattr_static(NNDescent, "neighbor_graph"), property)


@pytest.mark.parametrize("n", [0, 1, 2, 9])
def test_an_index_of_next_to_nothing_is_legal(unit_vectors, n):
    found = search_index(unit_vectors(n, 4), K)
    np.testing.assert_array_equal(found.rows, nearest_neighbors(unit_vectors(n, 4), K).rows)


@pytest.mark.soak  # numba compiles the library for a minute of CPU
def test_the_index_finds_nearly_all_and_the_same_again(unit_vectors, tmp_path):
    """Groups, copies among them; a memory map serves."""
    n = 2 * SMALLEST
    vectors = unit_vectors(n, 24) + 2 * unit_vectors(30, 24, 1)[np.arange(n) % 30]
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    vectors[:40] = vectors[40]
    mapped = np.memmap(tmp_path / "vectors.f32", np.float32, "w+", shape=vectors.shape)
    mapped[:] = vectors
    found, again = search_index(mapped, K), search_index(vectors, K)
    np.testing.assert_array_equal(found.rows, again.rows)
    np.testing.assert_array_equal(found.similarities, again.similarities)
    assert measure_recall(vectors, found, np.arange(n)) > 0.97
    assert not (found.rows == np.arange(n)[:, None]).any()
    is_there = found.rows >= 0
    true = np.einsum("nd,nkd->nk", vectors, vectors[found.rows.clip(0)])
    np.testing.assert_allclose(found.similarities[is_there], true[is_there], atol=1e-5)
    falls = np.diff(np.where(is_there, found.similarities, -2), axis=1)
    assert (falls <= 0).all()
    assert all(len(set(row[row >= 0].tolist())) == (row >= 0).sum() for row in found.rows)
