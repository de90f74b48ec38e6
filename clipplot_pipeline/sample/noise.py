"""Smooth random fields: the grain, hills, currents and clouds of the sample collection.

Here: fields as arrays and reading them at points. Not here: colour, or anything that draws.
"""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Field = NDArray[np.float64]


def resize_field(field: Field, shape: tuple[int, int]) -> Field:
    """Return a 2-D field resampled (bicubic) to shape (rows, columns), float64."""
    picture = Image.fromarray(field.astype(np.float32))
    sized = picture.resize((shape[1], shape[0]), Image.Resampling.BICUBIC)
    return np.asarray(sized, dtype=np.float64)


def lattice_noise(rng: np.random.Generator, shape: tuple[int, int], cell_px: float) -> Field:
    """Return smooth noise of about unit variance, (rows, columns), features about `cell_px` wide.

    Value noise: normal deviates on a lattice, interpolated bicubically, its edges cut off.
    """
    rows = max(2, int(np.ceil(shape[0] / cell_px)) + 1)
    columns = max(2, int(np.ceil(shape[1] / cell_px)) + 1)
    lattice = rng.normal(size=(rows + 2, columns + 2))
    full = (max(shape[0], int((rows + 2) * cell_px)), max(shape[1], int((columns + 2) * cell_px)))
    field = resize_field(lattice, full)
    top, left = (full[0] - shape[0]) // 2, (full[1] - shape[1]) // 2
    return np.asarray(field[top : top + shape[0], left : left + shape[1]])


def fractal_noise(
    rng: np.random.Generator,
    shape: tuple[int, int],
    cell_px: float,
    octaves: int = 4,
    gain: float = 0.5,
) -> Field:
    """Return fractional Brownian noise of unit variance and zero mean, (rows, columns).

    Computed no finer than its finest octave needs, then enlarged: most fields are clouds.
    """
    finest = max(2.0, cell_px / 2.0 ** (octaves - 1))
    coarser = max(1.0, finest / 5.0)
    small = (int(np.ceil(shape[0] / coarser)) + 1, int(np.ceil(shape[1] / coarser)) + 1)
    total = np.zeros(small)
    for octave in range(octaves):
        cell = max(2.0, cell_px / 2.0**octave) / coarser
        total += lattice_noise(rng, small, cell) * gain**octave
    total = (total - total.mean()) / max(float(total.std()), 1e-9)
    return total[: shape[0], : shape[1]] if coarser <= 1.0 else resize_field(total, shape)


def ridge_line(
    rng: np.random.Generator, length: int, cell_px: float, octaves: int = 5, gain: float = 0.5
) -> Field:
    """Return a 1-D fractal line (length,), zero mean and unit variance: a horizon, a coast."""
    total = np.zeros(length)
    x = np.arange(length, dtype=np.float64)
    for octave in range(octaves):
        cell = max(2.0, cell_px / 2.0**octave)
        knots = rng.normal(size=int(length / cell) + 4)
        at = x / cell + rng.uniform(0.0, 1.0)
        low = np.floor(at).astype(np.int64)
        share = at - low
        share = share * share * (3.0 - 2.0 * share)
        total += (knots[low] * (1.0 - share) + knots[low + 1] * share) * gain**octave
    return np.asarray((total - total.mean()) / max(float(total.std()), 1e-9))


def read_field(field: Field, x: Field, y: Field) -> Field:
    """Return the field's values at points in pixels (nearest; the edge beyond the edge)."""
    column = np.clip(np.rint(x), 0, field.shape[1] - 1).astype(np.int64)
    row = np.clip(np.rint(y), 0, field.shape[0] - 1).astype(np.int64)
    return np.asarray(field[row, column], dtype=np.float64)


def pixel_grid(size: tuple[int, int]) -> tuple[Field, Field]:
    """Return x and y of every pixel's centre, each (height, width), for size (width, height)."""
    y, x = np.mgrid[0 : size[1], 0 : size[0]].astype(np.float64)
    return x + 0.5, y + 0.5


def smoothstep(low: float, high: float, values: Field) -> Field:
    """Return 0 below `low`, 1 above `high` and a smooth rise between (Hermite)."""
    share = np.clip((values - low) / (high - low), 0.0, 1.0)
    return share * share * (3.0 - 2.0 * share)
