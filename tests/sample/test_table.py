"""The metadata table of the sample: readable, truthful, and something for every lens."""

import csv
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from clipplot_pipeline.sample.families import FAMILIES
from clipplot_pipeline.sample.palettes import PIGMENTS
from clipplot_pipeline.sample.places import AT_PLACE, CITIES, MAKERS, WORDINGS
from clipplot_pipeline.sample.table import (
    COLUMNS,
    FIRST_YEAR,
    LAST_YEAR,
    Row,
    describe_picture,
    orphan_row,
    render_table,
)

BLANKS = ("category", "label", "tags", "year", "description", "creator", "permalink")


def make_rows(count: int) -> list[Row]:
    """As many rows as a full sample has, without drawing."""
    rows = []
    for position in range(count):
        family = FAMILIES[position % len(FAMILIES)]
        rng = np.random.default_rng([1, position])
        name = f"{family.name}/{family.name}-{position:03d}.jpg"
        rows.append(describe_picture(rng, family, 0.5, name, "motif", ("a", "b")))
    return rows


@pytest.fixture(scope="module")
def rows(sample: Path) -> list[Row]:
    """The drawn sample's table, read as a stranger would."""
    with (sample / "metadata.csv").open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        assert reader.fieldnames == list(COLUMNS)
        return list(reader)


def test_rows_and_pictures_match_but_for_the_wanted_gaps(sample: Path, rows: list[Row]) -> None:
    pictures = {path.relative_to(sample / "images").as_posix() for path in sample.rglob("*.jpg")}
    named = [row["filename"] for row in rows]
    assert len(named) == len(set(named))
    assert set(named) - pictures == {orphan_row()["filename"]}
    without_row = pictures - set(named)
    assert 1 <= len(without_row) <= len(pictures) * 0.03


def test_category_and_motif_are_those_of_the_picture(rows: list[Row]) -> None:
    categories = {family.name: family.category for family in FAMILIES}
    for row in rows:
        folder = row["filename"].split("/")[0]
        assert row["category"] in ("", categories[folder])
        if row["tags"] and row["category"] and "lost" not in row["tags"]:
            assert row["tags"].split("|")[0] == row["category"]
            assert row["label"] in ("", *row["tags"].split("|"))


def test_every_picture_has_several_tags_and_they_name_its_pigments(rows: list[Row]) -> None:
    tagged = [row["tags"].split("|") for row in rows if row["tags"] and "lost" not in row["tags"]]
    for tags in tagged:
        assert len(tags) == len(set(tags)) >= 4
        assert sum(tag in PIGMENTS for tag in tags) >= 2


def test_the_pigments_named_are_seen(sample: Path, rows: list[Row]) -> None:
    """Pictures tagged with a dark ground are darker than those on a pale one."""
    from PIL import Image

    light: dict[str, list[float]] = {"midnight": [], "ivory": []}
    for row in rows:
        grounds = [tag for tag in row["tags"].split("|") if tag in PIGMENTS][:1]
        path = sample / "images" / row["filename"]
        if grounds and grounds[0] in light and path.exists():
            light[grounds[0]].append(float(np.asarray(Image.open(path).convert("L")).mean()))
    assert max(light["midnight"]) < min(light["ivory"]) + 60
    assert np.mean(light["midnight"]) + 60 < np.mean(light["ivory"])


def test_years_span_two_centuries_and_families_cluster_in_them() -> None:
    years: dict[str, list[int]] = {}
    for row in make_rows(1000):
        if row["year"]:
            years.setdefault(row["category"], []).append(int(row["year"]))
    everything = [year for some in years.values() for year in some]
    assert FIRST_YEAR <= min(everything) < 1835
    assert 2015 < max(everything) <= LAST_YEAR
    within = np.mean([np.std(some) for name, some in years.items() if name])
    assert within < 0.75 * np.std(everything)


def test_coordinates_are_those_of_the_cities_for_about_half() -> None:
    rows = make_rows(1000)
    placed = [row for row in rows if row["lat"]]
    assert 0.45 < len(placed) / len(rows) < 0.65
    places = np.array([place[1:] for place in CITIES.values()])
    for row in placed:
        assert row["lng"]
        gap = np.abs(places - (float(row["lat"]), float(row["lng"]))).max(axis=1)
        assert gap.min() < 0.1
    assert len({row["lat"][:5] for row in placed}) > 30


def test_positions_lie_on_a_clock_within_its_rim() -> None:
    rows = make_rows(1000)
    placed = [row for row in rows if row["x"]]
    assert 0.75 < len(placed) / len(rows) < 0.95
    for row in placed:
        assert np.hypot(float(row["x"]), float(row["y"])) < 1.1


@pytest.mark.parametrize("column", BLANKS)
def test_blanks_are_sprinkled_over_every_column(column: str) -> None:
    rows = make_rows(1000)
    share = sum(not row[column] for row in rows) / len(rows)
    assert 0.02 < share < 0.15


def test_descriptions_speak_six_languages_with_their_accents_and_marks() -> None:
    text = "\n".join(row["description"] for row in make_rows(600))
    for marks in "éèœ«»äöüß„“ñóáąęłżřěů":
        assert marks in text
    assert '"' in text
    assert "," in text
    assert set(WORDINGS) == set(AT_PLACE) == set(MAKERS) == {"cs", "de", "en", "es", "fr", "pl"}


def test_makers_have_accents_and_quotes() -> None:
    makers = Counter(row["creator"] for row in make_rows(1000))
    assert any('"' in name for name in makers)
    assert any("'" in name for name in makers)
    assert sum(not name.isascii() for name in makers) > 15


def test_links_stay_where_links_of_examples_belong(rows: list[Row]) -> None:
    for row in rows:
        assert row["permalink"] == "" or row["permalink"].startswith("https://example.org/")


def test_every_family_has_words_in_all_languages_and_known_places() -> None:
    for family in FAMILIES:
        assert set(family.titles) == set(family.techniques) == set(WORDINGS)
        assert all(place in CITIES for place in family.places)
        start, height, end = family.period
        assert FIRST_YEAR <= start < height < end <= LAST_YEAR


def test_the_table_reads_back_as_it_was_written() -> None:
    rows = [*make_rows(40), orphan_row()]
    text = render_table(rows).decode("utf-8")
    assert list(csv.DictReader(text.splitlines())) == rows
