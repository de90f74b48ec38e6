"""Makes room: pictures are pushed apart until none covers another, and drawn together where they belong together.

Belongs here: rectangles in a box, and the forces between them. Does not belong here: which pictures belong together
(``basins``), the world (``spread``).

A picture's size is 1: the side of the square of the same area as its rectangle.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

#: A longer side than this, times the size, is not drawn: a frieze would else be as wide as the map.
LONGEST_SIDE = 2.0
#: Room between two pictures of one region.
GAP = 0.08
#: Steps; for the last share of them nothing pulls any more.
STEPS, SETTLING = 300, 0.35
#: Share of a step that goes on in the next: pressure travels through a crowd in waves, not by diffusion.
MOMENTUM = 0.8
#: Share of what two pictures lie over each other by which each is pushed away in a step.
PUSH = 0.3
#: How strongly those near each other on the raw map, and those of one region, are drawn together.
COHESION, GRAVITY = 0.1, 0.03
#: No pull moves a picture further than this in a step.
_LONGEST_PULL = 0.12
#: The pairs that may touch are found anew after so many steps.
_RENEW = 6
#: Two that are so far from touching will not touch before that.
_SLACK = 0.3

Points = NDArray[np.float64]


def measure_halves(aspects: NDArray[np.floating]) -> Points:
    """Return half the width and height of pictures of equal area, shape (n, 2).

    Beyond an aspect of ``LONGEST_SIDE`` squared the longer side stays and the shorter gives way.
    """
    root = np.sqrt(np.asarray(aspects, np.float64))
    shrink = np.minimum(1, LONGEST_SIDE / np.maximum(root, 1 / root))
    halves: Points = np.stack([root, 1 / root], 1) * shrink[:, None] / 2
    return halves


def measure_cover(points: Points, halves: Points) -> float:
    """Return the share of the pictures' area that lies below others; where three meet it counts twice."""
    if len(points) < 2:
        return 0.0
    i, j = _find_pairs(points, halves, 0.0)
    reach = np.minimum(halves[i] + halves[j], 2 * np.minimum(halves[i], halves[j]))
    both = np.minimum(halves[i] + halves[j] - np.abs(points[i] - points[j]), reach)
    return float(np.maximum(both, 0).prod(1).sum() / (4 * halves.prod(1)).sum())


@dataclass(frozen=True)
class Box:
    """What pictures are packed into, and what is between them.

    Attributes
    ----------
    width, height : float
        Round the origin; in sizes of a picture.
    channel : float
        Room between pictures of different regions, beyond the usual gap.
    """

    width: float
    height: float
    channel: float


def pack(
    points: Points, halves: Points, region: NDArray[np.int64], near: NDArray[np.int64], box: Box
) -> Points:
    """Return the points moved so that the pictures round them hardly touch.

    Parameters
    ----------
    points, halves : ndarray of float64, shape (n, 2)
        Middles, and half of width and height.
    region : ndarray of int64, shape (n,)
    near : ndarray of int64, shape (n, k)
        Rows of those that an image is to stay near to.
    """
    points, speed = _keep_inside(points, halves, box), np.zeros_like(points)
    pull = _make_pull(region, near)
    for step in range(STEPS):
        if step % _RENEW == 0:
            i, j = _find_pairs(points, halves, GAP + box.channel)
            room = halves[i] + halves[j] + GAP + np.where(region[i] != region[j], box.channel, 0.0)[:, None]
        strength = max(0.0, 1 - step / STEPS / (1 - SETTLING))
        if strength > 0:
            points = points + pull(points, strength)
        speed = MOMENTUM * speed + PUSH * _push(points, i, j, room)
        moved = points + speed
        points = _keep_inside(moved, halves, box)
        speed[points != moved] = 0  # who meets the wall does not bounce
    return points


def _find_pairs(points: Points, halves: Points, gap: float) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return rows of all pairs that may touch, each once."""
    from scipy.spatial import cKDTree

    tree = cKDTree(points)
    reach = np.hypot(*halves.T)
    # Few are much longer than the others: they get a search of their own.
    usual = float(np.quantile(reach, 0.98))
    pairs = tree.query_pairs(2 * usual + gap, output_type="ndarray").astype(np.int64)
    long = np.flatnonzero(reach > usual)
    around = tree.query_ball_point(points[long], reach[long] + reach.max() + gap, return_sorted=True)
    here = np.repeat(long, [len(rows) for rows in around])
    there = np.concatenate([np.asarray(rows, np.int64) for rows in around]) if len(long) else here
    is_new = (here < there) | (reach[there] <= usual)
    is_new &= ((points[here] - points[there]) ** 2).sum(1) > (2 * usual + gap) ** 2
    i, j = np.concatenate([pairs, np.stack([here, there], 1)[is_new]]).T
    is_near = [
        np.abs(points[i, k] - points[j, k]) < halves[i, k] + halves[j, k] + gap + _SLACK for k in (0, 1)
    ]
    may_touch = is_near[0] & is_near[1]
    return i[may_touch], j[may_touch]


def _push(points: Points, i: NDArray[np.int64], j: NDArray[np.int64], room: Points) -> Points:
    """Return the sum of the shortest ways out of all that a picture touches."""
    # Column by column: reductions over two columns cost numpy more than the arithmetic.
    across, up = points[j, 0] - points[i, 0], points[j, 1] - points[i, 1]
    wide, high = room[:, 0] - np.abs(across), room[:, 1] - np.abs(up)
    meets = np.flatnonzero((wide > 0) & (high > 0))
    i, j, wide, high = i[meets], j[meets], wide[meets], high[meets]
    # Out of a rectangle the shortest way is along one axis.
    is_across = wide < high
    ways = (
        np.where(is_across, np.where(across[meets] >= 0, wide, -wide), 0.0),
        np.where(is_across, 0.0, np.where(up[meets] >= 0, high, -high)),
    )
    count = len(points)
    return np.stack([np.bincount(j, way, count) - np.bincount(i, way, count) for way in ways], axis=1)


def _make_pull(region: NDArray[np.int64], near: NDArray[np.int64]) -> Callable[[Points, float], Points]:
    counts = np.maximum(np.bincount(region), 1)

    def pull(points: Points, strength: float) -> Points:
        middle = np.stack([np.bincount(region, points[:, k]) / counts for k in (0, 1)], axis=1)
        total = GRAVITY * _limit(middle[region] - points, _LONGEST_PULL / 2 / GRAVITY)
        if near.shape[1]:
            total += COHESION * _limit(_mean_of(points, near) - points, _LONGEST_PULL / COHESION)
        return strength * total

    return pull


def _mean_of(points: Points, rows: NDArray[np.int64]) -> Points:
    total = np.zeros_like(points)
    for k in range(rows.shape[1]):
        total += points[rows[:, k]]
    mean: Points = total / rows.shape[1]
    return mean


def _limit(way: Points, longest: float) -> Points:
    length = np.hypot(*way.T)[:, None]
    limited: Points = way * np.minimum(1, longest / np.maximum(length, 1e-12))
    return limited


def _keep_inside(points: Points, halves: Points, box: Box) -> Points:
    edge = np.maximum(np.array([box.width, box.height]) / 2 - halves, 0)
    return np.clip(points, -edge, edge)
