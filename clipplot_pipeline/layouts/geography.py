"""Images on a map, each as near to its place as the others allow.

Belongs here: the layout ``geography``. Does not belong here: the sheet of the map (``map_sheet``, ``projections``,
``coastlines``), finding room (``fanning``).

Places are the table's own; those that the files hold are among them only where the catalog was allowed to carry them.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clipplot_pipeline.layouts.boxes import (
    TALL,
    WIDE,
    Box,
    make_frame,
    order_alike,
    place_apart,
    reserve_apart,
)
from clipplot_pipeline.layouts.fanning import fan_out
from clipplot_pipeline.layouts.map_sheet import Sheet, choose_sheet, reserve_below
from clipplot_pipeline.layouts.projections import EARTH_RADIUS_KM, EqualEarth, choose_projection
from clipplot_pipeline.layouts.spec import LayoutInput, LayoutSpec
from clipplot_pipeline.layouts.user_fields import take_numbers
from clipplot_pipeline.model import Layout

Rows = NDArray[np.int64]

#: The fields that hold the places.
LATITUDE, LONGITUDE = "lat", "lng"
#: Share of the map that pictures may cover; a picture's cell at most, world units.
COVER, LARGEST = 0.09, 0.07
#: Cells get smaller, down to this share, while half of the pictures are further than this from their places.
SMALLEST_SHARE, FURTHEST = 0.66, 0.035
#: Below this they are no longer seen as pictures where the map fills a window, world units.
SMALLEST = 0.0125
#: Beyond so many pictures one size must do: trying takes minutes.
MOST_TRIED = 30_000
#: A cell of the images without a place at most: so many times that of the others. Tall windows have more room.
WIDE_APART, TALL_APART = 1.8, 3.0


def arrange_geography(given: LayoutInput, settings: Mapping[str, Any]) -> Layout:  # noqa: ARG001 - none yet
    """Arrange images by where they belong on the globe.

    Parameters
    ----------
    given : LayoutInput
        With ``fields`` and ``primary``.
    settings : mapping
        None yet.
    """
    if given.fields is None or given.primary is None:
        raise ValueError("layout geography: it needs fields and the primary layout")
    if not len(given):
        return Layout("geography", np.zeros((0, 2), np.float32))
    places = read_places(given)
    is_placed = ~np.isnan(places[:, 0])
    if not is_placed.any():
        return Layout("geography", np.zeros((0, 2), np.float32), reason="no image has coordinates")
    placed, nowhere = np.flatnonzero(is_placed), np.flatnonzero(~is_placed)
    # Images of one place are told apart by who is alike, and this by identity: the order of the input does not matter.
    placed = placed[np.argsort(given.image_ids[placed], kind="stable")]
    placed = placed[order_alike(given.primary[placed])]
    wide, tall = (_arrange(given, places, placed, nowhere, make_frame(aspect)) for aspect in (WIDE, TALL))
    return dataclasses.replace(wide, tall=tall)


def _arrange(
    given: LayoutInput, places: NDArray[np.float64], placed: Rows, nowhere: Rows, world: Box
) -> Layout:
    frame, beside = reserve_apart(len(nowhere), len(given), world)
    if len(nowhere) and isinstance(choose_projection(places[placed]), EqualEarth):
        # A map of the world is wide: what it leaves free is below it.
        frame, beside = reserve_below(places[placed], world)
    sheet = choose_sheet(places[placed], frame)
    positions = np.empty((len(given), 2))
    true = sheet.place(places[placed])
    positions[placed], side = _spread(true, sheet.box)
    labels, cells, ground = [], [sheet.box.hold(side)], list(sheet.draw())
    if scale := sheet.draw_scale():
        ground.append(scale[0])
        labels.append(scale[1])
    if len(nowhere):
        largest = side * (TALL_APART if world.is_tall else WIDE_APART)
        apart = place_apart(given, nowhere, beside, largest, "no place known", strip=world.strip)
        positions[nowhere] = apart.positions
        labels.append(apart.label)
        ground.append(apart.draw())
        cells.append(apart.cells)
    facts = _tell(sheet, np.hypot(*(positions[placed] - true).T), len(nowhere))
    return Layout(
        "geography",
        positions.astype(np.float32),
        tuple(labels),
        facts=facts,
        ground=tuple(ground),
        cells=tuple(cells),
    )


def read_places(given: LayoutInput) -> NDArray[np.float64]:
    """Return longitudes and latitudes in degrees, shape (n, 2); NaN, NaN where one is blank or off the globe."""
    nothing = np.full(len(given), np.nan)
    names = {field.name for field in given.described}
    lng, lat = (take_numbers(given, name) if name in names else nothing for name in (LONGITUDE, LATITUDE))
    with np.errstate(invalid="ignore"):
        is_place = (np.abs(lat) <= 90) & (np.abs(lng) <= 180)
    # To a centimetre: finer differences are rounding.
    return np.where(is_place[:, None], np.column_stack([lng, lat]).round(7), np.nan)


def _spread(true: NDArray[np.float64], box: Box) -> tuple[NDArray[np.float64], float]:
    """Return where pictures lie, and the side of their cells: large ones, unless they lead too far away."""
    largest = min(LARGEST, math.sqrt(COVER * box.width * box.height / len(true)))
    for share in (1.0, 0.9, 0.81, 0.73, SMALLEST_SHARE):
        side = max(largest * share, min(largest, SMALLEST))
        fanned = fan_out(_keep_inside(true, box, side / 2), side, _shrink(box, side / 2))
        if len(true) > MOST_TRIED or np.median(np.hypot(*(fanned - true).T)) <= FURTHEST:
            break
    return fanned, side


def _shrink(box: Box, by: float) -> Box:
    return Box(box.min_x + by, box.min_y + by, box.max_x - by, box.max_y - by)


def _keep_inside(points: NDArray[np.float64], box: Box, by: float) -> NDArray[np.float64]:
    inner = _shrink(box, by)
    return np.clip(points, (inner.min_x, inner.min_y), (inner.max_x, inner.max_y))


def _tell(sheet: Sheet, moved: NDArray[np.float64], nowhere: int) -> dict[str, Any]:
    is_world = isinstance(sheet.projection, EqualEarth)
    return {
        "projection": "Equal Earth" if is_world else "Lambert azimuthal equal-area",
        "placed": len(moved),
        "without": nowhere,
        "moved": int((moved > 1e-9).sum()),
        "median_move_km": round(float(np.median(moved) / sheet.scale) * EARTH_RADIUS_KM, 3),
    }


SPEC = LayoutSpec(
    name="geography",
    title="Places",
    description="On the map: each image as near to its place as the others allow.",
    needs=frozenset({"fields", "primary"}),
    code_version="6",
    arrange=arrange_geography,
)
