"""The plan of a site: what its files say, and that their names follow their content."""

import io
import json
import re
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from clipplot_pipeline.errors import SiteError
from clipplot_pipeline.model import Clusters, Duplicates, Field, Layout, Neighbors
from clipplot_pipeline.site.build import build_site
from clipplot_pipeline.site.columns import decode_column
from clipplot_pipeline.site.content import SiteLayout
from clipplot_pipeline.site.fields import NO_DAY, build_field_column, clean_cell
from clipplot_pipeline.site.format import content_type, is_path
from clipplot_pipeline.site.manifest import read_manifest
from clipplot_pipeline.site.ragged import decode_any


def _read(plan):
    return {file.path: file.read() for file in (*plan.files, *plan.root_files)}


def _column(plan, name):
    return decode_column(_read(plan)[plan.manifest["columns"][name]["path"]])


def _words(plan):
    files = _read(plan)
    path = plan.manifest["words"]["path"].replace("{n}", "0")
    return json.loads(files[path])["rows"]


def test_paths_keep_to_the_alphabet_and_sizes_are_true(plan):
    for file in (*plan.files, *plan.root_files):
        assert is_path(file.path)
        assert len(file.read()) == file.size_bytes
        assert file.content_type != "application/octet-stream" or file.path.endswith(".bin")
    paths = [file.path for file in plan.files]
    assert len(paths) == len(set(paths))


def test_no_name_of_a_user_becomes_an_address(collection, viewer):
    names = [
        "../../etc/passwd",
        "a%2f..%2fb",
        "nul\0byte",
        "x" * 5000,
        "</script>",
        "\u202egnp.exe",
        "=1+1",
        "CON",
    ]
    content = collection.content
    table = content.catalog
    paths = [[names[row % len(names)]] for row in range(table.num_rows)]
    column = pa.array(paths, table.schema.field("paths").type)
    fields = tuple(
        replace(entry, name=f"{entry.name}/../{name}")
        for entry, name in zip(content.fields, names, strict=False)
    )
    renamed = {entry.name: new.name for entry, new in zip(content.fields, fields, strict=True)}
    table = table.set_column(table.schema.get_field_index("paths"), "paths", column)
    table = table.rename_columns([renamed.get(name, name) for name in table.column_names])
    hostile = build_site(replace(content, catalog=table, fields=fields, title=names[0]), viewer)
    addresses = [file.path for file in (*hostile.files, *hostile.root_files)]
    assert all(is_path(path) for path in addresses)
    assert [p for p in addresses if re.search(r"passwd|%2f|xxxx|script>|CON|\.\.|=", p)] == []
    assert {row["path"] for row in _words(hostile)} == set(names)


def test_only_files_at_the_root_change_in_place(plan):
    assert {file.path for file in plan.root_files} == {"index.html", "loader.js", "images.parquet"}
    assert all(file.cache_control == "no-cache" for file in plan.root_files)
    assert all("max-age" in file.cache_control for file in plan.files)
    for file in plan.files:
        assert ("immutable" in file.cache_control) == (
            not file.path.startswith(("s/", "c/micro-", "c/boot."))
        )


def test_the_manifest_reads_and_holds_the_counts(plan, collection):
    manifest = read_manifest(plan.manifest)
    assert manifest.image_count == 40
    assert manifest.home_layout == "umap"
    assert manifest.counts == {"rejects": 1, "skipped": 2, "unmatched_rows": 1, "clusters": 4}
    assert [field.name for field in manifest.fields] == [field.name for field in collection.content.fields]
    places = manifest.layouts[2]
    assert (places.positions, places.labels, places.reason) == (None, None, "no image has coordinates")


def test_columns_are_in_rank_order(plan, collection):
    content = collection.content
    ids = _column(plan, "id").stored.astype(np.uint8).tobytes().hex()
    assert [ids[k : k + 20] for k in range(0, len(ids), 20)] == content.ranked_ids == list(plan.image_ids)
    for page in content.layouts[:2]:
        values = _column(plan, f"layout-{page.layout.name}").values
        assert np.abs(values - page.layout.positions[content.ranks]).max() < 2e-5
    colors = np.array(content.catalog["mean_rgb"].to_pylist())[content.ranks]
    assert np.array_equal(_column(plan, "color").stored, colors)
    sizes = [np.array(content.catalog[name])[content.ranks] for name in ("width_px", "height_px")]
    assert np.abs(_column(plan, "aspect").values[:, 0] - np.log2(sizes[0] / sizes[1])).max() < 1e-3
    for number, level in enumerate(content.clusters.levels):
        assert (
            _column(plan, f"cluster-{number}").stored[:, 0].tolist() == level.cluster[content.ranks].tolist()
        )


def test_words_say_what_the_catalog_says(plan, collection):
    content = collection.content
    rank_of = {image_id: rank for rank, image_id in enumerate(plan.image_ids)}
    catalog = content.catalog.to_pylist()
    rows = _words(plan)
    assert len(rows) == 40
    for rank, row in enumerate(rows):
        cells = catalog[content.ranks[rank]]
        assert row["id"] == cells["image_id"]
        assert row["path"] == cells["paths"][0]
        assert (row["width_px"], row["height_px"]) == (cells["width_px"], cells["height_px"])
        near = content.neighbors.rows[content.ranks[rank]]
        assert row["neighbors"] == [rank_of[catalog[k]["image_id"]] for k in near]
        blank = {
            name for name in ("category", "tags", "year", "drawn", "date") if cells[name] in (None, [], "")
        }
        assert not blank & row["fields"].keys()
        assert {k: v for k, v in cells.items() if k in row["fields"]} == row["fields"]


def test_words_of_missing_neighbors_are_absent(collection, viewer):
    rows = np.full((40, 30), -1, np.int32)
    rows[:, :29] = (np.arange(40)[:, None] + np.arange(1, 30)) % 40
    near = Neighbors(rows, np.where(rows < 0, np.nan, 0.5).astype(np.float32))
    assert {
        len(row["neighbors"])
        for row in _words(build_site(replace(collection.content, neighbors=near), viewer))
    } == {24}
    few = Neighbors(rows[:, 27:], near.similarities[:, 27:])
    assert {
        len(row["neighbors"])
        for row in _words(build_site(replace(collection.content, neighbors=few), viewer))
    } == {2}


def test_field_columns_index_their_values(plan, collection):
    content = collection.content
    entries = {field["name"]: field for field in plan.manifest["fields"]}
    values = json.loads(_read(plan)[entries["category"]["values"]])["values"]
    assert values == ["<b>map</b>", "fruit", "portrait"]
    cells = content.catalog["category"].to_pylist()
    codes = _column(plan, "field-category").stored[:, 0]
    assert [values[c] if c >= 0 else None for c in codes] == [cells[r] for r in content.ranks]
    years = _column(plan, "field-year").stored[:, 0]
    expected = [
        np.nan if (y := content.catalog["year"][int(r)].as_py()) is None else y for r in content.ranks
    ]
    assert np.array_equal(years, expected, equal_nan=True)
    drawn = _column(plan, "field-drawn").stored[:, 0].tolist()
    assert drawn == [
        {True: 1, False: 0, None: -1}[content.catalog["drawn"][int(r)].as_py()] for r in content.ranks
    ]
    tags = decode_any(_read(plan)[plan.manifest["columns"]["field-tags"]["path"]])
    values = json.loads(_read(plan)[entries["tags"]["values"]])["values"]
    cells = content.catalog["tags"].to_pylist()
    expected = [sorted(cells[r] or []) for r in content.ranks]
    assert [sorted(values[c] for c in row) for row in tags.to_lists()] == expected
    days = _column(plan, "field-date").stored
    assert (days[:, 0] == NO_DAY).sum() == 10
    assert set(map(tuple, days.tolist())) == {
        (-25202, -24838),
        (-25082, -25052),
        (-25077, -25077),
        (NO_DAY, NO_DAY),
    }
    assert _column(plan, "field-permalink").stored.sum() == 20


def test_categories_are_ordered_by_frequency_then_alphabet():
    cells = pa.chunked_array([["b", "c", "a", None, "c", ""]])
    column, values = build_field_column(Field("f", "F", "category"), cells, "0" * 16)
    assert values == ["c", "a", "b"]
    assert column.stored[:, 0].tolist() == [2, 0, 1, -1, 0, -1]


@pytest.mark.parametrize(
    ("kind", "cell", "expected"),
    [
        ("number", 1901.0, 1901),
        ("number", 1.5, 1.5),
        ("number", float("nan"), None),
        ("number", float("inf"), None),
        ("boolean", False, False),
        ("tags", [], None),
        ("tags", ["a", None, ""], ["a"]),
        ("tags", "a", ["a"]),
        ("text", "", None),
        ("date", "1901-05", "1901-05"),
        ("category", None, None),
        ("url", "https://example.org/a?b", "https://example.org/a?b"),
        ("url", "javascript:alert(1)", None),
        ("url", "//example.org", None),
        ("url", "http:///x", None),
    ],
)
def test_cells_become_plain_json(kind, cell, expected):
    assert clean_cell(Field("f", "F", kind), cell) == expected


def test_cluster_files_describe_every_cluster(plan, collection):
    content = collection.content
    home = content.home.positions
    files = _read(plan)
    for level, entry in zip(content.clusters.levels, plan.manifest["clusters"]["levels"], strict=True):
        clusters = json.loads(files[entry["labels"]])["clusters"]
        assert [c["name"] for c in clusters] == list(level.names)
        for number, cluster in enumerate(clusters):
            members = home[level.cluster == number]
            assert cluster["count"] == len(members)
            assert np.allclose([cluster["x"], cluster["y"]], np.median(members, axis=0), atol=1e-4)
            assert 0 < cluster["size"] <= 2
            for spread, place in zip(content.home.spreads, cluster["spreads"], strict=True):
                middle = np.median(spread.positions[level.cluster == number], axis=0)
                assert np.allclose([place["x"], place["y"]], middle, atol=1e-4)
            rows = [int(content.ranks[rank]) for rank in cluster["representatives"]]
            assert tuple(rows) == level.representatives[number]


def test_spreads_are_published_beside_the_positions(plan, collection):
    content = collection.content
    home, *others = plan.manifest["layouts"]
    assert len(home["spreads"]) == len(content.home.spreads) == 2
    for entry, spread in zip(home["spreads"], content.home.spreads, strict=True):
        assert (entry["picture_size"], entry["aspect"]) == (spread.picture_size, spread.aspect)
        values = _column(plan, entry["positions"]).values
        assert np.allclose(values, spread.positions[content.ranks], atol=1.1 / 65535)
    assert not any("spreads" in other for other in others)
    table = pq.read_table(io.BytesIO(_read(plan)["images.parquet"]))
    assert np.array_equal(table["umap_spread_y"].to_numpy(), content.home.spreads[0].positions[:, 1])


def test_the_table_of_images_reads_back(plan, collection):
    content = collection.content
    table = pq.read_table(io.BytesIO(_read(plan)["images.parquet"]))
    assert table["image_id"].to_pylist() == content.catalog["image_id"].to_pylist()
    assert not {"sha256", "shard", "paths", "vector"} & set(table.column_names)
    assert np.array_equal(table["umap_x"].to_numpy(), content.home.positions[:, 0])
    assert table["cluster_0_name"].to_pylist()[:2] == ["apples, pears", ""]
    assert table["tags"].to_pylist() == content.catalog["tags"].to_pylist()
    groups = [None if k < 0 else k for k in content.duplicates.group.tolist()]
    assert table["duplicate_group"].to_pylist() == groups
    assert np.flatnonzero(table["is_earliest_duplicate"]).tolist() == sorted(content.duplicates.earliest)
    assert np.flatnonzero(table["is_largest_duplicate"]).tolist() == sorted(content.duplicates.largest)


def test_near_duplicates_are_columns_in_rank_order(plan, collection):
    entry = plan.manifest["duplicates"]
    assert (entry["groups"], entry["images"]) == (3, 9)
    group, roles = (_column(plan, entry[key]).stored[:, 0] for key in ("column", "roles"))
    known, ranks = collection.content.duplicates, collection.content.ranks
    np.testing.assert_array_equal(group, known.group[ranks])
    np.testing.assert_array_equal(np.sort(ranks[(roles & 1) > 0]), np.sort(known.earliest))
    np.testing.assert_array_equal(np.sort(ranks[(roles & 2) > 0]), np.sort(known.largest))


def test_measures_are_columns_in_rank_order_and_in_the_table(plan, collection):
    (entry,) = plan.manifest["measures"]
    (measure,) = collection.content.measures
    stored = _column(plan, entry["column"]).stored[:, 0]
    np.testing.assert_allclose(stored, measure.values[collection.content.ranks], atol=1 / 200)
    table = pq.read_table(io.BytesIO(_read(plan)["images.parquet"]))
    assert table["measure_kept"].null_count == 1


def test_without_near_duplicates_there_is_no_word_of_them(collection, viewer):
    for found in (None, Duplicates(np.full(40, -1, np.int32), *np.zeros((2, 0), np.int32))):
        made = build_site(replace(collection.content, duplicates=found), viewer)
        assert made.manifest["duplicates"] is None
        about = next(f for f in made.files if f.path.endswith("about.html")).read().decode()
        assert "Near-duplicates" not in about


def test_vectors_are_published_only_if_asked(collection, viewer):
    vectors = np.eye(40, 3, dtype=np.float32)
    plan = build_site(replace(collection.content, vectors=vectors), viewer)
    table = pq.read_table(io.BytesIO(_read(plan)["images.parquet"]))
    assert np.array_equal(np.array(table["vector"].to_pylist(), np.float32), vectors)


def test_names_follow_content(plan, retitled, collection, viewer):
    again = build_site(collection.content, viewer)
    assert again.manifest == plan.manifest
    assert _read(again) == _read(plan)
    assert retitled.build_id != plan.build_id
    unchanged = {f.path for f in plan.files} & {f.path for f in retitled.files}
    assert {p for p in {f.path for f in plan.files} - unchanged if not p.startswith("b/")} == set()


def test_every_change_of_content_gives_another_build(plan, collection, viewer):
    content = collection.content
    others = [
        replace(content, tagline="other"),
        replace(content, about=replace(content.about, description="other")),
        replace(content, vectors=np.eye(40, 3, dtype=np.float32)),
        replace(content, rendition="other"),
        replace(content, clusters=Clusters((), reason="too few images")),
        replace(
            content, neighbors=Neighbors(content.neighbors.rows[:, ::-1], content.neighbors.similarities)
        ),
    ]
    builds = {build_site(other, viewer).build_id for other in others}
    assert len(builds | {plan.build_id}) == 7


def test_a_site_without_detail_pictures(collection, viewer):
    plan = build_site(replace(collection.content, rendition=""), viewer)
    assert plan.manifest["details"] is None
    assert not plan.has_details


def test_an_empty_home_layout_gives_way(collection, viewer):
    plan = build_site(replace(collection.content, home_layout="geography"), viewer)
    assert plan.manifest["home_layout"] == "umap"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda c: {"ranks": c.ranks[:-1]}, "39 ranks for 40 images"),
        (lambda c: {"ranks": np.zeros(40, np.int64)}, "exactly once"),
        (lambda c: {"segments": ()}, "expected 40"),
        (lambda c: {"layouts": c.layouts[2:]}, "none has positions"),
        (lambda c: {"layouts": (SiteLayout("A", "", Layout("a", c.home.positions[1:])),)}, "39 positions"),
        (lambda c: {"layouts": (SiteLayout("A", "", Layout("a b", c.home.positions)),)}, "not fit"),
        (lambda c: {"fields": (Field("lost", "Lost", "text"),)}, "'lost'"),
        (lambda c: {"vectors": np.zeros((3, 2), np.float32)}, "vectors: 3 for 40"),
        (lambda c: {"catalog": c.catalog.set_column(0, "image_id", pa.array(["x"] * 40))}, "20 hex digits"),
    ],
)
def test_parts_that_do_not_fit_are_refused(collection, change, words):
    with pytest.raises(SiteError, match=words):
        replace(collection.content, **change(collection.content))


def test_missing_tiles_are_named(collection, viewer, tmp_path):
    from clipplot_pipeline.storage import Store

    with pytest.raises(SiteError, match=r"8/0.webp: the tile is missing"):
        build_site(replace(collection.content, tiles=Store(str(tmp_path))), viewer)


def test_media_types():
    assert content_type("a/b.JS") == "text/javascript; charset=utf-8"
    assert content_type("x.webp") == "image/webp"
    assert content_type("noending") == "application/octet-stream"


@pytest.mark.parametrize("path", ["", "/a", "a//b", "../a", "a/..", "a b", "é", "a\\b", "a/\0", None])
def test_odd_paths_are_no_paths(path):
    assert not is_path(path)
