"""Glazed tiles: star patterns by the polygons-in-contact method, and Truchet's quarter circles.

The star method is Hankin's (1925), as described by Kaplan, *Islamic star patterns from polygons
in contact* (2005): from every edge's midpoint two rays leave at one contact angle.
"""

import numpy as np
from PIL import Image

from clipplot_pipeline.sample.canvas import Canvas, Points, Size, regular_polygon, to_array, to_image
from clipplot_pipeline.sample.family import Drawing, Family
from clipplot_pipeline.sample.noise import fractal_noise
from clipplot_pipeline.sample.palettes import Palette, mix, palette, vary

# grout, then star, second star, field, heart
PALETTES = (
    palette("ivory", "ultramarine", "cerulean", "teal", "saffron"),
    palette("chalk", "prussian blue", "verdigris", "sky blue", "gold"),
    palette("cream", "emerald", "forest green", "ochre", "ivory"),
    palette("ivory", "cobalt", "indigo", "celadon", "vermilion"),
    palette("linen", "terracotta", "burnt sienna", "cream", "teal"),
    palette("chalk", "ink", "teal", "gold", "terracotta"),
    palette("cream", "oxblood", "saffron", "indigo", "ivory"),
)


def draw(rng: np.random.Generator, size: Size) -> Drawing:
    """Draw one panel of tiles."""
    motif = str(rng.choice(["square stars", "hexagon stars", "octagon stars", "Truchet tiles"]))
    colors = PALETTES[rng.integers(len(PALETTES))]
    canvas = Canvas(size, colors.colors[2])
    side = min(size) / float(rng.uniform(4.2, 8.0))
    if motif == "Truchet tiles":
        _truchet(rng, canvas, side, colors)
    else:
        contact = float(rng.uniform(0.9, 1.2)) if motif != "hexagon stars" else float(rng.uniform(0.75, 1.1))
        for polygon, kind in _TILINGS[motif](size, side):
            _star(rng, canvas, polygon, contact, kind, colors)
    words = ("tilework", "geometry", motif, *colors.words)
    return Drawing(_glaze(rng, canvas.finish()), motif, words)


def _squares(size: Size, side: float) -> list[tuple[Points, int]]:
    tiles = []
    for row in range(int(size[1] / side) + 2):
        for column in range(int(size[0] / side) + 2):
            center = (column * side, row * side)
            corners = regular_polygon(*center, side / np.sqrt(2), 4, np.pi / 4)
            tiles.append((corners, (row + column) % 2))
    return tiles


def _hexagons(size: Size, side: float) -> list[tuple[Points, int]]:
    radius = side * 0.72
    tiles = []
    for row in range(int(size[1] / (radius * 1.5)) + 2):
        for column in range(int(size[0] / (radius * np.sqrt(3))) + 2):
            x = (column + 0.5 * (row % 2)) * radius * np.sqrt(3)
            kind = (column - row // 2 - (row % 2) * 2 + row) % 3
            corners = regular_polygon(x, row * radius * 1.5, radius, 6, np.pi / 6)
            tiles.append((corners, min(kind, 1)))
    return tiles


def _octagons(size: Size, side: float) -> list[tuple[Points, int]]:
    pitch = side * 1.5
    radius = pitch / 2 / np.cos(np.pi / 8)
    edge = 2 * radius * np.sin(np.pi / 8)
    tiles = []
    for row in range(int(size[1] / pitch) + 2):
        for column in range(int(size[0] / pitch) + 2):
            x, y = column * pitch, row * pitch
            tiles.append((regular_polygon(x, y, radius, 8, np.pi / 8), 0))
            middle = (x + pitch / 2, y + pitch / 2)
            tiles.append((regular_polygon(*middle, edge / np.sqrt(2), 4, 0.0), 1))
    return tiles


def _star(
    rng: np.random.Generator,
    canvas: Canvas,
    polygon: Points,
    contact: float,
    kind: int,
    colors: Palette,
) -> None:
    """Fill one tile: its star, a smaller star at its heart, and grout between."""
    corners = len(polygon)
    center = polygon.mean(axis=0)
    middles = (polygon + np.roll(polygon, -1, axis=0)) / 2
    apothem = float(np.hypot(*(middles[0] - center)))
    # the ray from a midpoint meets its neighbour's on the line from the centre to the corner
    half = np.pi / corners
    reach = apothem * np.sin(np.pi / 2 - contact) / np.sin(np.pi / 2 + contact - half)
    reach = float(np.clip(reach, 0.3 * apothem, 0.92 * apothem))
    outward = np.roll(polygon, -1, axis=0) - center
    inner = center + outward / np.linalg.norm(outward, axis=1)[:, None] * reach
    star = np.empty((corners * 2, 2))
    star[0::2], star[1::2] = middles, inner
    field = colors.colors[2]
    canvas.polygon(polygon, vary(rng, field, 3))
    for k in range(corners):
        kite = [middles[k], polygon[(k + 1) % corners], middles[(k + 1) % corners], inner[k]]
        canvas.polygon(kite, vary(rng, field, 5))
    grout = max(1.2, apothem / 15)
    ink = colors.colors[kind % 2]
    canvas.polygon(star, vary(rng, ink, 7))
    canvas.stroke(star, colors.paper, grout, is_closed=True)
    heart = center + (star - center) * 0.52
    canvas.polygon(heart, vary(rng, colors.colors[3] if kind == 0 else colors.paper, 5))
    core = center + (star - center) * 0.26
    canvas.polygon(core, vary(rng, mix(ink, (0, 0, 0), 0.15), 5))


def _truchet(rng: np.random.Generator, canvas: Canvas, side: float, colors: Palette) -> None:
    side *= 0.72
    band = side * float(rng.uniform(0.2, 0.34))
    turn = np.linspace(0.0, np.pi / 2, 14)
    arc = np.stack([np.cos(turn), np.sin(turn)], axis=1) * side / 2
    for row in range(int(canvas.height / side) + 1):
        for column in range(int(canvas.width / side) + 1):
            x, y = column * side, row * side
            ground = colors.colors[2] if (row + column) % 2 else mix(colors.colors[2], colors.paper, 0.3)
            canvas.rectangle((x, y, x + side, y + side), vary(rng, ground, 4))
            is_turned = rng.random() < 0.5
            ends = (
                ((x + side, y, -1, 1), (x, y + side, 1, -1))
                if is_turned
                else ((x, y, 1, 1), (x + side, y + side, -1, -1))
            )
            for cx, cy, sx, sy in ends:
                line = np.array([cx, cy]) + arc * np.array([sx, sy])
                canvas.brush(line, band + side * 0.13, colors.paper)
                canvas.brush(line, band, vary(rng, colors.colors[0], 5))
                canvas.brush(line, band * 0.24, colors.colors[3])


def _glaze(rng: np.random.Generator, image: Image.Image) -> Image.Image:
    array = to_array(image)
    shape = (array.shape[0], array.shape[1])
    light = 1.0 + 0.035 * fractal_noise(rng, shape, min(shape) / 5, octaves=4)
    return to_image(array * light[..., None])


_TILINGS = {"square stars": _squares, "hexagon stars": _hexagons, "octagon stars": _octagons}

FAMILY = Family(
    name="tilings",
    category="tilework",
    shapes=(1.0, 1.0, 1.4, 0.75),
    period=(1830, 1895, 1960),
    places=("Fès", "Granada", "Isfahan", "İstanbul", "Samarqand", "Córdoba"),
    titles={
        "en": ("Star and cross", "Courtyard panel"),
        "fr": ("Étoiles et croix", "Panneau du patio"),
        "de": ("Stern und Kreuz", "Fliesenfeld für den Innenhof"),
        "es": ("Azulejo de ocho puntas", "Zócalo del patio"),
        "pl": ("Gwiazda i krzyż", "Płytki z dziedzińca"),
        "cs": ("Hvězda a kříž", "Kachle ze dvora"),
    },
    techniques={
        "en": "glazed earthenware",
        "fr": "faïence émaillée",
        "de": "glasierte Keramik",
        "es": "cerámica vidriada",
        "pl": "ceramika szkliwiona",
        "cs": "glazovaná keramika",
    },
    draw=draw,
)
