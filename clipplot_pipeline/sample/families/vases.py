"""Ceramics on a studio ground: vases, bottles, bowls and jars, turned, lit, glazed and painted."""

import numpy as np

from clipplot_pipeline.sample.canvas import Size, blend, smooth_curve, to_image
from clipplot_pipeline.sample.family import Drawing, Family
from clipplot_pipeline.sample.noise import Field, fractal_noise, lattice_noise, pixel_grid, smoothstep
from clipplot_pipeline.sample.palettes import Color, Palette, mix, palette

# wall, then body, glaze, paint, accent
PALETTES = (
    palette("pearl grey", "chalk", "ivory", "cobalt", "ultramarine"),
    palette("linen", "terracotta", "burnt sienna", "lamp black", "cream"),
    palette("silver", "celadon", "verdigris", "teal", "ivory"),
    palette("buff", "umber", "sepia", "ochre", "cream"),
    palette("rose paper", "chalk", "blush", "madder", "gold"),
    palette("sage", "ivory", "olive", "forest green", "saffron"),
    palette("slate", "ink", "prussian blue", "cerulean", "gold"),
    palette("celadon", "oxblood", "crimson", "cream", "gold"),
)
# radius as a share of the height, from lip to foot
PROFILES: dict[str, tuple[float, ...]] = {
    "amphora": (0.15, 0.11, 0.12, 0.27, 0.34, 0.3, 0.2, 0.1, 0.13),
    "bottle": (0.09, 0.06, 0.06, 0.07, 0.16, 0.27, 0.29, 0.25, 0.16),
    "bowl": (0.72, 0.71, 0.69, 0.65, 0.58, 0.48, 0.36, 0.24, 0.26),
    "moon jar": (0.24, 0.26, 0.4, 0.49, 0.53, 0.52, 0.46, 0.34, 0.25),
    "beaker": (0.27, 0.24, 0.22, 0.22, 0.22, 0.23, 0.24, 0.25, 0.22),
    "baluster vase": (0.15, 0.12, 0.2, 0.31, 0.32, 0.27, 0.2, 0.16, 0.19),
}


def draw(rng: np.random.Generator, size: Size) -> Drawing:
    """Draw one vessel, or a row of them."""
    colors = PALETTES[rng.integers(len(PALETTES))]
    kinds = sorted(PROFILES)
    motif = kinds[rng.integers(len(kinds))]
    x, y = pixel_grid(size)
    picture = _studio(x, y, size, colors)
    count = 1 if size[0] < size[1] * 1.5 else int(rng.integers(3, 5))
    for k in range(count):
        kind = motif if k == 0 else kinds[rng.integers(len(kinds))]
        room = size[0] / count
        center = room * (k + 0.5)
        scale = 1.0 if count == 1 else float(rng.uniform(0.75, 1.0))
        picture = _vessel(rng, picture, x, y, kind, (center, room * 0.84 * scale), colors)
    name = motif if count == 1 else "group of vessels"
    grain = 1.0 + 0.008 * lattice_noise(rng, (size[1], size[0]), 2.5)
    words = ("ceramics", name, "studio photograph", *colors.words)
    return Drawing(to_image(picture * grain[..., None]), name, words)


def _studio(x: Field, y: Field, size: Size, colors: Palette) -> Field:
    """Return a wall that turns into a table, lit from one side."""
    width, height = size
    table = smoothstep(height * 0.7, height * 0.92, y)
    light = 1.1 - 0.35 * np.hypot(x / width - 0.3, y / height - 0.3)
    wall = np.asarray(colors.paper, float)
    floor = np.asarray(mix(colors.paper, (250, 246, 238), 0.35), float)
    return np.asarray((wall + (floor - wall) * table[..., None]) * light[..., None])


def _vessel(
    rng: np.random.Generator,
    picture: Field,
    x: Field,
    y: Field,
    kind: str,
    place: tuple[float, float],
    colors: Palette,
) -> Field:
    """Lay one vessel (centre, room in pixels) with its shadow over the picture."""
    height = picture.shape[0]
    profile = np.array(PROFILES[kind]) * (1.0 + rng.normal(0.0, 0.03, 9))
    center, room = place
    tall = min(height * 0.68, room / (2.0 * float(profile.max())))
    foot = height * 0.86
    top = foot - tall
    widest = float(profile.max()) * tall
    shadow = np.exp(
        -(((x - center - tall * 0.22) / (widest * 1.3)) ** 2) - ((y - foot) / (tall * 0.055)) ** 2
    )
    picture = blend(picture, mix(colors.paper, (20, 16, 20), 0.75), shadow * 0.55)
    # everything else lies within the vessel's own rectangle
    rows = slice(max(0, int(top - widest * 0.2)), int(foot + tall * 0.06))
    columns = slice(max(0, int(center - widest * 1.15)), int(center + widest * 1.15) + 1)
    part = (rows, columns)
    turned = _turn(rng, picture[part], x[part], y[part], (center, top, tall), profile, colors)
    picture[part] = _lip(turned, x[part], y[part], (center, top, float(profile[0]) * tall), colors)
    return picture


def _turn(
    rng: np.random.Generator,
    picture: Field,
    x: Field,
    y: Field,
    place: tuple[float, float, float],
    profile: Field,
    colors: Palette,
) -> Field:
    """Lay the lit and painted body (centre, top, height) over its part of the picture."""
    center, top, tall = place
    curve = smooth_curve(np.stack([np.linspace(0, 1, 9), profile], axis=1), 14)
    rise = (y - top) / tall
    radius = np.interp(rise, curve[:, 0], curve[:, 1]) * tall
    across = (x - center) / np.maximum(radius, 1.0)
    # the ellipse of the foot, seen from a little above
    sole = np.sqrt(np.clip(1.0 - ((x - center) / (profile[-1] * tall)) ** 2, 0.0, 1.0))
    lower = top + tall + 0.1 * profile[-1] * tall * sole
    inside = np.minimum(radius - np.abs(x - center), np.minimum(y - top, lower - y))
    angle = np.arcsin(np.clip(across, -1.0, 1.0))
    surface = _decorate(rng, angle, np.clip(rise, 0.0, 1.0), colors)
    light = 0.5 + 0.62 * np.clip(np.cos(angle + 0.65), 0.0, 1.0) ** 1.2
    rim = np.exp(-(((1.0 - np.abs(across)) / 0.07) ** 2)) * 0.12
    gloss = np.exp(-(((angle + 0.7) / 0.11) ** 2))
    gloss = gloss * smoothstep(0.05, 0.3, rise) * (1.0 - smoothstep(0.5, 0.8, rise))
    body = surface * (light + rim)[..., None]
    body = body + (255.0 - body) * (gloss * float(rng.uniform(0.15, 0.5)))[..., None]
    return blend(picture, body, np.clip(inside + 0.5, 0.0, 1.0))


def _lip(picture: Field, x: Field, y: Field, place: tuple[float, float, float], colors: Palette) -> Field:
    center, top, radius = place
    flat = 0.15
    far = np.hypot(x - center, (y - top) / flat)
    mask = np.clip((radius - far) * flat * 1.6 + 0.5, 0.0, 1.0)
    rim = np.clip((radius * 0.9 - far) * flat * 1.6 + 0.5, 0.0, 1.0)
    picture = blend(picture, mix(colors.colors[0], (255, 252, 244), 0.3), mask)
    depth = np.clip((y - top) / (radius * flat) * 0.5 + 0.5, 0.0, 1.0)[..., None]
    hollow = np.asarray(mix(colors.colors[1], (10, 8, 10), 0.72), float) * (0.8 + 0.6 * depth)
    return blend(picture, hollow, rim)


def _decorate(rng: np.random.Generator, angle: Field, rise: Field, colors: Palette) -> Field:
    """Return the painted colour (h, w, 3) at each turn and height of the surface."""
    body, glaze, paint, accent = colors.colors
    shape = angle.shape
    cloud = fractal_noise(rng, shape, min(shape) / 6, 4)
    surface = np.broadcast_to(np.asarray(body, float), (*shape, 3)) * (1.0 + 0.025 * cloud)[..., None]
    style = str(rng.choice(["bands", "waves", "dipped", "crackle", "blossoms", "meander"]))
    if style == "dipped":
        edge = float(rng.uniform(0.35, 0.7)) + 0.03 * np.sin(angle * 5 + 1) + 0.01 * cloud
        surface = blend(surface, glaze, smoothstep(0.004, -0.004, rise - edge))
        return blend(surface, paint, 0.6 * np.exp(-(((rise - edge) / 0.012) ** 2)))
    if style == "crackle":
        vein = np.abs(fractal_noise(rng, shape, min(shape) / 12, 3))
        surface = blend(surface, mix(body, glaze, 0.6), np.clip(0.5 + 0.3 * cloud, 0, 1))
        return blend(surface, paint, np.clip(1.0 - vein / 0.06, 0.0, 1.0) * 0.5)
    if style == "blossoms":
        return _blossoms(rng, surface, angle, rise, (paint, accent))
    for _ in range(int(rng.integers(3, 6))):
        at, half = float(rng.uniform(0.12, 0.9)), float(rng.uniform(0.006, 0.04))
        surface = blend(surface, paint if rng.random() < 0.7 else glaze, _band(rise, at, half))
    zone, half = float(rng.uniform(0.4, 0.6)), float(rng.uniform(0.06, 0.11))
    surface = blend(surface, paint, _band(rise, zone, half + 0.012))
    surface = blend(surface, mix(body, accent, 0.25), _band(rise, zone, half))
    inside = _band(rise, zone, half * 0.9)
    repeats = int(rng.integers(7, 14))
    turn = np.mod(angle * repeats / np.pi, 1.0)
    level = (rise - zone) / half
    if style == "waves":
        off = np.abs(level - 0.55 * np.sin(angle * repeats * 2))
        mark = np.clip((0.28 - off) * 9.0, 0.0, 1.0)
    elif style == "meander":
        frame = _between(turn, 0.06, 0.94) * _between(level, -0.8, 0.8)
        gap = _between(turn, 0.24, 1.2) * _between(level, -0.45, 0.45)
        mark = frame * (1.0 - gap) + _between(turn, 0.45, 0.94) * _between(level, -0.1, 0.45) * gap
    else:
        mark = np.clip((0.5 - np.hypot((turn - 0.5) * 2, level)) * 7.0, 0.0, 1.0)
    return blend(surface, accent if style == "bands" else paint, mark * inside)


def _between(values: Field, low: float, high: float) -> Field:
    return np.clip((values - low) / 0.05, 0.0, 1.0) * np.clip((high - values) / 0.05, 0.0, 1.0)


def _band(rise: Field, at: float, half: float) -> Field:
    return np.clip((half - np.abs(rise - at)) / 0.004, 0.0, 1.0)


def _blossoms(
    rng: np.random.Generator, surface: Field, angle: Field, rise: Field, inks: tuple[Color, Color]
) -> Field:
    surface = surface.copy()
    for k in range(int(rng.integers(9, 17))):
        cx, cy = float(rng.uniform(-1.4, 1.4)), float(rng.uniform(0.22, 0.82))
        radius = float(rng.uniform(0.05, 0.1))
        rows = np.flatnonzero(np.abs(rise[:, 0] - cy) < 0.3)
        part = slice(int(rows[0]), int(rows[-1]) + 1) if len(rows) else slice(0, 0)
        dx, dy = (angle[part] - cx) * 0.32, rise[part] - cy
        far = np.hypot(dx, dy)
        petal = radius * (0.72 + 0.28 * np.cos(5 * np.arctan2(dy, dx) + k))
        stem = np.abs(dx - 0.6 * dy * dy - 0.1 * dy) + 10.0 * (np.clip(-dy, 0, 1) + np.clip(dy - 0.22, 0, 1))
        marks = (
            (inks[0], np.clip((0.005 - stem) / 0.004, 0.0, 1.0) * (far > radius)),
            (mix(inks[0], (255, 255, 255), 0.12 * (k % 3)), np.clip((petal - far) / 0.005, 0.0, 1.0)),
            (inks[1], np.clip((radius * 0.2 - far) / 0.005, 0.0, 1.0)),
        )
        for ink, mask in marks:
            surface[part] = blend(surface[part], ink, mask)
    return surface


FAMILY = Family(
    name="vases",
    category="ceramics",
    shapes=(0.75, 0.8, 1.0, 2.1),
    period=(1880, 1934, 2005),
    places=("Limoges", "Kyoto", "München", "Plzeň", "Mexico City", "Bristol", "Wrocław"),
    titles={
        "en": ("Stoneware for a window sill", "Tall form"),
        "fr": ("Grès flammé", "Vase à l'engobe"),
        "de": ("Gefäß mit Laufglasur", "Hohe Form"),
        "es": ("Jarrón de loza", "Cuenco esmaltado"),
        "pl": ("Naczynie kamionkowe", "Wazon z polewą"),
        "cs": ("Kameninová nádoba", "Váza s glazurou"),
    },
    techniques={
        "en": "wheel-thrown stoneware, glazed",
        "fr": "grès tourné, émaillé",
        "de": "gedrehtes Steinzeug, glasiert",
        "es": "gres torneado y esmaltado",
        "pl": "kamionka toczona, szkliwiona",
        "cs": "točená kamenina, glazovaná",
    },
    draw=draw,
)
