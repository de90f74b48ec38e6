"""Publishing: nobody ever meets half a site, nothing is put twice, and only what is ours is deleted."""

import errno
import io
import json
from datetime import UTC, datetime, timedelta

import pytest
from PIL import Image

from clipplot_pipeline.errors import PublishError
from clipplot_pipeline.site.destination import Destination, describe_headers, list_sizes
from clipplot_pipeline.site.garbage import find_garbage, name_parts
from clipplot_pipeline.site.manifest import read_manifest
from clipplot_pipeline.site.publish import publish
from clipplot_pipeline.site.tombstones import drop_old_builds
from clipplot_pipeline.site.verify import verify_site
from clipplot_pipeline.storage import Store

#: The publisher's own files.
OWN = {"publish.lock", "garbage.json"}
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
ROOTS = {"index.html", "loader.js", "images.parquet", "manifest.json"}


def _after(**past):
    """Return a clock that stands still some time after noon."""
    return lambda: NOON + timedelta(**past)


@pytest.fixture
def puts(monkeypatch):
    """Record every file of the site put, in order; fail at those that ``fails`` names."""

    class Puts(list):
        fails = staticmethod(lambda count, path: False)

    record = Puts()
    write = Store.write_bytes

    def spy(store, path, data):
        if path not in OWN and isinstance(store, Destination):
            if record.fails(len(record), path):
                raise OSError(errno.ENOSPC, "disk full")
            record.append(path)
        write(store, path, data)

    monkeypatch.setattr(Store, "write_bytes", spy)
    return record


def _no_details(wanted):
    raise AssertionError(f"{len(wanted)} pictures were asked for")


def _read_all(store):
    return {path: store.read_bytes(path) for path in store.list_files()}


def test_the_manifest_comes_last_after_the_files_at_the_root(tmp_path, plan, collection, puts):
    report = publish(plan, str(tmp_path), collection.details, workers=4)
    assert puts[-4:] == ["index.html", "loader.js", "images.parquet", "manifest.json"] or (
        puts[-1] == "manifest.json" and {*puts[-4:-1]} == {"index.html", "loader.js", "images.parquet"}
    )
    assert len(puts) == len(set(puts)) == report.files_put == len(Store(str(tmp_path)).list_files())
    assert report.files_kept == report.files_deleted == 0
    assert report.bytes_put == sum(list_sizes(Store(str(tmp_path))).values())
    assert report.verification.problems == ()
    assert verify_site(str(tmp_path)).is_whole


def test_what_is_there_is_not_put_again(site, plan, puts):
    report = publish(plan, site, _no_details)
    assert set(puts) == ROOTS
    assert report.files_deleted == 0
    assert report.warnings == ()
    assert report.files_kept == len(site.list_files()) - 4


def test_a_picture_is_put_again_where_its_id_stood_for_another_one(site, plan, collection, puts):
    path_of = {path.rsplit("/", 1)[-1].removesuffix(".jpg"): path for path in site.list_files("p")}
    lengths = {image_id: site.size(path) for image_id, path in path_of.items()}
    first, second, third = sorted(path_of)[:3]
    site.write_bytes(path_of[first], site.read_bytes(path_of[third]))  # replaced since it was published
    site.write_bytes(path_of[second], b"of a publisher that was killed")
    report = publish(plan, site, collection.details, lengths={i: n for i, n in lengths.items() if i != first})
    assert {path for path in puts if path.startswith("p/")} == {path_of[first], path_of[second]}
    assert {i: site.read_bytes(path) for i, path in path_of.items()} == collection.renditions
    assert report.lengths == lengths
    puts.clear()
    publish(plan, site, _no_details, lengths=report.lengths)
    assert set(puts) == ROOTS


def test_another_title_puts_the_page_alone(site, retitled, puts):
    publish(retitled, site, _no_details)
    assert {path for path in puts if not path.startswith("b/")} == ROOTS
    assert json.loads(site.read_bytes("manifest.json"))["title"] == "Another"
    assert verify_site(site.url).is_whole


def test_progress_ends_at_the_number_of_files(tmp_path, plan, collection):
    seen = []
    publish(plan, str(tmp_path), collection.details, progress=lambda done, total: seen.append((done, total)))
    assert [done for done, _ in seen] == list(range(1, len(seen) + 1))
    assert {total for _, total in seen} == {len(seen)}


def test_a_removed_picture_goes_at_once_and_the_rest_after_its_grace(site, plan, make_smaller):
    smaller, fewer = make_smaller(39)
    report = publish(fewer, site, smaller.details, now=_after(hours=0))
    removed = set(plan.image_ids) - set(fewer.image_ids)
    assert len(removed) == 1
    assert report.files_deleted == 1
    assert not [path for path in site.list_files() if path.endswith(tuple(f"{i}.jpg" for i in removed))]
    old_segment = plan.manifest["segments"][0]["id"]
    assert any(old_segment in path for path in site.list_files())
    assert verify_site(site.url).is_whole

    third, third_plan = make_smaller(38)
    publish(third_plan, site, third.details, now=_after(hours=20))  # two builds later, but not yet a day
    left = set(site.list_files())
    assert any(old_segment in path for path in left)
    assert any(fewer.manifest["segments"][0]["id"] in path for path in left)

    publish(third_plan, site, _no_details, now=_after(hours=24))  # the same build again: only time has passed
    left = set(site.list_files())
    assert not any(old_segment in path for path in left)
    named = {f.path for p in (fewer, third_plan) for f in (*p.files, *p.root_files)} | {"manifest.json"}
    assert {path for path in left if not path.startswith("p/")} == named | {"garbage.json"}
    assert verify_site(site.url).is_whole

    publish(third_plan, site, _no_details, now=_after(hours=44))
    left = set(site.list_files())
    assert {path for path in left if not path.startswith("p/")} == {
        f.path for f in (*third_plan.files, *third_plan.root_files)
    } | {"manifest.json"}


def test_what_comes_back_is_named_again_and_has_a_new_grace(site, plan, retitled):
    publish(retitled, site, _no_details, now=_after(hours=0))
    publish(plan, site, _no_details, now=_after(hours=23))
    publish(plan, site, _no_details, now=_after(hours=30))
    assert site.exists(retitled.manifest["about"])  # unnamed since hour 23, not 0
    publish(retitled, site, _no_details, now=_after(hours=48))
    publish(retitled, site, _no_details, now=_after(hours=60))
    assert site.exists(plan.manifest["about"])
    assert verify_site(site.url).is_whole


def test_no_grace_deletes_at_once_and_notes_nothing(site, plan, retitled):
    publish(retitled, site, _no_details, grace=timedelta(0))
    assert not site.exists(plan.manifest["about"])
    assert not site.exists("garbage.json")


def test_whatever_a_build_consists_of_is_kept(plan, collection):
    manifest = read_manifest(plan.manifest)
    paths = [file.path for file in plan.files]
    assert find_garbage(paths, plan.image_ids, manifest) == []
    without = manifest.model_copy(update={"layouts": []})
    text = json.dumps(plan.manifest["layouts"])
    named_there = sorted(path for path in paths if f'"{path}"' in text)
    assert find_garbage(paths, plan.image_ids, without) == named_there != []
    assert {path.split("/")[0] for path in paths} == {
        part.split("/")[0] for part in name_parts(manifest) if not part.startswith("p/")
    }


@pytest.mark.parametrize("note", [b"{", b"[]", b'{"version": 1, "since": 3}', b'{"version": 9, "since": {}}'])
def test_a_note_that_cannot_be_read_stops_nothing(site, retitled, note):
    site.write_bytes("garbage.json", note)
    publish(retitled, site, _no_details, now=_after(hours=0))
    assert verify_site(site.url).is_whole
    assert set(json.loads(site.read_bytes("garbage.json"))["since"].values()) == {"2026-01-01T12:00:00Z"}


def test_a_clock_that_was_put_back_keeps_nothing_for_ever(site, plan, retitled):
    publish(retitled, site, _no_details, now=_after(days=9000))
    publish(retitled, site, _no_details, now=_after(hours=0))
    publish(retitled, site, _no_details, now=_after(hours=24))
    assert not site.exists(plan.manifest["about"])


def test_a_takedown_ends_every_grace(site, plan, retitled):
    publish(retitled, site, _no_details)
    dropped = drop_old_builds(site.url)
    assert plan.manifest["about"] in dropped
    assert not site.exists(plan.manifest["about"])
    assert not {*site.list_files()} & OWN
    assert verify_site(site.url).is_whole


@pytest.mark.parametrize("survived", [0, 1, 7, 40, 60, -3, -2, -1])
def test_a_publish_that_fails_leaves_the_old_site(site, make_smaller, puts, survived):
    before = site.read_bytes("manifest.json")
    smaller, fewer = make_smaller(37)
    smaller = type(smaller)(smaller.content, dict(smaller.renditions))
    total = len([f for f in fewer.files if not site.exists(f.path)]) + len(fewer.root_files) + 1
    stop = survived % total
    puts.fails = lambda count, path: count >= stop
    with pytest.raises(PublishError, match=r"disk full.*stays as it is"):
        publish(fewer, site, smaller.details, workers=1)
    assert site.read_bytes("manifest.json") == before
    assert verify_site(site.url).problems == ()
    puts.fails = lambda count, path: False
    publish(fewer, site, smaller.details)
    assert verify_site(site.url).is_whole


def test_a_site_that_does_not_verify_is_not_committed(site, collection, retitled):
    out = io.BytesIO()
    exif = Image.Exif()
    exif[0x010F] = "a camera"
    Image.new("RGB", (8, 8)).save(out, "JPEG", exif=exif)
    before = site.read_bytes("manifest.json")
    site.delete("p")
    with pytest.raises(PublishError, match=r"old one stays.*carries exif"):
        publish(retitled, site, lambda wanted: ((i, out.getvalue()) for i in wanted))
    assert site.read_bytes("manifest.json") == before


def test_a_file_that_arrives_short_is_not_committed(tmp_path, plan, collection, monkeypatch):
    put = Destination.put

    def cut(store, path, data, content_type, cache_control):
        put(store, path, data[:-1] if path.endswith("main.css") else data, content_type, cache_control)

    monkeypatch.setattr(Destination, "put", cut)
    with pytest.raises(PublishError, match=r"main\.css: 29 bytes; expected 30"):
        publish(plan, str(tmp_path), collection.details)
    assert not (tmp_path / "manifest.json").exists()
    assert not (tmp_path / "index.html").exists()


def test_a_damaged_file_is_put_again(site, plan, puts):
    (column,) = [path for path in site.list_files() if path.startswith("c/color")]
    site.write_bytes(column, b"x")
    publish(plan, site, _no_details)
    assert column in puts
    assert verify_site(site.url).is_whole


def test_files_that_cannot_be_deleted_are_told(site, make_smaller, monkeypatch):
    def refuse(store, path):
        raise PermissionError(path)

    smaller, fewer = make_smaller(36)
    monkeypatch.setattr(Destination, "_delete", refuse)
    with pytest.raises(PublishError, match=r"cannot be deleted .* The new site is in place"):
        publish(fewer, site, smaller.details)
    assert verify_site(site.url).is_whole
    assert json.loads(site.read_bytes("manifest.json"))["build_id"] == fewer.build_id


def test_files_of_others_stay(site, make_smaller):
    foreign = {
        "CNAME": b"a.org",
        ".nojekyll": b"",
        "p/readme.txt": b"x",
        "c/notes.txt": b"y",
        "w/own/0.json": b"z",
    }
    for path, data in foreign.items():
        site.write_bytes(path, data)
    for count in (36, 35):
        smaller, fewer = make_smaller(count)
        publish(fewer, site, smaller.details)
    assert foreign.items() <= _read_all(site).items()


def test_what_a_killed_publish_left_is_collected(site, make_smaller):
    left = [
        "c/color.0123456789abcdef.bin",
        "s/" + "0" * 20 + "/8/0.webp",
        "c/id.0123456789abcdef.bin.0badcafe.partial",
        "manifest.json.0badcafe.partial",
        "publish.lock.0badcafe.partial",
    ]
    for path in left:
        site.write_bytes(path, b"x")
    smaller, fewer = make_smaller(36)
    publish(fewer, site, smaller.details)
    assert not [path for path in left if site.exists(path)]
    assert not site.exists("s/" + "0" * 20)  # nor the empty folder


def test_a_page_of_others_is_not_overwritten(tmp_path, plan, collection):
    (tmp_path / "index.html").write_text("<title>my home page</title>")
    with pytest.raises(PublishError, match="did not make"):
        publish(plan, str(tmp_path), collection.details)
    assert [p.name for p in tmp_path.iterdir()] == ["index.html"]


def test_missing_pictures_are_counted(tmp_path, plan, collection):
    with pytest.raises(PublishError, match="40 detail pictures are to be put"):
        publish(plan, str(tmp_path))
    with pytest.raises(PublishError, match="pictures of 1 images are missing"):
        publish(
            plan,
            str(tmp_path),
            lambda wanted: list(collection.details(wanted))[1:] if len(wanted) == 40 else (),
        )
    assert not (tmp_path / "manifest.json").exists()


def test_two_publishes_are_equal_to_the_byte_on_any_storage(tmp_path, plan, collection):
    memory = Store("memory://clipplot-publish")
    memory.delete("")
    publish(plan, str(tmp_path), collection.details, workers=1)
    publish(plan, memory, collection.details, workers=8)
    assert _read_all(memory) == _read_all(Store(str(tmp_path)))
    assert verify_site(memory.url).is_whole


@pytest.mark.parametrize("count", [0, 1, 2, 257])
def test_collections_of_any_size(tmp_path, make_smaller, count):
    smaller, plan = make_smaller(count)
    publish(plan, str(tmp_path), smaller.details)
    found = verify_site(str(tmp_path))
    assert found.problems == ()
    assert found.images == count


def test_object_stores_are_told_the_headers():
    assert describe_headers(("s3", "s3a"), "image/webp", "no-cache") == {
        "ContentType": "image/webp",
        "CacheControl": "no-cache",
    }
    assert describe_headers("gs", "a/b", "c")["content_type"] == "a/b"
    assert describe_headers(("file", "local"), "a/b", "c") == {}
