"""The plain pages: every picture once, by group, with words; user's words stay words; no script."""

import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pyarrow as pa
import pytest

from clipplot_pipeline.model import ClusterLevel, Clusters
from clipplot_pipeline.site.build import build_site
from clipplot_pipeline.site.closeups import Closeups
from clipplot_pipeline.site.list_pages import PER_PAGE, ListPages, find_images, name_pages, plan_list
from clipplot_pipeline.site.publish import publish
from clipplot_pipeline.site.verify import verify_site
from clipplot_pipeline.zorder import locate_cell, tile_path
from tests.site.make_alt_text_vectors import VECTORS, answer

NASTY = '"><script>alert(1)</script>&\u202e'


class _Page(HTMLParser):
    """What a browser makes of a page: its elements, and the text of each."""

    def __init__(self, html):
        super().__init__()
        self.elements = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.elements.append([tag, dict(attrs), ""])

    def handle_data(self, data):
        if self.elements:
            self.elements[-1][2] += data

    def find(self, tag, **attrs):
        return [e for e in self.elements if e[0] == tag and all(e[1].get(k) == v for k, v in attrs.items())]


def _pages(content):
    return ListPages(content, content.catalog.take(pa.array(content.ranks)))


def _read(content):
    pages = _pages(content)
    return {name: pages.render(name).decode() for name in name_pages(pages.count)}


def _numbered(files):
    return [files[name] for name in files if name[0].isdigit()]


@pytest.fixture(scope="module")
def large(make_smaller):
    """A collection of more than one page."""
    return make_smaller(PER_PAGE + 30)[0].content


@pytest.mark.parametrize(
    "entry", json.loads(VECTORS.read_text(encoding="utf-8")), ids=lambda e: ascii(e["alt"])[:30]
)
def test_words_are_those_that_both_readers_are_held_to(entry):
    assert answer(entry) == {key: entry[key] for key in ("name", "alt", "facts")}


def test_every_picture_stands_on_one_page_in_its_group(large):
    pages = _numbered(_read(large))
    assert len(pages) == 2
    listed = [find_images(page.encode()) for page in pages]
    assert [len(found) for found in listed] == [PER_PAGE, 30]
    in_order = [image_id for found in listed for image_id in found]
    assert sorted(in_order) == sorted(large.ranked_ids)
    level = large.clusters.levels[-1]
    group_of = dict(zip(large.catalog["image_id"].to_pylist(), level.cluster.tolist(), strict=True))
    ordered = [group_of[image_id] for image_id in in_order]
    changes = [k for k in range(1, len(ordered)) if ordered[k] != ordered[k - 1]]
    assert len(changes) == len(set(ordered)) - 1, "a group is in one piece"
    assert ordered[-1] == -1, "those in no group come last"
    headings = [e[1]["id"] for page in pages for e in _Page(page).find("h2")]
    assert [int(h.removeprefix("g")) for h in dict.fromkeys(headings)] == list(dict.fromkeys(ordered))


def test_a_group_that_goes_on_says_so(large):
    first, second = _numbered(_read(large))
    last = _Page(first).find("h2")[-1][1]["id"]
    assert _Page(second).find("h2")[0][1]["id"] == last
    assert "continued" not in first
    assert second.count(", continued") == 1


def test_the_overview_leads_to_every_group(large):
    files = _read(large)
    links = [e[1]["href"] for e in _Page(files["index.html"]).find("a") if "#g" in e[1].get("href", "")]
    assert len(links) == large.clusters.levels[-1].count + 1
    for link in links:
        name, _, anchor = link.partition("#")
        assert _Page(files[name]).find("h2", id=anchor)


def test_a_thumbnail_is_the_cell_of_its_picture(large):
    rank_of = {image_id: rank for rank, image_id in enumerate(large.ranked_ids)}
    segment, level = large.segments[0], max(large.levels)
    for page in _numbered(_read(large)):
        elements = _Page(page).elements
        ids = [e[1]["id"][1:] for e in elements if e[0] == "li" and "id" in e[1]]
        cells = [e[1]["viewbox"].split() for e in elements if e[1].get("preserveaspectratio")]
        tiles = [e[1] for e in elements if e[0] == "image"]
        for image_id, box, tile in zip(ids, cells, tiles, strict=True):
            cell = locate_cell(rank_of[image_id], level)
            assert tile["href"] == "../../../" + tile_path(segment.id, level, cell.tile)
            assert list(map(float, box)) == [cell.left_px + 0.5, cell.top_px + 0.5, level - 1, level - 1]
            assert int(tile["width"]) >= cell.left_px + level
            assert int(tile["height"]) >= cell.top_px + level


def test_every_picture_has_words_and_leads_somewhere(large, make_smaller):
    page = _Page(_numbered(_read(large))[0])
    pictures = page.find("svg", role="img")
    assert len(pictures) == PER_PAGE
    assert all(e[1]["aria-label"].strip() for e in pictures)
    assert sum(e[1]["href"].startswith("../../../p/") for e in page.find("a")) == PER_PAGE
    assert sum("index.html#image=" in e[1]["href"] for e in page.find("a")) == PER_PAGE
    plain = _read(replace(large, rendition=""))["1.html"]
    assert "/p/" not in plain


@pytest.mark.parametrize("kind", ["picture", "tiles", "link", "iiif"])
def test_a_close_up_that_a_browser_shows_by_itself_is_linked(collection, kind):
    count = collection.content.catalog.num_rows
    sizes = np.arange(count) % 2  # every other image has one
    addresses = [f"https://images.example.org/{row}.jpg" if size else None for row, size in enumerate(sizes)]
    own = {"recipe": "one", "sizes_bytes": sizes}
    elsewhere = {"addresses": addresses, "origin": "https://images.example.org"}
    closeups = Closeups(kind, **(own if kind in ("picture", "tiles") else elsewhere))
    pages = "".join(_numbered(_read(replace(collection.content, closeups=closeups))))
    links = [e[1]["href"] for e in _Page(pages).find("a", **{"class": "larger"})]
    ids = collection.content.catalog["image_id"].to_pylist()
    expected = set()
    if kind == "picture":
        template = f"../../../{closeups.template}"
        expected = {template.replace("{xx}", i[:2]).replace("{id}", i) for i in ids[1::2]}
    elif kind == "link":
        expected = {address for address in addresses if address}
    assert len(links) == len(set(links))
    assert set(links) == expected


def test_words_stay_words_and_no_page_needs_a_script(collection):
    content = collection.content
    level = content.clusters.levels[-1]
    nasty = replace(level, names=(NASTY,) * level.count)
    catalog = content.catalog
    for name, cells in (
        ("description", [NASTY] * 40),
        ("category", [NASTY] * 40),
        ("paths", [[NASTY + ".jpg"]] * 40),
    ):
        field = catalog.schema.field(name)
        catalog = catalog.set_column(catalog.column_names.index(name), field, pa.array(cells, field.type))
    content = replace(content, title=NASTY, tagline=NASTY, catalog=catalog, clusters=Clusters((nasty,)))
    for name, text in _read(content).items():
        if name.endswith(".css"):
            assert "url(" not in text
            assert "@media print" in text
            continue
        assert "<script" not in text
        assert not re.search(r"<style|\sstyle=|\son\w+=|https?://", text)
        assert "default-src 'none'" in text
        assert any(NASTY in e[2] for e in _Page(text).elements), "shown as it is"


def test_a_collection_without_groups_is_one_list(collection):
    files = _read(replace(collection.content, clusters=Clusters((), reason="too few")))
    assert '<h2 id="groups">' not in files["index.html"]
    assert not _Page(files["1.html"]).find("h2")
    assert find_images(files["1.html"].encode()) == list(collection.content.ranked_ids)


def test_groups_without_a_name_are_numbered_and_too_many_are_passed_over(collection):
    content = collection.content
    fine = ClusterLevel(
        np.arange(40, dtype=np.int32), np.ones(40, np.float32), ("",) * 40, tuple((k,) for k in range(40))
    )
    page = _read(replace(content, clusters=Clusters((fine,))))["1.html"]
    assert "Group 40" in page


def test_an_empty_collection_has_an_overview(make_smaller):
    content = make_smaller(0)[0].content
    assert list(_read(content)) == ["list.css", "index.html"]


def test_pages_are_part_of_the_build(plan, collection, site):
    folder = plan.manifest["pages"]["folder"]
    assert folder == f"b/{plan.build_id}/list"
    assert plan.manifest["pages"]["count"] == 1
    planned = {file.path: file.read().decode() for file in plan.files if file.path.startswith(folder)}
    assert planned == {f"{folder}/{name}": text for name, text in _read(collection.content).items()}
    about = site.read_bytes(plan.manifest["about"]).decode()
    assert 'href="list/index.html"' in about
    assert f'{folder}/index.html"' in site.read_bytes("index.html").decode()
    assert plan_list(collection.content, _pages(collection.content).ranked).digest


def test_a_site_may_do_without(collection, viewer, tmp_path):
    content = replace(collection.content, has_plain_pages=False)
    plan = build_site(content, viewer)
    assert plan.manifest["pages"] is None
    assert not [file.path for file in plan.files if "/list/" in file.path]
    texts = [file.read().decode() for file in (*plan.files, *plan.root_files) if file.path.endswith(".html")]
    assert len(texts) == 2
    assert not [text for text in texts if "list/" in text]
    publish(plan, str(tmp_path), collection.details)
    assert verify_site(str(tmp_path)).is_whole


def _page_path(site):
    return json.loads(site.read_bytes("manifest.json"))["pages"]["folder"] + "/1.html"


@pytest.mark.parametrize("sample", [None, 2])
def test_a_picture_too_few_or_too_many_is_told(site, sample):
    path = _page_path(site)
    page = site.read_bytes(path)
    first, second = find_images(page)[:2]
    site.write_bytes(path, page.replace(f'id="i{first}"'.encode(), b'id="x"'))
    assert "39 images are listed; expected 40" in "\n".join(verify_site(site.url, sample=sample).problems)
    site.write_bytes(path, page.replace(first.encode(), second.encode()))
    assert "expected each of the site once" in "\n".join(verify_site(site.url, sample=sample).problems)
