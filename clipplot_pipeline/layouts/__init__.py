"""Layouts: where every image lies on each of the maps.

Belongs here: one module a layout, each with its ``SPEC``; what several share (``normalize``, ``gridding``, ``boxes``,
``ordering``, ``quality``), and ``spread``, which makes room for pictures on a map. A new layout is one module and one
line of ``LAYOUTS``. Does not belong here: Dagster, files, drawing. Importing this package is light: umap-learn loads
when it is used.
"""

from clipplot_pipeline.layout_sections import LayoutsSettings
from clipplot_pipeline.layouts import alphabetical, categories, custom, geography, grid, pca, timeline, umap
from clipplot_pipeline.layouts.memory import Previous
from clipplot_pipeline.layouts.spec import LayoutInput, LayoutSpec
from clipplot_pipeline.layouts.umap_variants import guide, vary

__all__ = ["LAYOUTS", "LayoutInput", "LayoutSpec", "Previous", "list_layouts"]

#: All kinds of layouts, in the order of the viewer's menu.
LAYOUTS: tuple[LayoutSpec, ...] = (
    umap.SPEC,
    grid.SPEC,
    timeline.SPEC,
    categories.SPEC,
    geography.SPEC,
    alphabetical.SPEC,
    pca.SPEC,
    custom.SPEC,
)


def list_layouts(settings: LayoutsSettings) -> tuple[LayoutSpec, ...]:
    """Return all layouts that settings ask for: `LAYOUTS`, with the variants of the map of similarity after it."""
    similarity = guide(umap.SPEC, settings.umap.target)
    variants = [vary(umap.SPEC, variant, settings.umap.target) for variant in settings.umap.parsed_variants]
    return (similarity, *variants, *LAYOUTS[1:])
