"""Modernist compositions: grids of primaries, circles and triangles, floating planks, quarter rings."""

import numpy as np

from clipplot_pipeline.sample.canvas import Canvas, Points, Size, age_paper, regular_polygon
from clipplot_pipeline.sample.family import Drawing, Family
from clipplot_pipeline.sample.palettes import Color, Palette, palette, vary

PALETTES = (
    palette("ivory", "vermilion", "ultramarine", "lemon", "lamp black"),
    palette("cream", "crimson", "saffron", "indigo", "lamp black"),
    palette("linen", "orange", "teal", "slate", "ink"),
    palette("chalk", "madder", "cerulean", "ochre", "ink"),
    palette("buff", "terracotta", "forest green", "cream", "sepia"),
    palette("pearl grey", "vermilion", "ink", "chalk", "lamp black"),
    palette("ivory", "rose", "emerald", "saffron", "plum"),
)
Box = tuple[float, float, float, float]


def draw(rng: np.random.Generator, size: Size) -> Drawing:
    """Draw one composition."""
    motif = str(rng.choice(["grid of primaries", "circle and triangle", "floating planks", "quarter rings"]))
    colors = PALETTES[rng.integers(len(PALETTES))]
    canvas = Canvas(size, colors.paper)
    _KINDS[motif](rng, canvas, colors)
    words = ("abstract composition", motif, "geometry", *colors.words)
    return Drawing(age_paper(rng, canvas.finish(), 0.9), motif, words)


def _grid(rng: np.random.Generator, canvas: Canvas, colors: Palette) -> None:
    width, height = canvas.size
    boxes = _split(rng, (0.0, 0.0, float(width), float(height)), int(rng.integers(3, 6)))
    order = rng.permutation(len(boxes))
    filled = max(3, int(len(boxes) * float(rng.uniform(0.3, 0.5))))
    line = min(canvas.size) * float(rng.uniform(0.012, 0.026))
    for place, k in enumerate(order):
        color = vary(rng, colors.paper, 3)
        if place < filled:
            color = vary(rng, colors.colors[place % 3], 4)
        canvas.rectangle(boxes[k], color)
    for left, top, right, bottom in boxes:
        canvas.rectangle((left - line / 2, top, left + line / 2, bottom), colors.colors[3])
        canvas.rectangle(
            (left - line / 2, top - line / 2, right + line / 2, top + line / 2), colors.colors[3]
        )


def _split(rng: np.random.Generator, box: Box, depth: int) -> list[Box]:
    left, top, right, bottom = box
    wide, tall = right - left, bottom - top
    if depth == 0 or min(wide, tall) < 60 or (depth < 3 and rng.random() < 0.22):
        return [box]
    share = float(rng.choice([0.26, 0.38, 0.5, 0.62, 0.74])) + float(rng.uniform(-0.03, 0.03))
    if wide * float(rng.uniform(0.7, 1.3)) > tall:
        cut = left + wide * share
        return _split(rng, (left, top, cut, bottom), depth - 1) + _split(
            rng, (cut, top, right, bottom), depth - 1
        )
    cut = top + tall * share
    return _split(rng, (left, top, right, cut), depth - 1) + _split(
        rng, (left, cut, right, bottom), depth - 1
    )


def _half_disc(x: float, y: float, radius: float, turn: float) -> Points:
    angle = turn + np.linspace(0.0, np.pi, 40)
    return np.stack([x + radius * np.cos(angle), y + radius * np.sin(angle)], axis=1)


def _shapes(rng: np.random.Generator, canvas: Canvas, colors: Palette) -> None:
    width, height = canvas.size
    short = min(canvas.size)
    inks = colors.colors
    turn = float(rng.uniform(-0.8, 0.8))
    way = np.array([np.cos(turn), np.sin(turn)])
    middle = np.array([width, height]) / 2
    radius = short * float(rng.uniform(0.2, 0.3))
    heart = middle + rng.normal(0.0, short * 0.06, 2)
    canvas.disc(heart[0], heart[1], radius, inks[0])
    canvas.polygon(_half_disc(heart[0], heart[1], radius, turn), inks[3])
    for k in range(int(rng.integers(2, 5))):
        spot = middle + rng.uniform(-0.36, 0.36, 2) * canvas.size
        size = short * float(rng.uniform(0.06, 0.16))
        color = inks[(k + 1) % 3]
        if k % 3 == 0:
            canvas.polygon(regular_polygon(spot[0], spot[1], size * 1.4, 3, turn - np.pi / 2), color, 0.94)
        elif k % 3 == 1:
            canvas.circle(spot[0], spot[1], size, color, size * 0.42)
        else:
            canvas.polygon(_half_disc(spot[0], spot[1], size * 1.3, turn + np.pi), color)
    side = np.array([-way[1], way[0]])
    start = middle + side * short * float(rng.uniform(-0.3, 0.3))
    for k in range(int(rng.integers(3, 8))):
        at = start + side * k * short * 0.028
        reach = short * float(rng.uniform(0.3, 0.6))
        canvas.stroke([at - way * reach, at + way * reach], inks[3], short * 0.006 * (1 + 2 * (k % 3 == 0)))
    for k in range(4):
        spot = (
            np.array([0.09, 0.09 + 0.06 * k]) * short
            if turn > 0
            else np.array([width - 0.09 * short, (0.09 + 0.06 * k) * short])
        )
        canvas.rectangle(
            (spot[0] - short * 0.02, spot[1] - short * 0.02, spot[0] + short * 0.02, spot[1] + short * 0.02),
            inks[k % 4],
        )


def _planks(rng: np.random.Generator, canvas: Canvas, colors: Palette) -> None:
    width, height = canvas.size
    short = min(canvas.size)
    turn = float(rng.uniform(-0.7, 0.7))
    along = np.array([np.cos(turn), np.sin(turn)])
    across = np.array([-along[1], along[0]])
    middle = np.array([width, height]) / 2
    for k in range(int(rng.integers(9, 19))):
        spot = middle + rng.normal(0.0, 0.2, 2) * canvas.size
        long = short * float(rng.uniform(0.12, 0.46)) * (1.4 if k < 2 else 1.0)
        thick = short * float(rng.choice([0.014, 0.03, 0.07, 0.12])) * (1.7 if k < 2 else 1.0)
        a, b = (along, across) if rng.random() < 0.72 else (across, along)
        corners = [
            spot + a * i * long / 2 + b * j * thick / 2 for i, j in ((-1, -1), (1, -1), (1, 1), (-1, 1))
        ]
        canvas.polygon(corners, vary(rng, colors.colors[(k + 3) % 4], 4), 0.96)
    spot = middle + rng.normal(0.0, 0.2, 2) * canvas.size
    canvas.disc(spot[0], spot[1], short * float(rng.uniform(0.04, 0.1)), colors.colors[0])


def _rings(rng: np.random.Generator, canvas: Canvas, colors: Palette) -> None:
    width, height = canvas.size
    cells = int(rng.integers(3, 6))
    side = min(canvas.size) / cells
    inks: tuple[Color, ...] = (*colors.colors, colors.paper)
    for row in range(int(np.ceil(height / side))):
        for column in range(int(np.ceil(width / side))):
            x, y = column * side, row * side
            order = rng.permutation(len(inks))
            canvas.rectangle((x, y, x + side, y + side), vary(rng, inks[order[0]], 4))
            corner = int(rng.integers(4))
            cx, cy = x + side * (corner % 2), y + side * (corner // 2)
            angle = (0.0, np.pi / 2, -np.pi / 2, np.pi)[corner] + np.linspace(0, np.pi / 2, 24)
            way = np.stack([np.cos(angle), np.sin(angle)], axis=1)
            rings = int(rng.integers(1, 5))
            for k in range(rings):
                reach = side * (1.0 - k / rings * 0.9) * (1.0 if rings > 1 else 0.98)
                shape = np.vstack([[(cx, cy)], np.array([cx, cy]) + way * reach])
                canvas.polygon(shape, vary(rng, inks[order[1 + k % 4]], 4))


_KINDS = {
    "grid of primaries": _grid,
    "circle and triangle": _shapes,
    "floating planks": _planks,
    "quarter rings": _rings,
}

FAMILY = Family(
    name="compositions",
    category="abstract composition",
    shapes=(0.75, 1.0, 0.85, 1.3),
    period=(1916, 1926, 1968),
    places=("Weimar", "Paris", "Łódź", "Praha", "Barcelona", "Basel"),
    titles={
        "en": ("Composition with red", "Poster for a lamp shop"),
        "fr": ("Composition au cercle rouge", "Rythme, sans fin"),
        "de": ("Komposition mit Gelb", "Plakat für die Werkstätte"),
        "es": ("Composición en rojo", "Ritmo y línea"),
        "pl": ("Kompozycja przestrzenna", "Układ z żółcią"),
        "cs": ("Kompozice s kruhem", "Plakát na výstavu"),
    },
    techniques={
        "en": "gouache on board",
        "fr": "gouache sur carton",
        "de": "Gouache auf Karton",
        "es": "gouache sobre cartón",
        "pl": "gwasz na kartonie",
        "cs": "kvaš na lepence",
    },
    draw=draw,
)
