"""Layered mountains under a low sun: woodcut colours, mist between the ridges, water before them."""

import numpy as np

from clipplot_pipeline.sample.canvas import Size, age_paper, blend, to_image
from clipplot_pipeline.sample.family import Drawing, Family
from clipplot_pipeline.sample.noise import Field, fractal_noise, pixel_grid, ridge_line, smoothstep
from clipplot_pipeline.sample.palettes import mix, palette, ramp

# horizon, then sky top, sky middle, sun, farthest ridge, nearest ridge
PALETTES = (
    palette("apricot", "cerulean", "cream", "vermilion", "lilac", "indigo"),
    palette("cream", "sky blue", "ivory", "orange", "sage", "forest green"),
    palette("blush", "violet", "rose", "ivory", "plum", "midnight"),
    palette("buff", "saffron", "cream", "crimson", "apricot", "oxblood"),
    palette("sky blue", "indigo", "cobalt", "chalk", "cerulean", "midnight"),
    palette("rose paper", "celadon", "ivory", "madder", "verdigris", "teal"),
    palette("cream", "teal", "celadon", "saffron", "sage", "prussian blue"),
    palette("linen", "slate", "pearl grey", "chalk", "silver", "ink"),
)


def draw(rng: np.random.Generator, size: Size) -> Drawing:
    """Draw one view."""
    motif = str(rng.choice(["alpine dawn", "misty valley", "dunes", "lake"]))
    colors = PALETTES[rng.integers(len(PALETTES))]
    width, height = size
    x, y = pixel_grid(size)
    horizon = height * float(rng.uniform(0.34, 0.5))
    top, middle, sun, far, near = colors.colors
    share = np.clip(y / (horizon * 1.25), 0.0, 1.0)
    haze = fractal_noise(rng, (height, width), width / 1.5, octaves=3)
    picture = ramp((top, middle, colors.paper), np.clip(share + 0.03 * haze, 0.0, 1.0))
    radius = min(size) * float(rng.uniform(0.06, 0.13))
    sun_x, sun_y = width * float(rng.uniform(0.2, 0.8)), horizon * float(rng.uniform(0.35, 0.8))
    distance = np.hypot(x - sun_x, y - sun_y)
    picture = blend(picture, mix(sun, (255, 250, 235), 0.5), 0.5 * np.exp(-((distance / (radius * 3)) ** 2)))
    picture = blend(picture, sun, np.clip(radius - distance + 0.5, 0.0, 1.0))
    shore = height * 0.78 if motif == "lake" else height * 1.0
    picture = _ridges(rng, picture, motif, horizon, shore, (far, near, colors.paper))
    if motif == "lake":
        picture = _reflect(rng, picture, shore, mix(near, colors.paper, 0.35))
    picture = _birds(rng, picture, x, y, (width, horizon), near)
    if rng.random() < 0.35:
        picture = _margin(picture, x, y, size)
    words = ("landscape", motif, "mountains" if motif != "dunes" else "desert", *colors.words)
    return Drawing(age_paper(rng, to_image(picture), 0.8), motif, words)


def _ridges(
    rng: np.random.Generator,
    picture: Field,
    motif: str,
    horizon: float,
    shore: float,
    tones: tuple[tuple[int, int, int], tuple[int, int, int], tuple[int, int, int]],
) -> Field:
    height, width = picture.shape[:2]
    y = np.arange(height)[:, None] + 0.5
    layers = int(rng.integers(4, 8))
    far, near, mist = tones
    octaves = 2 if motif == "dunes" else 6
    for k in range(layers):
        depth = k / (layers - 1)
        base = horizon + (shore - horizon) * (depth**1.15) * 0.88 + height * 0.03
        tall = height * (0.085 - 0.035 * depth) * (1.5 if motif == "alpine dawn" and k < 2 else 1.0)
        cell = width * float(rng.uniform(0.22, 0.4)) * (1.25 - 0.5 * depth)
        line = ridge_line(rng, width, cell, octaves, 0.42)
        edge = base - line * tall
        if depth > 0.6 and motif in ("misty valley", "lake"):
            edge = edge - _trees(rng, width, height * (0.012 + 0.03 * (depth - 0.5)))
        # nothing changes above the highest summit
        first = int(np.clip(edge.min() - 2.0, 0, height - 1))
        depth_px = y[first:] - edge[None, :]
        mask = np.clip(depth_px + 0.5, 0.0, 1.0) * (y[first:] < shore + 0.5)
        below = np.clip(depth_px / (height * 0.26), 0.0, 1.0)
        fog = (0.75 if motif == "misty valley" else 0.42) * (1.0 - 0.75 * depth)
        tone = np.asarray(mix(far, near, depth**0.9), dtype=np.float64)
        color = tone + (np.asarray(mist) - tone) * (below * fog)[..., None]
        if motif == "dunes":
            lit = np.gradient(line)[None, :] * width / 30.0
            color = color * (1.0 + 0.16 * np.tanh(lit))[..., None]
        picture[first:] = blend(picture[first:], color, mask)
    return picture


def _trees(rng: np.random.Generator, width: int, tall: float) -> Field:
    """Return how far a wood of conifers stands above its ridge at each column, in pixels."""
    x = np.arange(width, dtype=np.float64)
    top = np.zeros(width)
    for at in rng.uniform(0, width, int(width / max(tall * 0.32, 2.0))):
        h = tall * float(rng.uniform(0.45, 1.25))
        top = np.maximum(top, h * (1.0 - np.abs(x - at) / (h * 0.27)))
    return top


def _reflect(rng: np.random.Generator, picture: Field, shore: float, tone: tuple[int, int, int]) -> Field:
    height, width = picture.shape[:2]
    rows = np.arange(int(shore), height)
    ripple = fractal_noise(rng, (len(rows), width), 24.0, octaves=2)[:, :1]
    source = np.clip(2 * int(shore) - rows - 2 + np.rint(ripple[:, 0]).astype(np.int64), 0, height - 1)
    mirrored = picture[source]
    deep = 0.22 + 0.4 * (rows - shore) / max(1.0, height - shore)
    water = mirrored + (np.asarray(tone) - mirrored) * deep[:, None, None]
    glint = smoothstep(0.9, 2.2, fractal_noise(rng, (len(rows) * 5, width), 30.0, 3)[::5])
    picture = picture.copy()
    picture[rows] = water + (255.0 - water) * (glint * 0.35)[..., None]
    return picture


def _birds(
    rng: np.random.Generator,
    picture: Field,
    x: Field,
    y: Field,
    sky: tuple[float, float],
    tone: tuple[int, int, int],
) -> Field:
    if rng.random() < 0.5:
        return picture
    flock = rng.uniform((0.2, 0.25), (0.8, 0.6)) * sky
    for spot in flock + rng.normal(0.0, 16.0, (int(rng.integers(3, 8)), 2)):
        span = float(rng.uniform(3.5, 6.5))
        part = (_around(spot[1], span), _around(spot[0], span))
        along = np.abs(x[part] - spot[0]) / span
        wing = spot[1] - span * 0.55 * np.sin(np.clip(along, 0, 1) * np.pi * 0.7)
        mask = np.clip(1.1 - np.abs(y[part] - wing), 0.0, 1.0) * (along < 1.0)
        picture[part] = blend(picture[part], tone, mask * 0.85)
    return picture


def _around(at: float, span: float) -> slice:
    return slice(max(0, int(at - span - 3)), max(0, int(at + span + 4)))


def _margin(picture: Field, x: Field, y: Field, size: Size) -> Field:
    edge = np.minimum(np.minimum(x, size[0] - x), np.minimum(y, size[1] - y))
    border = min(size) * 0.05
    return blend(picture, (245, 239, 224), np.clip(border - edge + 0.5, 0.0, 1.0))


FAMILY = Family(
    name="landscapes",
    category="landscape",
    shapes=(1.5, 1.33, 0.75, 2.4, 1.0),
    period=(1885, 1925, 1975),
    places=("Zakopane", "Kanazawa", "Inverness", "Tromsø", "Quito", "Zürich", "Olomouc"),
    titles={
        "en": ("Five ridges before sunrise", "The valley, October"),
        "fr": ("L'aube sur les crêtes", "Vallée embrumée"),
        "de": ("Frühnebel über den Höhen", "Später Sommer im Gebirge"),
        "es": ("Amanecer en la sierra", "El valle en otoño"),
        "pl": ("Świt w górach", "Dolina we mgle"),
        "cs": ("Úsvit nad hřebeny", "Údolí v mlze"),
    },
    techniques={
        "en": "colour woodcut",
        "fr": "gravure sur bois en couleurs",
        "de": "Farbholzschnitt",
        "es": "xilografía en color",
        "pl": "drzeworyt barwny",
        "cs": "barevný dřevoryt",
    },
    draw=draw,
)
