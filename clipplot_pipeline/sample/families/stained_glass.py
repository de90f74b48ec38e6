"""Leaded windows: rose windows by a folded Voronoi pattern, lancets and plain lattices.

The distance to the border of a Voronoi cell is Quilez's ("Voronoi borders", 2012): half the way to
the neighbour's seed, measured along the line between the two seeds.
"""

import numpy as np

from clipplot_pipeline.sample.canvas import Size, blend, to_image
from clipplot_pipeline.sample.family import Drawing, Family
from clipplot_pipeline.sample.noise import Field, fractal_noise, pixel_grid, resize_field
from clipplot_pipeline.sample.palettes import palette

# stone or lead, then the glasses
PALETTES = (
    palette("lamp black", "ultramarine", "crimson", "saffron", "emerald", "cerulean"),
    palette("ink", "cobalt", "cerulean", "sky blue", "gold", "violet"),
    palette("lamp black", "crimson", "vermilion", "orange", "saffron", "plum"),
    palette("ink", "emerald", "sap green", "lemon", "verdigris", "cerulean"),
    palette("lamp black", "violet", "plum", "rose", "cobalt", "gold"),
    palette("ink", "celadon", "cream", "apricot", "verdigris", "sky blue"),
)


def draw(rng: np.random.Generator, size: Size) -> Drawing:
    """Draw one window."""
    motif = str(rng.choice(["rose window", "lancet", "lattice"]))
    colors = PALETTES[rng.integers(len(PALETTES))]
    x, y = pixel_grid(size)
    short = float(min(size))
    cx, cy = size[0] / 2, size[1] / 2
    if motif == "rose window":
        u, v, edge = _rose(rng, x - cx, y - cy, short)
    elif motif == "lancet":
        u, v, edge = x / short * 7, y / short * 7, _lancet(x, y, size)
    else:
        turn = float(rng.uniform(0, np.pi))
        grain = float(rng.uniform(5.0, 11.0)) / short
        u = (x * np.cos(turn) - y * np.sin(turn)) * grain
        v = (x * np.sin(turn) + y * np.cos(turn)) * grain * float(rng.uniform(0.6, 1.0))
        edge = np.minimum(np.minimum(x, size[0] - x), np.minimum(y, size[1] - y)) - short * 0.025
    # panes and borders at half the size: the lead hides what the enlargement loses
    half, number = _voronoi(rng, u[::2, ::2], v[::2, ::2])
    border = resize_field(half, u.shape)
    number = np.repeat(np.repeat(number, 2, axis=0), 2, axis=1)[: u.shape[0], : u.shape[1]]
    slope = _steepness(u) + _steepness(v)
    lead = short / 210.0
    border_px = np.minimum(border / np.maximum(slope * 0.75, 1e-6), np.abs(edge) + lead * 0.4)
    glass = _glass(rng, number, np.array(colors.colors, float))
    glow = 1.18 - 0.55 * np.hypot(x - cx, y - cy * 0.9) / np.hypot(cx, cy)
    streak = 1.0 + 0.07 * fractal_noise(rng, (size[1], size[0]), short / 9, octaves=4)
    depth = 0.72 + 0.28 * np.clip(border_px / (lead * 5), 0.0, 1.0)
    picture = glass * (glow * streak * depth)[..., None]
    picture = blend(picture, colors.paper, np.clip(lead - border_px + 0.5, 0.0, 1.0))
    stone = np.array(colors.paper, float) * (1.0 + 0.12 * streak)[..., None] + 6.0
    picture = blend(picture, stone, np.clip(0.5 - edge, 0.0, 1.0))
    words = ("stained glass", motif, "light", *colors.words)
    return Drawing(to_image(picture), motif, words)


def _rose(rng: np.random.Generator, x: Field, y: Field, short: float) -> tuple[Field, Field, Field]:
    """Return coordinates folded into one mirrored petal, and the distance to the window's rim."""
    petals = int(rng.choice([6, 8, 10, 12, 16]))
    radius = np.hypot(x, y)
    part = 2 * np.pi / petals
    angle = np.abs(np.mod(np.arctan2(y, x), part) - part / 2)
    grain = float(rng.uniform(9.0, 15.0)) / short
    u = radius * np.cos(angle) * grain + 7.0
    v = radius * np.sin(angle) * grain + float(rng.uniform(0.0, 0.4))
    return u, v, 0.465 * short - radius


def _lancet(x: Field, y: Field, size: Size) -> Field:
    """Return the distance inside one or more pointed arches, in pixels, negative in the stone."""
    arches = max(1, round(size[0] / size[1] / 0.5))
    pitch = size[0] / arches
    half = pitch * 0.42
    across = np.abs(np.mod(x, pitch) - pitch / 2)
    top, bottom = size[1] * 0.06, size[1] * 0.955
    spring = top + half * np.sqrt(3.0)
    arch = 2 * half - np.hypot(across + half, np.minimum(y - spring, 0.0))
    return np.asarray(np.minimum(np.minimum(half - across, arch), bottom - y))


def _voronoi(rng: np.random.Generator, u: Field, v: Field) -> tuple[Field, Field]:
    """Return the distance to the nearest cell border and the number of the cell, 0 to 4095."""
    # single precision halves the time of what is the costliest of all families
    u, v = u.astype(np.float32), v.astype(np.float32)
    seeds = rng.uniform(0.08, 0.92, (64, 64, 2)).astype(np.float32)
    column, row = np.floor(u).astype(np.int32), np.floor(v).astype(np.int32)
    offsets = [(i, j) for j in (-1, 0, 1) for i in (-1, 0, 1)]
    toward = []
    for i, j in offsets:
        seed = seeds[(row + j) % 64, (column + i) % 64]
        toward.append((seed[..., 0] - (u - column) + i, seed[..., 1] - (v - row) + j))
    distance = np.stack([dx * dx + dy * dy for dx, dy in toward])
    nearest = np.argmin(distance, axis=0)
    all_x = np.stack([dx for dx, _ in toward])
    all_y = np.stack([dy for _, dy in toward])
    own_x = np.take_along_axis(all_x, nearest[None], 0)[0]
    own_y = np.take_along_axis(all_y, nearest[None], 0)[0]
    border = np.full(u.shape, np.inf)
    for dx, dy in toward:
        gap_x, gap_y = dx - own_x, dy - own_y
        gap = np.hypot(gap_x, gap_y)
        half = (0.5 * (own_x + dx) * gap_x + 0.5 * (own_y + dy) * gap_y) / np.maximum(gap, 1e-9)
        border = np.where(gap > 1e-6, np.minimum(border, half), border)
    step = np.array(offsets)[nearest]
    number = ((row + step[..., 1]) % 64) * 64 + (column + step[..., 0]) % 64
    return border, number


def _steepness(field: Field) -> Field:
    down, across = np.gradient(field.astype(np.float32))
    return np.asarray(np.hypot(down, across))


def _glass(rng: np.random.Generator, number: Field, glasses: Field) -> Field:
    """Return the colour of each pane: one glass of the palette, a little lighter or darker."""
    order = rng.uniform(0.0, 1.0, 4096) ** 1.15
    table = glasses[np.minimum((order * len(glasses)).astype(int), len(glasses) - 1)]
    table = table * rng.uniform(0.82, 1.2, (4096, 1)) + rng.normal(0.0, 6.0, (4096, 3))
    return np.asarray(table[number.astype(np.int64)])


FAMILY = Family(
    name="stained_glass",
    category="stained glass",
    shapes=(1.0, 0.6, 0.75, 1.3),
    period=(1840, 1899, 1958),
    places=("Chartres", "León", "Kraków", "Plzeň", "Wien", "Bristol"),
    titles={
        "en": ("West window", "Cartoon for a chapel, 'morning'"),
        "fr": ("La rosace du transept", "Vitrail de la chapelle"),
        "de": ("Rosette im Querhaus", "Fenster der Südseite"),
        "es": ("Rosetón de poniente", "Vidriera de la capilla"),
        "pl": ("Rozeta zachodnia", "Witraż w kaplicy"),
        "cs": ("Západní rozeta", "Vitráž v kapli"),
    },
    techniques={
        "en": "leaded glass",
        "fr": "verre et plomb",
        "de": "Bleiverglasung",
        "es": "vidrio emplomado",
        "pl": "szkło w ołowiu",
        "cs": "sklo v olovu",
    },
    draw=draw,
)
