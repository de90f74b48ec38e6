"""Drawings in ink that follow an unseen current: ribbons, hatching and vortices."""

import numpy as np

from clipplot_pipeline.sample.canvas import Canvas, Points, Size, age_paper
from clipplot_pipeline.sample.family import Drawing, Family
from clipplot_pipeline.sample.noise import Field, fractal_noise, pixel_grid, read_field
from clipplot_pipeline.sample.palettes import Palette, mix, palette, vary

PALETTES = (
    palette("cream", "indigo", "vermilion", "ochre", "cerulean"),
    palette("ivory", "ink", "slate", "crimson"),
    palette("chalk", "teal", "verdigris", "apricot", "indigo"),
    palette("rose paper", "oxblood", "madder", "plum", "gold"),
    palette("buff", "sepia", "burnt sienna", "forest green"),
    palette("chalk", "ultramarine", "cobalt", "sky blue"),
    palette("ink", "gold", "apricot", "vermilion", "cream"),
)


def draw(rng: np.random.Generator, size: Size) -> Drawing:
    """Draw one sheet."""
    motif = str(rng.choice(["ribbons", "hatching", "vortex"]))
    colors = PALETTES[rng.integers(len(PALETTES))]
    canvas = Canvas(size, colors.paper, oversampling=2)
    short = min(size)
    angle = _field(rng, size, motif)
    margin = short * float(rng.uniform(0.06, 0.1))
    is_round = rng.random() < 0.3
    if motif == "hatching":
        count, steps, width = int(size[0] * size[1] / 210), 14, short / 330
    else:
        count, steps, width = int(size[0] * size[1] / 680), 70, short / 95
    start = rng.uniform((margin, margin), (size[0] - margin, size[1] - margin), (count, 2))
    paths = _trace(angle, start, steps, short / 160)
    inside = _inside(paths, size, margin, is_round=is_round)
    tone = fractal_noise(rng, (size[1], size[0]), short / 2.0, octaves=2)
    share = read_field(tone, start[:, 0], start[:, 1]) * 0.45 + 0.4
    for path, keep, at in zip(paths, inside, share, strict=True):
        end = int(np.argmin(keep)) if not keep.all() else len(keep)
        if end >= 5:
            _draw_line(rng, canvas, path[:end], float(at), width, colors)
    words = ("ink drawing", motif, "round" if is_round else "full sheet", *colors.words[:4])
    return Drawing(age_paper(rng, canvas.finish()), motif, words)


def _field(rng: np.random.Generator, size: Size, motif: str) -> Field:
    shape = (size[1], size[0])
    noise = fractal_noise(rng, shape, min(size) * float(rng.uniform(0.5, 1.0)), octaves=2, gain=0.3)
    if motif != "vortex":
        return noise * float(rng.uniform(0.6, 1.2)) + float(rng.uniform(0.0, 2.0 * np.pi))
    x, y = pixel_grid(size)
    cx, cy = rng.uniform(0.3, 0.7, 2) * size
    return np.asarray(np.arctan2(y - cy, x - cx) + np.pi / 2 * float(rng.uniform(0.7, 1.1)) + noise * 0.22)


def _trace(angle: Field, start: Points, steps: int, step_px: float) -> Points:
    path = np.empty((steps, len(start), 2))
    at = start.copy()
    for i in range(steps):
        path[i] = at
        turn = read_field(angle, at[:, 0], at[:, 1])
        at = at + np.stack([np.cos(turn), np.sin(turn)], axis=1) * step_px
    return path.transpose(1, 0, 2)


def _inside(paths: Points, size: Size, margin: float, *, is_round: bool) -> np.ndarray:
    if is_round:
        far = np.hypot(paths[..., 0] - size[0] / 2, paths[..., 1] - size[1] / 2)
        return np.asarray(far < min(size) / 2 - margin)
    low, high = np.array([margin, margin]), np.array(size) - margin
    return np.asarray(((paths > low) & (paths < high)).all(axis=-1))


def _draw_line(
    rng: np.random.Generator,
    canvas: Canvas,
    path: Points,
    share: float,
    width: float,
    colors: Palette,
) -> None:
    inks = colors.colors
    place = float(np.clip(share + rng.normal(0.0, 0.12), 0.0, 0.999)) * len(inks)
    color = vary(rng, inks[int(place)], 9.0)
    # a third of the steps draws the same curve in a third of the time
    path = path[::3] if len(path) > 20 else path[::2]
    taper = np.sin(np.linspace(0.0, np.pi, len(path))) ** 0.45
    wide = width * float(rng.uniform(0.55, 1.45))
    if width > 2.0:
        canvas.brush(path, taper * (wide + 2.2), mix(colors.paper, color, 0.12))
    canvas.brush(path, np.maximum(taper * wide, 0.4), color)


FAMILY = Family(
    name="flow_fields",
    category="ink drawing",
    shapes=(1.0, 0.8, 0.71, 1.25),
    period=(1962, 2004, 2024),
    places=("San Francisco", "Stuttgart", "Warszawa", "Zürich", "Buenos Aires", "Praha"),
    titles={
        "en": ("Current, unseen", "Wind over barley"),
        "fr": ("Le courant", "L'herbe sous le vent"),
        "de": ("Strömung", "Übers Feld geht der Wind"),
        "es": ("Corriente", "El viento y el trigo"),
        "pl": ("Prąd rzeki", "Wiatr nad łąką"),
        "cs": ("Proud", "Vítr v žitě"),
    },
    techniques={
        "en": "ink on paper, drawn by plotter",
        "fr": "encre sur papier, tracée à la machine",
        "de": "Tusche auf Papier, vom Zeichengerät geführt",
        "es": "tinta sobre papel, trazada a máquina",
        "pl": "tusz na papierze, rysunek ploterowy",
        "cs": "tuš na papíře, kresleno strojem",
    },
    draw=draw,
)
