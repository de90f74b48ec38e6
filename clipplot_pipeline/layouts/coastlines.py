"""Coastlines: the packaged land areas, and what of them is seen in a frame of a map.

Belongs here: reading ``coastline.bin``, cutting land to a frame. Does not belong here: making the file
(``tools/make_coastline.py``), projections.

The file holds Natural Earth's 1:50m land areas (public domain), simplified to 0.027°: the coast is good to some 3 km.
"""

from __future__ import annotations

import functools
import struct
import zlib
from collections.abc import Iterator
from importlib import resources
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from clipplot_pipeline.layouts.boxes import Box
from clipplot_pipeline.layouts.projections import Azimuthal, Projection

STEPS_PER_DEGREE = 100
#: Longer edges are curves once they are projected. Unit: degrees.
_LONGEST_EDGE = 2.0
#: Edges along these lie on the border of the map as it was made, not on a coast. Unit: degrees.
_EDGE_LNG, _EDGE_LAT = 179.985, -89.98

#: Beyond this radius of the azimuthal plane edges are bent, by pieces of at most this turn. Unit of the turn: radians.
_FAR, _LARGEST_TURN = 1.5, 0.2

Points = NDArray[np.float64]


class Ring(NamedTuple):
    """The border of an area, closed without repeating its first point.

    Attributes
    ----------
    points : ndarray of float64, shape (m, 2)
    is_coast : ndarray of bool, shape (m,)
        Whether the edge from each point to the next is a coast, rather than the edge of a map.
    """

    points: Points
    is_coast: NDArray[np.bool_]


@functools.cache
def load_land() -> tuple[Points, ...]:
    """Return the rings of all land, longitudes and latitudes in degrees, shape (m, 2) each, not closed."""
    data = zlib.decompress(resources.files(__package__).joinpath("coastline.bin").read_bytes())
    (count,) = struct.unpack_from("<I", data)
    lengths = np.frombuffer(data, "<u2", count, 4).astype(np.int64)
    planes = np.frombuffer(data, np.uint8, offset=4 + 2 * count).reshape(4, lengths.sum()).astype(np.int64)
    zigzag = np.stack([planes[0] | planes[1] << 8, planes[2] | planes[3] << 8], axis=1)
    # Sums modulo 65,536, as the differences are.
    points = np.cumsum((zigzag >> 1) ^ -(zigzag & 1), axis=0).astype(np.int16) / STEPS_PER_DEGREE
    return tuple(np.split(points, np.cumsum(lengths)[:-1]))


def draw_land(projection: Projection, frame: Box, tolerance: float) -> list[list[Points]]:
    """Return the land inside a frame.

    Parameters
    ----------
    projection : Projection
    frame : Box
        In units of the projection's plane.
    tolerance : float
        How far a line may lie from where it should, in the same units; smaller land than this is left out.

    Returns
    -------
    list of list of ndarray of float64, shape (m, 2)
        For each area the coasts that go round it, in order: what joins two of them is an edge of the frame. By the
        even-odd rule they hold the land.
    """
    drawn = []
    for points, is_coast, is_around in _project(projection):
        low, high = points.min(0), points.max(0)
        is_beside = (
            low[0] > frame.max_x or high[0] < frame.min_x or low[1] > frame.max_y or high[1] < frame.min_y
        )
        if (is_beside and not is_around) or (high - low).max() < tolerance:
            continue
        ring = clip_ring(Ring(points, is_coast), frame)
        if is_around:
            ring = _turn_inside_out(ring, frame)
        if len(ring.points) >= 3:
            drawn.append([_simplify(part, tolerance) for part in _split_coasts(ring)])
    return drawn


def _project(projection: Projection) -> Iterator[tuple[Points, NDArray[np.bool_], bool]]:
    """Yield all rings in the plane: points, which edges are coasts, and whether the land is outside the ring."""
    refined = _refine_land()
    bounds = np.cumsum([len(ring.points) for ring in refined])[:-1]
    every = np.split(projection.project(np.vstack([ring.points for ring in refined])), bounds)
    for places, points, land in zip(refined, every, load_land(), strict=True):
        if isinstance(projection, Azimuthal) and (np.abs(points).max(1) > _FAR / 2).any():
            bent, is_coast = _bend(points, places.is_coast)
            yield bent, is_coast, _holds(land, _find_antipode(projection))
        else:
            yield points, places.is_coast, False


@functools.cache
def _refine_land() -> tuple[Ring, ...]:
    return tuple(Ring(*_refine(land)) for land in load_land())


def _refine(land: Points) -> tuple[Points, NDArray[np.bool_]]:
    """Return a ring of which no edge is long, and which of its edges are coasts."""
    ends = np.roll(land, -1, axis=0)
    on_side = np.minimum(np.abs(land[:, 0]), np.abs(ends[:, 0])) >= _EDGE_LNG
    at_pole = np.maximum(land[:, 1], ends[:, 1]) <= _EDGE_LAT
    is_coast = ~(on_side | at_pole)
    pieces = np.maximum(1, np.ceil(np.abs(ends - land).max(1) / _LONGEST_EDGE).astype(np.int64))
    start = np.repeat(land, pieces, axis=0)
    way = np.repeat(ends - land, pieces, axis=0)
    step = np.arange(len(start)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    return start + way * (step / np.repeat(pieces, pieces))[:, None], np.repeat(is_coast, pieces)


def _bend(points: Points, is_coast: NDArray[np.bool_]) -> tuple[Points, NDArray[np.bool_]]:
    """Return a ring that goes round near the antipode, as the coast does there, instead of straight across the map."""
    radius = np.hypot(*points.T)
    azimuth = np.arctan2(points[:, 1], points[:, 0])
    turn = np.angle(np.exp(1j * (np.roll(azimuth, -1) - azimuth)))
    outside = np.minimum(radius, np.roll(radius, -1)) > _FAR
    pieces = np.where(outside, np.maximum(1, np.ceil(np.abs(turn) / _LARGEST_TURN)), 1).astype(np.int64)
    step = np.arange(pieces.sum()) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    share = step / np.repeat(pieces, pieces)
    far = np.repeat(radius, pieces) + share * np.repeat(np.roll(radius, -1) - radius, pieces)
    angle = np.repeat(azimuth, pieces) + share * np.repeat(turn, pieces)
    bent = np.column_stack([far * np.cos(angle), far * np.sin(angle)])
    bent[step == 0] = points
    return bent, np.repeat(is_coast, pieces)


def _find_antipode(projection: Azimuthal) -> tuple[float, float]:
    return (projection.lng + 360.0) % 360.0 - 180.0, -projection.lat


def _holds(ring: Points, place: tuple[float, float]) -> bool:
    """Tell whether a place is inside a ring, by counting the edges to one side of it."""
    (x, y), ends = place, np.roll(ring, -1, axis=0)
    crosses = (ring[:, 1] > y) != (ends[:, 1] > y)
    with np.errstate(divide="ignore", invalid="ignore"):
        at = ring[:, 0] + (y - ring[:, 1]) / (ends[:, 1] - ring[:, 1]) * (ends[:, 0] - ring[:, 0])
    return bool((crosses & (at > x)).sum() % 2)


def clip_ring(ring: Ring, frame: Box) -> Ring:
    """Return the part of an area inside a frame (Sutherland and Hodgman, 1974); edges of the frame are no coasts."""
    for axis, bound, sign in (
        (0, frame.min_x, 1.0),
        (0, frame.max_x, -1.0),
        (1, frame.min_y, 1.0),
        (1, frame.max_y, -1.0),
    ):
        if not len(ring.points):
            return ring
        inside = sign * (ring.points[:, axis] - bound)
        if (inside >= 0).all():
            continue
        ring = _clip_side(ring, inside)
    return ring


def _clip_side(ring: Ring, inside: NDArray[np.float64]) -> Ring:
    """Return the part of an area on one side of a line; ``inside`` is the distance of each point, above 0 there."""
    points, is_coast = ring
    ends, after = np.roll(points, -1, axis=0), np.roll(inside, -1)
    is_in, will_be_in = inside >= 0, after >= 0
    crosses = is_in != will_be_in
    share = np.where(crosses, inside / np.where(crosses, inside - after, 1), 0)
    crossing = points + (ends - points) * share[:, None]
    # Each edge gives its first point if that is inside, then the point where it crosses. Who leaves goes on along
    # the line, who comes back goes on along the edge.
    both = np.stack([points, crossing], axis=1).reshape(-1, 2)
    kept = np.stack([is_in, crosses], axis=1).ravel()
    flags = np.stack([is_coast, is_coast & will_be_in], axis=1).ravel()
    return Ring(both[kept], flags[kept])


def _turn_inside_out(ring: Ring, frame: Box) -> Ring:
    """Return the rest of a frame: land that holds the antipode lies outside its own ring."""
    corners = np.array(
        [
            (frame.min_x, frame.min_y),
            (frame.max_x, frame.min_y),
            (frame.max_x, frame.max_y),
            (frame.min_x, frame.max_y),
            (frame.min_x, frame.min_y),
        ]
    )
    if not len(ring.points):
        return Ring(corners[:-1], np.zeros(4, bool))
    if not ring.is_coast.any():  # it covers the frame: nothing is left
        return Ring(np.zeros((0, 2)), np.zeros(0, bool))
    points = np.vstack([corners, ring.points, ring.points[:1]])
    return Ring(points, np.concatenate([np.zeros(5, bool), ring.is_coast, [False]]))


def _split_coasts(ring: Ring) -> list[Points]:
    """Return a ring as parts that are coasts throughout, in order round it; points of no coast are parts of their own.

    A ring that is all coast is one part, closed.
    """
    points, is_coast = ring
    if is_coast.all():
        return [np.vstack([points, points[:1]])]
    # Begin after an edge of the frame, so that no coast is cut in two.
    start = int(np.flatnonzero(~is_coast)[0]) + 1
    points, is_coast = np.roll(points, -start, axis=0), np.roll(is_coast, -start)
    breaks = np.flatnonzero(~is_coast) + 1
    return [part for part in np.split(points, breaks) if len(part)]


def _simplify(part: Points, tolerance: float) -> Points:
    """Return a line without the points that lie nearer to the one kept before them; its ends stay."""
    if len(part) < 3:
        return part
    kept = [0]
    points = part.tolist()
    (x, y) = points[0]
    for place in range(1, len(points) - 1):
        next_x, next_y = points[place]
        if abs(next_x - x) >= tolerance or abs(next_y - y) >= tolerance:
            kept.append(place)
            x, y = next_x, next_y
    return part[[*kept, len(part) - 1]]
