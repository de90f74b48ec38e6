"""The awkward variants of one table, joined with the pictures that they speak of."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from clipplot_pipeline.catalog import Catalog, TableRows, join_catalog
from clipplot_pipeline.errors import TableError
from clipplot_pipeline.sources.table import MetadataTable, read_table
from tests.catalog.test_join import SALT, images, inventory

pytestmark = pytest.mark.packs
PICTURES = 24
#: What differs from 24 rows that mean 24 images: rows, rows with an image, images without a row.
COUNTS = {
    "09_missing_rows.csv": (15, 15, 9),
    "10_unknown_files.csv": (26, 24, 0),
    "11_duplicate_rows.csv": (26, 26, 0),
    "19_header_only.csv": (0, 0, 24),
    "21_ragged.csv": (27, 24, 0),
}
REFUSED = {"20_empty.csv", "22_no_filename_column.csv"}


def join(packs: Path, name: str) -> tuple[MetadataTable, Catalog]:
    folder = packs / "awkward_metadata"
    pictures = images({path.name: path.name for path in (folder / "images").iterdir()})
    table = read_table(str(folder / "variants" / name))
    catalog = join_catalog(
        images=pictures,
        inventory=inventory(pictures),
        rows=table.rows,
        fields=table.fields,
        tables=[TableRows(part.count, part.key_kind) for part in table.parts],
        salt=SALT,
    )
    return table, catalog


def test_every_variant_joins_or_is_refused_in_a_clear_sentence(packs: Path) -> None:
    with (packs / "awkward_metadata" / "expected.csv").open(encoding="utf-8", newline="") as file:
        expected = {row["filename"]: row["expected"].split("|") for row in csv.DictReader(file)}
    assert len(expected) == 26
    for name, outcomes in expected.items():
        if name in REFUSED:
            assert "clear error" in outcomes
            with pytest.raises(TableError, match=rf"{name}: .*[Ee]xpected"):
                join(packs, name)
            continue
        _, catalog = join(packs, name)
        assert "ok" in outcomes
        assert catalog.table.num_rows == PICTURES
        found = (catalog.rows, catalog.matched_rows, catalog.without_metadata)
        assert found == COUNTS.get(name, (24, 24, 0)), name
        json.dumps(catalog.table.to_pylist(), allow_nan=False)
        json.dumps(catalog.report(), allow_nan=False)


def test_variants_in_another_writing_say_the_same(packs: Path) -> None:
    _, plain = join(packs, "01_plain.csv")
    for name in (
        "02_bom_crlf.csv",
        "03_semicolons.csv",
        "04_tabs.tsv",
        "06_utf16.csv",
        "24_upper_ext.csv",
        "25_metadata.json",
    ):
        assert join(packs, name)[1].table.equals(plain.table), name


def test_odd_years_are_read_or_told(packs: Path) -> None:
    table, _ = join(packs, "12_odd_years.csv")
    years = table.rows["year"].to_pylist()
    assert years[:12] == [1890, 1890, -300, 1890, None, None, 1890, None, 1890, None, None, 1890]
    assert [problem.row for problem in table.problems] == [6, 7, 9, 18, 19, 21]


def test_two_rows_for_one_file_are_a_conflict_and_the_first_is_kept(packs: Path) -> None:
    _, catalog = join(packs, "11_duplicate_rows.csv")
    assert (catalog.duplicate_rows, catalog.conflict_count) == (2, 1)
    assert "the first is kept" in str(catalog.conflicts[0])


def test_numbers_in_categories_and_labels_stay_text(packs: Path) -> None:
    table, _ = join(packs, "26_numbers.csv")
    assert {field.kind for field in table.fields if field.name in {"category", "label"}} == {"category"}
