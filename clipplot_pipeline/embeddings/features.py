"""Raw features of a picture: colour, texture and composition, by OpenCV and numpy.

Belongs here: measuring one picture. Does not belong here: what the measures are worth together (``descriptor``).

Sources: HOG, Dalal & Triggs 2005; uniform LBP, Ojala, Pietikäinen & Mäenpää 2002; spatial pyramids, Lazebnik,
Schmid & Ponce 2006; square roots of histograms (Hellinger kernel), Arandjelović & Zisserman 2012.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

#: Side that pictures are squashed to. Unit: px.
SIDE_PX = 128
_CELLS = (1, 2, 4)
_L_BINS, _AB_BINS = 12, 8
_ANGLES, _GRID = 9, 8


def measure_picture(picture: Image.Image) -> NDArray[np.float32]:
    """Return the features of an RGB picture: float32, shape (F,); every block has unit length or is zero."""
    small = picture.resize((SIDE_PX, SIDE_PX), Image.Resampling.BOX, reducing_gap=2.0)
    rgb = np.asarray(small, np.float32) / 255.0
    lab = cv2.cvtColor(rgb, cv2.COLOR_RGB2LAB)
    gray = np.asarray(small.convert("L"))
    blocks = [
        *_colour_histograms(lab),
        _edges(gray),
        *_texture_histograms(gray),
        _composition(lab),
        _shape(picture.size),
    ]
    return np.concatenate(blocks).astype(np.float32)


def _colour_histograms(lab: NDArray[np.float32]) -> list[NDArray[np.float32]]:
    """Return a histogram of lightness and of hue for the whole and for its quarters and sixteenths."""
    light = np.clip((lab[..., 0] / 100.0 * _L_BINS).astype(np.int64), 0, _L_BINS - 1)
    # Chroma is compressed: most pictures live near grey.
    a, b = (np.sign(c) * np.sqrt(np.abs(c) / 110.0) for c in (lab[..., 1], lab[..., 2]))
    ab = [np.clip(((c + 1) * 0.5 * _AB_BINS).astype(np.int64), 0, _AB_BINS - 1) for c in (a, b)]
    hue = ab[0] * _AB_BINS + ab[1]
    found = []
    for cells in _CELLS:
        place = _cells(cells)
        hues = np.bincount((place * _AB_BINS**2 + hue).ravel(), minlength=cells**2 * _AB_BINS**2)
        lights = np.bincount((place * _L_BINS + light).ravel(), minlength=cells**2 * _L_BINS)
        found += [_root(hues), _root(lights)]
    return found


def _texture_histograms(gray: NDArray[np.uint8]) -> list[NDArray[np.float32]]:
    """Return histograms of uniform local binary patterns for the whole and for its quarters, at two scales."""
    found = []
    for scale in (1, 2):
        image = gray if scale == 1 else cv2.resize(gray, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
        centre = image[1:-1, 1:-1].astype(np.int16)
        code = np.zeros(centre.shape, np.uint8)
        for bit, (dy, dx) in enumerate(((0, 0), (0, 1), (0, 2), (1, 2), (2, 2), (2, 1), (2, 0), (1, 0))):
            height, width = centre.shape
            code |= ((image[dy : dy + height, dx : dx + width] - centre) > 2).astype(np.uint8) << bit
        pattern = _UNIFORM[code].astype(np.int64)
        for cells in (1, 2):
            place = _split(pattern.shape, cells)
            found.append(
                _root(np.bincount((place * _PATTERNS + pattern).ravel(), minlength=cells**2 * _PATTERNS))
            )
    return found


def _edges(gray: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return histograms of oriented gradients: 8 × 8 cells of 9 angles, normalised in blocks of 2 × 2 cells."""
    light = cv2.GaussianBlur(gray.astype(np.float32), (3, 3), 0)
    across, down = cv2.Sobel(light, cv2.CV_32F, 1, 0), cv2.Sobel(light, cv2.CV_32F, 0, 1)
    strength = cv2.magnitude(across, down)
    turn = np.mod(np.arctan2(down, across) / np.pi, 1.0) * _ANGLES
    lower = np.floor(turn)
    share = turn - lower
    place = _cells(_GRID) * _ANGLES
    size = _GRID**2 * _ANGLES
    histogram = np.zeros(size)
    for shift, weight in ((0, strength * (1 - share)), (1, strength * share)):
        angle = (lower.astype(np.int64) + shift) % _ANGLES
        histogram += np.bincount((place + angle).ravel(), weights=weight.ravel(), minlength=size)
    cells = histogram.reshape(_GRID, _GRID, _ANGLES)
    blocks = np.concatenate([cells[:-1, :-1], cells[:-1, 1:], cells[1:, :-1], cells[1:, 1:]], axis=2)
    blocks /= np.linalg.norm(blocks, axis=2, keepdims=True) + 50.0  # the constant keeps flat areas flat
    return _sharpen(blocks.ravel().astype(np.float32))


def _composition(lab: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the picture at 8 × 8 px, about its mean."""
    tiny = cv2.resize(lab, (8, 8), interpolation=cv2.INTER_AREA)
    tiny = tiny / np.array([50.0, 40.0, 40.0], np.float32)
    return _sharpen((tiny - tiny.mean(axis=(0, 1))).ravel())


def _shape(size: tuple[int, int]) -> NDArray[np.float32]:
    """Return the aspect ratio, softly: a little of what makes portraits differ from panoramas."""
    return np.array([0.5 * np.tanh(np.log(size[0] / size[1]))], np.float32)


def _root(histogram: NDArray[np.int64]) -> NDArray[np.float32]:
    root: NDArray[np.float32] = np.sqrt(histogram.astype(np.float32))
    return root / max(float(np.linalg.norm(root)), 1e-6)


def _sharpen(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return signed square roots at unit length; zero stays zero."""
    root = np.sign(values) * np.sqrt(np.abs(values))
    return np.asarray(root / max(float(np.linalg.norm(root)), 1e-6), np.float32)


def _cells(cells: int) -> NDArray[np.int64]:
    return _split((SIDE_PX, SIDE_PX), cells)


def _split(shape: tuple[int, ...], cells: int) -> NDArray[np.int64]:
    """Return the number of the cell of every pixel, row by row."""
    rows, columns = (np.arange(side) * cells // side for side in shape[:2])
    return rows[:, None] * cells + columns[None, :]


def _number_patterns() -> tuple[NDArray[np.uint8], int]:
    """Number the 58 uniform patterns of 8 bits (at most two changes round the ring); all others share one number."""
    table = np.zeros(256, np.uint8)
    number = 0
    for code in range(256):
        ring = [(code >> bit) & 1 for bit in range(8)]
        if sum(ring[bit] != ring[bit - 1] for bit in range(8)) <= 2:
            table[code] = number
            number += 1
        else:
            table[code] = 255
    table[table == 255] = number
    return table, number + 1


_UNIFORM, _PATTERNS = _number_patterns()
