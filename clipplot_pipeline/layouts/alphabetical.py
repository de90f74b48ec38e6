"""Images sorted by name, read like a page: from left to right, from top to bottom.

Belongs here: the layout ``alphabetical``. Does not belong here: the order of names (``ordering``).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from clipplot_pipeline.layouts.gridding import GridShape, shape_grid
from clipplot_pipeline.layouts.ordering import Span, find_spans, sort_names
from clipplot_pipeline.layouts.spec import LayoutInput, LayoutSpec
from clipplot_pipeline.model import Label, Layout


def arrange_alphabetical(given: LayoutInput, settings: Mapping[str, Any]) -> Layout:  # noqa: ARG001
    """Arrange images by name in a grid, with a label at the cell where each letter begins."""
    if given.names is None:
        raise ValueError("layout alphabetical: it needs names")
    if len(given) and not any(name.strip() for name in given.names):
        return Layout("alphabetical", np.zeros((0, 2), np.float32), reason="no image has a name to sort by")
    shape = shape_grid(len(given))
    order = sort_names(given.names, [str(i) for i in given.image_ids])
    cells = np.empty(len(given), np.int64)
    cells[order] = np.arange(len(given))
    spans = find_spans([given.names[row] for row in order])
    labels = sorted((_label(span, shape) for span in spans), key=lambda label: -label.count)
    return Layout("alphabetical", shape.place_cells(cells), labels=tuple(labels), facts=shape.to_json())


def _label(span: Span, shape: GridShape) -> Label:
    x, y = shape.place_cells(np.array([span.first]))[0]
    # The extent of a run of cells on the page: the side of the square of the same area.
    size = shape.cell_size * span.count**0.5
    return Label(span.text, float(x), float(y), float(size), 0, "axis", span.count)


SPEC = LayoutSpec(
    name="alphabetical",
    title="A to Z",
    description="Sorted by name, to be read like a page.",
    needs=frozenset({"names"}),
    code_version="1",
    arrange=arrange_alphabetical,
)
