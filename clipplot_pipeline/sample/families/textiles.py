"""Woven cloth: tartans in twill, kilims in stepped lozenges, ikat and stripes, thread by thread."""

import numpy as np

from clipplot_pipeline.sample.canvas import Size, to_image
from clipplot_pipeline.sample.family import Drawing, Family
from clipplot_pipeline.sample.noise import Field, fractal_noise, ridge_line
from clipplot_pipeline.sample.palettes import palette

PALETTES = (
    palette("forest green", "midnight", "crimson", "saffron", "chalk"),
    palette("crimson", "forest green", "ink", "ivory", "saffron"),
    palette("linen", "indigo", "madder", "ochre", "sepia"),
    palette("oxblood", "indigo", "ivory", "terracotta", "gold"),
    palette("slate", "ink", "silver", "rose", "chalk"),
    palette("buff", "umber", "burnt sienna", "cream", "olive"),
    palette("prussian blue", "teal", "cream", "vermilion", "celadon"),
    palette("cream", "plum", "rose", "sage", "lilac"),
)


def draw(rng: np.random.Generator, size: Size) -> Drawing:
    """Draw one swatch."""
    motif = str(rng.choice(["tartan", "kilim", "ikat", "striped cloth"]))
    colors = PALETTES[rng.integers(len(PALETTES))]
    thread = 2
    columns, rows = -(-size[0] // thread), -(-size[1] // thread)
    inks = np.array([colors.paper, *colors.colors], dtype=np.float64)
    if motif == "tartan":
        cloth = _tartan(rng, rows, columns, inks)
    elif motif == "striped cloth":
        cloth = _stripes(rng, rows, columns, inks)
    else:
        pattern = _kilim if motif == "kilim" else _ikat
        cloth = _interlace(inks[pattern(rng, rows, columns)], rows, columns, 0.1)
    cloth = cloth + rng.normal(0.0, 2.2, (rows, 1, 1)) + rng.normal(0.0, 2.2, (1, columns, 1))
    large = np.repeat(np.repeat(cloth, thread, axis=0), thread, axis=1)[: size[1], : size[0]]
    folds = 1.0 + 0.045 * fractal_noise(rng, (size[1], size[0]), min(size) / 1.6, 2)
    words = ("woven textile", motif, "cloth", *colors.words)
    return Drawing(to_image(large * folds[..., None]), motif, words)


def _interlace(face: Field, rows: int, columns: int, relief: float) -> Field:
    """Return the cloth with the light and dark of threads passing over and under (2/2 twill)."""
    row, column = np.mgrid[0:rows, 0:columns]
    over = np.mod(row + column, 4)
    light = np.array([1.0, 0.6, -0.6, -1.0])[over] * relief
    return np.asarray(face * (1.0 + light)[..., None])


def _sett(rng: np.random.Generator, inks: Field, length: int) -> Field:
    """Return the colours (length, 3) of a tartan's threads: one sequence, mirrored, repeated."""
    counts = rng.choice([2, 4, 6, 10, 16, 22, 30], size=int(rng.integers(5, 9)))
    counts[0], counts[-1] = int(rng.integers(18, 34)), int(rng.integers(14, 30))
    which = np.empty(len(counts), dtype=np.int64)
    which[::2] = rng.integers(0, 2, len(which[::2]))
    which[1::2] = rng.integers(1, len(inks), len(which[1::2]))
    thin = counts > 10
    which[thin] = np.where(which[thin] > 2, 0, which[thin])
    half = np.repeat(which, counts)
    sett = np.concatenate([half, half[::-1]])
    start = int(rng.integers(len(sett)))
    return np.asarray(inks[np.resize(np.roll(sett, start), length)])


def _tartan(rng: np.random.Generator, rows: int, columns: int, inks: Field) -> Field:
    sett = _sett(rng, inks, max(rows, columns))
    row, column = np.mgrid[0:rows, 0:columns]
    is_warp = (np.mod(row + column, 4) < 2)[..., None]
    face = np.where(is_warp, sett[None, :columns], sett[:rows, None])
    return np.asarray(face * np.where(np.mod(row + column, 2) == 0, 1.035, 0.965)[..., None])


def _stripes(rng: np.random.Generator, rows: int, columns: int, inks: Field) -> Field:
    counts = rng.choice([2, 3, 4, 8, 14, 24], size=90, p=[0.25, 0.2, 0.2, 0.15, 0.12, 0.08])
    which = np.arange(90) * int(rng.choice([1, 2, 3, 4])) % len(inks)
    which[counts >= 14] = rng.integers(0, 2)
    repeat = np.repeat(which, counts)[: int(rng.integers(40, 130))]
    warp = inks[np.resize(np.concatenate([repeat, repeat[::-1]]), columns)]
    weft = np.broadcast_to(inks[0], (rows, 3))
    face = warp[None] * 0.82 + weft[:, None] * 0.18
    return _interlace(face, rows, columns, 0.09)


def _kilim(rng: np.random.Generator, rows: int, columns: int) -> np.ndarray:
    """Return colour numbers of horizontal bands filled with stepped lozenges, zigzags and teeth."""
    step = int(rng.integers(3, 6))
    pattern = np.zeros((rows, columns), dtype=np.int64)
    across = np.abs((np.arange(columns) // step) - columns // (2 * step))
    top = -int(rng.integers(0, 30))
    while top < rows:
        tall = int(rng.choice([4, 6, 14, 22, 30])) * step // 2
        row = np.arange(max(0, top), min(rows, top + tall))
        if len(row):
            ground, ink, heart = rng.permutation(5)[:3]
            period = int(rng.choice([8, 12, 16, 20]))
            near = np.abs(np.mod(across, period) - period // 2)[None, :]
            level = np.abs(((row - top) // step) - tall // (2 * step))[:, None]
            reach = near + level
            band = np.full((len(row), columns), ground, dtype=np.int64)
            if tall > 6 * step:
                band[reach < period * 0.55] = ink
                band[reach < period * 0.32] = heart
                band[reach < period * 0.12] = ground
            elif tall > 3 * step:
                band[np.mod(near + level * 2, 4) < 2] = ink
            pattern[row] = band
        top += tall
    return pattern


def _ikat(rng: np.random.Generator, rows: int, columns: int) -> np.ndarray:
    """Return colour numbers of lozenges and ogees whose edges feather along the warp."""
    period_x = columns / float(rng.integers(2, 5))
    period_y = period_x * float(rng.uniform(1.1, 1.9))
    bleed = ridge_line(rng, columns, 4.0, 4, 0.8) * period_y * 0.035
    x = np.arange(columns)[None, :]
    y = np.arange(rows)[:, None] + bleed[None, :]
    lane = np.floor(x / period_x)
    u = np.abs(np.mod(x / period_x, 1.0) - 0.5) * 2
    v = np.abs(np.mod(y / period_y + 0.5 * np.mod(lane, 2), 1.0) - 0.5) * 2
    far = u**1.5 + (1.0 - v) ** 1.2 if rng.random() < 0.5 else np.maximum(u, 1.0 - v) + 0.35 * u
    stops = np.sort(rng.uniform(0.15, 1.1, 4))
    order = rng.permutation(5)
    return np.asarray(order[np.searchsorted(stops, far.ravel()).reshape(far.shape)])


FAMILY = Family(
    name="textiles",
    category="woven textile",
    shapes=(1.0, 0.8, 1.25, 0.66),
    period=(1830, 1910, 1990),
    places=("Inverness", "Łódź", "Lyon", "Oaxaca", "Brno", "Lima", "İstanbul"),
    titles={
        "en": ("District check", "Swatch from the mill's book"),
        "fr": ("Échantillon de la manufacture", "Étoffe à losanges"),
        "de": ("Gewebemuster", "Schottenkaro, Nr. 5"),
        "es": ("Muestra de telar", "Manta de rombos"),
        "pl": ("Próbka tkaniny", "Kilim w romby"),
        "cs": ("Vzorník tkanin", "Kostkovaná látka"),
    },
    techniques={
        "en": "wool, woven in twill",
        "fr": "laine, armure sergé",
        "de": "Wolle, Köperbindung",
        "es": "lana, ligamento de sarga",
        "pl": "wełna, splot skośny",
        "cs": "vlna, keprová vazba",
    },
    draw=draw,
)
