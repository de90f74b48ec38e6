"""Publishing to an object store that speaks S3: headers, what is put twice, long listings, the lock, takedown."""

import json
import logging
import os
import uuid
from datetime import UTC, datetime, timedelta

import fsspec
import pytest

from clipplot_pipeline.errors import PublishError
from clipplot_pipeline.site.destination import Destination
from clipplot_pipeline.site.lock import hold_lock
from clipplot_pipeline.site.publish import publish
from clipplot_pipeline.site.tombstones import drop_old_builds, hide_images
from clipplot_pipeline.site.verify import verify_site
from clipplot_pipeline.storage import Store

boto3 = pytest.importorskip("boto3")
pytest.importorskip("s3fs")
moto_server = pytest.importorskip("moto.server")
s3_backends = pytest.importorskip("moto.s3.models").s3_backends

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
KEYS = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing", "AWS_DEFAULT_REGION": "us-east-1"}


@pytest.fixture(scope="module")
def server():
    """Start a server that speaks S3, on any free port, and return its address."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    running = moto_server.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    running.start()
    host, port = running.get_host_and_port()
    yield f"http://{host}:{port}"
    running.stop()


@pytest.fixture
def client(server, monkeypatch):
    """Make clients find the server, as a user's environment does, and return one that is not ours."""
    for name, value in {**KEYS, "AWS_ENDPOINT_URL": server}.items():
        monkeypatch.setenv(name, value)
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
    # Clients are kept by their arguments, of which the address is none: one of another server may be there.
    fsspec.get_filesystem_class("s3").clear_instance_cache()
    made = boto3.client("s3", endpoint_url=server)
    yield made
    made.close()


@pytest.fixture
def url(client):
    """Return the address of a folder in a bucket of the test's own."""
    bucket = f"maps-{uuid.uuid4().hex[:8]}"
    client.create_bucket(Bucket=bucket)
    return f"s3://{bucket}/our map"


def _head(client, url, path):
    bucket, _, prefix = url.removeprefix("s3://").partition("/")
    return client.head_object(Bucket=bucket, Key=f"{prefix}/{path}")


def _times(client, url):
    bucket, _, prefix = url.removeprefix("s3://").partition("/")
    pages = client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    found = [entry for page in pages for entry in page.get("Contents", [])]
    return {entry["Key"].removeprefix(prefix + "/"): entry["ETag"] for entry in found}


def test_a_site_is_published_verified_and_has_its_headers(url, client, plan, collection, tmp_path):
    report = publish(plan, url, collection.details)
    publish(plan, str(tmp_path), collection.details)
    local = Store(str(tmp_path))
    assert set(_times(client, url)) == set(local.list_files())
    assert report.warnings == ()
    assert verify_site(url).problems == ()
    forever, shortly = "public, max-age=31536000, immutable", "public, max-age=3600"
    expected = {
        "html": ("text/html; charset=utf-8", forever),
        "js": ("text/javascript; charset=utf-8", forever),
        "css": ("text/css; charset=utf-8", forever),
        "bin": ("application/octet-stream", forever),
        "json": ("application/json", forever),
        "parquet": ("application/vnd.apache.parquet", forever),
        "webp": ("image/webp", shortly),
        "jpg": ("image/jpeg", shortly),
    }
    seen = set()
    for path in local.list_files():
        head = _head(client, url, path)
        kind = path.rpartition(".")[2]
        if "/" in path:
            shows_pictures = path.startswith(("c/micro-", "c/boot."))
            cache = shortly if shows_pictures else expected[kind][1]
            assert (head["ContentType"], head["CacheControl"]) == (expected[kind][0], cache), path
            seen.add(kind)
        else:
            assert head["CacheControl"] == "no-cache", path
        assert head["ContentLength"] == local.size(path)
    assert seen == set(expected)
    assert _head(client, url, "index.html")["ContentType"] == "text/html; charset=utf-8"
    assert _head(client, url, "manifest.json")["ContentType"] == "application/json"


def test_the_second_publish_puts_what_changed_and_collects_the_rest(
    url, client, plan, collection, make_smaller
):
    publish(plan, url, collection.details, now=lambda: NOON)
    first = _times(client, url)
    again = publish(plan, url, now=lambda: NOON)
    assert again.files_put == 4
    smaller, fewer = make_smaller(39)
    report = publish(fewer, url, smaller.details, now=lambda: NOON + timedelta(hours=1))
    second = _times(client, url)
    new = {f.path for f in fewer.files} - set(first)
    assert report.files_put == len(new) + 4
    assert report.files_deleted == 1  # the picture that was removed
    publish(fewer, url, now=lambda: NOON + timedelta(hours=25))
    left = _times(client, url)
    assert {p for p in left if not p.startswith("p/")} == {
        f.path for f in (*fewer.files, *fewer.root_files)
    } | {"manifest.json"}
    assert len(left) < len(second)
    assert verify_site(url).problems == ()


def test_a_listing_of_more_than_a_thousand_files_is_whole(url, client, plan, collection):
    bucket, _, prefix = url.removeprefix("s3://").partition("/")
    old = [f"b/0123456789ab/{n:04}.html" for n in range(1100)]
    place = Destination(url)
    storage = s3_backends["123456789012"]["aws"]  # straight into the server, for speed
    for path in old:
        storage.put_object(bucket, f"{prefix}/{path}", b"x")
    listed = client.list_objects_v2(Bucket=bucket, Prefix=prefix)
    assert listed["IsTruncated"]
    assert set(place.list_sizes()) == set(old)
    report = publish(plan, url, collection.details)
    assert report.files_deleted == 1100
    assert not set(_times(client, url)) & set(old)
    assert verify_site(url).problems == ()


def test_a_takedown_leaves_nothing(url, client, plan, collection, make_smaller):
    publish(plan, url, collection.details)
    smaller, fewer = make_smaller(39)
    (victim,) = set(plan.image_ids) - set(fewer.image_ids)
    (picture,) = [path for path in _times(client, url) if victim in path]
    assert hide_images(url, [victim]) == ["manifest.json", picture]
    assert json.loads(Store(url).read_bytes("manifest.json"))["tombstones"] == [plan.image_ids.index(victim)]
    assert _head(client, url, "manifest.json")["CacheControl"] == "no-cache"
    assert picture not in _times(client, url)
    publish(fewer, url, smaller.details)
    old_tiles = {path for path in _times(client, url) if plan.manifest["segments"][0]["id"] in path}
    assert old_tiles <= set(drop_old_builds(url))
    left = {path for path in _times(client, url) if not path.startswith("p/")}
    assert left == {f.path for f in (*fewer.files, *fewer.root_files)} | {"manifest.json"}
    assert verify_site(url).problems == ()


def test_one_of_two_publishers_gets_the_lock(url, plan, collection):
    first, second = Destination(url), Destination(url)
    assert first.create("publish.lock", b"first")
    assert not second.create("publish.lock", b"second")
    assert second.read_bytes("publish.lock") == b"first"
    first.delete("publish.lock")
    with hold_lock(first, owner="reading-room"), pytest.raises(PublishError, match="reading-room has been"):
        publish(plan, url, collection.details)
    assert first.list_sizes() == {}


def test_what_the_store_refuses_is_told_in_one_sentence(client, plan, collection):
    with pytest.raises(
        PublishError, match=r"cannot be written \(The specified bucket does not exist.*check address"
    ):
        publish(plan, f"s3://nobody-{uuid.uuid4().hex[:8]}/map", collection.details)


def test_a_store_takes_brackets_in_a_name_for_what_they_are(url):
    store, other = Store(f"{url}/letters [1901]"), Store(f"{url}/letters 1")
    for each in (store, other):
        with each.open_write("a/b.bin") as file:
            file.write(b"bytes")
        each.write_json("a/c.json", 1)
    assert store.read_present_json(["a/c.json", "a/d.json"]) == {"a/c.json": 1}
    store.delete("a")
    assert store.list_files() == []
    assert other.list_files() == ["a/b.bin", "a/c.json"]
