"""The verifier finds what is wrong, file by file, and says so by name."""

import gzip
import io
import json
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from clipplot_pipeline.errors import SiteError, UsageError
from clipplot_pipeline.site.columns import Column, decode_column, encode_column
from clipplot_pipeline.site.manifest import read_manifest
from clipplot_pipeline.site.ragged import decode_any, encode_ragged
from clipplot_pipeline.site.verify import MAX_PROBLEMS, verify_manifest, verify_site
from clipplot_pipeline.zorder import iterate_tiles, tile_path


def _manifest(site):
    return json.loads(site.read_bytes("manifest.json"))


def _write_manifest(site, manifest):
    site.write_bytes("manifest.json", json.dumps(manifest).encode())


def _problems(site):
    return "\n".join(verify_site(site.url).problems)


def _change_json(site, path, change):
    value = json.loads(site.read_bytes(path))
    change(value)
    site.write_bytes(path, json.dumps(value).encode())


def _change_column(site, name, change):
    path = _manifest(site)["columns"][name]["path"]
    site.write_bytes(path, encode_column(change(decode_column(site.read_bytes(path)))))


def test_a_sound_site_is_whole_and_counted(site):
    found = verify_site(site.url)
    assert found.is_whole
    own = [path for path in site.list_files() if "about.css" not in path and "panel.js" not in path]
    assert (found.images, found.files) == (40, len(own) - 1)  # all but the manifest
    assert found.bytes == sum(site.size(path) for path in own) - site.size("manifest.json")


@pytest.mark.parametrize("sample", [0, 1, 5, 1000])
def test_a_sample_of_pictures_may_do(site, sample):
    assert verify_site(site.url, sample=sample).is_whole


def test_a_folder_without_a_site(tmp_path):
    assert "missing; expected a site" in verify_site(str(tmp_path)).problems[0]


def test_what_cannot_be_read_is_explained(tmp_path):
    (tmp_path / "manifest.json").mkdir()
    assert "cannot be read" in verify_site(str(tmp_path)).problems[0]
    with pytest.raises(UsageError, match="web address"):
        verify_site("https://example.org/map")


@pytest.mark.parametrize(
    ("version", "words"),
    [
        (
            {"name": "clipplot-site", "major": 2, "minor": 3},
            "clipplot-site 2.3; this reader knows up to 1.x; update clipplot",
        ),
        ({"name": "other", "major": 1, "minor": 0}, "no clipplot site"),
        (None, "no clipplot site"),
    ],
)
def test_other_versions_are_refused_by_name(site, version, words):
    _write_manifest(site, _manifest(site) | {"format": version})
    assert words in _problems(site)


def test_a_newer_minor_version_with_unknown_keys_is_read(site):
    manifest = _manifest(site) | {"packs": {"new": True}}
    manifest["format"]["minor"] = 9
    manifest["columns"]["new"] = manifest["columns"]["color"]
    _write_manifest(site, manifest)
    assert verify_site(site.url).is_whole


def test_every_missing_file_is_named(site):
    paths = [p for p in site.list_files() if p != "manifest.json" and not p.startswith("v/")]
    for path in paths:
        data = site.read_bytes(path)
        site.delete(path)
        problems = _problems(site)
        assert path in problems or path.endswith("about.css"), path
        assert "missing" in problems or path.endswith("about.css")
        site.write_bytes(path, data)


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("build_id", "x", "build_id"),
        ("image_count", -1, "image_count"),
        ("image_count", 39, "40 rows; expected 39"),
        ("rank_order", "0" * 16, "expected 0000000000000000"),
        ("home_layout", "geography", "home_layout: 'geography'"),
        ("about", "../../etc/passwd", "not a path that the format allows"),
        ("about", "b/a b.html", "not a path that the format allows"),
        ("segments", [{"id": "0" * 20, "first_rank": 0, "count": 39}], "end at rank 39; expected 40"),
        ("segments", [{"id": "0" * 20, "first_rank": 0, "count": 40}], "0.webp: the tile is missing"),
        ("tiles", {"tile_px": 512, "levels": [8, 12]}, "levels"),
        ("columns", {}, "'aspect' is missing"),
        ("layouts", [], "layouts"),
        ("title", None, "title"),
    ],
)
def test_a_wrong_manifest(site, key, value, words):
    _write_manifest(site, _manifest(site) | {key: value})
    assert words in _problems(site)


@pytest.mark.parametrize(
    ("layout", "change", "words"),
    [
        (0, {"picture_size": 0.0}, "spreads.0.picture_size"),
        (0, {"aspect": -1}, "spreads.0.aspect"),
        (0, {"positions": "nowhere"}, "'nowhere' is missing"),
        (0, {"positions": "color"}, "3 of uint8; expected 2 of uint16"),
        (2, {}, "1 spreads, though it has no positions"),
    ],
)
def test_a_wrong_spread(site, layout, change, words):
    manifest = _manifest(site)
    manifest["layouts"][layout]["spreads"] = [{**manifest["layouts"][0]["spreads"][0], **change}]
    _write_manifest(site, manifest)
    assert words in _problems(site)


@pytest.mark.parametrize(
    ("name", "change", "words"),
    [
        ("duplicates", lambda stored: np.where(stored == 1, 0, stored), "the smallest of 0; expected 9 in 3"),
        ("duplicates", lambda stored: np.where(stored == 2, 9, stored), "values from -1 to 9"),
        ("duplicate-roles", lambda stored: stored & 2, "0 images are the earliest of their group"),
        ("duplicate-roles", lambda stored: np.roll(stored, 1), "of their group; expected one in each of 3"),
        ("duplicate-roles", lambda stored: stored + 3, "expected 0 to 3"),
    ],
)
def test_wrong_duplicates(site, name, change, words):
    def changed(column):
        return replace(column, stored=change(column.stored).astype(column.stored.dtype))

    _change_column(site, name, changed)
    assert words in _problems(site)


def test_a_wrong_measure(site):
    def changed(column):
        return replace(column, stored=column.stored + np.float32(0.5))

    _change_column(site, "measure-kept", changed)
    assert "values from 0.5 to 1.5; expected 0 to 1" in _problems(site)
    _change_json(site, "manifest.json", lambda m: m["measures"][0].update(column="nothing"))
    assert "'nothing' is missing, though the manifest refers to it" in _problems(site)


def test_text_that_is_no_json(site):
    site.write_bytes("manifest.json", b"{")
    assert "not JSON" in _problems(site)
    with pytest.raises(SiteError, match="no clipplot site"):
        read_manifest(b"[]")


@pytest.mark.parametrize(
    ("name", "change", "words"),
    [
        ("layout-umap", lambda c: Column(c.stored, c.rank_order, -1, 3 / 65535, "delta"), "expected -1 to 1"),
        ("layout-umap", lambda c: Column(c.stored[:, :1], c.rank_order, -1, c.scale), "expected 2 of uint16"),
        ("cluster-0", lambda c: Column(c.stored + np.int16(9), c.rank_order), "expected -1 to 1"),
        ("field-category", lambda c: Column(c.stored + np.int16(3), c.rank_order), "expected -1 to 2"),
        ("field-drawn", lambda c: Column(c.stored * 2, c.rank_order), "expected -1 to 1"),
        ("field-year", lambda c: Column(c.stored * np.inf, c.rank_order), "not finite"),
        ("field-date", lambda c: Column(c.stored[:, :1], c.rank_order), "expected 2 of int32"),
        ("field-date", lambda c: Column(c.stored[:, ::-1], c.rank_order), "lies before its first"),
        ("field-description", lambda c: Column(c.stored + np.int8(1), c.rank_order), "expected 0 to 1"),
        ("color", lambda c: Column(c.stored[1:], c.rank_order), "39 rows; expected 40"),
        ("color", lambda c: Column(c.stored, "f" * 16), "of rank order ffffffffffffffff"),
        ("id", lambda c: Column(c.stored[::-1], c.rank_order), "the ids hash to"),
        ("id", lambda c: Column(np.repeat(c.stored[:1], 40, 0), c.rank_order), "39 image ids come twice"),
    ],
)
def test_a_wrong_column(site, name, change, words):
    _change_column(site, name, change)
    problems = _problems(site)
    assert words in problems
    number = {f"field-{field['name']}": k for k, field in enumerate(_manifest(site)["fields"])}
    assert f"c/{f'field-{number[name]}' if name in number else name}." in problems


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda c: replace(c, values=c.values + np.uint16(1)), "values up to 2; expected at most 1"),
        (lambda c: replace(c, values=c.values[::-1]), "do not rise"),
        (
            lambda c: replace(c, lengths=c.lengths[1:], values=c.values[c.lengths[0] :]),
            "39 rows; expected 40",
        ),
        (lambda c: replace(c, rank_order="f" * 16), "of rank order ffffffffffffffff"),
        (lambda c: Column(c.lengths.astype(np.int16)[:, None], c.rank_order), "to be ragged"),
    ],
)
def test_a_wrong_ragged_column(site, change, words):
    path = _manifest(site)["columns"]["field-tags"]["path"]
    column = change(decode_any(site.read_bytes(path)))
    encode = encode_column if isinstance(column, Column) else encode_ragged
    site.write_bytes(path, encode(column))
    assert words in _problems(site)
    assert path in _problems(site)


def test_a_column_that_is_no_gzip(site):
    site.write_bytes(_manifest(site)["columns"]["color"]["path"], b"x")
    assert "not gzip" in _problems(site)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda w: w.update(first_rank=1), "rows from rank 1"),
        (lambda w: w["rows"].pop(), "39 rows"),
        (lambda w: w["rows"].reverse(), "expected the 40 images from rank 0"),
        (lambda w: w["rows"][3].update(neighbors=[3]), "neighbors of rank 3"),
        (lambda w: w["rows"][3].update(neighbors=[4, 4]), "neighbors of rank 3"),
        (lambda w: w["rows"][3].update(neighbors=[40]), "neighbors of rank 3"),
        (lambda w: w["rows"][3]["fields"].update(extra=1), "rank 3 has fields ['extra']"),
        (lambda w: w["rows"][3].pop("path"), "rows.3.path"),
        (
            lambda w: w["rows"][3]["fields"].update(permalink="data:x"),
            "permalink 'data:x'; expected http or https",
        ),
    ],
)
def test_wrong_words(site, change, words):
    _change_json(site, _manifest(site)["words"]["path"].replace("{n}", "0"), change)
    assert words in _problems(site)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda f: f["labels"][0].update(x=2.5), "within the world"),
        (lambda f: f["labels"][0].update(kind="other"), "expected a kind"),
        (lambda f: f["labels"][0].pop("text"), "labels.0.text"),
    ],
)
def test_wrong_labels(site, change, words):
    _change_json(site, _manifest(site)["layouts"][1]["labels"], change)
    assert words in _problems(site)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda f: f["clusters"][0].update(y=-3.0), "within the world"),
        (lambda f: f["clusters"][0].update(representatives=[40]), "expected ranks"),
        (lambda f: f["clusters"][0]["spreads"].pop(), "a place in the world for each of [2] spreads"),
        (
            lambda f: f["clusters"][0]["spreads"][1].update(x=2.5),
            "a place in the world for each of [2] spreads",
        ),
        (lambda f: f["clusters"].pop(), "expected -1 to 0"),
        (lambda f: f.pop("clusters"), "clusters"),
    ],
)
def test_wrong_clusters(site, change, words):
    _change_json(site, _manifest(site)["clusters"]["levels"][0]["labels"], change)
    assert words in _problems(site)


def _encode(size, kind, **options):
    out = io.BytesIO()
    Image.new("RGB", size).save(out, kind, **options)
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"x", "cannot be decoded"),
        (_encode((64, 48), "WEBP")[:-20], "cannot be decoded"),
        (_encode((64, 64), "WEBP"), "expected WEBP of (64, 48) px"),
        (_encode((64, 48), "JPEG"), "JPEG of (64, 48) px"),
        (_encode((64, 48), "WEBP", icc_profile=b"x" * 200), "carries icc_profile"),
    ],
    ids=["nonsense", "cut", "size", "kind", "metadata"],
)
def test_wrong_tiles(site, data, words):
    (path,) = [p for p in site.list_files("s") if "/8/0.webp" in p]
    with Image.open(io.BytesIO(site.read_bytes(path))) as tile:
        assert tile.size == (64, 48)
    site.write_bytes(path, data)
    problems = _problems(site)
    assert words in problems
    assert path in problems


def test_detail_pictures_must_not_carry_metadata(site):
    path = site.list_files("p")[5]
    exif = Image.Exif()
    exif[0x8825] = {1: "N"}
    site.write_bytes(path, _encode((64, 64), "JPEG", exif=exif))
    assert f"{path}: it carries exif" in _problems(site)


def test_the_table_must_hold_the_images(site):
    path = read_manifest(site.read_bytes("manifest.json")).exports["images"]
    assert path.startswith("b/")
    assert site.read_bytes(path) == site.read_bytes("images.parquet")
    table = pq.read_table(io.BytesIO(site.read_bytes(path)))
    for wrong in (table[1:], table.drop_columns(["image_id"]), pa.concat_tables([table, table])):
        site.write_table(path, wrong)
        assert "images.parquet" in _problems(site)
    site.write_bytes(path, b"x")
    assert "not a Parquet table" in _problems(site)


def test_the_list_of_problems_has_an_end(site):
    site.delete("p")
    broken = [path for path in site.list_files("s") if "/128/" not in path]
    for path in broken:
        site.write_bytes(path, b"x")
    assert len(verify_site(site.url).problems) == len(broken) + 40
    manifest = _manifest(site)
    manifest["details"]["path"] = "p/gone/{xx}/{id}.jpg"
    site.delete("s")
    manifest["tiles"]["levels"] = [8, 16]
    del manifest["exports"]
    for block in (1, 2, 3):
        manifest["columns"][f"more-{block}"] = {"path": site.list_files("v")[0]}
        manifest["columns"][f"other-{block}"] = {"path": site.list_files("v")[1]}
        manifest["columns"][f"third-{block}"] = {"path": site.list_files("v")[2]}
    problems = verify_manifest(site, manifest).problems
    assert len(problems) == MAX_PROBLEMS + 1
    assert problems[-1].startswith("and perhaps more")


def test_a_gzip_bomb_of_another_length_is_refused(site):
    path = _manifest(site)["columns"]["color"]["path"]
    raw = gzip.decompress(site.read_bytes(path))
    site.write_bytes(path, gzip.compress(raw + bytes(1000)))
    assert "expected 160" in _problems(site)


def _blank(size):
    out = io.BytesIO()
    Image.new("RGB", size).save(out, "WEBP")
    return out.getvalue()


def test_tiles_may_all_be_of_one_size_as_before_1_10(site):
    manifest = _manifest(site)
    (segment,) = manifest["segments"]
    level = manifest["tiles"].pop("small")["levels"][0]
    manifest["tiles"]["levels"].append(level)
    for path in site.list_files(f"s/{segment['id']}/{level}"):
        site.delete(path)
    for tile in iterate_tiles(segment["count"], level, 512):
        path = tile_path(segment["id"], level, tile.number)
        site.write_bytes(path, _blank((tile.width_px, tile.height_px)))
    _write_manifest(site, manifest)
    assert _problems(site) == ""
    site.delete(tile_path(segment["id"], level, 0))
    assert "/128/0.webp: the tile is missing" in _problems(site)


@pytest.mark.parametrize("small", [{"tile_px": 64, "levels": [128]}, {"tile_px": 256, "levels": [64, 128]}])
def test_small_tiles_of_another_kind_are_refused(site, small):
    manifest = _manifest(site)
    manifest["tiles"]["small"] = small
    _write_manifest(site, manifest)
    assert "small ones of 256 px, and levels of (8, 16, 32, 64, 128), each once" in _problems(site)
