"""Images by category: a treemap whose rectangles hold the pictures themselves, those that are alike beside each other.

Belongs here: the layout ``categories``: which field, what is a category of its own and what goes with the rest.
Does not belong here: cutting the world (``treemap``), blocks of cells (``boxes``).

All images have cells of one size, so that areas can be compared. A rectangle is a little larger than its images ask
for: it has a border, and a strip above for its label.
"""

from __future__ import annotations

import dataclasses
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from clipplot_pipeline.layouts.boxes import (
    BORDER,
    TALL,
    Box,
    fill_block,
    fit_cells,
    make_frame,
    place_apart,
    reserve_apart,
)
from clipplot_pipeline.layouts.spec import LayoutInput, LayoutSpec
from clipplot_pipeline.layouts.treemap import squarify
from clipplot_pipeline.layouts.user_fields import explain_missing, find_field, take_column
from clipplot_pipeline.model import Field, Label, Layout

#: Categories shown each for itself; the smaller ones are the rest.
MOST = 60
#: Room that a rectangle needs beyond its cells because whole cells do not fill it; in sides of a cell.
SLACK = 0.5
#: Rounds in which rectangles that are too small for their images grow.
ROUNDS = 60
#: What a rectangle gets at least where small ones would vanish; in squares that hold nothing but a border and a strip.
_LEAST = (2, 4, 8)

Rows = NDArray[np.int64]


class _Plan(NamedTuple):
    """A world that is cut up: rectangles of categories in the frame, images without one beside it, side of cells."""

    world: Box
    frame: Box
    beside: Box
    boxes: list[Box]
    side: float


def arrange_categories(given: LayoutInput, settings: Mapping[str, Any]) -> Layout:
    """Arrange images by the values of a field.

    Parameters
    ----------
    given : LayoutInput
        With ``fields`` and ``primary``.
    settings : mapping
        ``field``: its name; empty: the first field of categories. ``most``: categories shown each for itself.
    """
    if given.fields is None or given.primary is None:
        raise ValueError("layout categories: it needs fields and the primary layout")
    if not len(given):
        return Layout("categories", np.zeros((0, 2), np.float32))
    wanted = str(settings.get("field", ""))
    field = find_field(given, wanted) if wanted else _choose_field(given)
    if field is None:
        reason = explain_missing(given, "categories", wanted) if wanted else "no image has a category"
        return Layout("categories", np.zeros((0, 2), np.float32), reason=reason)
    worlds = (make_frame(), make_frame(TALL))
    most = int(settings.get("most", MOST))
    groups, without, plans = _find_room(take_column(given, field.name), most, worlds)
    if not groups:
        reason = f"no image has a value in the field {field.title!r}"
        return Layout("categories", np.zeros((0, 2), np.float32), reason=reason)
    wide, tall = (_arrange(given, field, groups, without, plan) for plan in plans)
    return dataclasses.replace(wide, tall=tall)


def _choose_field(given: LayoutInput) -> Field | None:
    is_filled = (
        field
        for field in given.described
        if field.kind == "category" and take_column(given, field.name).null_count < len(given)
    )
    return next(is_filled, None)


def _find_room(
    cells: pa.ChunkedArray, most: int, worlds: Sequence[Box]
) -> tuple[list[tuple[str, Rows]], Rows, list[_Plan]]:
    """Return groups and images without one, as `gather_groups` does, and how the worlds are cut up for them.

    Where not all have room in every world, more of the rarest values go together: one group always has.
    """
    while True:
        groups, without = gather_groups(cells, most)
        counts = np.array([len(rows) for _, rows in groups], np.int64)
        plans = [_plan(counts, len(without), world) for world in worlds] if groups else []
        if all(plan.boxes for plan in plans):
            return groups, without, plans
        most = len(groups) * 3 // 4


def _plan(counts: NDArray[np.int64], count_without: int, world: Box) -> _Plan:
    frame, beside = reserve_apart(count_without, int(counts.sum()) + count_without, world)
    return _Plan(world, frame, beside, *_cut(counts, frame, world.strip))


def gather_groups(cells: pa.ChunkedArray, most: int) -> tuple[list[tuple[str, Rows]], Rows]:
    """Return the groups of images with one value, and the images without.

    Parameters
    ----------
    cells : pyarrow.ChunkedArray
        Of lists of tags the first one counts; numbers and truth are taken as they are written.
    most : int
        Groups at most. If there are more values, the rarest make the last group together.

    Returns
    -------
    groups : list of (str, ndarray of int64)
        The largest first, equals by name; the rest comes last.
    without : ndarray of int64
        Rows without a value.
    """
    words = [_write_value(value) for value in cells.to_pylist()]
    counts = Counter(word for word in words if word)
    ranked = sorted(counts, key=lambda word: (-counts[word], word))
    shown = ranked if len(ranked) <= most else ranked[: most - 1]
    number = {word: place for place, word in enumerate(shown)}
    codes = np.array([number.get(word, len(shown)) if word else -1 for word in words], np.int64)
    titles = [*shown, *([f"{len(ranked) - len(shown):,} others"] if len(shown) < len(ranked) else [])]
    groups = [(title, np.flatnonzero(codes == place)) for place, title in enumerate(titles)]
    return groups, np.flatnonzero(codes == -1)


def _write_value(value: Any) -> str:
    if isinstance(value, list):
        value = next((tag for tag in value if tag), None)
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value).strip()


def _arrange(
    given: LayoutInput, field: Field, groups: Sequence[tuple[str, Rows]], without: Rows, plan: _Plan
) -> Layout:
    world, frame, beside, boxes, side = plan
    positions = np.empty((len(given), 2))
    labels = []
    for (title, rows), box in zip(groups, boxes, strict=True):
        inner = _inside(box, world.strip)
        columns = max(1, min(len(rows), math.floor(inner.width / side + 1e-9)))
        # The cells stand in the middle of the rectangle's width, under its label.
        left = inner.min_x + (inner.width - columns * side) / 2
        positions[rows] = fill_block(given, rows, columns, "down") * side + (left, inner.max_y)
        middle = (box.min_x + box.max_x) / 2
        labels.append(Label(title, middle, box.max_y, box.width, 0, "area", len(rows), box.height))
    cells = [frame.hold(side)]
    ground = [box.draw("block", -BORDER / 2) for box in boxes]
    if len(without):
        apart = place_apart(given, without, beside, side, "no category", strip=world.strip)
        positions[without] = apart.positions
        labels.append(apart.label)
        ground.append(apart.draw())
        cells.append(apart.cells)
    facts = {"field": field.title, "groups": len(groups), "without": len(without)}
    return Layout(
        "categories",
        positions.astype(np.float32),
        tuple(sorted(labels, key=lambda label: -label.count)),
        facts=facts,
        ground=tuple(ground),
        cells=tuple(cells),
    )


def _inside(box: Box, strip: float) -> Box:
    return Box(box.min_x + BORDER, box.min_y + BORDER, box.max_x - BORDER, box.max_y - strip)


def _cut(counts: NDArray[np.int64], frame: Box, strip: float) -> tuple[list[Box], float]:
    """Return a rectangle for each count, and the side of the largest cells that fit into all of them.

    Without rectangles if there are too many for the frame. Areas begin with what the counts ask for. Beside a huge one
    small ones may then hold not even their borders and labels: only there each gets as much first.
    """
    root = np.sqrt(frame.width * frame.height / counts.sum())
    need = np.sqrt(counts) + SLACK
    areas = (need + 2 * BORDER / root) * (need + (BORDER + strip) / root)
    bare = ((BORDER + strip) / root) ** 2
    plain = _fit(counts, areas, frame, strip)
    if plain[0]:
        return plain
    cuts = (_fit(counts, np.maximum(areas, least * bare), frame, strip) for least in _LEAST)
    return max(cuts, key=lambda cut: cut[1])


def _fit(
    counts: NDArray[np.int64], areas: NDArray[np.float64], frame: Box, strip: float
) -> tuple[list[Box], float]:
    """Return the best cut that begins with these areas, as `_cut` does.

    Where whole cells fit badly a rectangle grows in the next round, and the best round wins. The largest come first,
    but the last stays the last: it may be the rest.
    """
    best: tuple[list[Box], float] = ([], 0.0)
    for _ in range(ROUNDS):
        order = np.append(np.argsort(-areas[:-1], kind="stable"), len(areas) - 1)
        cut = squarify(areas[order].tolist(), frame)
        boxes = [cut[place] for place in np.argsort(order, kind="stable")]
        inner = [_inside(box, strip) for box in boxes]
        sides = np.array(
            [fit_cells(int(n), box.width, box.height) for n, box in zip(counts, inner, strict=True)]
        )
        if sides.min() > best[1]:
            best = (boxes, float(sides.min()))
        goal = max(float(np.quantile(sides, 0.3)), 1e-9)
        areas = areas * np.clip(goal / np.maximum(sides, goal / 2), 0.97, 1.12)
    return best


SPEC = LayoutSpec(
    name="categories",
    title="Categories",
    description="By category: the larger an area, the more images are in it.",
    needs=frozenset({"fields", "primary"}),
    code_version="4",
    arrange=arrange_categories,
)
