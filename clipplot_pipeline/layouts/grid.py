"""A grid: every image in a cell of its own, so that nothing overlaps, neighbours beside each other.

Belongs here: the layout ``grid``. Does not belong here: the assignment itself (``gridding``).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from clipplot_pipeline.layouts.gridding import assign_cells, shape_grid
from clipplot_pipeline.layouts.spec import LayoutInput, LayoutSpec
from clipplot_pipeline.model import Layout


def arrange_grid(given: LayoutInput, settings: Mapping[str, Any]) -> Layout:  # noqa: ARG001 - no settings yet
    """Arrange images in a grid that follows the primary layout.

    Equal positions are told apart by ``image_id``: the order of the input does not matter.
    """
    if given.primary is None:
        raise ValueError("layout grid: it needs the primary layout")
    shape = shape_grid(len(given))
    by_id = np.argsort(given.image_ids, kind="stable")
    cells = np.empty(len(given), np.int64)
    cells[by_id] = assign_cells(given.primary[by_id], shape)
    return Layout("grid", shape.place_cells(cells), facts=shape.to_json())


SPEC = LayoutSpec(
    name="grid",
    title="Grid",
    description="Every image in a cell of its own, those that are alike beside each other.",
    needs=frozenset({"primary"}),
    code_version="1",
    arrange=arrange_grid,
)
