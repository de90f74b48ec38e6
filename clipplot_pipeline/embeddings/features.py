"""Raw features of a picture as a whole: colour, texture, outlines and composition, by OpenCV and numpy.

Belongs here: measuring one picture. Does not belong here: its patches (``words``), what the measures are worth
together (``descriptor``).

Sources: HOG, Dalal & Triggs 2005; uniform LBP, Ojala, Pietikäinen & Mäenpää 2002; spatial pyramids, Lazebnik,
Schmid & Ponce 2006; square roots of histograms (Hellinger kernel), Arandjelović & Zisserman 2012.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from clipplot_pipeline.embeddings.gradients import CELLS, DIRECTIONS, SIDE_PX

#: Bins of lightness, and of each of a and b.
_L_BINS, _AB_BINS = 12, 8
#: Colours are counted on every other pixel, in the whole and in its quarters.
_COLOUR_PX = SIDE_PX // 2
_COLOUR_CELLS = (1, 2)
#: Cells of outlines along a side.
_GRID = 8
#: Outlines tell most about what a picture shows, so they count double (measured: benchmarks/embeddings_quality.py).
_OUTLINE_WEIGHT = np.float32(2.0)


def measure_whole(
    rgb: NDArray[np.uint8], lab: NDArray[np.float32], gradients: NDArray[np.float32], size: tuple[int, int]
) -> NDArray[np.float32]:
    """Return the features of a picture: float32, shape (F,); every block has the length of its weight or is zero.

    Parameters
    ----------
    rgb : ndarray of uint8, shape (SIDE_PX, SIDE_PX, 3)
        The picture, squashed.
    lab : ndarray of float32, shape (SIDE_PX / 2, SIDE_PX / 2, 3)
        The same in CIE Lab at half the side.
    gradients : ndarray of float32, shape (CELLS, CELLS, DIRECTIONS)
    size : tuple of int
        Width and height before squashing.
    """
    blocks = [
        *_colour_histograms(lab),
        _OUTLINE_WEIGHT * _outlines(gradients),
        *_texture_histograms(np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), np.uint8)),
        _composition(lab),
        _shape(size),
    ]
    return np.concatenate(blocks).astype(np.float32)


def to_lab(rgb: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return a squashed picture in CIE Lab (D65) at half its side: float32, L in 0 … 100."""
    half = cv2.resize(rgb, (_COLOUR_PX, _COLOUR_PX), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.cvtColor(half.astype(np.float32) / np.float32(255), cv2.COLOR_RGB2LAB), np.float32)


def _colour_histograms(lab: NDArray[np.float32]) -> list[NDArray[np.float32]]:
    """Return histograms of lightness and of hue with chroma, for the whole and for its quarters."""
    light = np.clip((lab[..., 0] / 100.0 * _L_BINS).astype(np.int64), 0, _L_BINS - 1)
    # Chroma is compressed: most pictures live near grey.
    compressed = np.sign(lab[..., 1:]) * np.sqrt(np.abs(lab[..., 1:]) / 110.0)
    bins = np.clip(((compressed + 1) * 0.5 * _AB_BINS).astype(np.int64), 0, _AB_BINS - 1)
    hue = bins[..., 0] * _AB_BINS + bins[..., 1]
    found = []
    for cells in _COLOUR_CELLS:
        place = _split(light.shape, cells)
        hues = np.bincount((place * _AB_BINS**2 + hue).ravel(), minlength=cells**2 * _AB_BINS**2)
        lights = np.bincount((place * _L_BINS + light).ravel(), minlength=cells**2 * _L_BINS)
        found += [_root(hues), _root(lights)]
    return found


def _texture_histograms(gray: NDArray[np.uint8]) -> list[NDArray[np.float32]]:
    """Return histograms of uniform local binary patterns, for the whole and for its quarters."""
    height, width = gray.shape[0] - 2, gray.shape[1] - 2
    edge = np.minimum(gray[1:-1, 1:-1], 253) + np.uint8(2)  # brighter by more than noise
    code = np.zeros((height, width), np.uint8)
    for bit, (dy, dx) in enumerate(((0, 0), (0, 1), (0, 2), (1, 2), (2, 2), (2, 1), (2, 0), (1, 0))):
        code |= (gray[dy : dy + height, dx : dx + width] > edge).view(np.uint8) << np.uint8(bit)
    pattern = _UNIFORM[code].astype(np.int64)
    quarters = np.bincount(
        (_split(pattern.shape, 2) * _PATTERNS + pattern).ravel(), minlength=4 * _PATTERNS
    ).reshape(4, _PATTERNS)
    return [_root(quarters.sum(axis=0)), _root(quarters.ravel())]


def _outlines(gradients: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return histograms of oriented gradients: 8 × 8 cells of 8 angles, normalised in blocks of 2 × 2 cells."""
    unsigned = gradients[..., : DIRECTIONS // 2] + gradients[..., DIRECTIONS // 2 :]
    side = CELLS // _GRID
    cells = unsigned.reshape(_GRID, side, _GRID, side, -1).sum(axis=(1, 3))
    blocks = np.concatenate([cells[:-1, :-1], cells[:-1, 1:], cells[1:, :-1], cells[1:, 1:]], axis=2)
    blocks /= np.linalg.norm(blocks, axis=2, keepdims=True) + 50.0  # the constant keeps flat areas flat
    return _sharpen(blocks.ravel())


def _composition(lab: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the picture at 8 × 8 px, about its mean."""
    tiny = cv2.resize(lab, (8, 8), interpolation=cv2.INTER_AREA) / np.array([50.0, 40.0, 40.0], np.float32)
    return _sharpen((tiny - tiny.mean(axis=(0, 1))).ravel())


def _shape(size: tuple[int, int]) -> NDArray[np.float32]:
    """Return the aspect ratio, softly: a little of what makes portraits differ from panoramas."""
    return np.array([0.5 * np.tanh(np.log(size[0] / size[1]))], np.float32)


def _root(histogram: NDArray[np.int64]) -> NDArray[np.float32]:
    root: NDArray[np.float32] = np.sqrt(histogram.astype(np.float32))
    return root / np.float32(max(float(np.linalg.norm(root)), 1e-6))


def _sharpen(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return signed square roots at unit length; what is zero but for rounding stays near zero."""
    root = np.sign(values) * np.sqrt(np.abs(values))
    return np.asarray(root / max(float(np.linalg.norm(root)), 1e-2), np.float32)


def _split(shape: tuple[int, ...], cells: int) -> NDArray[np.int64]:
    """Return the number of the cell of every pixel, row by row."""
    rows, columns = (np.arange(side) * cells // side for side in shape[:2])
    return rows[:, None] * cells + columns[None, :]


def _number_patterns() -> tuple[NDArray[np.uint8], int]:
    """Return a number for each of 256 codes, and how many there are.

    The 58 uniform patterns (at most two changes round the ring) have one each; all others share the last.
    """
    rings = [[code >> bit & 1 for bit in range(8)] for code in range(256)]
    uniform = [code for code, ring in enumerate(rings) if sum(ring[b] != ring[b - 1] for b in range(8)) <= 2]
    table = np.full(256, len(uniform), np.uint8)
    table[uniform] = np.arange(len(uniform))
    return table, len(uniform) + 1


_UNIFORM, _PATTERNS = _number_patterns()
