"""The sheet that a map is drawn on: sea, land, the lines of longitude and latitude, a scale.

Belongs here: what of the globe is shown, and everything on the sheet but the pictures. Does not belong here:
projections, coastlines, pictures (``geography``).
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clipplot_pipeline.layouts.boxes import Box
from clipplot_pipeline.layouts.coastlines import draw_land
from clipplot_pipeline.layouts.projections import (
    EARTH_RADIUS_KM,
    Azimuthal,
    EqualEarth,
    choose_projection,
    measure_angles,
)
from clipplot_pipeline.model import Label, Shape

#: Free border round the places, as a share of their extent.
PAD = 0.12
#: Extent of a map at least, and of one of a single place. Unit: km.
SMALLEST_KM, ONE_PLACE_KM = 2.0, 1200.0
#: A map of the world shows these latitudes, further ones where there are pictures.
WORLD_SOUTH, WORLD_NORTH = -58.0, 84.0
#: Share of a frame that stays free below a map of the world at least, where it is needed, and the room between.
BELOW, GAP = 0.14, 0.015
#: How far a coast may lie from where it should, world units: half a pixel where the map fills a window.
TOLERANCE = 0.0007
#: About so many lines of longitude are wanted.
LINES = 7
_STEPS = np.array([30, 20, 10, 5, 2, 1, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001])
#: The scale is at most this share of the sheet wide, so that its words stand over it on a phone, too; and this far
#: inside, world units.
_SCALE_SHARE, _INSET = 0.24, 0.03
_TICK = 0.008

Points = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A part of the globe, drawn into a box of the world.

    Attributes
    ----------
    projection : EqualEarth or Azimuthal
    view : Box
        What is shown, in the projection's plane.
    box : Box
        Where it lies in the world: of the same shape.
    south, north : float
        Latitudes that a map of the world shows.
    """

    projection: EqualEarth | Azimuthal
    view: Box
    box: Box
    south: float = -90.0
    north: float = 90.0

    @property
    def scale(self) -> float:
        """World units an earth radius."""
        return self.box.width / self.view.width

    def place(self, places: Points) -> Points:
        """Return world coordinates of longitudes and latitudes in degrees, shape (n, 2)."""
        return self.lift(self.projection.project(places))

    def lift(self, points: Points) -> Points:
        """Return world coordinates of points of the plane."""
        return (points - (self.view.min_x, self.view.min_y)) * self.scale + (self.box.min_x, self.box.min_y)

    def draw(self) -> tuple[Shape, ...]:
        """Return what lies below the pictures, the lowest first."""
        land = draw_land(self.projection, self.view, TOLERANCE / self.scale)
        return (
            Shape("sea", (self._outline().astype(np.float32),)),
            *(Shape("land", tuple(self.lift(part).astype(np.float32) for part in parts)) for parts in land),
            Shape("line", tuple(self.lift(line).astype(np.float32) for line in self._graticule())),
        )

    def draw_scale(self) -> tuple[Shape, Label] | None:
        """Return a scale with its label; None for the world, where lengths differ from place to place."""
        if isinstance(self.projection, EqualEarth):
            return None
        km_per_unit = EARTH_RADIUS_KM / self.scale
        length_km = _round_down(_SCALE_SHARE * self.box.width * km_per_unit)
        left, right = self.box.min_x + _INSET, self.box.min_x + _INSET + length_km / km_per_unit
        low = self.box.min_y + _INSET
        line = np.array([(left, low + _TICK), (left, low), (right, low), (right, low + _TICK)], np.float32)
        text = f"{length_km:,.0f} km" if length_km >= 1 else f"{length_km * 1000:,.0f} m"
        label = Label(text, (left + right) / 2, low + 3 * _TICK, right - left, 0, "axis", 0)
        return Shape("scale", (line,)), label

    def _outline(self) -> Points:
        if isinstance(self.projection, Azimuthal):
            return self.box.draw("sea").parts[0].astype(np.float64)
        lat = np.linspace(self.south, self.north, 60)
        east = np.column_stack([np.full(60, 180.0), lat])
        west = np.column_stack([np.full(60, -180.0), lat[::-1]])
        return self.place(np.vstack([east, west, east[:1]]))

    def _graticule(self) -> list[Points]:
        """Return lines of longitude and latitude in the plane."""
        if isinstance(self.projection, EqualEarth):
            west, east, south, north, step = -180.0, 180.0, self.south, self.north, 30.0
        else:
            west, east, south, north = _find_bounds(self.projection, self.view)
            step = float(_STEPS[np.abs(np.log(_STEPS * LINES / (north - south) / 2)).argmin()])
        meridians = [_line(lng, lng, south, north) for lng in _multiples(step, west, east)]
        parallels = [_line(west, east, lat, lat) for lat in _multiples(step, south, north)]
        lines = [self.projection.project(line) for line in [*meridians, *parallels]]
        return [part for line in lines for part in clip_line(line, self.view)]


def _find_bounds(projection: Azimuthal, view: Box) -> tuple[float, float, float, float]:
    """Return longitudes and latitudes between which a view lies: west, east, south, north; degrees."""
    lng, lat = projection.lng, projection.lat
    corner = np.hypot(max(-view.min_x, view.max_x), max(-view.min_y, view.max_y))
    reach = 2 * np.arcsin(min(1.0, float(corner) / 2))
    south, north = lat - np.degrees(reach), lat + np.degrees(reach)
    if south <= -90 or north >= 90:
        return lng - 180, lng + 180, max(south, -90.0), min(north, 90.0)
    half = np.degrees(np.arcsin(min(1.0, np.sin(reach) / np.cos(np.radians(lat)))))
    return lng - half, lng + half, float(south), float(north)


def choose_sheet(places: Points, frame: Box) -> Sheet:
    """Return the sheet that shows all places, as large as a frame of the world allows.

    Parameters
    ----------
    places : ndarray of float64, shape (n, 2)
        Longitudes and latitudes in degrees; at least one.
    frame : Box
        The room. A map of the world keeps its own shape in it.
    """
    projection = choose_projection(places)
    if isinstance(projection, EqualEarth):
        south = min(WORLD_SOUTH, max(-90.0, float(places[:, 1].min()) - 4))
        north = max(WORLD_NORTH, min(90.0, float(places[:, 1].max()) + 4))
        edge = projection.project(np.array([(180.0, 0.0), (0.0, south), (0.0, north)]))
        view = Box(-edge[0, 0], edge[1, 1], edge[0, 0], edge[2, 1])
        return Sheet(projection, view, _fit(view.width / view.height, frame), south, north)
    points = projection.project(places)
    low, high = points.min(0), points.max(0)
    is_one = measure_angles(places, projection.lng, projection.lat).max() * EARTH_RADIUS_KM < 1e-3
    least = (ONE_PLACE_KM if is_one else SMALLEST_KM) / EARTH_RADIUS_KM
    width, height = np.maximum((high - low) * (1 + 2 * PAD), least / 2)
    width = max(width, height * frame.width / frame.height, least)
    height = width * frame.height / frame.width
    (x, y) = (low + high) / 2
    view = Box(x - width / 2, y - height / 2, x + width / 2, y + height / 2)
    return Sheet(projection, view, frame)


def reserve_below(places: Points, frame: Box) -> tuple[Box, Box]:
    """Split a frame: above the room for a map of the world, as wide as can be, below it what is left."""
    sheet = choose_sheet(places, frame)
    high = min(sheet.box.height, (1 - BELOW) * frame.height)
    edge = frame.max_y - high
    return (
        Box(frame.min_x, edge, frame.max_x, frame.max_y),
        Box(frame.min_x, frame.min_y, frame.max_x, edge - GAP),
    )


def _fit(aspect: float, frame: Box) -> Box:
    """Return the largest box of an aspect in the middle of a frame."""
    width = min(frame.width, frame.height * aspect)
    x, y = (frame.min_x + frame.max_x) / 2, (frame.min_y + frame.max_y) / 2
    return Box(x - width / 2, y - width / aspect / 2, x + width / 2, y + width / aspect / 2)


def _line(west: float, east: float, south: float, north: float) -> Points:
    """Return a line along a meridian or a parallel, in longitudes and latitudes."""
    return np.column_stack([np.linspace(west, east, 91), np.linspace(south, north, 91)])


def _multiples(step: float, low: float, high: float) -> NDArray[np.float64]:
    """Return the multiples of a step within bounds."""
    multiples: NDArray[np.float64] = np.arange(np.ceil(low / step), np.floor(high / step) + 1) * step
    return multiples


def _round_down(value: float) -> float:
    """Return the largest of 1, 2, 5, 10, 20, 50 … (and of their tenths …) that is no larger."""
    power = 10.0 ** np.floor(np.log10(value))
    return float(max(factor for factor in (1, 2, 5) if factor * power <= value * (1 + 1e-9)) * power)


def clip_line(line: Points, box: Box) -> list[Points]:
    """Return the parts of a line inside a box (Liang and Barsky, 1984)."""
    parts: list[list[Points]] = []
    goes_on = False
    for start, end in itertools.pairwise(line):
        enter, leave, way = 0.0, 1.0, end - start
        for delta, distance in (
            (-way[0], start[0] - box.min_x),
            (way[0], box.max_x - start[0]),
            (-way[1], start[1] - box.min_y),
            (way[1], box.max_y - start[1]),
        ):
            if delta < -1e-15:
                enter = max(enter, distance / delta)
            elif delta > 1e-15:
                leave = min(leave, distance / delta)
            elif distance < 0:
                enter = 2.0
        if enter >= leave:
            goes_on = False
            continue
        if goes_on and enter == 0:
            parts[-1].append(start + leave * way)
        else:
            parts.append([start + enter * way, start + leave * way])
        goes_on = leave == 1
    return [np.array(part) for part in parts]
