import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipplot_pipeline.embeddings import extend_neighbors, find_unknown, nearest_neighbors, neighbors
from clipplot_pipeline.model import Neighbors


def search_plainly(vectors, k):
    """All products in double precision, sorted; ties by row."""
    products = vectors.astype(np.float64) @ vectors.T.astype(np.float64)
    np.fill_diagonal(products, -np.inf)
    rows = np.argsort(-products, axis=1, kind="stable")[:, : min(k, max(len(vectors) - 1, 0))]
    return rows, np.take_along_axis(products, rows, axis=1)


@pytest.fixture
def _small_blocks(monkeypatch):
    monkeypatch.setattr(neighbors, "QUERY_ROWS", 7)
    monkeypatch.setattr(neighbors, "CANDIDATE_ROWS", 11)


@pytest.mark.usefixtures("_small_blocks")
@given(n=st.integers(0, 60), k=st.integers(0, 40), dim=st.integers(1, 9), seed=st.integers(0, 99))
def test_blocks_find_what_a_plain_search_finds(unit_vectors, n, k, dim, seed):
    vectors = unit_vectors(n, dim, seed)
    found = nearest_neighbors(vectors, k)
    rows, similarities = search_plainly(vectors, k)
    kept = rows.shape[1]
    assert found.rows.shape == (n, k)
    assert found.rows.dtype == np.int32
    assert found.similarities.dtype == np.float32
    np.testing.assert_allclose(found.similarities[:, :kept], similarities, atol=1e-6)
    assert (found.rows[:, kept:] == -1).all()
    assert np.isnan(found.similarities[:, kept:]).all()
    # Whoever was found lies as near as the plain search says, is found once, and is not the image itself.
    near = np.take_along_axis(vectors @ vectors.T, found.rows[:, :kept].astype(int), axis=1)
    np.testing.assert_allclose(near, similarities, atol=1e-6)
    assert all(len(set(row)) == kept for row in found.rows[:, :kept].tolist())
    assert not (found.rows == np.arange(n)[:, None]).any()


@pytest.mark.usefixtures("_small_blocks")
@given(st.lists(st.integers(0, 3), max_size=50), st.integers(1, 20))
def test_equal_vectors_are_ordered_by_row(kinds, k):
    vectors = np.eye(4, dtype=np.float32)[np.array(kinds, int)]  # products are exactly 0 or 1
    rows, similarities = search_plainly(vectors, k)
    found = nearest_neighbors(vectors, k)
    np.testing.assert_array_equal(found.rows[:, : rows.shape[1]], rows)
    np.testing.assert_array_equal(found.similarities[:, : rows.shape[1]], similarities)


@pytest.mark.usefixtures("_small_blocks")
@given(st.integers(2, 50), st.integers(0, 99))
def test_the_order_of_images_does_not_matter(unit_vectors, n, seed):
    vectors = unit_vectors(n, 6, seed)
    shuffled = np.random.default_rng(seed).permutation(n)
    found, again = nearest_neighbors(vectors, 5), nearest_neighbors(vectors[shuffled], 5)
    kept = min(5, n - 1)
    np.testing.assert_allclose(again.similarities, found.similarities[shuffled], atol=1e-6)
    relabelled = shuffled[again.rows[:, :kept]]
    # Two neighbours that are equally near but for rounding may change places.
    is_clear = np.abs(np.diff(found.similarities[shuffled], axis=1, append=-2)).min(axis=1) > 1e-5
    np.testing.assert_array_equal(relabelled[is_clear], found.rows[shuffled][is_clear][:, :kept])


def test_blocks_of_full_size_give_what_small_ones_give(unit_vectors, monkeypatch):
    vectors = unit_vectors(5000, 16)
    whole = nearest_neighbors(vectors, 12)
    monkeypatch.setattr(neighbors, "CANDIDATE_ROWS", 999)
    parts = nearest_neighbors(vectors, 12)
    np.testing.assert_allclose(whole.similarities, parts.similarities, atol=1e-6)
    assert (whole.rows == parts.rows).mean() > 0.999


@pytest.mark.parametrize("n", [0, 1])
def test_without_others_there_is_no_neighbour(n):
    found = nearest_neighbors(np.ones((n, 1), np.float32), 4)
    assert found.rows.tolist() == [[-1] * 4] * n
    assert np.isnan(found.similarities).all()


def test_similarities_stay_within_bounds_whatever_rounding_does():
    vectors = np.full((9, 3), np.sqrt(np.float32(1 / 3)) * np.float32(1 + 1e-6), np.float32)
    assert nearest_neighbors(vectors, 3).similarities.max() == 1.0


def test_a_memory_map_serves_as_well(unit_vectors, tmp_path):
    vectors = unit_vectors(30, 8)
    mapped = np.memmap(tmp_path / "vectors.f32", np.float32, "w+", shape=vectors.shape)
    mapped[:] = vectors
    np.testing.assert_array_equal(nearest_neighbors(mapped, 4).rows, nearest_neighbors(vectors, 4).rows)


def _leave(found, kept):
    """Return the neighbours in rows of those kept, without those that are gone."""
    place = np.full(len(found) + 1, -1)
    place[kept] = np.arange(len(kept))
    rows = place[found.rows[kept]]
    order = np.argsort(rows < 0, axis=1, kind="stable")
    rows = np.take_along_axis(rows, order, 1)
    similarities = np.take_along_axis(found.similarities[kept], order, 1)
    return Neighbors(rows.astype(np.int32), np.where(rows < 0, np.nan, similarities).astype(np.float32))


@pytest.mark.usefixtures("_small_blocks")
@given(
    n=st.integers(2, 70),
    k=st.integers(1, 12),
    share=st.floats(0, 1),
    gone=st.integers(0, 6),
    seed=st.integers(0, 99),
)
def test_new_against_all_gives_what_all_against_all_gives(unit_vectors, n, k, share, gone, seed):
    """Some are removed, some are new: every list is a beginning of the true one, and long enough."""
    chance = np.random.default_rng(seed)
    vectors = unit_vectors(n, 7, seed)
    is_old = chance.random(n) < share
    old = np.flatnonzero(is_old)
    removed = old[: min(gone, len(old))]
    first = nearest_neighbors(vectors[old], k)
    now = np.setdiff1d(np.arange(n), removed)
    survivors = np.setdiff1d(np.arange(len(old)), np.arange(len(removed)))
    left = _leave(first, survivors)
    before = Neighbors(np.full((len(now), k), -1, np.int32), np.full((len(now), k), np.nan, np.float32))
    is_new = ~is_old[now]
    at = np.flatnonzero(~is_new)
    before.rows[at] = np.where(left.rows >= 0, at[np.maximum(left.rows, 0)] if len(at) else -1, -1)
    before.similarities[at] = left.similarities
    found, truth = extend_neighbors(vectors[now], before, is_new), nearest_neighbors(vectors[now], k)
    lengths = (found.rows >= 0).sum(axis=1)
    least = min(neighbors.LEAST_KEPT, k, max(len(now) - 1, 0))
    assert (lengths >= np.minimum(least, (truth.rows >= 0).sum(axis=1))).all()
    for row in range(len(now)):
        kept = lengths[row]
        np.testing.assert_allclose(found.similarities[row, :kept], truth.similarities[row, :kept], atol=1e-6)
        assert len(set(found.rows[row, :kept].tolist())) == kept
        assert row not in found.rows[row, :kept]
    whole = find_unknown(before, is_new)
    np.testing.assert_allclose(found.similarities[whole], truth.similarities[whole], atol=1e-6)


def test_a_drop_searches_only_for_itself(unit_vectors):
    vectors = unit_vectors(300, 8, 3)
    searched = []

    def search(vectors, wanted, k, among=None):
        searched.append((len(wanted), len(vectors) if among is None else len(among)))
        return neighbors.search_blocks(vectors, wanted, k, among)

    first = nearest_neighbors(vectors[:290], 32)
    before = Neighbors(
        np.vstack([first.rows, np.full((10, 32), -1, np.int32)]),
        np.vstack([first.similarities, np.full((10, 32), np.nan, np.float32)]),
    )
    extend_neighbors(vectors, before, np.arange(300) >= 290, search)
    assert searched == [(10, 300), (290, 10)]
