"""Layouts: where every image lies on each of the maps.

Belongs here: one module a layout, each with its ``SPEC``; what several share (``normalize``, ``gridding``, ``boxes``,
``ordering``, ``quality``), and ``spread``, which makes room for pictures on a map. A new layout is one module and one
line of ``LAYOUTS``. Does not belong here: Dagster, files, drawing. Importing this package is light: umap-learn loads
when it is used.
"""

from clipplot_pipeline.layouts import alphabetical, categories, custom, geography, grid, pca, timeline, umap
from clipplot_pipeline.layouts.memory import Previous
from clipplot_pipeline.layouts.spec import LayoutInput, LayoutSpec

__all__ = ["LAYOUTS", "LayoutInput", "LayoutSpec", "Previous"]

#: All layouts, in the order of the viewer's menu.
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
