"""Sensitive pictures: which are marked, and that the site says so wherever it shows them."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from clipplot_pipeline.model import ClusterLevel, Clusters, Field
from clipplot_pipeline.site.about import render_about
from clipplot_pipeline.site.build import build_site
from clipplot_pipeline.site.columns import decode_column
from clipplot_pipeline.site.list_pages import ListPages
from clipplot_pipeline.site.publish import publish
from clipplot_pipeline.site.sensitive import find_unused_words, flag_sensitive
from clipplot_pipeline.site.verify import verify_site
from clipplot_pipeline.storage import Store

TABLE = pa.table(
    {
        "kind": ["Mask", "bowl", None, "mask"],
        "tags": [["wood"], ["human remains", "clay"], [], None],
        "note": ["mask", "mask", "mask", "mask"],
    }
)
FIELDS = (
    Field("kind", "Kind of thing", "category"),
    Field("tags", "Tags", "tags"),
    Field("note", "Note", "text"),
)


@pytest.mark.parametrize(
    ("words", "rows"),
    [
        ((), []),
        (("mask",), [0, 3]),
        (("MASK", "Human Remains"), [0, 1, 3]),
        (("kind=mask",), [0, 3]),
        (("Kind of thing = Mask",), [0, 3]),
        (("tags=mask",), []),
        (("human",), []),
    ],
)
def test_values_of_categories_and_tags_mark_images(words, rows):
    assert np.flatnonzero(flag_sensitive(TABLE, FIELDS, words)).tolist() == rows


def test_words_that_mark_nothing_are_told():
    words = ("mask", "hunan remains", "note=mask", "tags = Clay")
    assert find_unused_words(TABLE, FIELDS, words) == ["hunan remains", "note=mask"]


def test_the_site_holds_a_column_of_them(collection, viewer, tmp_path):
    content = replace(collection.content, sensitive=("portrait",))
    plan = build_site(content, viewer)
    publish(plan, str(tmp_path), collection.details)
    assert verify_site(str(tmp_path)).problems == ()
    path = plan.manifest["columns"]["sensitive"]["path"]
    column = decode_column(Store(str(tmp_path)).read_bytes(path))
    categories = content.catalog["category"].take(pa.array(content.ranks)).to_pylist()
    assert column.values.reshape(-1).tolist() == [int(category == "portrait") for category in categories]


def test_a_site_without_any_has_no_such_column(plan, collection, viewer):
    assert "sensitive" not in plan.manifest["columns"]
    other = build_site(replace(collection.content, sensitive=("nothing is called so",)), viewer)
    assert other.manifest == plan.manifest


def test_plain_pages_blur_them_until_a_box_is_ticked(collection):
    content = replace(collection.content, sensitive=("portrait",))
    count = content.catalog["category"].to_pylist().count("portrait")
    pages = ListPages(content, content.catalog.take(pa.array(content.ranks)))
    page = pages.render("1.html").decode()
    assert page.count('class="veiled"') == page.count('class="unveil"') == count > 0
    assert b".veiled" in pages.render("list.css")
    assert 'class="veiled"' in pages.render("index.html").decode()


def test_the_about_page_shows_none_of_them(collection):
    category = collection.content.catalog["category"].to_pylist()
    portraits = [row for row, value in enumerate(category) if value == "portrait"]
    other = category.index("fruit")
    level = ClusterLevel(
        (np.arange(len(category)) % 4).astype(np.int32),
        np.ones(len(category), np.float32),
        ("", "", "", ""),
        ((portraits[0], other), (portraits[1], portraits[2]), (), (portraits[3],)),
    )
    content = replace(collection.content, sensitive=("portrait",), clusters=Clusters((level,)))
    page = render_about(content)[0][1].decode()
    ids = content.catalog["image_id"].to_pylist()
    assert re.findall(r'<img src="[^"]+/([0-9a-f]{20})\.jpg"', page) == [ids[other]]
    without = replace(
        content, clusters=Clusters((replace(level, representatives=((), (portraits[0],), (), ())),))
    )
    assert "<img" not in render_about(without)[0][1].decode()
