"""Live images joined with metadata."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clipplot_pipeline import schemas
from clipplot_pipeline.catalog import (
    Catalog,
    JoinRules,
    TableRows,
    fields_from_json,
    fields_to_json,
    image_id,
    join_catalog,
    update_inventory,
)
from clipplot_pipeline.errors import TableError
from clipplot_pipeline.model import Field, FieldKind, Scan, SourceImage

SALT = b"salt"
TYPES: dict[FieldKind, pa.DataType] = {
    "tags": pa.list_(pa.string()),
    "number": pa.float64(),
    "boolean": pa.bool_(),
}


def sha(content: str) -> str:
    return hashlib.sha256(content.encode()).hexdigest()


def images(files: dict[str, str], shard: str = "00000-00000000", **facts: list[Any]) -> pa.Table:
    """Return the facts of files: path and content, which stands for the picture."""
    count = len(files)
    return pa.table(
        {
            "path": pa.array(files, pa.string()),
            "sha256": pa.array([sha(content) for content in files.values()], pa.string()),
            "width_px": pa.array([3] * count, pa.int32()),
            "height_px": pa.array([2] * count, pa.int32()),
            "mean_rgb": pa.array([[1, 2, 3]] * count, pa.list_(pa.uint8(), 3)),
            "taken_at": pa.array(facts.get("taken_at", [None] * count), pa.string()),
            "latitude": pa.array(facts.get("latitude", [None] * count), pa.float64()),
            "longitude": pa.array(facts.get("longitude", [None] * count), pa.float64()),
            "shard": pa.array([shard] * count, pa.string()),
        }
    )


def inventory(pictures: pa.Table, dead: tuple[str, ...] = ()) -> pa.Table:
    count = pictures.num_rows
    return pa.table(
        {
            "path": pictures["path"],
            "bytes": pa.array([1] * count, pa.int64()),
            "version": pa.array(["1"] * count),
            "shard": pictures["shard"],
            "live": pa.array([path not in dead for path in pictures["path"].to_pylist()], pa.bool_()),
            "place": pa.array([""] * count, pa.string()),
        }
    ).cast(schemas.INVENTORY)


def join(
    pictures: pa.Table,
    rows: list[dict[str, Any]] | None = None,
    kinds: dict[str, FieldKind] | None = None,
    dead: tuple[str, ...] = (),
    **options: Any,
) -> Catalog:
    kinds = kinds or {}
    fields = tuple(Field(name, name.title(), kind) for name, kind in kinds.items())
    columns = {
        name: pa.array([row.get(name) for row in rows or []], TYPES.get(kind, pa.string()))
        for name, kind in kinds.items()
    }
    table = pa.table({"key": pa.array([row["key"] for row in rows or []], pa.string()), **columns})
    return join_catalog(
        images=pictures,
        inventory=options.pop("inventory", inventory(pictures, dead)),
        rows=table,
        fields=fields,
        tables=[TableRows(len(rows), "filename")] if rows is not None else [],
        salt=SALT,
        rules=JoinRules(**options),
    )


def by_path(catalog: Catalog) -> dict[str, dict[str, Any]]:
    return {row["paths"][0]: row for row in catalog.table.to_pylist()}


def test_rows_find_their_images_whatever_the_order() -> None:
    rows = [{"key": "c.jpg", "note": "C"}, {"key": "a.jpg", "note": "A"}, {"key": "gone.jpg", "note": "G"}]
    catalog = join(images({"a.jpg": "1", "b.jpg": "2", "c.jpg": "3"}), rows, {"note": "text"})
    assert {path: row["note"] for path, row in by_path(catalog).items()} == {
        "a.jpg": "A",
        "b.jpg": None,
        "c.jpg": "C",
    }
    assert (catalog.rows, catalog.matched_rows, catalog.unmatched_rows, catalog.without_metadata) == (
        3,
        2,
        1,
        1,
    )
    assert catalog.unmatched == ("gone.jpg",)


def test_the_table_is_sorted_by_public_id_and_has_the_schema() -> None:
    catalog = join(images({f"{n}.jpg": str(n) for n in range(50)}))
    ids = catalog.table["image_id"].to_pylist()
    assert ids == sorted(ids)
    assert set(ids) == {image_id(SALT, sha(str(n))) for n in range(50)}
    assert catalog.table.schema == schemas.CATALOG
    assert catalog.fields == ()


def test_nothing_at_all_is_an_empty_catalog() -> None:
    catalog = join(images({}), [{"key": "a.jpg", "note": "A"}], {"note": "text"})
    assert catalog.table.schema == schemas.CATALOG
    assert (catalog.table.num_rows, catalog.unmatched_rows) == (0, 1)


def test_dead_files_and_dead_versions_are_left_out() -> None:
    old, new = images({"a.jpg": "old", "b.jpg": "b"}), images({"a.jpg": "new"}, "00001-00000000")
    listed = pa.concat_tables([inventory(old, dead=("a.jpg", "b.jpg")), inventory(new)])
    catalog = join(pa.concat_tables([old, new]), inventory=listed)
    assert [(row["sha256"], row["shard"]) for row in catalog.table.to_pylist()] == [
        (sha("new"), "00001-00000000")
    ]


def test_identical_files_fold_tags_unite_and_conflicts_are_told() -> None:
    pictures = images({"b/x.jpg": "same", "a/x.jpg": "same", "c.jpg": "other"})
    rows: list[dict[str, Any]] = [
        {"key": "b/x.jpg", "note": "second", "tags": ["t", "u"], "year": 1890.0, "only": "here"},
        {"key": "a/x.jpg", "note": "first", "tags": ["s", "t"], "year": 1890.0},
        {"key": "c.jpg", "note": "c", "tags": ["z"]},
    ]
    catalog = join(pictures, rows, {"note": "text", "tags": "tags", "year": "number", "only": "text"})
    row = by_path(catalog)["a/x.jpg"]
    assert row["paths"] == ["a/x.jpg", "b/x.jpg"]
    assert (row["note"], row["tags"], row["year"], row["only"]) == ("first", ["s", "t", "u"], 1890, "here")
    assert by_path(catalog)["c.jpg"]["tags"] == ["z"]
    assert (catalog.table.num_rows, catalog.folded, catalog.duplicate_rows, catalog.conflict_count) == (
        2,
        1,
        1,
        1,
    )
    assert str(catalog.conflicts[0]) == (
        "a/x.jpg: note is 'first' in one row and 'second' in another; the first is kept"
    )


def test_of_two_rows_for_one_file_the_first_decides() -> None:
    rows: list[dict[str, Any]] = [
        {"key": "a.jpg", "note": None},
        {"key": "A.JPG", "note": "two"},
        {"key": "a.jpg", "note": "three"},
    ]
    catalog = join(images({"a.jpg": "1"}), rows, {"note": "text"})
    assert catalog.table["note"].to_pylist() == ["two"]
    assert (catalog.duplicate_rows, catalog.conflict_count) == (2, 1)


def test_a_place_is_never_put_together_from_two_rows() -> None:
    rows: list[dict[str, Any]] = [{"key": "a.jpg", "lat": 1.0}, {"key": "a.jpg", "lat": 2.0, "lng": 3.0}]
    catalog = join(images({"a.jpg": "1"}), rows, {"lat": "number", "lng": "number"})
    assert catalog.table.select(["lat", "lng"]).to_pylist() == [{"lat": 2, "lng": 3}]


def test_ambiguous_rows_are_told_and_joined_to_none() -> None:
    catalog = join(
        images({"a/x.jpg": "1", "b/x.jpg": "2"}), [{"key": "x.jpg", "note": "?"}], {"note": "text"}
    )
    assert (catalog.fields, catalog.ambiguous_rows, catalog.unmatched_rows) == ((), 1, 1)
    assert catalog.unmatched == ("x.jpg (it is not clear which image is meant)",)


def test_names_of_the_catalogs_own_columns_get_a_mark() -> None:
    rows = [{"key": "a.jpg", "shard": "mine", "shard_": "too", "sha256": "s"}]
    catalog = join(images({"a.jpg": "1"}), rows, {"shard": "text", "shard_": "text", "sha256": "text"})
    row = catalog.table.to_pylist()[0]
    assert (row["shard"], row["shard__"], row["shard_"], row["sha256_"]) == (
        "00000-00000000",
        "mine",
        "too",
        "s",
    )
    assert (catalog.fields[0].name, catalog.fields[0].title) == ("shard__", "Shard")


def test_fields_that_are_blank_everywhere_are_left_out() -> None:
    rows = [{"key": "a.jpg", "note": "x"}, {"key": "gone.jpg", "other": "y"}]
    catalog = join(images({"a.jpg": "1"}), rows, {"note": "text", "other": "text"})
    assert [field.name for field in catalog.fields] == ["note"]
    assert catalog.table.column_names == [*schemas.CATALOG.names, "note"]


def test_capture_dates_stand_in_for_years() -> None:
    pictures = images({"a.jpg": "1", "b.jpg": "2"}, taken_at=["2001-02-03T04:05:06", None])
    assert join(pictures).fields == (Field("taken_at", "Taken", "date"),)
    blank = join(pictures, [{"key": "a.jpg"}], {"year": "number"})
    assert [field.name for field in blank.fields] == ["taken_at"]
    dated = join(pictures, [{"key": "b.jpg", "year": 1890.0}], {"year": "number"})
    assert [field.name for field in dated.fields] == ["year"]


def test_places_of_the_files_stay_private_unless_asked_for() -> None:
    pictures = images(
        {"a.jpg": "1", "b.jpg": "2", "c.jpg": "3"}, latitude=[10.0, 20.0, None], longitude=[1.0, 0.0, 5.0]
    )
    assert join(pictures).fields == ()
    rows = [{"key": "a.jpg", "lat": 0.0, "lng": 0.0}]
    kinds: dict[str, FieldKind] = {"lat": "number", "lng": "number"}
    private = by_path(join(pictures, rows, kinds))
    assert [(row["lat"], row["lng"]) for row in (private["a.jpg"], private["b.jpg"])] == [
        (0, 0),
        (None, None),
    ]
    public = join(pictures, rows, kinds, publish_coordinates=True)
    assert {path: (row["lat"], row["lng"]) for path, row in by_path(public).items()} == {
        "a.jpg": (0, 0),
        "b.jpg": (20, 0),
        "c.jpg": (None, None),
    }
    assert [field.name for field in join(pictures, publish_coordinates=True).fields] == ["lat", "lng"]


def test_a_column_of_the_users_may_give_the_ids() -> None:
    pictures = images({"a.jpg": "1", "b.jpg": "2", "c.jpg": "3", "d.jpg": "4"})
    own = "0123456789abcdef0123"
    rows: list[dict[str, Any]] = [
        {"key": "a.jpg", "acc": own},
        {"key": "b.jpg", "acc": "1984.7"},
        {"key": "c.jpg", "acc": "1984.7"},
    ]
    catalog = join(pictures, rows, {"acc": "text"}, id_column="acc")
    ids = {path: row["image_id"] for path, row in by_path(catalog).items()}
    assert ids == {
        "a.jpg": own,
        "b.jpg": image_id(SALT, sha("2")),
        "c.jpg": image_id(SALT, sha("3")),
        "d.jpg": image_id(SALT, sha("4")),
    }
    assert [problem.split(":")[0] for problem in catalog.id_problems] == ["b.jpg", "c.jpg", "d.jpg"]
    alone = by_path(join(pictures, rows[:2], {"acc": "text"}, id_column="acc"))
    assert alone["b.jpg"]["image_id"] == hashlib.sha256(b"1984.7").hexdigest()[:20]
    by_name = by_path(join(pictures, rows, {"acc": "text"}, id_column="filename"))
    assert by_name["a.jpg"]["image_id"] == hashlib.sha256(b"a.jpg").hexdigest()[:20]
    with pytest.raises(TableError, match=r"no column 'shelf'.*acc"):
        join(pictures, rows, {"acc": "text"}, id_column="shelf")


def test_the_report_is_plain_json() -> None:
    pictures = images({"a.jpg": "1", "b.jpg": "1"})
    rows = [{"key": "a.jpg", "note": "x"}, {"key": "b.jpg", "note": "y"}, {"key": "no.jpg"}]
    report = join(pictures, rows, {"note": "text"}).report()
    assert json.loads(json.dumps(report)) == report
    assert (report["unmatched"], report["folded"], report["conflict_count"]) == (["no.jpg"], 1, 1)


def test_fields_survive_json() -> None:
    fields = (Field("a", "A", "tags"), Field("é", "É b", "number"))
    assert fields_from_json(json.loads(json.dumps(fields_to_json(fields)))) == fields


def test_ids_are_the_beginning_of_an_hmac() -> None:
    assert image_id(b"key", "The quick brown fox jumps over the lazy dog") == "f7bc83f430538424b132"


names = st.text(st.sampled_from("abAB/"), min_size=1, max_size=4).filter(
    lambda name: all(part for part in name.split("/"))
)


@settings(max_examples=50)
@given(
    st.dictionaries(names, st.sampled_from("1234"), max_size=8),
    st.lists(
        st.tuples(
            names,
            st.sampled_from(["x", "y", None]),
            st.lists(st.sampled_from("stu"), max_size=2, unique=True),
        ),
        max_size=8,
    ),
    st.randoms(),
)
def test_nothing_is_lost_and_the_order_of_images_does_not_matter(
    files: dict[str, str], rows: list[tuple[str, str | None, list[str]]], random: object
) -> None:
    table = [{"key": key, "note": note, "tags": tags or None} for key, note, tags in rows]
    kinds: dict[str, FieldKind] = {"note": "text", "tags": "tags"}
    pictures = images(files)
    catalog = join(pictures, table, kinds)
    assert sorted(path for paths in catalog.table["paths"].to_pylist() for path in paths) == sorted(files)
    assert sorted(catalog.table["sha256"].to_pylist()) == sorted({sha(content) for content in files.values()})
    assert catalog.folded == len(files) - catalog.table.num_rows
    assert catalog.matched_rows + catalog.unmatched_rows == len(rows)
    given_tags = {tag for _, _, tags in rows for tag in tags}
    if "tags" in catalog.table.column_names:
        found = [tags for tags in catalog.table["tags"].to_pylist() if tags is not None]
        assert {tag for tags in found for tag in tags} <= given_tags
        assert all(len(tags) == len(set(tags)) for tags in found)
    order = list(range(pictures.num_rows))
    random.shuffle(order)  # type: ignore[attr-defined]
    again = join(pictures.take(pa.array(order, pa.int64())), table, kinds)
    assert again.table.equals(catalog.table)
    assert again.report() == catalog.report()


def test_inventory_and_join_agree_on_what_lives() -> None:
    first = update_inventory(None, Scan((SourceImage("a", 1, "1"), SourceImage("b", 1, "1")), {}), 1)
    second = update_inventory(first.table, Scan((SourceImage("b", 1, "1"), SourceImage("c", 1, "1")), {}), 1)
    pictures = [images({row["path"]: row["path"]}, row["shard"]) for row in second.table.to_pylist()]
    assert set(by_path(join(pa.concat_tables(pictures), inventory=second.table))) == {"b", "c"}
