import subprocess
import sys

import numpy as np
import pytest

from clipplot_pipeline.layouts import LAYOUTS, LayoutInput
from clipplot_pipeline.layouts.pca import fit_basis
from clipplot_pipeline.layouts.quality import measure_preservation, preserve_neighbors
from clipplot_pipeline.layouts.umap import arrange_umap
from clipplot_pipeline.model import Neighbors

SPECS = {spec.name: spec for spec in LAYOUTS}
each_layout = pytest.mark.parametrize("spec", LAYOUTS, ids=list(SPECS))


@each_layout
@pytest.mark.parametrize("n", [0, 1, 2, 3, 4, 5, 6, 17])
def test_any_number_of_images_is_legal(spec, n, given_of, vectors_of):
    layout = spec.arrange(given_of(vectors_of(max(n, 1), 1)[:n]), {})
    assert layout.name == spec.name
    assert layout.positions.shape == (n, 2)
    assert layout.positions.dtype == np.float32


@each_layout
@pytest.mark.parametrize("n", [2, 3, 40])
def test_images_that_are_all_alike_are_legal(spec, n, given_of):
    vectors = np.tile(np.eye(1, 8, dtype=np.float32), (n, 1))
    layout = spec.arrange(given_of(vectors, ["same"] * n), {})
    assert layout.positions.shape == (n, 2)
    assert np.isfinite(layout.positions).all()


@each_layout
def test_the_same_input_gives_the_same_bytes(spec, given_of, vectors_of):
    vectors = vectors_of(4, 15)
    first, second = (spec.arrange(given_of(vectors), {}) for _ in range(2))
    assert first.positions.tobytes() == second.positions.tobytes()
    assert first.labels == second.labels
    assert dict(first.facts) == dict(second.facts)


@each_layout
def test_facts_are_plain_json(spec, given_of, vectors_of):
    import json

    json.dumps(dict(spec.arrange(given_of(vectors_of(3, 10)), {}).facts), allow_nan=False)


@pytest.mark.parametrize("name", ["grid", "alphabetical", "pca"])
def test_the_order_of_the_images_does_not_matter(name, given_of, vectors_of):
    given = given_of(vectors_of(5, 9))
    given.primary[10:20] = given.primary[10]  # equal positions must not be told apart by row
    order = np.random.default_rng(3).permutation(len(given))
    turned = LayoutInput(
        given.image_ids[order],
        given.aspects,
        given.vectors[order],
        None,
        given.primary[order],
        [given.names[i] for i in order],
    )
    expected = SPECS[name].arrange(given, {}).positions[order]
    np.testing.assert_allclose(SPECS[name].arrange(turned, {}).positions, expected, atol=1e-5)


def test_umap_puts_groups_apart_and_keeps_their_neighbours(given_of, vectors_of):
    given = given_of(vectors_of(6, 30))
    layout = SPECS["umap"].arrange(given, {})
    middles = layout.positions.reshape(6, 30, 2).mean(1)
    within = np.linalg.norm(layout.positions.reshape(6, 30, 2) - middles[:, None], axis=2).mean()
    between = np.linalg.norm(middles[:, None] - middles[None], axis=2)[np.triu_indices(6, 1)].min()
    assert between > 2 * within
    assert layout.facts["quality"]["preserved"] > 0.6


def test_umap_settings_have_an_effect(given_of, vectors_of):
    given = given_of(vectors_of(3, 20))
    plain = arrange_umap(given, {}).positions
    for settings in ({"seed": 2}, {"n_neighbors": 5}, {"min_dist": 0.8}):
        assert not np.array_equal(arrange_umap(given, settings).positions, plain), settings


def test_umap_holds_with_many_duplicates_among_others(given_of, vectors_of):
    vectors = np.vstack([vectors_of(4, 15), np.tile(vectors_of(1, 1), (40, 1))])
    assert np.isfinite(arrange_umap(given_of(vectors), {}).positions).all()


def test_pca_finds_the_axes_of_largest_variance_with_steady_signs():
    rng = np.random.default_rng(2)
    vectors = (rng.normal(size=(500, 6)) * [1, 5, 1, 1, 3, 1]).astype(np.float32)
    basis = fit_basis(vectors)
    assert np.abs(basis.axes).argmax(0).tolist() == [1, 4]
    assert (basis.axes[[1, 4], [0, 1]] > 0).all()
    total = vectors.var(axis=0).sum()
    projected = basis.project(vectors)
    np.testing.assert_allclose(projected.var(axis=0) / total, basis.explained, rtol=1e-4)
    np.testing.assert_allclose(basis.axes, fit_basis(vectors[::-1].copy()).axes, atol=1e-6)


def test_pca_reads_a_memory_map_in_blocks(tmp_path, monkeypatch, vectors_of):
    vectors = vectors_of(10, 20)
    np.save(tmp_path / "v.npy", vectors)
    whole = fit_basis(vectors)
    monkeypatch.setattr("clipplot_pipeline.layouts.pca.BLOCK_ROWS", 17)
    blocks = fit_basis(np.load(tmp_path / "v.npy", mmap_mode="r"))
    np.testing.assert_allclose(whole.axes, blocks.axes, atol=1e-9)


def test_preservation_is_one_for_the_positions_that_the_neighbours_come_from():
    positions = np.random.default_rng(0).normal(size=(200, 2)).astype(np.float32)
    distance = np.linalg.norm(positions[:, None] - positions[None], axis=2)
    rows = np.argsort(distance, axis=1)[:, 1:16].astype(np.int32)
    neighbors = Neighbors(rows, np.zeros(rows.shape, np.float32))
    assert preserve_neighbors(positions, neighbors).min() == 1
    shuffled = positions[np.random.default_rng(1).permutation(200)]
    assert measure_preservation(shuffled, neighbors)["preserved"] < 0.2


def test_input_whose_parts_disagree_is_refused():
    with pytest.raises(ValueError, match="3 image ids, but primary has 2 rows"):
        LayoutInput(np.array(["a", "b", "c"]), np.ones(3, np.float32), primary=np.zeros((2, 2), np.float32))


def test_importing_the_layouts_loads_nothing_heavy():
    code = (
        "import sys, clipplot_pipeline.layouts; "
        "print(sorted({'umap', 'numba', 'scipy', 'sklearn', 'hdbscan', 'dagster', 'torch'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_specs_are_what_the_menu_and_the_graph_need():
    assert len(SPECS) == len(LAYOUTS)
    for spec in LAYOUTS:
        assert spec.title
        assert spec.description.endswith(".")
        assert spec.code_version
