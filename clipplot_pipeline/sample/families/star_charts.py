"""The night sky as atlases draw it: planispheres, constellations, the Milky Way, phases, comets."""

import numpy as np
from PIL import Image

from clipplot_pipeline.sample.canvas import Canvas, Points, Size, blend, to_array, to_image
from clipplot_pipeline.sample.family import Drawing, Family
from clipplot_pipeline.sample.noise import Field, fractal_noise, pixel_grid
from clipplot_pipeline.sample.palettes import Color, Palette, mix, palette

# ground, then nebula, line, star
PALETTES = (
    palette("midnight", "indigo", "gold", "cream"),
    palette("prussian blue", "cobalt", "ivory", "chalk"),
    palette("ink", "plum", "apricot", "ivory"),
    palette("midnight", "teal", "celadon", "chalk"),
    palette("lamp black", "slate", "silver", "ivory"),
    palette("indigo", "violet", "lilac", "cream"),
)


def draw(rng: np.random.Generator, size: Size) -> Drawing:
    """Draw one sheet of the atlas."""
    motif = str(rng.choice(["planisphere", "constellation", "Milky Way", "phases of the moon", "comet"]))
    colors = PALETTES[rng.integers(len(PALETTES))]
    canvas = Canvas(size, _sky(rng, size, motif, colors), oversampling=2)
    if motif == "planisphere":
        _planisphere(rng, canvas, colors)
    elif motif == "constellation":
        stars = _scatter(rng, canvas, colors, 240, 0.07)
        _join(canvas, stars[: int(rng.integers(11, 22))], colors, min(size) / 110)
        _border(canvas, colors)
    elif motif == "Milky Way":
        _scatter(rng, canvas, colors, 900)
    elif motif == "comet":
        _scatter(rng, canvas, colors, 260)
    else:
        _scatter(rng, canvas, colors, 90)
        return Drawing(_moons(rng, canvas, colors), motif, _words(motif, colors))
    return Drawing(canvas.finish(), motif, _words(motif, colors))


def _words(motif: str, colors: Palette) -> tuple[str, ...]:
    return ("star chart", motif, "astronomy", "night", *colors.words)


def _sky(rng: np.random.Generator, size: Size, motif: str, colors: Palette) -> Image.Image:
    shape = (size[1], size[0])
    x, y = pixel_grid(size)
    cloud = fractal_noise(rng, shape, min(size) / 2.5, octaves=5)
    turn = float(rng.uniform(0.2, 1.0)) * float(rng.choice([-1, 1]))
    across = ((x - size[0] / 2) * np.sin(turn) + (y - size[1] / 2) * np.cos(turn)) / min(size)
    width = 0.2 if motif == "Milky Way" else 0.3
    band = np.exp(-((across + 0.05 * cloud) ** 2) / width**2) * (0.75 + 0.28 * cloud)
    amount = np.clip(band * (1.0 if motif == "Milky Way" else 0.4), 0.0, 1.0)
    nebula, _, star = colors.colors
    sky = blend(np.broadcast_to(np.array(colors.paper, float), (*shape, 3)), nebula, amount)
    if motif == "Milky Way":
        sky = blend(sky, star, np.clip(band - 0.5, 0.0, 0.5) * 0.75)
        dust = np.clip(fractal_noise(rng, shape, min(size) / 4, 5) - 0.3, 0.0, 1.0) * amount
        sky = blend(sky, mix(colors.paper, (0, 0, 0), 0.3), dust * 0.8)
    if motif == "comet":
        sky = _comet(rng, sky, x, y, size, star)
    return to_image(sky)


def _comet(rng: np.random.Generator, sky: Field, x: Field, y: Field, size: Size, tone: Color) -> Field:
    head = rng.uniform((0.25, 0.5), (0.5, 0.72)) * size
    turn = float(rng.uniform(-0.9, -0.35))
    along = (x - head[0]) * np.cos(turn) + (y - head[1]) * np.sin(turn)
    across = -(x - head[0]) * np.sin(turn) + (y - head[1]) * np.cos(turn)
    for bend, length, spread in ((0.0, 0.75, 0.07), (0.00045, 0.55, 0.12), (-0.0002, 0.6, 0.03)):
        off = across - bend * along**2
        wide = 3.0 + np.maximum(along, 0.0) * spread
        tail = np.exp(-((off / wide) ** 2)) * np.exp(-np.maximum(along, 0) / (length * min(size) * 0.6))
        sky = blend(sky, tone, np.clip(tail * (along > -2) * 0.55, 0, 1))
    glow = np.exp(-np.hypot(along, across) / (min(size) / 60))
    return blend(sky, (255, 253, 245), np.clip(glow * 1.5, 0, 1))


def _scatter(
    rng: np.random.Generator, canvas: Canvas, colors: Palette, count: int, edge: float = 0.0
) -> Points:
    """Sow stars, brightest first, and return the places of the bright ones."""
    places = rng.uniform((edge, edge), (1.0 - edge, 1.0 - edge), (count, 2)) * canvas.size
    brightness = (np.arange(1, count + 1) / 3.0) ** -0.45
    scale = min(canvas.size) / 210.0
    star = colors.colors[2]
    for (x, y), light in zip(places, brightness, strict=True):
        radius = scale * (0.25 + 1.1 * float(light))
        if light > 0.5:
            canvas.disc(x, y, radius * 2.6, star, 0.1)
        canvas.disc(
            x,
            y,
            radius,
            mix(star, colors.colors[1], float(rng.random()) * 0.5),
            0.35 + 0.6 * min(1.0, light * 1.6),
        )
    return places[:40]


def _join(canvas: Canvas, stars: Points, colors: Palette, radius: float) -> None:
    """Join stars by their minimum spanning tree (Prim), as figures in the sky are joined."""
    line, star = colors.colors[1], colors.colors[2]
    distance = np.hypot(*(stars[:, None] - stars[None]).transpose(2, 0, 1))
    inside, outside = [0], list(range(1, len(stars)))
    while outside:
        block = distance[np.ix_(inside, outside)]
        a, b = np.unravel_index(int(np.argmin(block)), block.shape)
        start, end = stars[inside[int(a)]], stars[outside[int(b)]]
        way = (end - start) / max(float(np.hypot(*(end - start))), 1e-6)
        gap = radius * 2.2
        canvas.stroke([start + way * gap, end - way * gap], line, 1.0, 0.8)
        inside.append(outside.pop(int(b)))
    for x, y in stars:
        turn = np.arange(8) * np.pi / 4
        reach = np.where(np.arange(8) % 2 == 0, radius * 2.3, radius * 0.7)
        canvas.polygon(np.stack([x + reach * np.cos(turn), y + reach * np.sin(turn)], axis=1), star)


def _planisphere(rng: np.random.Generator, canvas: Canvas, colors: Palette) -> None:
    width, height = canvas.size
    line = colors.colors[1]
    discs = 2 if width > height * 1.3 else 1
    radius = min(width / discs, height) * 0.43
    for k in range(discs):
        cx, cy = width * (2 * k + 1) / (2 * discs), height / 2
        canvas.disc(cx, cy, radius, mix(colors.paper, (0, 0, 0), 0.18), 0.6)
        for share in (1.0, 0.94):
            canvas.circle(cx, cy, radius * share, line, 1.3)
        for share in (0.25, 0.5, 0.75):
            canvas.circle(cx, cy, radius * share * 0.94, line, 0.7, 0.5)
        for step in range(72):
            turn = step * np.pi / 36
            way = np.array([np.cos(turn), np.sin(turn)])
            inner = 0.955 if step % 2 else 0.94
            canvas.stroke([(cx, cy) + way * radius * inner, (cx, cy) + way * radius], line, 0.8)
            if step % 6 == 0:
                canvas.stroke(
                    [(cx, cy) + way * radius * 0.06, (cx, cy) + way * radius * 0.94], line, 0.6, 0.45
                )
        tilt = float(rng.uniform(0, 6.28))
        shift = radius * 0.22 * np.array([np.cos(tilt), np.sin(tilt)])
        canvas.circle(cx + shift[0], cy + shift[1], radius * 0.68, line, 1.0, 0.85)
        around = rng.uniform(0.0, 2 * np.pi, 150)
        far = np.sqrt(rng.uniform(0.0, 0.8, 150)) * radius
        stars = np.stack([cx + far * np.cos(around), cy + far * np.sin(around)], axis=1)
        for x, y in stars:
            canvas.disc(x, y, float(rng.uniform(0.5, 1.5)) * radius / 170, colors.colors[2], 0.9)
        for part in range(6):
            near = stars[(around > part * np.pi / 3) & (around < part * np.pi / 3 + 0.75)]
            if len(near) > 3:
                _join(canvas, near[: int(rng.integers(4, 9))], colors, radius / 85)
    _border(canvas, colors)


def _border(canvas: Canvas, colors: Palette) -> None:
    inset = min(canvas.size) * 0.028
    for gap in (inset, inset * 1.5):
        canvas.frame((gap, gap, canvas.width - gap, canvas.height - gap), colors.colors[1], 0.9, 0.8)


def _moons(rng: np.random.Generator, canvas: Canvas, colors: Palette) -> Image.Image:
    width, height = canvas.size
    columns, rows = (7, 1) if width > height * 1.9 else (4, 3) if width > height else (3, 4)
    cell_x, cell_y = width / columns, height / rows
    radius = min(cell_x, cell_y) * 0.36
    for k in range(columns * rows):
        canvas.circle(
            (k % columns + 0.5) * cell_x,
            (k // columns + 0.5) * cell_y,
            radius + 3,
            colors.colors[1],
            0.7,
            0.6,
        )
    picture = to_array(canvas.finish())
    x, y = pixel_grid(canvas.size)
    u = (np.mod(x, cell_x) - cell_x / 2) / radius
    v = (np.mod(y, cell_y) - cell_y / 2) / radius
    number = np.floor(x / cell_x) + np.floor(y / cell_y) * columns
    phase = (number + 0.5) / (columns * rows) * 2 * np.pi
    z = np.sqrt(np.clip(1.0 - u**2 - v**2, 0.0, 1.0))
    light = np.clip((u * np.sin(phase) - z * np.cos(phase)) * 1.6 + 0.12, 0.0, 1.0)
    seas = 1.0 - 0.2 * np.clip(fractal_noise(rng, (height, width), radius * 0.7, 4), 0.0, 1.5)
    moon = np.asarray(colors.colors[2], float) * (seas * (0.12 + 0.88 * light))[..., None]
    mask = np.clip((1.0 - np.hypot(u, v)) * radius + 0.5, 0.0, 1.0)
    return to_image(blend(picture, moon, mask))


FAMILY = Family(
    name="star_charts",
    category="star chart",
    shapes=(0.75, 1.0, 1.33, 2.0),
    period=(1825, 1882, 1935),
    places=("Greenwich", "Toruń", "Praha", "Paris", "Santiago", "Jena", "Samarqand"),
    titles={
        "en": ("The northern sky in March", "Stars to the sixth magnitude"),
        "fr": ("Le ciel d'été", "Étoiles australes"),
        "de": ("Der nördliche Sternenhimmel", "Gestirne über Böhmen"),
        "es": ("El cielo austral", "Estrellas de marzo"),
        "pl": ("Niebo północne", "Gwiazdy nad Wisłą"),
        "cs": ("Hvězdná obloha", "Souhvězdí zimy"),
    },
    techniques={
        "en": "engraving with gilding",
        "fr": "gravure rehaussée d'or",
        "de": "Kupferstich, goldgehöht",
        "es": "grabado con toques de oro",
        "pl": "miedzioryt złocony",
        "cs": "zlacená mědirytina",
    },
    draw=draw,
)
