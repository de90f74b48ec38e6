"""Curves of light: harmonographs, spirographs, Lissajous figures and roses on dark grounds."""

import numpy as np

from clipplot_pipeline.sample.canvas import Points, Size, to_image
from clipplot_pipeline.sample.family import Drawing, Family
from clipplot_pipeline.sample.noise import Field, pixel_grid
from clipplot_pipeline.sample.palettes import palette, ramp

PALETTES = (
    palette("ink", "cream", "gold"),
    palette("midnight", "cerulean", "chalk", "rose"),
    palette("lamp black", "vermilion", "saffron", "cream"),
    palette("prussian blue", "chalk", "sky blue"),
    palette("oxblood", "blush", "apricot", "cream"),
    palette("midnight", "verdigris", "lemon", "chalk"),
    palette("ink", "violet", "rose", "blush"),
    palette("forest green", "celadon", "cream"),
)
_SAMPLES = 130_000


def draw(rng: np.random.Generator, size: Size) -> Drawing:
    """Draw one figure."""
    motif = str(rng.choice(["harmonograph", "spirograph", "Lissajous figure", "rose curve"]))
    colors = PALETTES[rng.integers(len(PALETTES))]
    curve = _CURVES[motif](rng)
    curve = curve - (curve.max(axis=0) + curve.min(axis=0)) / 2
    reach = float(np.abs(curve).max())
    room = 0.44 * min(size)
    stretch = np.array(size) / min(size) if motif == "Lissajous figure" else np.ones(2)
    points = curve / reach * room * stretch + np.array(size) / 2
    light = _expose(points, size)
    x, y = pixel_grid(size)
    far = np.hypot(x / size[0] - 0.5, y / size[1] - 0.5)
    ground = np.asarray(colors.paper, dtype=np.float64) * (1.12 - 0.55 * far)[..., None]
    amount = np.stack([light[:, :, c] for c in range(2)], axis=-1).sum(axis=-1)
    share = light[:, :, 1] / np.maximum(amount, 1e-9)
    ink = ramp(colors.colors, np.clip(share, 0.0, 1.0))
    strength = 1.0 - np.exp(-amount * float(rng.uniform(0.9, 1.5)))
    array = ground * (1.0 - strength[..., None]) + ink * strength[..., None]
    array += (255.0 - array) * (strength[..., None] ** 5) * 0.35
    words = ("light drawing", motif, "mathematics", *colors.words)
    return Drawing(to_image(array), motif, words)


def _harmonograph(rng: np.random.Generator) -> Points:
    t = np.linspace(0.0, float(rng.uniform(60.0, 130.0)), _SAMPLES)
    decay = np.exp(-t * float(rng.uniform(0.008, 0.02)))
    low, high = sorted(int(n) for n in rng.choice([1, 2, 3, 4, 5], 2, replace=False))
    drift = rng.normal(0.0, 0.006, 4)
    phase = rng.uniform(0.0, 2 * np.pi, 4)
    x = np.sin(t * (low + drift[0]) + phase[0]) + 0.6 * np.sin(t * (high + drift[1]) + phase[1])
    y = np.sin(t * (high + drift[2]) + phase[2]) + 0.6 * np.sin(t * (low + drift[3]) + phase[3])
    return np.stack([x * decay, y * decay], axis=1)


def _spirograph(rng: np.random.Generator) -> Points:
    big = int(rng.integers(40, 106))
    small = int(rng.choice([n for n in range(15, 64) if n < big and np.gcd(n, big) <= 4]))
    turns = small // int(np.gcd(small, big))
    t = np.linspace(0.0, 2 * np.pi * turns, _SAMPLES)
    pen = small * float(rng.uniform(0.5, 1.3))
    gap = big - small
    x = gap * np.cos(t) + pen * np.cos(gap / small * t)
    y = gap * np.sin(t) - pen * np.sin(gap / small * t)
    return np.stack([x, y], axis=1)


def _lissajous(rng: np.random.Generator) -> Points:
    a, b = (int(n) for n in rng.choice([2, 3, 4, 5, 7], 2, replace=False))
    t = np.linspace(0.0, 2 * np.pi, 4_500)
    lines = int(rng.integers(18, 46))
    phase = np.linspace(0.0, float(rng.uniform(0.4, 1.2)), lines)[:, None] + rng.uniform(0.0, 3.0)
    shrink = np.linspace(1.0, float(rng.uniform(0.55, 1.0)), lines)[:, None]
    x = np.sin(a * t + phase) * shrink
    y = np.sin(b * t) * shrink
    return np.stack([x.ravel(), y.ravel()], axis=1)


def _rose(rng: np.random.Generator) -> Points:
    n, d = int(rng.integers(3, 12)), int(rng.integers(1, 8))
    d = d if n % d or d == 1 else d - 1
    t = np.linspace(0.0, 2 * np.pi * d, 4_000)
    lines = int(rng.integers(14, 40))
    scale = np.linspace(0.12, 1.0, lines)[:, None]
    twist = np.linspace(0.0, float(rng.uniform(0.0, 0.7)), lines)[:, None]
    radius = np.cos(n / d * t) * scale
    return np.stack([(radius * np.cos(t + twist)).ravel(), (radius * np.sin(t + twist)).ravel()], 1)


def _expose(points: Points, size: Size) -> Field:
    """Return light (h, w, 2): how long the pen stayed, early and late, spread over 2 x 2 pixels."""
    width, height = size
    late = np.linspace(0.0, 1.0, len(points))
    x, y = points[:, 0] - 0.5, points[:, 1] - 0.5
    left, top = np.floor(x).astype(np.int64), np.floor(y).astype(np.int64)
    fx, fy = x - left, y - top
    inside = (left >= 0) & (top >= 0) & (left < width - 1) & (top < height - 1)
    light = np.zeros((height * width, 2))
    path_px = np.hypot(*np.diff(points, axis=0).T).clip(0.0, 3.0)
    step = np.append(path_px, path_px[-1])
    for dx, dy, share in (
        (0, 0, (1 - fx) * (1 - fy)),
        (1, 0, fx * (1 - fy)),
        (0, 1, (1 - fx) * fy),
        (1, 1, fx * fy),
    ):
        place = ((top + dy) * width + left + dx)[inside]
        amount = (share * step)[inside]
        when = late[inside]
        light[:, 0] += np.bincount(place, amount * (1 - when), height * width)
        light[:, 1] += np.bincount(place, amount * when, height * width)
    return light.reshape(height, width, 2)


_CURVES = {
    "harmonograph": _harmonograph,
    "spirograph": _spirograph,
    "Lissajous figure": _lissajous,
    "rose curve": _rose,
}

FAMILY = Family(
    name="harmonographs",
    category="light drawing",
    shapes=(1.0, 1.0, 0.8, 1.25),
    period=(1888, 1957, 1985),
    places=("Jena", "Bristol", "Genève", "Brno", "Łódź", "Santiago"),
    titles={
        "en": ("Two pendulums, one minute", "Figure for an oscilloscope"),
        "fr": ("Deux pendules", "Rosace lumineuse"),
        "de": ("Schwingung", "Pendelbild über Nacht"),
        "es": ("Péndulo doble", "Rosa de luz"),
        "pl": ("Wahadło", "Świetlna róża"),
        "cs": ("Kyvadlo", "Světelná růžice"),
    },
    techniques={
        "en": "gelatin silver print, tinted",
        "fr": "épreuve gélatino-argentique teintée",
        "de": "getönter Silbergelatineabzug",
        "es": "gelatina de plata virada",
        "pl": "odbitka żelatynowo-srebrowa, tonowana",
        "cs": "tónovaná bromostříbrná fotografie",
    },
    draw=draw,
)
