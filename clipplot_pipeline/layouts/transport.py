"""Spreads a crowd of points evenly over a rectangle, each as near as can be to where it comes from.

Belongs here: evening out the density of a map, which knows neither pictures nor their sizes.
Does not belong here: the room between pictures (``packing``).

Source: sliced optimal transport (Rabin, Peyré, Delon, Bernot, "Wasserstein barycenter and its application to texture
mixing", 2011): seen along one direction, the cheapest way from a crowd to an even spread keeps the order. Steps
along many directions come near to the cheapest way in the plane, which turns nothing over and tears little.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

#: Rounds, and directions whose steps are taken together in each.
ROUNDS, DIRECTIONS = 120, 4
GOLDEN = (5**0.5 - 1) / 2
#: Points at the same place are told apart by so much of the whole extent.
_HAIR = 1e-6


def spread_evenly(points: NDArray[np.float64], width: float, height: float) -> NDArray[np.float64]:
    """Return the points spread evenly over a rectangle round the origin.

    Parameters
    ----------
    points : ndarray of float64, shape (n, 2)
        Finite; equal points are parted by their row.
    width, height : float
        Of the rectangle.
    """
    if len(points) < 2:
        return np.zeros((len(points), 2))
    moved = _stretch(points, width, height)
    shares = (np.arange(len(points)) + 0.5) / len(points)
    for first in range(0, ROUNDS * DIRECTIONS, DIRECTIONS):
        step = np.zeros_like(moved)
        for number in range(first, first + DIRECTIONS):
            angle = np.pi * (number * GOLDEN % 1)
            along = np.array([np.cos(angle), np.sin(angle)])
            seen = moved @ along
            order = np.argsort(seen, kind="stable")
            way = np.empty(len(points))
            way[order] = _quantiles(shares, width * abs(along[0]), height * abs(along[1])) - seen[order]
            step += way[:, None] * along
        # The mean over all directions is half the way: twice the mean would be the whole, half of that is calm.
        moved += step / DIRECTIONS
    return moved


def _stretch(points: NDArray[np.float64], width: float, height: float) -> NDArray[np.float64]:
    """Return the points with their bounding box laid over the rectangle, all a hair apart."""
    low, high = points.min(0), points.max(0)
    extent = np.where(high > low, high - low, 1.0)
    unit = (points - (low + high) / 2) / extent
    number = np.arange(len(points))
    angle = 2 * np.pi * number * GOLDEN
    hair = (
        _HAIR * np.sqrt((number + 0.5) / len(points))[:, None] * np.stack([np.cos(angle), np.sin(angle)], 1)
    )
    stretched: NDArray[np.float64] = (unit + hair) * (width, height)
    return stretched


def _quantiles(shares: NDArray[np.float64], a: float, b: float) -> NDArray[np.float64]:
    """Return the quantiles of an even rectangle seen along a direction: of a trapezoid with ramps of one side."""
    long, short = max(a, b), min(a, b)
    lower = np.minimum(shares, 1 - shares)
    ramp = np.sqrt(2 * long * short * lower) - (long + short) / 2
    flat = long * (lower - 0.5)
    from_low = np.where(lower < short / (2 * long), ramp, flat)
    quantiles: NDArray[np.float64] = np.where(shares < 0.5, from_low, -from_low)
    return quantiles
