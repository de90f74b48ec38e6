"""A growing collection does not scramble its map."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clipplot_pipeline.layouts import LayoutInput, Previous, umap
from clipplot_pipeline.layouts.anchoring import align, fit_curve
from clipplot_pipeline.layouts.pca import arrange_pca
from clipplot_pipeline.layouts.umap import arrange_umap
from clipplot_pipeline.model import Layout, Neighbors

ARRANGE = {"umap": arrange_umap, "pca": arrange_pca}
GROUPS = 4


def make_vectors(n: int, seed: int = 0, noise: float = 0.3) -> np.ndarray:
    """Return unit vectors in some groups; row ``i`` belongs to group ``i % GROUPS``."""
    rng = np.random.default_rng(seed)
    middles = rng.normal(size=(GROUPS, 16))
    vectors = middles[np.arange(n) % GROUPS] + rng.normal(scale=noise, size=(n, 16))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def find_neighbors(vectors: np.ndarray, k: int = 15) -> Neighbors:
    n = len(vectors)
    k = min(k, max(n - 1, 0))
    similarities = vectors @ vectors.T
    np.fill_diagonal(similarities, -np.inf)
    rows = np.argsort(-similarities, axis=1, kind="stable")[:, :k].astype(np.int32)
    return Neighbors(rows, np.take_along_axis(similarities, rows, 1).astype(np.float32))


def arrange(
    name: str, vectors: np.ndarray, before: Layout | None = None, space: str = "a", **knobs: Any
) -> Layout:
    """Arrange the images; those that the layout of before has not come last and are new."""
    n = len(vectors)
    previous = None
    if before is not None:
        missing = np.full((n - len(before.positions), 2), np.nan, np.float32)
        previous = Previous(np.concatenate([before.positions, missing]), before.facts)
    given = LayoutInput(
        np.array([f"{row:020x}" for row in range(n)], "U20"),
        np.ones(n, np.float32),
        vectors,
        find_neighbors(vectors),
        previous=previous,
        space=space,
    )
    return ARRANGE[name](given, {"spread_below": 0, **knobs})


@pytest.fixture(scope="module")
def vectors() -> np.ndarray:
    return make_vectors(240)


@pytest.fixture(scope="module", params=sorted(ARRANGE))
def drawn(request: pytest.FixtureRequest, vectors: np.ndarray) -> tuple[str, Layout]:
    """Return the name of a layout, and that layout of the first 200 images."""
    return request.param, arrange(request.param, vectors[:200])


def test_old_images_keep_their_place_to_the_bit(drawn: tuple[str, Layout], vectors: np.ndarray) -> None:
    name, before = drawn
    after = arrange(name, vectors, before)
    assert after.positions[:200].tobytes() == before.positions.tobytes()
    assert np.isfinite(after.positions).all()
    assert after.facts["fit"] | {"placed": 40} == after.facts["fit"]


def test_new_images_lie_among_their_kind(vectors: np.ndarray) -> None:
    before = arrange("umap", vectors[:200])
    after = arrange("umap", vectors, before).positions
    middles = np.array([after[:200][np.arange(200) % GROUPS == group].mean(0) for group in range(GROUPS)])
    nearest = np.linalg.norm(after[200:, None] - middles, axis=2).argmin(1)
    assert (nearest == np.arange(200, 240) % GROUPS).mean() > 0.9


def test_drops_add_up_until_the_map_is_made_anew(vectors: np.ndarray) -> None:
    layout = arrange("umap", vectors[:200])
    for count in (220, 240):
        layout = arrange("umap", vectors[:count], layout, refit_share=0.15)
    assert layout.facts["fit"]["placed"] == 0
    assert layout.facts["fit"]["images"] == 240


@pytest.mark.parametrize("change", [{"space": "b"}, {"seed": 7}, {"fit": 1}, {"min_dist": 0.3}])
def test_other_vectors_or_parameters_make_it_anew(vectors: np.ndarray, change: dict[str, Any]) -> None:
    before = arrange("umap", vectors[:200])
    after = arrange("umap", vectors[:210], before, **change)
    assert after.facts["fit"]["placed"] == 0


@pytest.mark.parametrize(
    ("change", "rate"),
    [
        ({"refit_share": 0.0}, umap.REFIT_RATE),
        ({"fit": 1}, umap.REFIT_RATE),
        ({"min_dist": 0.3}, umap.START_RATE),
        ({"space": "b"}, umap.START_RATE),
    ],
)
def test_the_same_map_with_more_images_is_learnt_slowest(
    vectors: np.ndarray, monkeypatch: pytest.MonkeyPatch, change: dict[str, Any], rate: float
) -> None:
    rates: list[float] = []

    def embed(given: Any, parameters: Any, target: Any, start: np.ndarray, rate: float) -> np.ndarray:
        rates.append(rate)
        return start.astype(np.float64)

    monkeypatch.setattr(umap, "_embed", embed)
    arrange("umap", vectors[:210], arrange("umap", vectors[:200]), **change)
    assert rates == [1.0, rate]


def test_a_map_made_anew_lies_as_the_old_one_did() -> None:
    vectors = make_vectors(240, noise=0.5)
    drawn = arrange("umap", vectors[:200])
    # As if an earlier version had drawn it the other way round.
    before = Layout("umap", drawn.positions[:, ::-1].copy(), facts=drawn.facts)
    anew = arrange("umap", vectors, before, refit_share=0.0)
    way = np.linalg.norm(anew.positions[:200] - before.positions, axis=1).mean()
    assert anew.facts["fit"]["images"] == 240
    assert way < 0.5 * np.linalg.norm(drawn.positions - before.positions, axis=1).mean()


def test_principal_axes_are_computed_anew_when_due_or_asked_for_and_point_where_they_did() -> None:
    vectors = make_vectors(240, noise=0.5)
    drawn = arrange("pca", vectors[:200])
    assert arrange("pca", vectors[:210], drawn).facts["fit"]["placed"] == 10
    # As if an earlier version had drawn them the other way round.
    before = Layout("pca", -drawn.positions, facts=drawn.facts)
    for change in ({"refit_share": 0.0}, {"fit": 1}):
        anew = arrange("pca", vectors[:210], before, **change)
        assert anew.facts["fit"] | {"images": 210, "placed": 0} == anew.facts["fit"]
        assert np.linalg.norm(anew.positions[:200] - before.positions, axis=1).mean() < 0.1
    # What was asked for once is not done again with every drop.
    assert arrange("pca", vectors[:215], anew, fit=1).facts["fit"]["placed"] == 5


@pytest.mark.parametrize("count", [0, 1, 2, 3, 4, 6])
@pytest.mark.parametrize("name", sorted(ARRANGE))
def test_tiny_maps_may_grow(name: str, count: int) -> None:
    vectors = make_vectors(12)
    for more in (0, 1, 6):
        layout = arrange(name, vectors[: count + more], arrange(name, vectors[:count]), refit_share=1.0)
        assert layout.positions.shape == (count + more, 2)


def test_what_no_neighbour_leads_to_has_a_place_all_the_same(vectors: np.ndarray) -> None:
    before = arrange("umap", vectors[:200])
    found = find_neighbors(vectors[:203])
    rows = found.rows.copy()
    rows[200:] = -1
    missing = np.full((3, 2), np.nan, np.float32)
    given = LayoutInput(
        np.array([f"{row:020x}" for row in range(203)], "U20"),
        np.ones(203, np.float32),
        vectors[:203],
        Neighbors(rows, np.where(rows < 0, np.nan, found.similarities).astype(np.float32)),
        previous=Previous(np.concatenate([before.positions, missing]), before.facts),
        space="a",
    )
    positions = arrange_umap(given, {"spread_below": 0}).positions
    assert np.isfinite(positions).all()
    assert (np.abs(positions[200:]) < 1).all()


@settings(max_examples=30)
@given(
    angle=st.floats(0, 2 * np.pi), is_mirrored=st.booleans(), shift=st.floats(-5, 5), seed=st.integers(0, 99)
)
def test_turning_undoes_any_turn(angle: float, is_mirrored: bool, shift: float, seed: int) -> None:
    old = np.random.default_rng(seed).normal(size=(20, 2))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    turned = old @ turn * [1, -1 if is_mirrored else 1] + shift
    np.testing.assert_allclose(align(turned, old), old - old.mean(0), atol=1e-9)


def test_the_curve_is_umaps() -> None:
    from umap.umap_ import find_ab_params

    for min_dist in (0.0, 0.1, 0.5, 0.99):
        np.testing.assert_allclose(fit_curve(min_dist), find_ab_params(1.0, min_dist), rtol=1e-6)
