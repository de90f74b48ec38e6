"""Rank: the one order of a site's images, along a Hilbert curve of the primary layout.

Belongs here: the curve. Does not belong here: what a rank is used for.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

#: Bits a side of the grid that the curve runs through.
CURVE_BITS = 16


def order_images(positions: NDArray[np.float32], image_ids: Sequence[str]) -> NDArray[np.int64]:
    """Return the catalog rows in rank order.

    Parameters
    ----------
    positions : ndarray of float32, shape (n, 2)
        World coordinates within [-1, 1], in catalog order; shape (0, 2) if the layout is empty: the images are
        then ordered by their ids alone.
    image_ids : sequence of str
        One an image, unique; they decide between images in one place.

    Returns
    -------
    ndarray of int64, shape (n,)
        A permutation: entry r is the row of the image of rank r. It depends on the set of images alone.
    """
    ids = np.asarray(image_ids, dtype=np.str_)
    if len(positions) == 0:
        return np.argsort(ids, kind="stable").astype(np.int64)
    if positions.shape != (len(ids), 2):
        raise ValueError(
            f"rank: positions are {positions.shape} for {len(ids)} images; expected ({len(ids)}, 2)"
        )
    side = (1 << CURVE_BITS) - 1
    cells = np.clip(np.rint((positions.astype(np.float64) + 1.0) * (side / 2.0)), 0, side).astype(np.int64)
    return np.lexsort((ids, measure_hilbert(cells[:, 0], cells[:, 1]))).astype(np.int64)


def measure_hilbert(
    columns: NDArray[np.int64], rows: NDArray[np.int64], bits: int = CURVE_BITS
) -> NDArray[np.int64]:
    """Return the distance along the Hilbert curve of cells of a grid with ``2**bits`` cells a side.

    The turn-and-flip form of the curve (as in Wikipedia's "Hilbert curve", ``xy2d``), for whole arrays.
    """
    x, y = columns.copy(), rows.copy()
    distance = np.zeros_like(x)
    for bit in range(bits - 1, -1, -1):
        half = np.int64(1) << bit
        is_right, is_upper = (x & half) > 0, (y & half) > 0
        distance += half * half * ((3 * is_right) ^ is_upper)
        is_flipped = is_right & ~is_upper
        x, y = (
            np.where(is_flipped, half - 1 - (x & (half - 1)), x),
            np.where(is_flipped, half - 1 - (y & (half - 1)), y),
        )
        x, y = np.where(is_upper, x, y), np.where(is_upper, y, x)
    return distance
