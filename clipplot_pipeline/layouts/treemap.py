"""A squarified treemap: a box cut into rectangles of given areas, none of them long and thin.

Belongs here: the cutting. Does not belong here: what the rectangles are filled with (``categories``).

Source: Bruls, Huizing, van Wijk, "Squarified Treemaps" (2000).
"""

from __future__ import annotations

from collections.abc import Sequence

from clipplot_pipeline.layouts.boxes import Box


def squarify(areas: Sequence[float], box: Box) -> list[Box]:
    """Cut a box into rectangles, from the upper left.

    Parameters
    ----------
    areas : sequence of float
        Above 0, best falling; only their ratios matter.
    box : Box
        Of some extent.

    Returns
    -------
    list of Box
        In the order of ``areas``; they cover the box and do not overlap.
    """
    scale = box.width * box.height / sum(areas) if areas else 0.0
    left = [area * scale for area in areas]
    boxes: list[Box] = []
    while left:
        is_wide = box.width >= box.height
        side = box.height if is_wide else box.width
        count = _count_row(left, side)
        # The last row takes what is left: sums of parts differ from the whole by rounding.
        depth = sum(left[:count]) / side if count < len(left) else (box.width if is_wide else box.height)
        boxes += _cut_row(left[:count], box, depth, is_wide)
        box = (
            Box(box.min_x + depth, box.min_y, box.max_x, box.max_y)
            if is_wide
            else Box(box.min_x, box.min_y, box.max_x, box.max_y - depth)
        )
        left = left[count:]
    return boxes


def _count_row(areas: Sequence[float], side: float) -> int:
    """Return how many areas stand in one row along a side so that the worst of them is as square as can be."""
    best, total, worst_before = 0, 0.0, float("inf")
    largest, smallest = 0.0, float("inf")
    for area in areas:
        total, largest, smallest = total + area, max(largest, area), min(smallest, area)
        worst = max(side**2 * largest / total**2, total**2 / (side**2 * smallest))
        if worst > worst_before:
            break
        best, worst_before = best + 1, worst
    return best


def _cut_row(areas: Sequence[float], box: Box, depth: float, is_wide: bool) -> list[Box]:
    """Return a column of rectangles at the left of a wide box, a row at the top of a high one."""
    total = sum(areas)
    boxes, done = [], 0.0
    for area in areas:
        start, end = done / total, (done + area) / total
        if is_wide:
            top, bottom = box.max_y - start * box.height, box.max_y - end * box.height
            boxes.append(Box(box.min_x, bottom, box.min_x + depth, top))
        else:
            first, last = box.min_x + start * box.width, box.min_x + end * box.width
            boxes.append(Box(first, box.max_y - depth, last, box.max_y))
        done += area
    return boxes
