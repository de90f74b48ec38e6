"""Marbled papers: stones, combed and waved patterns, the bookbinder's endpapers.

Colours float in bands; combs drag them. The drag of a tine falls off exponentially with distance,
after Lu, Jaffer, Jin, Zhao and Mao, *Mathematical marbling* (IEEE CG&A 32(6), 2012).
"""

import numpy as np
from PIL import Image

from clipplot_pipeline.sample.canvas import Size, to_array, to_image
from clipplot_pipeline.sample.family import Drawing, Family
from clipplot_pipeline.sample.noise import Field, fractal_noise, lattice_noise, pixel_grid, resize_field
from clipplot_pipeline.sample.palettes import mix, palette

PALETTES = (
    palette("cream", "indigo", "madder", "ochre", "cerulean"),
    palette("ivory", "oxblood", "vermilion", "gold", "lamp black"),
    palette("chalk", "teal", "verdigris", "sky blue", "prussian blue"),
    palette("buff", "forest green", "sap green", "burnt sienna", "cream"),
    palette("rose paper", "plum", "rose", "violet", "ivory"),
    palette("cream", "umber", "burnt sienna", "apricot", "slate"),
    palette("pearl grey", "ink", "slate", "crimson", "chalk"),
    palette("ivory", "ultramarine", "saffron", "vermilion", "sky blue"),
)


def draw(rng: np.random.Generator, size: Size) -> Drawing:
    """Draw one sheet."""
    motif = str(rng.choice(["stone", "nonpareil", "gel-git", "bouquet", "swirl"]))
    colors = PALETTES[rng.integers(len(PALETTES))]
    x, y = pixel_grid(size)
    short = float(min(size))
    u, v = x / short, y / short
    shape = (size[1], size[0])
    wobble = fractal_noise(rng, shape, short / 2.5, 2)
    u, v = u + 0.012 * wobble, v + 0.012 * fractal_noise(rng, shape, short / 2.5, 2)
    is_stone = motif == "stone"
    phase = _stone(rng, shape, short) if is_stone else _comb(rng, u, v, motif, shape, short)
    bands = np.array([colors.colors[int(k)] for k in _order(rng)], dtype=np.float64)
    picture = _lay(rng, phase, bands, mix(colors.paper, (255, 255, 255), 0.2))
    fibre = 1.0 + 0.01 * lattice_noise(rng, shape, 3.0) + 0.02 * fractal_noise(rng, shape, short / 2, 3)
    words = ("marbled paper", motif, "bookbinding", *colors.words)
    return Drawing(to_image(picture * fibre[..., None]), motif, words)


def _order(rng: np.random.Generator) -> np.ndarray:
    """Return the order in which the inks were dropped: all four, some of them again."""
    first = rng.permutation(4)
    return np.concatenate([first, rng.permutation(4)[: int(rng.integers(1, 4))]])


def _stone(rng: np.random.Generator, shape: tuple[int, int], short: float) -> Field:
    """Return the number of each pixel's colour where drops have pushed each other into veins."""
    cell = short / float(rng.uniform(4.0, 9.0))
    drift = fractal_noise(rng, shape, short / 1.5, 3)
    first = fractal_noise(rng, shape, cell, 3, 0.35)
    second = lattice_noise(rng, shape, cell * 0.6)
    return first * 1.9 + 0.5 * np.abs(second) + drift * 0.7 + 20.0


def _comb(
    rng: np.random.Generator, u: Field, v: Field, motif: str, shape: tuple[int, int], short: float
) -> Field:
    """Return the phase of the bands after the combs of one pattern have passed."""
    bands = float(rng.uniform(12.0, 20.0))
    fine = float(rng.uniform(9.0, 17.0))
    if motif == "swirl":
        for _ in range(int(rng.integers(5, 10))):
            cx, cy = rng.uniform(-0.1, 1.3, 2)
            far = np.hypot(u - cx, v - cy)
            turn = float(rng.choice([-1, 1])) * float(rng.uniform(1.5, 4.0)) * np.exp(-far / 0.16)
            u, v = (
                cx + (u - cx) * np.cos(turn) - (v - cy) * np.sin(turn),
                cy + (u - cx) * np.sin(turn) + (v - cy) * np.cos(turn),
            )
        return v * bands * 1.3 + 0.35 * fractal_noise(rng, shape, short / 3, 3) + 20.0
    if motif == "bouquet":
        v = v + 0.035 * np.sin(2 * np.pi * u * fine * 0.32)
        u = u + 0.05 * np.sin(2 * np.pi * v * fine * 0.3)
    if motif == "gel-git":
        v = v + 0.16 * _tines(u * fine * 0.34, 0.28)
        return v * bands + 0.3 * fractal_noise(rng, shape, short / 4, 2) + 20.0
    u = u + 0.02 * np.sin(2 * np.pi * v * fine * 0.2)
    v = v + 0.07 * (_tines(u * fine, 0.2) + 0.5)
    return v * bands * 1.15 + 0.25 * fractal_noise(rng, shape, short / 3, 2) + 20.0


def _tines(at: Field, sharpness: float) -> Field:
    """Return the drag, -1 to 1, of tines one unit apart that alternately pull and push."""
    near = np.mod(at, 1.0)
    # a tine is as wide as its wire: the root rounds the tip of the drag
    pull = np.exp(-np.sqrt(np.minimum(near, 1.0 - near) ** 2 + 0.0025) / sharpness)
    push = np.exp(-np.sqrt((near - 0.5) ** 2 + 0.0025) / sharpness)
    return np.asarray(pull - push)


def _lay(rng: np.random.Generator, phase: Field, bands: Field, vein: tuple[int, int, int]) -> Field:
    """Return the colours (h, w, 3) of a phase: unequal bands parted by thin veins of paper.

    Looked up at twice the size and reduced, which keeps the edges smooth.
    """
    stops = np.cumsum(rng.uniform(0.5, 1.5, len(bands)))
    stops = stops / stops[-1]
    table = np.empty((4096, 3))
    at = np.linspace(0.0, 1.0, 4096, endpoint=False)
    which = np.searchsorted(stops, at, side="right")
    table[:] = bands[np.minimum(which, len(bands) - 1)]
    edges = np.concatenate([[0.0], stops])
    gap = np.min(np.abs(at[:, None] - edges[None]), axis=1)
    table[gap < 0.011] = vein
    large = resize_field(phase / len(bands), (phase.shape[0] * 2, phase.shape[1] * 2))
    index = (np.mod(large, 1.0) * 4096).astype(np.int64) % 4096
    picture = Image.fromarray(table.astype(np.uint8)[index])
    return to_array(picture.reduce(2))


FAMILY = Family(
    name="marbled_papers",
    category="marbled paper",
    shapes=(0.75, 0.8, 1.0, 1.3),
    period=(1825, 1852, 1898),
    places=("İstanbul", "Lyon", "Stuttgart", "Praha", "Wrocław", "Edinburgh"),
    titles={
        "en": ("Endpaper, fine comb", 'Binder\'s sheet "Old Dutch"'),
        "fr": ("Papier à la cuve", "Garde peignée, façon « queue de paon »"),
        "de": ("Kammzugpapier", "Tunkpapier für den Vorsatz"),
        "es": ("Papel de aguas", "Guarda peinada"),
        "pl": ("Papier marmurkowy", "Wyklejka grzebieniowa"),
        "cs": ("Mramorovaný papír", "Předsádka"),
    },
    techniques={
        "en": "pigments on size, combed",
        "fr": "pigments sur bain de gomme, peignés",
        "de": "Farben auf Schleimgrund, gekämmt",
        "es": "pigmentos sobre goma, peinados",
        "pl": "farby na kleiku, czesane",
        "cs": "barvy na slizovém základu, česané",
    },
    draw=draw,
)
