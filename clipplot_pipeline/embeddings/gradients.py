"""Oriented gradients in small cells: what outlines (``features``) and visual words (``words``) are both made of.

Belongs here: the gradients of one picture, summed by cell and direction. Does not belong here: what is built of them.

Source: Dalal & Triggs, Histograms of oriented gradients for human detection, 2005.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

#: Side that pictures are squashed to, and side of a cell. Unit: px.
SIDE_PX, CELL_PX = 128, 4
#: Cells along a side, and directions over the full circle.
CELLS, DIRECTIONS = SIDE_PX // CELL_PX, 16


def sum_gradients(rgb: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return the strength of gradients by cell and direction: float32, shape (CELLS, CELLS, DIRECTIONS).

    Every pixel's strength is shared between the two directions next to its own.

    Parameters
    ----------
    rgb : ndarray of uint8, shape (SIDE_PX, SIDE_PX, 3)
    """
    light = cv2.GaussianBlur(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY).astype(np.float32), (3, 3), 0)
    across, down = cv2.Sobel(light, cv2.CV_32F, 1, 0), cv2.Sobel(light, cv2.CV_32F, 0, 1)
    strength, angle = cv2.cartToPolar(across, down)
    turn = angle * np.float32(DIRECTIONS / (2 * np.pi))
    lower = turn.astype(np.int32)
    share = turn - lower
    size = CELLS * CELLS * DIRECTIONS
    sums = np.bincount((_PLACE + lower % DIRECTIONS).ravel(), (strength * (1 - share)).ravel(), size)
    sums += np.bincount((_PLACE + (lower + 1) % DIRECTIONS).ravel(), (strength * share).ravel(), size)
    return sums.reshape(CELLS, CELLS, DIRECTIONS).astype(np.float32)


def _number_places() -> NDArray[np.int32]:
    cell = np.arange(SIDE_PX, dtype=np.int32) // CELL_PX
    return (cell[:, None] * CELLS + cell[None, :]) * DIRECTIONS


_PLACE = _number_places()
