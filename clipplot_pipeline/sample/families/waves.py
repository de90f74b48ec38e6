"""The sea as printmakers cut it: breaking waves with claws of foam, swells, and fans of scales."""

import numpy as np

from clipplot_pipeline.sample.canvas import Canvas, Points, Size, age_paper, smooth_curve
from clipplot_pipeline.sample.family import Drawing, Family
from clipplot_pipeline.sample.noise import ridge_line
from clipplot_pipeline.sample.palettes import Color, Palette, mix, palette, vary

# sky, then deep, middle, light, sun
PALETTES = (
    palette("buff", "prussian blue", "cobalt", "sky blue", "vermilion"),
    palette("cream", "indigo", "cerulean", "ivory", "madder"),
    palette("rose paper", "teal", "verdigris", "celadon", "crimson"),
    palette("parchment", "ink", "slate", "pearl grey", "burnt sienna"),
    palette("celadon", "prussian blue", "teal", "chalk", "orange"),
    palette("blush", "ultramarine", "cobalt", "ivory", "saffron"),
)
FOAM = (250, 247, 236)


def draw(rng: np.random.Generator, size: Size) -> Drawing:
    """Draw one print."""
    motif = str(rng.choice(["breaking wave", "swell", "wave scales"]))
    colors = PALETTES[rng.integers(len(PALETTES))]
    canvas = Canvas(size, colors.paper)
    if motif == "wave scales":
        _scales(rng, canvas, colors)
    else:
        _sky(rng, canvas, colors)
        if motif == "swell":
            _swell(rng, canvas, colors, 0.42, int(rng.integers(6, 10)))
        else:
            _swell(rng, canvas, colors, 0.66, 3)
            _breaker(rng, canvas, colors)
            _swell(rng, canvas, colors, 0.84, 2)
    words = ("seascape", motif, "water", *colors.words)
    return Drawing(age_paper(rng, canvas.finish()), motif, words)


def _sky(rng: np.random.Generator, canvas: Canvas, colors: Palette) -> None:
    width, height = canvas.size
    bands = 60
    for k in range(bands):
        tone = mix(mix(colors.colors[1], colors.paper, 0.35), colors.paper, min(1.0, k / 24))
        canvas.rectangle((0, height * k / bands * 0.7, width, height * (k + 1) / bands * 0.7), tone)
    radius = min(canvas.size) * float(rng.uniform(0.07, 0.15))
    canvas.disc(
        width * float(rng.uniform(0.55, 0.85)),
        height * float(rng.uniform(0.2, 0.36)),
        radius,
        colors.colors[3],
    )
    if rng.random() < 0.6:
        peak = width * float(rng.uniform(0.3, 0.75))
        foot = height * 0.7
        tall, wide = height * float(rng.uniform(0.14, 0.24)), width * 0.24
        t = np.linspace(-1.0, 1.0, 60)
        rise = foot - tall * (1.0 - np.abs(t)) ** 1.35 * 1.0
        line = np.stack([peak + t * wide, np.maximum(rise, foot - tall * 0.9)], axis=1)
        canvas.polygon(line, mix(colors.colors[1], colors.paper, 0.45))
        snow = line[(line[:, 1] < foot - tall * 0.52)]
        teeth = snow[::-1].copy()
        teeth[:, 1] = foot - tall * 0.52 + tall * 0.1 * (np.arange(len(teeth)) % 4 - 1.5)
        canvas.polygon(np.vstack([snow, teeth]), FOAM)


def _swell(rng: np.random.Generator, canvas: Canvas, colors: Palette, start: float, rows: int) -> None:
    width, height = canvas.size
    deep, middle, light, _ = colors.colors
    x = np.linspace(-8, width + 8, 160)
    for k in range(rows):
        depth = (k + 0.5) / rows
        base = height * (start + (1.02 - start) * k / rows)
        length = width * (0.22 + 0.2 * depth) * float(rng.uniform(0.85, 1.15))
        phase = float(rng.uniform(0, 1))
        at = np.mod(x / length + phase, 1.0)
        # a trochoid-like crest: sharp above, broad below
        crest = np.abs(np.sin(np.pi * at)) ** 0.75
        lift = height * (0.02 + 0.045 * depth)
        top = base + crest * lift - lift + ridge_line(rng, len(x), 40, 2) * height * 0.004
        tone = vary(rng, (deep, middle, mix(deep, middle, 0.5))[k % 3], 4)
        shape = np.vstack([np.stack([x, top], axis=1), [(width + 8, height + 8), (-8, height + 8)]])
        canvas.polygon(shape, tone)
        for line in range(1, 6):
            lower = top + line * lift * (0.32 + 0.03 * line) * (0.6 + 0.4 * crest)
            ink = light if line % 2 else mix(deep, tone, 0.3)
            canvas.brush(np.stack([x, lower], axis=1), 0.6 + 1.3 * (1 - crest), ink, 0.75)
        canvas.brush(np.stack([x, top], axis=1), 1.2 + 3.4 * (1.0 - crest) ** 2, FOAM)


def _breaker(rng: np.random.Generator, canvas: Canvas, colors: Palette) -> None:
    """Draw a curling wave: stripes between its back and its hollow front, and foam at the lip."""
    width, height = canvas.size
    scale = min(width * 0.62, height * 0.72) * float(rng.uniform(0.85, 1.1))
    flip = -1.0 if rng.random() < 0.3 else 1.0
    left = width * float(rng.uniform(-0.04, 0.1))
    sway = float(rng.uniform(-0.05, 0.05))
    back = [
        (-0.5, 0.12),
        (-0.12, -0.06),
        (0.16, -0.42),
        (0.4, -0.78 + sway),
        (0.7, -0.95),
        (0.97, -0.86),
        (1.1, -0.62),
    ]
    front = [
        (1.5, 0.12),
        (1.12, -0.02),
        (0.82, -0.16),
        (0.62, -0.38),
        (0.66, -0.62 + sway),
        (0.84, -0.74),
        (1.1, -0.62),
    ]
    origin = np.array([left if flip > 0 else width - left, height * 0.9])
    outer = smooth_curve(np.array(back) * (flip * scale, scale) + origin, 16)
    inner = smooth_curve(np.array(front) * (flip * scale, scale) + origin, 16)
    canvas.polygon(np.vstack([outer, inner[::-1]]), colors.colors[0])
    stripes = int(rng.integers(8, 13))
    for k in range(1, stripes):
        share = k / stripes
        line = outer * (1 - share) + inner * share
        room = np.hypot(*(outer - inner).T) / stripes
        ink = (colors.colors[1], colors.colors[2], FOAM)[k % 3]
        canvas.brush(line, room * (0.62 if k % 3 == 0 else 0.85), vary(rng, ink, 3), 0.95)
    canvas.brush(inner, 2.0, mix(colors.colors[0], (0, 0, 0), 0.25))
    canvas.brush(outer, np.linspace(2.0, scale * 0.03, len(outer)), FOAM)
    _foam(rng, canvas, outer[int(len(outer) * 0.42) :], scale, flip, colors.colors[0])
    _spray(rng, canvas, outer[-1], scale, flip)


def _foam(
    rng: np.random.Generator, canvas: Canvas, lip: Points, scale: float, flip: float, line: Color
) -> None:
    """Draw balls of foam and their claws along the lip: first all outlines, then all foam."""
    balls, claws = [], []
    t = np.linspace(0.0, 1.0, 9)
    hook = np.cumsum(np.stack([flip * np.cos(0.5 + 2.0 * t), np.sin(0.5 + 2.0 * t)], axis=1), axis=0)
    for i, root in enumerate(lip):
        share = i / len(lip)
        size = scale * (0.016 + 0.026 * share)
        for _ in range(3):
            x, y = root + rng.normal(0.0, size * 0.8, 2) + np.array([flip, 1.3]) * size * share
            balls.append((float(x), float(y), size * float(rng.uniform(0.4, 0.9))))
        if share > 0.35 and i % 3 == 0:
            claws.append((root + hook * size * 0.55 * float(rng.uniform(0.7, 1.3)), size * (1.0 - t)))
    for ink, grow in ((line, 1.5), (FOAM, 0.0)):
        for x, y, radius in balls:
            canvas.disc(x, y, radius + grow, ink)
        for claw, widths in claws:
            canvas.brush(claw, widths + 0.8 + 2 * grow, ink)


def _spray(rng: np.random.Generator, canvas: Canvas, tip: Points, scale: float, flip: float) -> None:
    for _ in range(90):
        far = abs(float(rng.normal(0.0, 0.3))) * scale
        turn = float(rng.uniform(-0.9, 0.9))
        spot = tip + far * np.array([flip * np.cos(turn), np.sin(turn)])
        canvas.disc(spot[0], spot[1], float(rng.uniform(0.6, 2.0)), FOAM, 0.95)


def _scales(rng: np.random.Generator, canvas: Canvas, colors: Palette) -> None:
    width, height = canvas.size
    radius = min(canvas.size) / float(rng.uniform(5.0, 10.0))
    rings = int(rng.integers(3, 6))
    deep, middle, light, sun = colors.colors
    inks = (deep, FOAM, middle, colors.paper, light, FOAM)
    rows = int(height / (radius * 0.5)) + 4
    special = float(rng.uniform(0.0, 0.12))
    for row in range(rows):
        y = row * radius * 0.5
        for column in range(int(width / (2 * radius)) + 3):
            x = (column - 0.5 * (row % 2)) * radius * 2
            first = sun if rng.random() < special else inks[0]
            for k in range(rings * 2):
                ink = first if k == 0 else inks[k % len(inks)]
                canvas.disc(x, y, radius * (1.0 - k / (rings * 2)), vary(rng, ink, 3))


FAMILY = Family(
    name="waves",
    category="seascape",
    shapes=(1.45, 1.45, 0.7, 1.0),
    period=(1825, 1836, 1930),
    places=("Kyoto", "Nagasaki", "Saint-Malo", "Gdańsk", "Reykjavík", "Dunedin", "Lima"),
    titles={
        "en": ("The wave", 'Off the cape, "white horses"'),
        "fr": ("La vague", "Marée d'équinoxe"),
        "de": ("Die Woge", "Brandung bei Flut"),
        "es": ("La ola", "Mar de fondo"),
        "pl": ("Fala", "Przypływ o świcie"),
        "cs": ("Vlna", "Příliv"),
    },
    techniques={
        "en": "woodblock print",
        "fr": "estampe, gravure sur bois",
        "de": "Farbholzschnitt auf Japanpapier",
        "es": "grabado en madera",
        "pl": "drzeworyt",
        "cs": "dřevořez",
    },
    draw=draw,
)
