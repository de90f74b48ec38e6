"""Images in the order of time: stacks on an axis, a stack for each bin, those that are alike beside each other.

Belongs here: the layout ``timeline``: which field dates the images, the widths of bins, where stacks and labels lie.
Does not belong here: dates (``dates``), bins and their names (``time_bins``), blocks of cells (``boxes``).

All images have cells of one size. If every bin were as wide as every other, the fullest one would make all pictures
specks; so a bin is as wide as its images need, and both width and height tell how many there are. Every bin without
images has its own narrow place, a long run of them is one gap that says which time it leaves out.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from clipplot_pipeline.layouts.boxes import (
    Box,
    fill_block,
    make_frame,
    place_apart,
    reserve_apart,
)
from clipplot_pipeline.layouts.dates import Moments, Precision, read_moments
from clipplot_pipeline.layouts.spec import LayoutInput, LayoutSpec
from clipplot_pipeline.layouts.time_bins import Stretch, Unit, choose_unit, cut_axis
from clipplot_pipeline.layouts.user_fields import explain_missing, find_field, take_column
from clipplot_pipeline.model import CellArea, Field, Label, Layout

#: The field that the table itself means as the date.
YEAR = "year"
#: Kinds of fields that may hold dates.
KINDS = frozenset({"date", "number", "text", "category"})
#: Width over height of the stacks at most, the axis lies below them; and the inverse where it lies beside them.
ASPECT, TALL_ASPECT = 2.05, 2.25
#: Room between stacks, and between those of different groups; in sides of a cell.
BIN_GAP, GROUP_GAP = 0.3, 0.4
#: Width of a bin without images, and of a gap; in sides of a cell.
EMPTY_WIDTH, GAP_WIDTH = 0.45, 1.6
#: Height of a stack against the highest: the share of its images to this power; the rest goes into its width.
HEIGHT_POWER = 0.4
#: Years and decades say by themselves where they belong: groups are named if there are fewer than this share of them.
GROUPS_WORTH = 0.7


def arrange_timeline(given: LayoutInput, settings: Mapping[str, Any]) -> Layout:
    """Arrange images by their date.

    Parameters
    ----------
    given : LayoutInput
        With ``fields`` and ``primary``.
    settings : mapping
        ``field``: which holds the dates; empty: ``year``, else the first field of dates. ``unit``: see ``choose_unit``.
    """
    if given.fields is None or given.primary is None:
        raise ValueError("layout timeline: it needs fields and the primary layout")
    if not len(given):
        return Layout("timeline", np.zeros((0, 2), np.float32))
    wanted = str(settings.get("field", ""))
    field = find_field(given, wanted) if wanted else _choose_field(given)
    if field is None:
        reason = explain_missing(given, "timeline", wanted) if wanted else "no image has a year or a date"
        return Layout("timeline", np.zeros((0, 2), np.float32), reason=reason)
    moments = _read_field(given, field)
    if not moments.is_known.any():
        reason = f"no image has a date in the field {field.title!r}"
        return Layout("timeline", np.zeros((0, 2), np.float32), reason=reason)
    unit = choose_unit(moments, str(settings.get("unit", "auto")))
    wide, tall = (_arrange(given, field, moments, unit, aspect) for aspect in (ASPECT, TALL_ASPECT))
    return dataclasses.replace(wide, tall=_turn(tall))


def _read_field(given: LayoutInput, field: Field) -> Moments:
    column = take_column(given, field.name)
    if field.kind in KINDS:
        return read_moments(column)
    return Moments(np.full(len(given), np.datetime64("NaT", "s")), Precision.YEAR)


def _choose_field(given: LayoutInput) -> Field | None:
    """Return ``year``, else the first field of dates that dates an image.

    A year that is the same for all says less than a date that all have as well.
    """
    years = [f for f in given.described if f.name == YEAR and _read_field(given, f).is_known.any()]
    dates = [f for f in given.described if f.kind == "date" and _read_field(given, f).is_known.any()]
    if years and dates:
        year, date = _read_field(given, years[0]), _read_field(given, dates[0])
        is_one_year = len(np.unique(year.when[year.is_known])) == 1
        return dates[0] if is_one_year and (date.is_known >= year.is_known).all() else years[0]
    return next(iter([*years, *dates]), None)


def _arrange(given: LayoutInput, field: Field, moments: Moments, unit: Unit, aspect: float) -> Layout:
    """Return the layout with the axis below."""
    undated = np.flatnonzero(~moments.is_known)
    stretches = cut_axis(moments, unit)
    frame, beside = reserve_apart(len(undated), len(given), make_frame(aspect))
    counts = np.array([len(stretch.rows) for stretch in stretches])
    columns, side = _choose_columns(stretches, frame)
    lefts, rights = _place_stretches(stretches, columns, side, frame)
    base = frame.min_y
    positions = np.empty((len(given), 2))
    for stretch, width, left in zip(stretches, columns, lefts, strict=True):
        if len(stretch.rows):
            block = fill_block(given, stretch.rows, int(width), "up")
            positions[stretch.rows] = block * side + (left, base)
    labels = _label_axis(stretches, unit, lefts, rights, base)
    cells = [CellArea(frame.min_x, base, frame.max_x, frame.max_y, side)]
    if len(undated):
        apart = place_apart(given, undated, beside, side, "undated", stands=True)
        positions[undated] = apart.positions
        labels.append(apart.label)
        cells.append(apart.cells)
    facts = {
        "field": field.title,
        "unit": unit.name,
        "bins": int((counts > 0).sum()),
        "dated": int(counts.sum()),
        "undated": len(undated),
    }
    return Layout("timeline", positions.astype(np.float32), tuple(labels), facts=facts, cells=tuple(cells))


def _turn(layout: Layout) -> Layout:
    """Return a layout for tall windows: time runs downwards, the stacks lie to the right of the axis."""
    labels = (dataclasses.replace(one, x=one.y, y=-one.x, size=0.0, height=one.size) for one in layout.labels)
    cells = (CellArea(one.min_y, -one.max_x, one.max_y, -one.min_x, one.side) for one in layout.cells)
    return dataclasses.replace(
        layout,
        positions=np.ascontiguousarray(layout.positions[:, ::-1] * np.array((1, -1), np.float32)),
        labels=tuple(labels),
        cells=tuple(cells),
    )


def _choose_columns(stretches: Sequence[Stretch], box: Box) -> tuple[NDArray[np.int64], float]:
    """Return the width of each stack in cells (0: no images), and the side of the largest cells for which all fit."""
    counts = np.array([len(stretch.rows) for stretch in stretches])
    between = _measure_between(stretches)
    share = (counts / counts.max()) ** HEIGHT_POWER
    best: tuple[float, NDArray[np.int64]] = (0.0, counts)
    for highest in np.unique(np.geomspace(1, counts.max(), 400).astype(np.int64)):
        rows = np.maximum(1, np.ceil(highest * share)).astype(np.int64)
        columns = -(-counts // rows)
        used = -(-counts // np.maximum(columns, 1))
        side = min(box.width / (columns.sum() + between.sum()), box.height / used.max())
        if side > best[0] * (1 + 1e-9):
            best = (side, columns)
    return best[1], best[0]


def _measure_between(stretches: Sequence[Stretch]) -> NDArray[np.float64]:
    """Return what each stretch takes beside its columns of images, in sides of a cell: gaps, and room before it."""
    between = np.array([GAP_WIDTH if s.is_gap else 0.0 if len(s.rows) else EMPTY_WIDTH for s in stretches])
    between += [BIN_GAP + (GROUP_GAP if s.starts_group else 0.0) for s in stretches]
    between[0] -= BIN_GAP + (GROUP_GAP if stretches[0].starts_group else 0.0)
    return between


def _place_stretches(
    stretches: Sequence[Stretch], columns: NDArray[np.int64], side: float, box: Box
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the left and right ends of all stretches, the whole in the middle of the box; world units."""
    own = np.array([GAP_WIDTH if s.is_gap else EMPTY_WIDTH for s in stretches])
    widths = np.where(columns > 0, columns, own)
    rights = np.cumsum(columns + _measure_between(stretches))
    start = box.min_x + (box.width - rights[-1] * side) / 2
    return start + (rights - widths) * side, start + rights * side


def _label_axis(
    stretches: Sequence[Stretch],
    unit: Unit,
    lefts: NDArray[np.float64],
    rights: NDArray[np.float64],
    base: float,
) -> list[Label]:
    """Return the labels below the stacks: a level of groups, then one of bins and gaps; the largest first."""
    groups: dict[int, list[int]] = {}
    for place, stretch in enumerate(stretches):
        if not stretch.is_gap:
            groups.setdefault(unit.group(stretch.first)[0], []).append(place)
    filled = [unit.group(stretch.first)[0] for stretch in stretches if len(stretch.rows)]
    has_groups = bool(unit.group(stretches[0].first)[1]) and (
        unit.precision > Precision.YEAR or len(set(filled)) < GROUPS_WORTH * len(filled)
    )

    def label(text: str, first: int, last: int, level: int, kind: Literal["tick", "gap"]) -> Label:
        left, right = lefts[first], rights[last]
        count = sum(len(stretch.rows) for stretch in stretches[first : last + 1])
        return Label(text, float(left + right) / 2, base, float(right - left), level, kind, count)

    level = 1 if has_groups else 0
    labels = [
        label(unit.measure(stretch.last - stretch.first + 1), place, place, level, "gap")
        if stretch.is_gap
        else label(unit.write(stretch.first), place, place, level, "tick")
        for place, stretch in enumerate(stretches)
    ]
    if has_groups:
        for places in groups.values():
            text = unit.group(stretches[places[0]].first)[1]
            labels.append(label(text, places[0], places[-1], 0, "tick"))
    return sorted(labels, key=lambda one: (one.level, -one.count))


SPEC = LayoutSpec(
    name="timeline",
    title="Time",
    description="In the order of time: the wider and higher a stack, the more images are of its date.",
    needs=frozenset({"fields", "primary"}),
    code_version="4",
    arrange=arrange_timeline,
)
