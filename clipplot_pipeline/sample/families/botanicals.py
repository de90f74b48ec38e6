"""Plates from a herbarium: ferns, leafy branches, umbels and flowers, grown by simple rules."""

import numpy as np

from clipplot_pipeline.sample.canvas import Canvas, Points, Size, age_paper, smooth_curve
from clipplot_pipeline.sample.family import Drawing, Family
from clipplot_pipeline.sample.palettes import Color, Palette, mix, palette, vary

# leaf, second leaf, stem, blossom
PALETTES = (
    palette("cream", "sap green", "olive", "umber", "madder"),
    palette("ivory", "forest green", "sage", "sepia", "plum"),
    palette("parchment", "olive", "ochre", "sepia", "burnt sienna"),
    palette("chalk", "emerald", "sage", "forest green", "rose"),
    palette("buff", "forest green", "sap green", "umber", "crimson"),
    palette("ivory", "verdigris", "sage", "slate", "violet"),
    palette("cream", "sap green", "forest green", "olive", "saffron"),
    palette("parchment", "umber", "burnt sienna", "sepia", "terracotta"),
)

# how tall a stem stands, as shares of the sheet; what crowns it needs room above
_REACH = {"fern": (0.7, 0.8), "branch": (0.62, 0.76), "umbel": (0.5, 0.6), "blossom": (0.52, 0.64)}


def draw(rng: np.random.Generator, size: Size) -> Drawing:
    """Draw one plate."""
    motif = str(rng.choice(["fern", "branch", "umbel", "blossom"]))
    colors = PALETTES[rng.integers(len(PALETTES))]
    canvas = Canvas(size, colors.paper)
    width, height = size
    stems = 1 if width < height * 0.9 else int(rng.integers(2, 4))
    for i in range(stems):
        x = width * (i + 1) / (stems + 1) + rng.normal(0.0, width * 0.015)
        tall = height * float(rng.uniform(*_REACH[motif])) * (1.0 if i % 2 == 0 else 0.86)
        lean = float(rng.normal(0.0, 0.1 if stems == 1 else 0.04)) + (i - (stems - 1) / 2) * 0.05
        stem = _stem(rng, float(x), height * 0.88, tall, lean)
        _PLANTS[motif](rng, canvas, stem, colors, width / (stems + 0.35))
    _caption(rng, canvas, colors.colors[2])
    words = ("botanical plate", motif, "herbarium", *colors.words)
    return Drawing(age_paper(rng, canvas.finish(), 1.5), motif, words)


def _stem(rng: np.random.Generator, x: float, y: float, tall: float, lean: float) -> Points:
    rise = np.linspace(0.0, 1.0, 5)
    sway = lean * rise**1.5 * tall + np.append(0.0, rng.normal(0.0, 0.022 * tall, 4))
    return smooth_curve(np.stack([x + sway, y - rise * tall], axis=1), 14)


def _leaf(canvas: Canvas, base: Points, angle: float, length: float, width: float, color: Color) -> None:
    t = np.linspace(0.0, 1.0, 16)
    bend = angle + (t - 0.3) * 0.35 * np.sign(np.cos(angle))
    spine = base + np.cumsum(np.stack([np.cos(bend), np.sin(bend)], axis=1) * (length / 16), axis=0)
    canvas.brush(spine, width * np.sin(np.pi * t**0.75) + 0.3, color)
    canvas.brush(spine[1:-1], 0.8, mix(color, (250, 246, 230), 0.35))


def _axis(stem: Points, share: float) -> tuple[Points, float]:
    i = int(np.clip(share * (len(stem) - 2), 0, len(stem) - 2))
    ahead = stem[i + 1] - stem[i]
    return stem[i], float(np.arctan2(ahead[1], ahead[0]))


def _fern(rng: np.random.Generator, canvas: Canvas, stem: Points, colors: Palette, room: float) -> None:
    leaf, second, brown, _ = colors.colors
    pairs = int(rng.integers(11, 17))
    slope, droop = float(rng.uniform(0.8, 1.15)), float(rng.uniform(-0.25, 0.3))
    widest = float(rng.uniform(0.2, 0.45))
    t = np.linspace(0.0, 1.0, 13)
    for k, share in enumerate(np.linspace(0.14, 0.97, pairs * 2)):
        base, heading = _axis(stem, float(share))
        grown = min(share / widest, 1.0) ** 0.7 * (1.0 - max(0.0, share - widest) / (1.0 - widest)) ** 0.85
        length = room * 0.47 * max(grown, 0.03) + 3.0
        side = -1.0 if k % 2 else 1.0
        bend = heading + side * (slope + float(rng.normal(0.0, 0.04)) + droop * t)
        frond = base + np.cumsum(np.stack([np.cos(bend), np.sin(bend)], axis=1), axis=0) * length / 13
        canvas.brush(frond, np.linspace(1.3, 0.4, 13), brown)
        for j in range(1, 13):
            tip = length * 0.17 * (1.0 - j / 14.0) + 1.2
            for lean in (-1.0, 1.0):
                way = bend[j] + lean * 1.05
                end = frond[j] + tip * np.array([np.cos(way), np.sin(way)])
                color = vary(rng, mix(leaf, second, 0.5 * (lean > 0) + 0.3 * float(share)), 6)
                shape = np.array([0.35, 1.0, 0.75, 0.1]) * tip * 0.42
                canvas.brush(np.linspace(frond[j], end, 4), shape, color)
    canvas.brush(stem, np.linspace(3.2, 0.8, len(stem)), brown)


def _branch(rng: np.random.Generator, canvas: Canvas, stem: Points, colors: Palette, room: float) -> None:
    leaf, second, brown, fruit = colors.colors
    has_fruit = rng.random() < 0.6
    slim = float(rng.uniform(0.22, 0.5))
    count = int(rng.integers(9, 18))
    canvas.brush(stem, np.linspace(4.0, 1.0, len(stem)), brown)
    for k, share in enumerate(np.linspace(0.2, 1.0, count)):
        base, heading = _axis(stem, float(share))
        side = 1 if k % 2 else -1
        angle = heading + side * float(rng.uniform(0.55, 1.0)) * (1.15 - 0.6 * share)
        length = room * float(rng.uniform(0.34, 0.48)) * (1.1 - 0.5 * share)
        color = vary(rng, mix(leaf, second, float(rng.uniform(0.0, 0.8))), 9)
        _leaf(canvas, base, angle, length, length * slim, color)
        if has_fruit and rng.random() < 0.55:
            for _ in range(int(rng.integers(1, 4))):
                spot = base + rng.normal(0.0, room * 0.045, 2) + (-side * room * 0.07, 0.0)
                canvas.stroke([base, spot], brown, 1.0)
                r = room * 0.026
                canvas.disc(spot[0], spot[1], r, vary(rng, fruit, 8))
                canvas.disc(spot[0] - r * 0.3, spot[1] - r * 0.35, r * 0.3, (255, 250, 240), 0.5)


def _umbel(rng: np.random.Generator, canvas: Canvas, stem: Points, colors: Palette, room: float) -> None:
    leaf, second, brown, blossom = colors.colors
    canvas.brush(stem, np.linspace(3.4, 1.6, len(stem)), mix(leaf, brown, 0.3))
    for share in (0.18, 0.32, 0.46):
        base, heading = _axis(stem, share)
        for side in (-1, 1):
            angle = heading + side * float(rng.uniform(0.6, 0.9))
            for lean in np.linspace(-0.5, 0.5, 5):
                length = room * 0.32 * (1.0 - abs(lean)) * (1.2 - share)
                _leaf(canvas, base, angle + lean, length, length * 0.2, vary(rng, second, 8))
    top, heading = _axis(stem, 1.0)
    heading = -np.pi / 2 + 0.5 * (heading + np.pi / 2)
    rays = int(rng.integers(11, 19))
    for turn in np.linspace(-1.25, 1.25, rays):
        reach = room * 0.34 * float(rng.uniform(0.9, 1.06))
        tip = top + reach * np.array([np.cos(heading + turn), np.sin(heading + turn)])
        middle = (top + tip) / 2 + (0.0, -reach * 0.08)
        canvas.brush(smooth_curve([top, middle, tip], 8), 1.1, leaf)
        for spot in tip + rng.normal(0.0, room * 0.026, (16, 2)):
            color = vary(rng, mix(blossom, colors.paper, float(rng.uniform(0.0, 0.5))), 8)
            canvas.disc(spot[0], spot[1], float(rng.uniform(0.9, 2.3)), color)


def _blossom(rng: np.random.Generator, canvas: Canvas, stem: Points, colors: Palette, room: float) -> None:
    leaf, second, brown, bloom = colors.colors
    canvas.brush(stem, np.linspace(3.6, 2.0, len(stem)), mix(leaf, brown, 0.25))
    for k, share in enumerate((0.12, 0.24, 0.36, 0.5)):
        base, heading = _axis(stem, share)
        length = room * float(rng.uniform(0.38, 0.52)) * (1.1 - share * 0.8)
        side = 1 if k % 2 else -1
        color = vary(rng, mix(leaf, second, 0.3 * (k % 3)), 7)
        _leaf(canvas, base, heading + side * float(rng.uniform(0.4, 0.7)), length, length * 0.26, color)
    top, _ = _axis(stem, 1.0)
    petals = int(rng.choice([5, 6, 8, 12]))
    for ring in (1.0, 0.72, 0.45):
        for k in range(petals):
            angle = (k + ring * 1.7) * 2 * np.pi / petals
            length = room * 0.25 * ring
            t = np.linspace(0.0, 1.0, 14)
            spine = top + np.outer(t, [np.cos(angle), np.sin(angle) * 0.86]) * length
            wide = 2.6 * length / petals * (1.6 if petals > 6 else 1.25)
            shape = wide * np.sin(np.pi * np.clip(t * 0.93 + 0.03, 0, 1) ** 1.25)
            color = mix(vary(rng, bloom, 7), colors.paper, 0.45 * ring - 0.05)
            canvas.brush(spine, shape, mix(color, brown, 0.28))
            canvas.brush(spine, np.maximum(shape - 1.3, 0.2), color)
    for spot in top + rng.normal(0.0, room * 0.018, (30, 2)):
        canvas.disc(spot[0], spot[1], 1.2, vary(rng, mix(brown, (230, 170, 50), 0.6), 14))


def _caption(rng: np.random.Generator, canvas: Canvas, color: Color) -> None:
    """Write a line under the plant that reads as a hand, though it says nothing."""
    width, height = canvas.size
    for line, share in enumerate((0.3, 0.18)):
        letters = int(width * share / 2.2)
        x = width / 2 + (np.arange(letters) - letters / 2) * 2.2
        y = height * 0.935 + line * 9 + rng.normal(0.0, 1.7, letters)
        for word in np.array_split(np.stack([x, y], axis=1), 3 - line):
            if len(word) > 3:
                canvas.stroke(smooth_curve(word[:-1], 5), color, 0.7, 0.75)


_PLANTS = {"fern": _fern, "branch": _branch, "umbel": _umbel, "blossom": _blossom}

FAMILY = Family(
    name="botanicals",
    category="botanical plate",
    shapes=(0.7, 0.75, 0.8, 1.3),
    period=(1825, 1848, 1905),
    places=("Edinburgh", "Paris", "Wien", "Olomouc", "Kraków", "Quito", "Dunedin"),
    titles={
        "en": ("Flora of the hedgerow", "Specimen from the north slope"),
        "fr": ("Fougère mâle", "Herbier de l'été"),
        "de": ("Farnkraut", "Blüte am Wegesrand"),
        "es": ("Helecho de montaña", "Flor silvestre"),
        "pl": ("Paproć leśna", "Kwiat polny"),
        "cs": ("Kapradí", "Luční květ"),
    },
    techniques={
        "en": "hand-coloured lithograph",
        "fr": "lithographie rehaussée à l'aquarelle",
        "de": "handkolorierte Lithographie",
        "es": "litografía coloreada a mano",
        "pl": "litografia ręcznie kolorowana",
        "cs": "ručně kolorovaná litografie",
    },
    draw=draw,
)
