"""Plates of butterflies and moths: single specimens large, or a drawer of them, pinned."""

import numpy as np

from clipplot_pipeline.sample.canvas import Canvas, Points, Size, age_paper, smooth_curve
from clipplot_pipeline.sample.family import Drawing, Family
from clipplot_pipeline.sample.palettes import Color, mix, palette, vary

# paper, then wing, second, border, spot
PALETTES = (
    palette("ivory", "cobalt", "cerulean", "ink", "chalk"),
    palette("cream", "orange", "saffron", "lamp black", "ivory"),
    palette("chalk", "verdigris", "celadon", "forest green", "saffron"),
    palette("linen", "umber", "buff", "sepia", "apricot"),
    palette("ivory", "violet", "lilac", "midnight", "cream"),
    palette("cream", "lemon", "ivory", "slate", "vermilion"),
    palette("parchment", "oxblood", "madder", "ink", "gold"),
    palette("chalk", "ivory", "pearl grey", "slate", "crimson"),
)
# each wing as points from the body outward: right side, y downward, body at the origin
WINGS: dict[str, tuple[str, str]] = {
    "swallowtail": (
        "2,-10 30,-42 72,-74 96,-78 90,-50 76,-16 42,2 5,5",
        "4,0 42,0 66,16 62,40 52,56 58,84 49,92 40,64 20,52 5,24",
    ),
    "morpho": (
        "2,-12 36,-50 78,-72 100,-66 94,-36 84,-8 50,6 5,6",
        "4,0 50,2 80,14 84,40 68,62 42,66 18,50 5,24",
    ),
    "fritillary": (
        "2,-10 34,-44 74,-62 90,-54 86,-30 80,-6 46,6 5,6",
        "4,2 46,4 70,16 72,38 54,54 32,54 14,40 5,20",
    ),
    "moth": (
        "2,-6 30,-26 70,-50 102,-62 98,-34 84,-2 50,12 6,10",
        "5,6 44,12 66,24 66,42 48,52 28,48 14,36 6,20",
    ),
}


def _read_wing(text: str) -> Points:
    return np.array([pair.split(",") for pair in text.split()], dtype=np.float64) / 100.0


def draw(rng: np.random.Generator, size: Size) -> Drawing:
    """Draw one plate."""
    kinds = sorted(WINGS)
    motif = kinds[rng.integers(len(kinds))]
    colors = PALETTES[rng.integers(len(PALETTES))]
    canvas = Canvas(size, colors.paper)
    width, height = size
    is_drawer = rng.random() < 0.28
    columns = max(1, round(width / height * (2.4 if is_drawer else 1.0)))
    rows = max(1, round(columns * height / width * (0.95 if is_drawer else 1.1)))
    cell_x, cell_y = width / columns, height / rows
    inset = min(size) * 0.03
    canvas.frame(
        (inset, inset, width - inset, height - inset), mix(colors.paper, colors.colors[2], 0.55), 1.0
    )
    for k in range(columns * rows):
        center = np.array([(k % columns + 0.5) * cell_x, (k // columns + 0.47) * cell_y])
        span = min(cell_x * 0.42, cell_y * 0.46) * float(rng.uniform(0.93, 1.0))
        inks = colors.colors if k == 0 or rng.random() < 0.7 else PALETTES[rng.integers(len(PALETTES))].colors
        kind = motif if rng.random() < 0.75 or not is_drawer else kinds[rng.integers(len(kinds))]
        _specimen(rng, canvas, center, span, kind, inks)
        _label(rng, canvas, center + np.array([0.0, span * 1.02]), span, colors.colors[2])
    name = "specimen drawer" if is_drawer else motif
    words = ("butterfly plate", name, "entomology", *colors.words)
    return Drawing(age_paper(rng, canvas.finish(), 1.3), name, words)


def _specimen(
    rng: np.random.Generator,
    canvas: Canvas,
    center: Points,
    span: float,
    kind: str,
    inks: tuple[Color, ...],
) -> None:
    fore, hind = (_read_wing(text) for text in WINGS[kind])
    fore = fore * (1.0 + rng.normal(0.0, 0.03, fore.shape))
    hind = hind * (1.0 + rng.normal(0.0, 0.03, hind.shape))
    main, second, border, spot = inks
    under = (second, main, border, spot) if rng.random() < 0.35 else inks
    pattern = int(rng.integers(1 << 30))
    for mirror in (1.0, -1.0):
        for wing in (hind, fore):
            outline = smooth_curve(wing, 9, is_closed=True) * (mirror * span, span) + center
            canvas.polygon(outline + np.array([0.025, 0.035]) * span, (60, 45, 35), 0.16)
    for mirror in (1.0, -1.0):
        for number, wing in enumerate((hind, fore)):
            # both sides from one stream: a butterfly is symmetrical
            side = np.random.default_rng([pattern, number])
            _wing(side, canvas, wing, (mirror, span, center), (under, inks)[number], is_fore=number == 1)
    _body(canvas, center, span, inks[2])


def _wing(
    rng: np.random.Generator,
    canvas: Canvas,
    wing: Points,
    place: tuple[float, float, Points],
    inks: tuple[Color, ...],
    *,
    is_fore: bool,
) -> None:
    mirror, span, center = place
    main, second, border, spot = inks

    def put(points: Points) -> Points:
        return np.asarray(points * (mirror * span, span) + center)

    edge = smooth_curve(wing, 9, is_closed=True)
    root = wing[0] * 0.5 + wing[-1] * 0.5
    inner_share = float(rng.uniform(0.74, 0.88))
    canvas.polygon(put(edge), border)
    for step in np.linspace(0.0, 1.0, 7):
        share = inner_share * (1.0 - 0.75 * step)
        heart = root + (edge - root) * share
        canvas.polygon(put(heart), mix(main, second, float(step) ** 0.8))
    tips = wing[1:-1]
    outer = smooth_curve(tips, 6)
    _blotches(rng, canvas, [put(root + (outer - root) * k) for k in (0.5, 0.62, 0.8)], inks, span)
    for tip in tips:
        for lean in (0.0, 0.05):
            goal = tip + (wing.mean(axis=0) - tip) * 0.12 + lean * tip[::-1] * np.array([1.0, -1.0])
            vein = smooth_curve([root, (root + goal) / 2 - np.array([0.0, 0.02]), goal], 6)
            canvas.brush(put(vein), np.linspace(span * 0.016, span * 0.005, len(vein)), border, 0.75)
    dots = len(tips) if is_fore else len(tips) - 1
    for at in np.linspace(0.2, 0.95, dots + 2):
        point = root + (outer[int(at * (len(outer) - 1))] - root) * 0.915
        x, y = put(point)
        canvas.disc(x, y, span * 0.019, spot)
    if rng.random() < 0.65:
        eye = root + (tips[len(tips) // 2] - root) * float(rng.uniform(0.55, 0.66))
        x, y = put(eye)
        size = span * float(rng.uniform(0.05, 0.085))
        for share, ink in ((1.0, border), (0.8, spot), (0.56, mix(main, border, 0.6)), (0.2, spot)):
            canvas.disc(x, y, size * share, ink)


def _blotches(
    rng: np.random.Generator, canvas: Canvas, arcs: list[Points], inks: tuple[Color, ...], span: float
) -> None:
    """Mark a wing along arcs parallel to its edge: a pale sash, dark bars, or nothing."""
    style = int(rng.integers(4))
    if style == 0:
        start, end = (int(len(arcs[1]) * k) for k in (0.12, 0.88))
        sash = arcs[1][start:end]
        swell = np.sin(np.linspace(0.2, np.pi, len(sash))) * span * 0.13
        canvas.brush(sash, swell, mix(inks[3], inks[1], 0.25))
    elif style == 1:
        for arc in arcs[:2]:
            bar = arc[int(len(arc) * 0.2) : int(len(arc) * 0.7)]
            canvas.brush(bar, span * 0.05 * np.sin(np.linspace(0, np.pi, len(bar))), inks[2], 0.85)
    elif style == 2:
        for x, y in arcs[2][3::5]:
            canvas.disc(x, y, span * 0.034, inks[3])
            canvas.disc(x, y, span * 0.016, inks[2])


def _body(canvas: Canvas, center: Points, span: float, tone: Color) -> None:
    t = np.linspace(0.0, 1.0, 24)
    spine = np.stack([np.zeros(24), -0.2 + 0.62 * t], axis=1) * span + center
    canvas.brush(spine, span * (0.035 + 0.075 * np.sin(np.pi * t**0.6)), tone)
    for k in range(6):
        y = center[1] + span * (0.1 + 0.045 * k)
        canvas.stroke(
            [(center[0] - span * 0.03, y), (center[0] + span * 0.03, y)],
            mix(tone, (255, 240, 210), 0.35),
            span * 0.008,
        )
    canvas.disc(center[0], center[1] - span * 0.21, span * 0.042, tone)
    for mirror in (-1.0, 1.0):
        feeler = (
            smooth_curve([(0.01, -0.24), (0.1, -0.42), (0.24, -0.56)], 8) * (mirror * span, span) + center
        )
        canvas.brush(feeler, span * 0.011, tone)
        canvas.disc(float(feeler[-1, 0]), float(feeler[-1, 1]), span * 0.016, tone)
    canvas.disc(center[0], center[1] - span * 0.08, span * 0.016, (225, 222, 214))


def _label(rng: np.random.Generator, canvas: Canvas, spot: Points, span: float, ink: Color) -> None:
    half = span * 0.26
    box = (spot[0] - half, spot[1] - span * 0.055, spot[0] + half, spot[1] + span * 0.055)
    canvas.rectangle(box, (252, 249, 238))
    canvas.frame(box, ink, 0.6, 0.6)
    letters = np.linspace(-0.8, 0.8, 16) * half
    line = np.stack([spot[0] + letters, spot[1] + rng.normal(0.0, span * 0.012, 16)], axis=1)
    canvas.stroke(line, vary(rng, ink, 4), max(0.6, span * 0.006), 0.8)


FAMILY = Family(
    name="butterflies",
    category="butterfly plate",
    shapes=(1.25, 1.0, 0.75, 1.8),
    period=(1840, 1878, 1930),
    places=("Quito", "Paris", "Sydney", "Berlin", "Wrocław", "Mexico City", "Brno"),
    titles={
        "en": ("Lepidoptera, plate IX", "From the collector's drawer"),
        "fr": ("Papillons diurnes", "Planche IX, « vanesses »"),
        "de": ("Tagfalter", "Schmetterlinge aus Übersee"),
        "es": ("Mariposas diurnas", "Lámina de lepidópteros"),
        "pl": ("Motyle dzienne", "Tablica IX: rusałki"),
        "cs": ("Denní motýli", "Tabule IX: babočky"),
    },
    techniques={
        "en": "watercolour and gouache",
        "fr": "aquarelle et gouache",
        "de": "Aquarell und Deckfarben",
        "es": "acuarela y gouache",
        "pl": "akwarela i gwasz",
        "cs": "akvarel a kvaš",
    },
    draw=draw,
)
