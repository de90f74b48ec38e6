"""The search of an accelerator obeys the law of the CPU's: here torch's CPU stands in for the device."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

torch = pytest.importorskip("torch", reason="needs the extra `clip`")
pytest.importorskip("open_clip", reason="needs the extra `clip`")
from clipplot_pipeline.embeddings import (  # noqa: E402 (needs torch)
    Before,
    clip,
    extend_neighbors,
    find_neighbors,
    nearest_neighbors,
    search,
)
from clipplot_pipeline.embeddings.clip import DeviceSearch, devices, nearest  # noqa: E402
from clipplot_pipeline.embeddings.neighbors import search_blocks  # noqa: E402
from clipplot_pipeline.errors import EmbedderError  # noqa: E402
from clipplot_pipeline.model import Neighbors  # noqa: E402

#: Torch knows the CPU by this name too; ``search`` takes it for a card.
CARD = "cpu:0"


@pytest.fixture
def _small_blocks(monkeypatch):
    """Blocks that divide nothing, ties told apart in a few rows at a time."""
    monkeypatch.setattr(nearest, "choose_block", lambda free: (7, 11))
    monkeypatch.setattr(nearest, "TIED", 25)


def make_kinds(kinds: list[int]) -> np.ndarray:
    """Return vectors whose products are exactly 0, 0.5 or 1: whoever is equal is equal to the bit."""
    corners = np.array([(1, 0, 0, 0), (0, 1, 0, 0), (0.5, 0.5, 0.5, 0.5), (0.5, -0.5, 0.5, -0.5)], np.float32)
    return corners[np.array(kinds, int)]


def assert_same(found, expected):
    """The same rows and the same bytes."""
    for ours, theirs in zip(found, expected, strict=True):
        assert ours.dtype == theirs.dtype
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.usefixtures("_small_blocks")
@given(
    kinds=st.lists(st.integers(0, 3), max_size=50),
    k=st.integers(0, 40),
    wanted=st.sets(st.integers(0, 49)),
    among=st.none() | st.sets(st.integers(0, 49)),
    held=st.booleans(),
)
def test_equal_ones_are_ordered_by_row_and_none_is_missed(kinds, k, wanted, among, held):
    vectors, n = make_kinds(kinds), len(kinds)
    chosen = np.array(sorted(row for row in wanted if row < n), np.int64)
    others = None if among is None else np.array(sorted(row for row in among if row < n), np.int64)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(nearest, "HELD_SHARE", 1.0 if held else -1.0)
        found = DeviceSearch(vectors, CARD)(vectors, chosen, k, others)
    assert_same(found, search_blocks(vectors, chosen, k, others))


@pytest.mark.usefixtures("_small_blocks")
@given(n=st.integers(0, 60), k=st.integers(1, 40), dim=st.integers(2, 9), seed=st.integers(0, 99))
def test_it_finds_what_the_cpu_finds_but_for_rounding(unit_vectors, n, k, dim, seed):
    vectors = unit_vectors(n, dim, seed)
    found = nearest_neighbors(vectors, k, DeviceSearch(vectors, CARD))
    expected = nearest_neighbors(vectors, k)
    np.testing.assert_allclose(found.similarities, expected.similarities, atol=1e-6)
    kept = min(k, max(n - 1, 0))
    is_clear = (np.abs(np.diff(expected.similarities, axis=1)) > 1e-5).all(axis=1) & (kept == k < n - 1)
    np.testing.assert_array_equal(found.rows[is_clear, :-1], expected.rows[is_clear, :-1])
    assert not (found.rows == np.arange(n)[:, None]).any()
    assert all(len(set(row)) == kept for row in found.rows[:, :kept].tolist())


@pytest.mark.usefixtures("_small_blocks")
@given(
    kinds=st.lists(st.integers(0, 3), min_size=1, max_size=60),
    k=st.integers(1, 30),
    share=st.floats(0, 1),
    lost=st.floats(0, 1),
    seed=st.integers(0, 99),
)
def test_a_drop_after_removals_gives_what_the_cpu_gives(kinds, k, share, lost, seed):
    """Old lists have holes where images were removed; new images are anywhere."""
    vectors, chance = make_kinds(kinds), np.random.default_rng(seed)
    is_new = chance.random(len(kinds)) < share
    old = np.flatnonzero(~is_new)
    known = nearest_neighbors(vectors[old], k)
    is_gone = (known.rows < 0) | (chance.random(known.rows.shape) < lost)
    order = np.argsort(is_gone, axis=1, kind="stable")
    rows = np.full((len(kinds), k), -1, np.int32)
    near = np.full((len(kinds), k), np.nan, np.float32)
    if len(old):
        rows[old] = np.take_along_axis(np.where(is_gone, -1, old[known.rows.clip(0)]), order, 1)
        near[old] = np.take_along_axis(np.where(is_gone, np.float32(np.nan), known.similarities), order, 1)
    before = Neighbors(rows, near)
    found = extend_neighbors(vectors, before, is_new, DeviceSearch(vectors, CARD))
    expected = extend_neighbors(vectors, before, is_new)
    assert_same((found.rows, found.similarities), (expected.rows, expected.similarities))


def test_blocks_of_full_size_and_a_memory_map_serve(unit_vectors, tmp_path):
    vectors = unit_vectors(5000, 16)
    vectors[:600] = vectors[600]  # more alike than are kept
    mapped = np.memmap(tmp_path / "vectors.f32", np.float32, "w+", shape=vectors.shape)
    mapped[:] = vectors
    found = nearest_neighbors(mapped, 12, DeviceSearch(mapped, CARD))
    expected = nearest_neighbors(vectors, 12)
    np.testing.assert_allclose(found.similarities, expected.similarities, atol=1e-6)
    np.testing.assert_array_equal(found.rows[12:600], np.broadcast_to(np.arange(12), (588, 12)))
    assert (found.rows == expected.rows).mean() > 0.999


def test_similarities_stay_within_bounds_whatever_rounding_does():
    vectors = np.full((9, 3), np.sqrt(np.float32(1 / 3)) * np.float32(1 + 1e-6), np.float32)
    assert nearest_neighbors(vectors, 3, DeviceSearch(vectors, CARD)).similarities.max() == 1.0


def test_products_are_of_full_precision_whatever_is_allowed_elsewhere(unit_vectors):
    vectors, before = unit_vectors(200, 64), torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision("medium")
    try:
        found = nearest_neighbors(vectors, 9, DeviceSearch(vectors, CARD))
        assert torch.get_float32_matmul_precision() == "medium"
    finally:
        torch.set_float32_matmul_precision(before)
    np.testing.assert_allclose(found.similarities, nearest_neighbors(vectors, 9).similarities, atol=1e-6)


@pytest.mark.parametrize(
    ("free", "block"),
    [(80 << 30, (4096, 32768)), (4 << 30, (4096, 32768)), (1 << 30, (2048, 16384)), (0, (64, 512))],
)
def test_a_block_fits_into_the_free_memory(free, block):
    assert nearest.choose_block(free) == block


def test_memory_that_is_short_makes_blocks_smaller_and_too_little_is_told(unit_vectors, monkeypatch):
    vectors, sizes, take = unit_vectors(900, 8), [], nearest._take_nearest

    def hold_at_most(products, k):
        sizes.append(products.numel())
        if products.numel() > most:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return take(products, k)

    monkeypatch.setattr(nearest, "_take_nearest", hold_at_most)
    monkeypatch.setattr(nearest, "choose_block", lambda free: (512, 512))
    most = 130 * 130
    found = nearest_neighbors(vectors, 5, DeviceSearch(vectors, CARD))
    np.testing.assert_allclose(found.similarities, nearest_neighbors(vectors, 5).similarities, atol=1e-6)
    assert sizes[:3] == [512 * 512, 256 * 256, 128 * 128]
    assert max(sizes[3:]) <= most
    most = 10
    with pytest.raises(RuntimeError, match="out of memory"):
        nearest_neighbors(vectors, 5, DeviceSearch(vectors, CARD))


def test_a_search_knows_the_vectors_that_it_was_made_for(unit_vectors):
    with pytest.raises(ValueError, match="made for other vectors"):
        DeviceSearch(unit_vectors(9, 4), CARD)(unit_vectors(9, 4), np.arange(9), 3)


@pytest.fixture
def card(monkeypatch):
    """A machine with a card, worth asking for ten images; an index that may not be asked."""
    monkeypatch.setattr(search, "WORTH_A_DEVICE", 10)
    monkeypatch.setattr(clip, "pick_devices", lambda asked: (CARD,))
    monkeypatch.setattr(search, "search_index", lambda vectors, k: pytest.fail("an index was asked"))


@pytest.mark.usefixtures("card")
def test_on_a_card_every_image_is_compared_with_every_other_beyond_the_bound(unit_vectors, monkeypatch):
    released: list[str] = []
    monkeypatch.setattr(devices, "release_memory", released.append)
    vectors = unit_vectors(60, 8)
    found = find_neighbors(vectors, 5, 20, device="auto")
    assert (found.method, found.device, found.recall, found.searched) == ("exact", CARD, 1.0, 60)
    assert released == [CARD]
    np.testing.assert_array_equal(found.neighbors.rows, nearest_neighbors(vectors, 5).rows)
    # What an index gave is found anew, exactly, once there is a card; what is exact grows by its drops.
    old = nearest_neighbors(vectors[:57], 5)
    rows = np.vstack([old.rows, np.full((3, 5), -1, np.int32)])
    before = Neighbors(rows, np.vstack([old.similarities, np.full((3, 5), np.nan, np.float32)]))
    for method, searched in (("approximate", 60), ("exact", 3)):
        again = find_neighbors(vectors, 5, 20, Before(before, np.arange(60) >= 57, method), "cuda")
        assert (again.method, again.searched, again.device) == ("exact", searched, CARD)
        np.testing.assert_array_equal(again.neighbors.rows, found.neighbors.rows)


@pytest.mark.usefixtures("card")
def test_a_card_is_not_asked_where_it_is_not_wanted_or_not_worth_it(unit_vectors, monkeypatch):
    monkeypatch.setattr(nearest.DeviceSearch, "__init__", lambda *given: pytest.fail("the card was asked"))
    assert find_neighbors(unit_vectors(60, 8), 5, 60, device="cpu").device == "cpu"
    assert find_neighbors(unit_vectors(9, 8), 5, 60, device="auto").device == "cpu"
    monkeypatch.setattr(search, "find_missing", lambda: ["torch"])
    assert find_neighbors(unit_vectors(60, 8), 5, 60, device="auto").device == "cpu"


def test_what_is_too_much_for_a_card_or_never_wanted_exactly_comes_from_the_index(
    unit_vectors, monkeypatch, card
):
    vectors = unit_vectors(60, 8)
    monkeypatch.setattr(search, "search_index", nearest_neighbors)
    assert find_neighbors(vectors, 5, 0, device="auto").method == "approximate"
    monkeypatch.setattr(search, "DEVICE_OPERATIONS", 2 * 8 * 60**2)
    assert find_neighbors(vectors, 5, 20, device="auto").method == "exact"
    monkeypatch.setattr(search, "DEVICE_OPERATIONS", 2 * 8 * 59**2)
    found = find_neighbors(vectors, 5, 20, device="auto")
    assert (found.method, found.device) == ("approximate", "cpu")


@pytest.mark.usefixtures("card")
def test_a_card_that_fails_is_told_and_the_cpu_does_it(unit_vectors, monkeypatch):
    vectors = unit_vectors(60, 8)

    def fail(*given):
        raise RuntimeError("aten::topk is not known here\nand more")

    monkeypatch.setattr(nearest, "_take_nearest", fail)
    found = find_neighbors(vectors, 5, 60, device="auto")
    assert (found.device, found.failure, found.method) == ("cpu", "aten::topk is not known here", "exact")
    np.testing.assert_array_equal(found.neighbors.rows, nearest_neighbors(vectors, 5).rows)
    monkeypatch.setattr(devices, "measure_free", fail)
    assert find_neighbors(vectors, 5, 60, device="auto").failure == "aten::topk is not known here"


@pytest.mark.usefixtures("card")
def test_a_card_of_another_machine_is_not_missed(unit_vectors, monkeypatch):
    def pick(asked):
        raise EmbedderError(f"torch finds no {asked}")

    monkeypatch.setattr(clip, "pick_devices", pick)
    found = find_neighbors(unit_vectors(60, 8), 5, 60, device="cuda:3")
    assert (found.device, found.failure) == ("cpu", "")
