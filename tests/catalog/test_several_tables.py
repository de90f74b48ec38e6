"""Rows of several tables about the same pictures."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from clipplot_pipeline.catalog import Catalog, JoinRules, TableRows, join_catalog
from clipplot_pipeline.catalog.identity import adopt_id
from clipplot_pipeline.model import Field
from tests.catalog.test_join import SALT, by_path, images, inventory


def join_tables(files: dict[str, str], *tables: list[dict[str, Any]], id_column: str = "") -> Catalog:
    """Join tables whose rows have a key, a note and tags."""
    rows = [row for table in tables for row in table]
    pictures = images(files)
    return join_catalog(
        images=pictures,
        inventory=inventory(pictures),
        rows=pa.table(
            {
                "key": pa.array([row["key"] for row in rows], pa.string()),
                "note": pa.array([row.get("note") for row in rows], pa.string()),
                "tags": pa.array([row.get("tags") for row in rows], pa.list_(pa.string())),
            }
        ),
        fields=(Field("note", "Note", "text"), Field("tags", "Tags", "tags")),
        tables=[
            TableRows(len(table), kind) for table, kind in zip(tables, ("filename", "path"), strict=False)
        ],
        salt=SALT,
        rules=JoinRules(id_column=id_column),
    )


FILES = {"a/x.jpg": "1", "b/y.jpg": "2"}


def test_each_table_adds_what_the_others_leave_blank() -> None:
    catalog = join_tables(
        FILES,
        [{"key": "x.jpg", "note": "first", "tags": ["one"]}, {"key": "y.jpg"}],
        [{"key": "/old/a/x.jpg", "note": "other", "tags": ["two"]}, {"key": "b/y", "note": "late"}],
    )
    found = by_path(catalog)
    assert (found["a/x.jpg"]["note"], found["a/x.jpg"]["tags"]) == ("first", ["one", "two"])
    assert found["b/y.jpg"]["note"] == "late"
    assert (catalog.rows, catalog.matched_rows, catalog.duplicate_rows, catalog.conflict_count) == (
        4,
        4,
        0,
        1,
    )


def test_a_name_in_one_table_does_not_make_that_of_another_unclear() -> None:
    catalog = join_tables(
        FILES, [{"key": "old/x.jpg", "note": "n"}], [{"key": "other/x.jpg"}, {"key": "a/x.jpg"}]
    )
    assert by_path(catalog)["a/x.jpg"]["note"] == "n"
    assert catalog.unmatched == ("other/x.jpg",)


def test_duplicates_are_counted_within_a_table() -> None:
    catalog = join_tables(FILES, [{"key": "A/x.jpg"}, {"key": "a/x.jpg"}], [{"key": "a/x.jpg"}])
    assert catalog.duplicate_rows == 1


def test_an_id_may_stand_in_any_table() -> None:
    catalog = join_tables(
        FILES, [{"key": "x.jpg"}, {"key": "y.jpg"}], [{"key": "a/x.jpg", "note": "N1"}], id_column="note"
    )
    assert adopt_id("N1") in catalog.table["image_id"].to_pylist()
    assert catalog.id_problems == ("b/y.jpg: its cell of the id column is blank; clipplot made an id",)
