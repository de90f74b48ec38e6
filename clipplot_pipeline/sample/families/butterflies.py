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
WINGS: dict[str, tuple[tuple[tuple[float, float], ...], tuple[tuple[float, float], ...]]] = {
    "swallowtail": (
        (
            (0.02, -0.1),
            (0.3, -0.42),
            (0.72, -0.74),
            (0.96, -0.78),
            (0.9, -0.5),
            (0.76, -0.16),
            (0.42, 0.02),
            (0.05, 0.05),
        ),
        (
            (0.04, 0.0),
            (0.42, 0.0),
            (0.66, 0.16),
            (0.62, 0.4),
            (0.52, 0.56),
            (0.58, 0.84),
            (0.49, 0.92),
            (0.4, 0.64),
            (0.2, 0.52),
            (0.05, 0.24),
        ),
    ),
    "morpho": (
        (
            (0.02, -0.12),
            (0.36, -0.5),
            (0.78, -0.72),
            (1.0, -0.66),
            (0.94, -0.36),
            (0.84, -0.08),
            (0.5, 0.06),
            (0.05, 0.06),
        ),
        (
            (0.04, 0.0),
            (0.5, 0.02),
            (0.8, 0.14),
            (0.84, 0.4),
            (0.68, 0.62),
            (0.42, 0.66),
            (0.18, 0.5),
            (0.05, 0.24),
        ),
    ),
    "fritillary": (
        (
            (0.02, -0.1),
            (0.34, -0.44),
            (0.74, -0.62),
            (0.9, -0.54),
            (0.86, -0.3),
            (0.8, -0.06),
            (0.46, 0.06),
            (0.05, 0.06),
        ),
        (
            (0.04, 0.02),
            (0.46, 0.04),
            (0.7, 0.16),
            (0.72, 0.38),
            (0.54, 0.54),
            (0.32, 0.54),
            (0.14, 0.4),
            (0.05, 0.2),
        ),
    ),
    "moth": (
        (
            (0.02, -0.06),
            (0.3, -0.26),
            (0.7, -0.5),
            (1.02, -0.62),
            (0.98, -0.34),
            (0.84, -0.02),
            (0.5, 0.12),
            (0.06, 0.1),
        ),
        (
            (0.05, 0.06),
            (0.44, 0.12),
            (0.66, 0.24),
            (0.66, 0.42),
            (0.48, 0.52),
            (0.28, 0.48),
            (0.14, 0.36),
            (0.06, 0.2),
        ),
    ),
}


def draw(rng: np.random.Generator, size: Size) -> Drawing:
    """Draw one plate."""
    kinds = sorted(WINGS)
    motif = kinds[rng.integers(len(kinds))]
    colors = PALETTES[rng.integers(len(PALETTES))]
    canvas = Canvas(size, colors.paper)
    width, height = size
    is_drawer = rng.random() < 0.3
    columns = max(1, round(width / height * 2.4)) if is_drawer else max(1, round(width / height * 0.8))
    rows = (
        max(1, round(columns * height / width * 0.95)) if is_drawer else max(1, round(height / width * 0.9))
    )
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
        _label(rng, canvas, center + (0.0, span * 1.02), span, colors.colors[2])
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
    fore, hind = (
        np.array(points) * (1.0 + rng.normal(0.0, 0.03, (len(points), 2))) for points in WINGS[kind]
    )
    pattern = int(rng.integers(1 << 30))
    for mirror in (1.0, -1.0):
        for wing in (hind, fore):
            outline = smooth_curve(wing, 9, is_closed=True) * (mirror * span, span) + center
            shadow = outline + (span * 0.025, span * 0.035)
            canvas.polygon(shadow, (60, 45, 35), 0.16)
    for mirror in (1.0, -1.0):
        for number, wing in enumerate((hind, fore)):
            # both sides from one stream: a butterfly is symmetrical
            side = np.random.default_rng([pattern, number])
            _wing(side, canvas, wing, (mirror, span, center), inks, is_fore=number == 1)
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
    for tip in tips:
        for lean in (0.0, 0.5):
            goal = tip + (wing.mean(axis=0) - tip) * 0.12 + lean * 0.1 * (tip[::-1] * (1, -1))
            vein = smooth_curve([root, (root + goal) / 2 + (0.0, -0.02), goal], 6)
            canvas.brush(put(vein), np.linspace(span * 0.016, span * 0.005, len(vein)), border, 0.75)
    dots = len(tips) if is_fore else len(tips) - 1
    outer = smooth_curve(tips, 6)
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
    if is_fore and rng.random() < 0.5:
        for share in np.linspace(0.4, 0.7, 3):
            bar = root + (outer - root) * share
            third = bar[int(len(bar) * 0.25) : int(len(bar) * 0.6)]
            canvas.brush(put(third), span * 0.035 * np.sin(np.linspace(0, np.pi, len(third))), border, 0.8)


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
        canvas.disc(*feeler[-1], span * 0.016, tone)
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
    places=(
        "Quito",
        "Paris",
        "Sydney",
        "Berlin",
        "Wrocław",
        "Mexico City",
        "Brno",
    ),
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
