"""umap-learn's machine code is kept between processes."""

from __future__ import annotations

import pytest

from clipplot_pipeline.layouts.umap_learn import COMPILED, load_umap


@pytest.mark.parametrize(("module", "name"), COMPILED)
def test_what_a_fit_compiles_is_cached(module: str, name: str) -> None:
    function = getattr(getattr(load_umap(), module), name)
    assert function.stats.cache_path, (
        f"umap-learn has no {module}.{name} any more, or numba does not cache it"
    )
