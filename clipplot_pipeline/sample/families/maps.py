"""Sheets of a survey: islands in hypsometric tints, contour sheets, sea charts and archipelagos."""

import numpy as np

from clipplot_pipeline.sample.canvas import Canvas, Size, age_paper, blend, to_image
from clipplot_pipeline.sample.family import Drawing, Family
from clipplot_pipeline.sample.noise import Field, fractal_noise, pixel_grid
from clipplot_pipeline.sample.palettes import Color, Palette, mix, palette, ramp

# paper, then sea, low land, high land, line
PALETTES = (
    palette("cream", "sky blue", "sage", "ochre", "sepia"),
    palette("parchment", "celadon", "buff", "terracotta", "umber"),
    palette("ivory", "cerulean", "linen", "burnt sienna", "ink"),
    palette("chalk", "silver", "pearl grey", "slate", "ink"),
    palette("buff", "verdigris", "cream", "olive", "sepia"),
    palette("linen", "indigo", "buff", "madder", "midnight"),
)


def draw(rng: np.random.Generator, size: Size) -> Drawing:
    """Draw one sheet."""
    motif = str(rng.choice(["island", "archipelago", "contour sheet", "sea chart"]))
    colors = PALETTES[rng.integers(len(PALETTES))]
    height_field = _relief(rng, size, motif)
    picture = _tint(height_field, motif, colors)
    picture = _contours(picture, height_field, motif, colors.colors[3])
    canvas = Canvas(to_image(picture).size, to_image(picture), oversampling=2)
    _names(rng, canvas, height_field, colors.colors[3])
    if motif in ("sea chart", "archipelago"):
        _rhumbs(rng, canvas, colors)
    _neatline(canvas, colors)
    words = ("map", motif, "cartography", *colors.words)
    return Drawing(age_paper(rng, canvas.finish(), 1.8), motif, words)


def _relief(rng: np.random.Generator, size: Size, motif: str) -> Field:
    """Return heights, sea level at 0, about -1 to 1."""
    shape = (size[1], size[0])
    short = min(size)
    if motif == "contour sheet":
        return np.asarray(fractal_noise(rng, shape, short / 1.6, 6, 0.42) * 0.4 + 0.62)
    x, y = pixel_grid(size)
    cell = short / (1.6 if motif == "island" else 3.4)
    noise = fractal_noise(rng, shape, cell, 6, 0.46)
    cx, cy = size[0] * float(rng.uniform(0.42, 0.58)), size[1] * float(rng.uniform(0.42, 0.58))
    far = np.hypot((x - cx) / size[0], (y - cy) / size[1])
    if motif == "island":
        return np.asarray(0.66 - 1.95 * far + 0.24 * noise)
    if motif == "archipelago":
        return np.asarray(0.1 - 1.6 * far**2 + 0.34 * noise)
    turn = float(rng.uniform(0, 2 * np.pi))
    slope = ((x - cx) * np.cos(turn) + (y - cy) * np.sin(turn)) / short
    return np.asarray(slope * 0.85 + 0.22 * noise - 0.05)


def _tint(heights: Field, motif: str, colors: Palette) -> Field:
    sea, low, high, _ = colors.colors
    paper = colors.paper
    if motif == "sea chart":
        land: tuple[Color, ...] = (mix(low, high, 0.25), mix(low, high, 0.4))
        deep: tuple[Color, ...] = (mix(sea, paper, 0.35), paper, paper, paper)
    else:
        land = (mix(low, paper, 0.15), low, mix(low, high, 0.4), high, mix(high, paper, 0.6))
        deep = (mix(sea, paper, 0.45), mix(sea, paper, 0.15), sea, mix(sea, (20, 40, 60), 0.12))
    if motif == "contour sheet":
        land = (mix(low, paper, 0.55), paper, mix(high, paper, 0.78))
    step = 9.0
    stepped = np.floor(np.abs(heights) * step) / step
    above = ramp(land, np.clip(stepped * 1.35, 0.0, 1.0))
    below = ramp(deep, np.clip(stepped * 1.6, 0.0, 1.0))
    edge = np.clip(heights / _slope(heights) + 0.5, 0.0, 1.0)
    picture = below + (above - below) * edge[..., None]
    dy, dx = np.gradient(np.maximum(heights, 0.0))
    shade = np.tanh((dx + dy) * -22.0) * 0.14
    return np.asarray(picture * (1.0 + shade)[..., None])


def _slope(heights: Field) -> Field:
    dy, dx = np.gradient(heights)
    return np.asarray(np.maximum(np.hypot(dx, dy), 1e-5))


def _contours(picture: Field, heights: Field, motif: str, line: Color) -> Field:
    slope = _slope(heights)
    spacing = 1.0 / (27.0 if motif == "contour sheet" else 15.0)
    for every, width, strength in ((spacing, 0.45, 0.5), (spacing * 5, 0.9, 0.75)):
        off = np.abs(np.mod(heights / every + 0.5, 1.0) - 0.5) * every
        mask = np.clip(width + 0.5 - off / slope, 0.0, 1.0) * strength
        if motif == "sea chart":
            mask = mask * (heights < 0.0) * (heights > -0.3)
        elif motif != "contour sheet":
            mask = mask * np.where(heights > 0.0, 1.0, 0.35)
        picture = blend(picture, line, mask)
    coast = np.clip(1.3 - np.abs(heights) / slope, 0.0, 1.0)
    return blend(picture, line, coast * (0.0 if motif == "contour sheet" else 0.95))


def _names(rng: np.random.Generator, canvas: Canvas, heights: Field, line: Color) -> None:
    """Mark summits, soundings and towns."""
    width, height = canvas.size
    for _ in range(int(rng.integers(14, 34))):
        x, y = rng.uniform((0.1, 0.1), (0.9, 0.9)) * canvas.size
        level = heights[int(y), int(x)]
        size = min(width, height) / 130
        if level > 0.45:
            canvas.polygon(
                [(x, y - size * 1.4), (x + size * 1.2, y + size), (x - size * 1.2, y + size)], line
            )
        elif level > 0.06:
            canvas.circle(x, y, size * 0.75, line, 1.0)
            letters = np.arange(int(rng.integers(5, 11)))
            at = np.stack([x + size * 2 + letters * 2.4, y + rng.normal(0.0, 1.3, len(letters))], 1)
            canvas.stroke(at, line, 0.8, 0.8)
        else:
            canvas.stroke([(x - size * 0.6, y), (x + size * 0.6, y)], line, 0.8, 0.6)
            canvas.stroke([(x, y - size * 0.6), (x, y + size * 0.6)], line, 0.8, 0.6)


def _rhumbs(rng: np.random.Generator, canvas: Canvas, colors: Palette) -> None:
    """Draw a compass rose and the lines of bearing that leave it."""
    width, height = canvas.size
    line, accent = colors.colors[3], colors.colors[2]
    x = width * float(rng.choice([0.2, 0.8]))
    y = height * float(rng.choice([0.22, 0.78]))
    radius = min(canvas.size) * 0.1
    far = float(width + height)
    for k in range(32):
        turn = k * np.pi / 16
        end = (x + far * np.cos(turn), y + far * np.sin(turn))
        canvas.stroke([(x, y), end], line, 0.6, 0.34 if k % 2 == 0 else 0.16)
    canvas.disc(x, y, radius * 1.05, colors.paper, 0.85)
    canvas.circle(x, y, radius * 0.98, line, 1.0)
    canvas.circle(x, y, radius * 0.62, line, 0.6)
    for points, reach, wide in ((8, 0.66, 0.16), (4, 1.12, 0.2)):
        for k in range(points):
            turn = k * 2 * np.pi / points + (np.pi / 8 if points == 8 else 0.0)
            way = np.array([np.cos(turn), np.sin(turn)])
            side = np.array([-way[1], way[0]])
            heart = np.array([x, y])
            tip = heart + way * radius * reach
            waist = heart + way * radius * wide
            canvas.polygon([heart, waist + side * radius * wide, tip], line)
            canvas.polygon([heart, waist - side * radius * wide, tip], accent)


def _neatline(canvas: Canvas, colors: Palette) -> None:
    """Draw the margin with its scale of alternating black and white minutes."""
    width, height = canvas.size
    line = colors.colors[3]
    gap = min(canvas.size) * 0.045
    for box in (
        (0, 0, width, gap),
        (0, height - gap, width, height),
        (0, 0, gap, height),
        (width - gap, 0, width, height),
    ):
        canvas.rectangle(box, colors.paper)
    inner = gap * 1.28
    steps_x, steps_y = max(6, width // 34), max(6, height // 34)
    for k in range(0, steps_x):
        left = gap + (width - 2 * gap) * k / steps_x
        right = gap + (width - 2 * gap) * (k + 1) / steps_x
        tone = line if k % 2 else colors.paper
        canvas.rectangle((left, gap, right, inner), tone)
        canvas.rectangle((left, height - inner, right, height - gap), tone)
    for k in range(0, steps_y):
        top = gap + (height - 2 * gap) * k / steps_y
        bottom = gap + (height - 2 * gap) * (k + 1) / steps_y
        tone = colors.paper if k % 2 else line
        canvas.rectangle((gap, top, inner, bottom), tone)
        canvas.rectangle((width - inner, top, width - gap, bottom), tone)
    for inset in (gap, inner):
        canvas.frame((inset, inset, width - inset, height - inset), line, 0.9)
    for share in (0.25, 0.5, 0.75):
        canvas.stroke([(width * share, inner), (width * share, height - inner)], line, 0.5, 0.3)
        canvas.stroke([(inner, height * share), (width - inner, height * share)], line, 0.5, 0.3)


FAMILY = Family(
    name="maps",
    category="map",
    shapes=(1.33, 0.8, 1.0, 1.8),
    period=(1828, 1869, 1938),
    places=("Gdańsk", "Marseille", "Sydney", "Wien", "Lima", "Edinburgh", "Reykjavík"),
    titles={
        "en": ("Survey of the western isles", "Sheet 7: the heights"),
        "fr": ("Carte de l'île", "Levé de la côte, feuille 3"),
        "de": ("Höhenschichtenkarte", "Küstenaufnahme, Blatt 3"),
        "es": ("Carta náutica", "Plano de la isla"),
        "pl": ("Mapa wyżyn", "Wybrzeże, arkusz 3"),
        "cs": ("Výškopis", "Ostrov, list 3"),
    },
    techniques={
        "en": "lithographed survey, tinted",
        "fr": "levé lithographié, teinté",
        "de": "lithographierte Aufnahme, getönt",
        "es": "plano litografiado y coloreado",
        "pl": "litografia barwiona",
        "cs": "kolorovaná litografie",
    },
    draw=draw,
)
