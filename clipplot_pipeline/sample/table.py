"""The metadata table of the sample collection: words, years, places and gaps.

Here: one row a picture, and how the table is written. Not here: anything that draws. Gaps are
wanted: a demonstration without blank cells and orphans would hide what real tables do.
"""

import csv
import io
from collections.abc import Sequence

import numpy as np

from clipplot_pipeline.sample.family import Family
from clipplot_pipeline.sample.places import AT_PLACE, CITIES, MAKERS, WORDINGS

COLUMNS = (
    "filename",
    "category",
    "label",
    "tags",
    "year",
    "description",
    "creator",
    "permalink",
    "lat",
    "lng",
    "x",
    "y",
)
FIRST_YEAR, LAST_YEAR = 1825, 2024
# share of cells left blank, by column
_GAPS = {
    "category": 0.05,
    "label": 0.06,
    "tags": 0.06,
    "year": 0.07,
    "description": 0.08,
    "creator": 0.1,
    "permalink": 0.09,
}
_WITH_PLACE = 0.55
_WITH_POSITION = 0.85
# one picture in so many has no row at all
_MISSING_EVERY, _MISSING_AT = 61, 37

Row = dict[str, str]


def is_row_missing(position: int) -> bool:
    """Return whether the picture at this place of the collection is left out of the table."""
    return position % _MISSING_EVERY == _MISSING_AT


def describe_picture(
    rng: np.random.Generator,
    family: Family,
    ring: float,
    filename: str,
    motif: str,
    tags: Sequence[str],
) -> Row:
    """Return the row of one picture.

    `ring` (0 to 1) is the family's radius in the custom layout, a clock of two centuries.
    """
    start, height, end = family.period
    # most near the height of the genre, some from any year of it
    is_typical = rng.random() < 0.8
    year = round(rng.triangular(start, height, end)) if is_typical else int(rng.integers(start, end + 1))
    city = family.places[rng.integers(len(family.places))] if rng.random() < _WITH_PLACE else ""
    languages = sorted(WORDINGS)
    language = CITIES[city][0] if city else languages[rng.integers(len(languages))]
    row = dict.fromkeys(COLUMNS, "")
    row["filename"] = filename
    row["category"] = family.category
    row["label"] = motif
    row["tags"] = "|".join(dict.fromkeys(tags))
    row["year"] = str(year)
    row["description"] = _describe(rng, family, language, motif, city)
    makers = MAKERS[language]
    row["creator"] = makers[rng.integers(len(makers))]
    row["permalink"] = f"https://example.org/{filename.removesuffix('.jpg')}"
    if city:
        _, latitude, longitude = CITIES[city]
        row["lat"] = f"{latitude + rng.normal(0.0, 0.01):.4f}"
        row["lng"] = f"{longitude + rng.normal(0.0, 0.01):.4f}"
    if rng.random() < _WITH_POSITION:
        x, y = _place_on_clock(rng, year, ring)
        row["x"], row["y"] = f"{x:.4f}", f"{y:.4f}"
    for column, share in _GAPS.items():
        if rng.random() < share:
            row[column] = ""
    return row


def orphan_row() -> Row:
    """Return the one row whose picture does not exist."""
    row = dict.fromkeys(COLUMNS, "")
    row["filename"] = "waves/waves-lost.jpg"
    row["category"] = "seascape"
    row["label"] = "breaking wave"
    row["tags"] = "seascape|lost"
    row["year"] = "1836"
    row["description"] = 'Lost since the flood; known from the inventory only ("a great wave").'
    return row


def render_table(rows: Sequence[Row]) -> bytes:
    """Return the table as UTF-8 CSV with a header line, cells quoted where needed."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode("utf-8")


def _describe(rng: np.random.Generator, family: Family, language: str, motif: str, city: str) -> str:
    titles = family.titles[language]
    wording = WORDINGS[language][rng.integers(2)]
    text = wording.format(
        title=titles[rng.integers(len(titles))],
        technique=family.techniques[language],
        motif=motif,
        number=int(rng.integers(1, 200)),
    )
    text = text[0].upper() + text[1:]
    return text + (AT_PLACE[language].format(place=city) if city else "")


def _place_on_clock(rng: np.random.Generator, year: int, ring: float) -> tuple[float, float]:
    """Return x, y: the year is the angle, clockwise from twelve; the family is the radius."""
    turn = 2 * np.pi * (year - FIRST_YEAR) / (LAST_YEAR + 1 - FIRST_YEAR)
    radius = 0.25 + 0.75 * ring + float(rng.normal(0.0, 0.012))
    return float(radius * np.sin(turn)), float(radius * np.cos(turn))
