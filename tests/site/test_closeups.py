"""Close-ups in a site: planned, verified, erased; and those of the one other server that a page may ask."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from clipplot_pipeline.errors import SettingsError
from clipplot_pipeline.images.pyramid import write_pyramid
from clipplot_pipeline.model import Field
from clipplot_pipeline.site.build import build_site
from clipplot_pipeline.site.closeup_links import expand_links, pick_links
from clipplot_pipeline.site.closeups import Closeups
from clipplot_pipeline.site.publish import publish
from clipplot_pipeline.site.tombstones import hide_images
from clipplot_pipeline.site.verify import verify_site
from clipplot_pipeline.storage import Store

ORIGIN = "https://images.example.org"


@pytest.fixture(scope="module")
def tiled(collection):
    """The content of a site where every other image has a pyramid."""
    data = write_pyramid(Image.new("RGB", (600, 300), (10, 90, 200)), 80)
    count = collection.content.catalog.num_rows
    sizes = np.where(np.arange(count) % 2, 0, len(data))
    return replace(collection.content, closeups=Closeups("tiles", "one", sizes, lambda _: data))


@pytest.fixture
def published_tiles(tiled, collection, viewer, tmp_path):
    publish(build_site(tiled, viewer), str(tmp_path / "site"), collection.details)
    return Store(str(tmp_path / "site"))


def pyramids(store):
    return {path for path in store.list_files("p") if path.endswith(".tif")}


def words_of(store):
    return [row for path in store.list_files("w") for row in json.loads(store.read_bytes(path))["rows"]]


def link_up(collection, viewer, kind="link"):
    ids = collection.content.catalog["image_id"].to_pylist()
    addresses = tuple(f"{ORIGIN}/{i}" if n else None for n, i in enumerate(ids))
    closeups = Closeups(kind, addresses=addresses, origin=ORIGIN)
    return build_site(replace(collection.content, closeups=closeups), viewer)


def test_a_site_with_pyramids_verifies_and_names_them(published_tiles):
    assert verify_site(published_tiles.url).problems == ()
    entry = published_tiles.read_json("manifest.json")["closeups"]
    told = {row["id"] for row in words_of(published_tiles) if row.get("closeup") is True}
    assert entry["kind"] == "tiles"
    assert {entry["path"].replace("{xx}", i[:2]).replace("{id}", i) for i in told} == pyramids(
        published_tiles
    )
    assert 0 < len(told) < len(words_of(published_tiles))


def test_missing_and_damaged_pyramids_are_found(published_tiles):
    first, second, *_ = sorted(pyramids(published_tiles))
    published_tiles.delete(first)
    published_tiles.write_bytes(second, published_tiles.read_bytes(second)[:-100])
    problems = verify_site(published_tiles.url).problems
    assert any(first in problem and "missing" in problem for problem in problems)
    assert any(second in problem for problem in problems)


def test_what_is_there_is_kept_another_recipe_replaces_it_and_none_ends_it(
    tiled, published_tiles, collection, viewer
):
    url, now = published_tiles.url, timedelta(0)
    before = pyramids(published_tiles)
    again = publish(build_site(replace(tiled, title="Another"), viewer), url, collection.details, grace=now)
    assert pyramids(published_tiles) == before
    assert again.bytes_put < 400_000
    other = replace(tiled, closeups=replace(tiled.closeups, recipe="two"))
    publish(build_site(other, viewer), url, collection.details, grace=now)
    assert len(pyramids(published_tiles)) == len(before)
    assert not pyramids(published_tiles) & before
    publish(build_site(collection.content, viewer), url, collection.details, grace=now)
    assert pyramids(published_tiles) == set()
    assert "closeups" not in published_tiles.read_json("manifest.json")


def test_a_pyramid_is_put_again_where_the_id_stood_for_another_picture(
    tiled, published_tiles, collection, viewer
):
    path = min(pyramids(published_tiles))
    known = {i: len(jpeg) for i, jpeg in collection.renditions.items() if i not in path}
    right = published_tiles.read_bytes(path)
    published_tiles.write_bytes(path, bytes(len(right)))
    publish(build_site(tiled, viewer), published_tiles.url, collection.details, lengths=known)
    assert published_tiles.read_bytes(path) == right


def test_hiding_an_image_deletes_its_pyramid_at_once(published_tiles):
    path = min(pyramids(published_tiles))
    victim = path.rsplit("/", 1)[-1].removesuffix(".tif")
    assert path in hide_images(published_tiles.url, [victim])
    assert path not in pyramids(published_tiles)
    assert verify_site(published_tiles.url).problems == ()


def test_a_larger_picture_must_be_a_jpeg_without_metadata(collection, viewer, tmp_path):
    out = io.BytesIO()
    exif = Image.Exif()
    exif[0x010F] = "SECRET"
    Image.new("RGB", (300, 200)).save(out, "JPEG", exif=exif)
    sizes = np.full(collection.content.catalog.num_rows, len(out.getvalue()))
    leaky = replace(collection.content, closeups=Closeups("picture", "x", sizes, lambda _: out.getvalue()))
    with pytest.raises(Exception, match="carries exif"):
        publish(build_site(leaky, viewer), str(tmp_path / "site"), collection.details)


@pytest.mark.parametrize(("kind", "asked"), [("link", f"{ORIGIN}/"), ("iiif", f"{ORIGIN}/")])
def test_addresses_of_another_server_stand_in_the_words_and_the_about_page_says_so(
    collection, viewer, tmp_path, kind, asked
):
    plan = link_up(collection, viewer, kind)
    publish(plan, str(tmp_path / "site"), collection.details)
    store = Store(str(tmp_path / "site"))
    assert verify_site(store.url).problems == ()
    assert plan.manifest["closeups"] == {"kind": kind, "origin": ORIGIN}
    told = [row.get("closeup") for row in words_of(store)]
    assert told.count(None) == 1
    assert all(address.startswith(asked) for address in told if address)
    about = store.read_bytes(plan.manifest["about"]).decode()
    assert "images.example.org" in about
    assert "learns your network address" in about


def test_an_address_of_a_third_server_does_not_verify(collection, viewer, tmp_path):
    plan = link_up(collection, viewer)
    plan.manifest["closeups"]["origin"] = "https://elsewhere.example.org"
    with pytest.raises(Exception, match="expected an address below https://elsewhere"):
        publish(plan, str(tmp_path / "site"), collection.details)


def test_the_page_of_a_site_names_exactly_that_server_and_documents_only_for_iiif(collection):
    """On the true page, not on the stand-in of these tests."""
    from pathlib import Path

    import jinja2

    from clipplot_pipeline.site.closeups import allow

    source = Path(__file__).parents[2] / "viewer_template" / "public" / "index.html"
    page = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined).from_string(
        source.read_text()
    )
    words = {"title": "", "tagline": "", "description": "", "language": "en", "list_path": ""}

    def policy(closeups):
        text = page.render(**words, allowed=allow(closeups))
        line = next(line for line in text.splitlines() if "Content-Security-Policy" in line)
        return dict(part.split(" ", 1) for part in line.split('content="')[1].rstrip('">').split("; "))

    plain, link, iiif = (
        policy(None),
        policy(Closeups("link", addresses=(f"{ORIGIN}/1",), origin=ORIGIN)),
        policy(Closeups("iiif", addresses=(f"{ORIGIN}/1",), origin=ORIGIN)),
    )
    assert ORIGIN not in str(plain)
    assert link == plain | {"img-src": f"'self' data: blob: {ORIGIN}"}
    assert iiif == link | {"connect-src": f"'self' {ORIGIN}"}


FIELDS = (
    Field("call_number", "Call number", "text"),
    Field("tags", "Tags", "tags"),
    Field("year", "Year", "number"),
)


def table(path="a folder/ü #1.tif", call="MS 1/2", tags=("x & y",), year=1900.0):
    return pa.table(
        {
            "image_id": ["0123456789abcdef0123"],
            "paths": [[path]],
            "call_number": [call],
            "tags": pa.array([tags], pa.list_(pa.string())),
            "year": [year],
        }
    )


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("https://h.org/{path}", "https://h.org/a%20folder/%C3%BC%20%231.tif"),
        ("https://h.org/{name}?w=2", "https://h.org/%C3%BC%20%231.tif?w=2"),
        ("https://h.org/iiif/{stem}", "https://h.org/iiif/%C3%BC%20%231"),
        ("https://h.org/{id}.jpg", "https://h.org/0123456789abcdef0123.jpg"),
        ("https://h.org/{Call number}/{year}", "https://h.org/MS%201%2F2/1900"),
        ("https://h.org/{tags}", "https://h.org/x%20%26%20y"),
    ],
)
def test_placeholders_are_filled_in_and_percent_encoded(template, expected):
    assert expand_links(template, table(), FIELDS) == [expected]


@given(value=st.text(min_size=1, max_size=30))
def test_no_value_leaves_the_server_of_the_template(value):
    (address,) = expand_links("https://h.org/{call_number}", table(call=value), FIELDS)
    if address is None:
        assert not value.strip()
        return
    links = pick_links([address])
    assert links.origin == "https://h.org"
    assert address.isascii()
    assert not set(' "<>\\^`{|}#?&') & set(address)


def test_a_blank_field_means_no_close_up_and_an_unknown_one_is_an_error():
    assert expand_links("https://h.org/{call_number}", table(call=None), FIELDS) == [None]
    with pytest.raises(SettingsError, match="Call number"):
        expand_links("https://h.org/{shelf}", table(), FIELDS)


def test_a_field_may_hold_whole_addresses():
    address = "https://H.example.org:443/a b.jpg?x=1"
    (found,) = expand_links("{call_number}", table(call=address), FIELDS)
    links = pick_links([found])
    assert links.origin == "https://h.example.org"
    assert links.addresses == (
        "https://h.example.org/a%20b.jpg?x=1",
    )  # as the policy and the readers spell it


def test_one_server_is_settled_on_and_the_rest_is_told():
    mixed = ["https://a.org/1", "https://b.org/2", None, "http://a.org/3", "https://user:pw@a.org/4"]
    with pytest.raises(SettingsError, match=r"a\.org \(1\), b\.org \(1\).*host"):
        pick_links(mixed)
    links = pick_links(mixed, "a.org")
    assert links.addresses == ("https://a.org/1", None, None, None, None)
    assert links.left_out == 4
    with pytest.raises(SettingsError, match=r"c\.org"):
        pick_links(mixed, "c.org")
    with pytest.raises(SettingsError, match="not one address"):
        pick_links(["http://a.org/1", "javascript:alert(1)", None])


def test_services_lose_the_name_of_their_document():
    links = pick_links(["https://a.org/iiif/1/info.json", "https://a.org/iiif/2/"], is_service=True)
    assert links.addresses == ("https://a.org/iiif/1", "https://a.org/iiif/2")
