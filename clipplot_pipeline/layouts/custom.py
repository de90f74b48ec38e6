"""Images where the user's own table puts them.

Belongs here: the layout ``custom``. Does not belong here: any arrangement of ours. Positions are moved and scaled as a
whole, nothing else: aspect and overlaps are the user's.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clipplot_pipeline.layouts.boxes import GUTTER, TALL, Box, make_frame, place_apart, reserve_apart
from clipplot_pipeline.layouts.spec import LayoutInput, LayoutSpec
from clipplot_pipeline.layouts.user_fields import explain_missing, find_field, take_numbers
from clipplot_pipeline.model import Layout

#: The fields that hold the positions, unless settings name others.
X, Y = "x", "y"
#: Images without a position have cells of this share of the room that each image has on average.
APART_SHARE = 0.5


def arrange_custom(given: LayoutInput, settings: Mapping[str, Any]) -> Layout:
    """Arrange images by two fields of numbers, y upwards.

    Parameters
    ----------
    given : LayoutInput
        With ``fields`` and ``primary``.
    settings : mapping
        ``x``, ``y``: names of the fields.
    """
    if given.fields is None or given.primary is None:
        raise ValueError("layout custom: it needs fields and the primary layout")
    if not len(given):
        return Layout("custom", np.zeros((0, 2), np.float32))
    axes = []
    for key, usual in (("x", X), ("y", Y)):
        wanted = str(settings.get(key, "")) or usual
        field = find_field(given, wanted)
        if field is None:
            is_asked = wanted != usual
            reason = (
                explain_missing(given, "custom", wanted) if is_asked else "the table has no fields x and y"
            )
            return Layout("custom", np.zeros((0, 2), np.float32), reason=reason)
        axes.append(take_numbers(given, field.name))
    raw = np.column_stack(axes)
    is_placed = np.isfinite(raw[:, 0]) & np.isfinite(raw[:, 1])
    if not is_placed.any():
        reason = "no image has both numbers, x and y"
        return Layout("custom", np.zeros((0, 2), np.float32), reason=reason)
    wide = _arrange(given, raw, is_placed, make_frame())
    return dataclasses.replace(wide, tall=_arrange(given, raw, is_placed, make_frame(TALL)))


def _arrange(
    given: LayoutInput, raw: NDArray[np.float64], is_placed: NDArray[np.bool_], frame: Box
) -> Layout:
    without = np.flatnonzero(~is_placed)
    room, beside = reserve_apart(len(without), len(given), frame)
    placed, scale = fit_into(raw[is_placed], room)
    positions = np.empty((len(given), 2))
    positions[is_placed] = placed
    facts = {"placed": int(is_placed.sum()), "without": len(without), "scale": scale}
    if not len(without):
        return Layout("custom", positions.astype(np.float32), facts=facts)
    # The block stands right beside what is placed, or right below it, and both together in the middle.
    side = math.sqrt(APART_SHARE * frame.width * frame.height / len(given))
    apart = place_apart(given, without, beside, side, "no position given", strip=frame.strip)
    if frame.is_tall:
        apart = apart.move(0.0, float(placed[:, 1].min()) - GUTTER - beside.max_y)
        shift = np.array((0.0, -(placed[:, 1].max() + apart.box.min_y) / 2))
    else:
        apart = apart.move(float(placed[:, 0].max()) + GUTTER - beside.min_x, 0.0)
        shift = np.array((-(placed[:, 0].min() + apart.box.max_x) / 2, 0.0))
    apart = apart.move(*shift.tolist())
    positions[is_placed] += shift
    positions[without] = apart.positions
    return Layout(
        "custom",
        positions.astype(np.float32),
        (apart.label,),
        facts=facts,
        ground=(apart.draw(),),
        cells=(apart.cells,),
    )


def fit_into(raw: NDArray[np.float64], room: Box) -> tuple[NDArray[np.float64], float]:
    """Return points in the middle of a box, as large as it allows, aspect kept; and the scale.

    Parameters
    ----------
    raw : ndarray of float64, shape (n, 2)
        Finite, n at least 1. All alike: they go to the middle.
    """
    low, high = raw.min(0), raw.max(0)
    middle = low / 2 + high / 2
    half = high / 2 - low / 2  # never overflows
    # Below this the differences are rounding, or their inverse overflows.
    is_point = half.max() <= max(np.abs(middle).max() * 1e-12, 1e-300)
    with np.errstate(divide="ignore", over="ignore"):
        scales = np.array([room.width, room.height]) / 2 / half
    scale = 0.0 if is_point else float(min(scales.min(), 1e300))
    centre = ((room.min_x + room.max_x) / 2, (room.min_y + room.max_y) / 2)
    points: NDArray[np.float64] = (raw - middle) * scale + centre
    return np.clip(points, (room.min_x, room.min_y), (room.max_x, room.max_y)), scale


SPEC = LayoutSpec(
    name="custom",
    title="Arranged",
    description="Where the collection's own table puts each image.",
    needs=frozenset({"fields", "primary"}),
    code_version="4",
    arrange=arrange_custom,
)
