"""A map as one file: all of the site is in it, nothing else is asked for, and words of users end nothing."""

import base64
import gzip
import hashlib
import io
import json
from html.parser import HTMLParser
from urllib.parse import urlsplit

import pytest
from PIL import Image

from clipplot_pipeline.errors import SiteError, StoreError
from clipplot_pipeline.site import single_file
from clipplot_pipeline.site.manifest import read_manifest
from clipplot_pipeline.site.single_file import compact_picture, write_single_file
from clipplot_pipeline.site.single_page import embed_page
from clipplot_pipeline.site.verify import iterate_names
from clipplot_pipeline.site.verify_pictures import name_tiles
from clipplot_pipeline.storage import Store

NASTY = "</script><script>alert(1)</script><!--<script>&amp;\u2028"
SCRIPT = "const end = '</script>', start = '<!--<script>';\n"
STYLE = ".map { color: red }\n"


class _Reader(HTMLParser):
    """What a browser sees: elements with their attributes and raw text."""

    def __init__(self, page):
        super().__init__()
        self.found = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.found.append([tag, dict(attrs), ""])

    def handle_endtag(self, tag):
        self.found.append(["/" + tag, {}, ""])

    def handle_data(self, data):
        if self.found:
            self.found[-1][2] += data

    def all(self, tag, **attributes):
        return [
            (found, text)
            for name, found, text in self.found
            if name == tag and attributes.items() <= found.items()
        ]


@pytest.fixture(scope="module")
def single_viewer(tmp_path_factory):
    folder = tmp_path_factory.mktemp("single_viewer")
    (folder / "single").mkdir()
    (folder / "single/single.js").write_text(SCRIPT, encoding="utf-8")
    (folder / "single/style.css").write_text(STYLE, encoding="utf-8")
    return folder


def write(site, viewer, pictures="full", name="shelf"):
    out = io.BytesIO()
    made = write_single_file(site, out, name, "fr", pictures, viewer)
    assert made.bytes == len(out.getvalue())
    return out.getvalue().decode(), made


def files_of(page):
    """Return the files in a page, unpacked, by path."""
    files = {}
    for attributes, text in page.all("script", type="text/plain"):
        data = base64.b64decode(text, validate=True)
        files[attributes["id"].removeprefix("file:")] = (
            gzip.decompress(data) if "data-packed" in attributes else data
        )
    return files


def test_all_files_of_the_map_are_in_it(published, single_viewer):
    store = Store(str(published))
    text, made = write(store, single_viewer)
    page = _Reader(text)
    files = files_of(page)
    (block,) = page.all("script", id="clipplot-manifest")
    value = json.loads(block[1])
    manifest = read_manifest(value["manifest"])
    assert value["name"] == "shelf"
    assert (made.images, made.files) == (manifest.image_count, len(files))
    kept = {path for path in iterate_names(manifest) if path.startswith(("c/", "w/", "q/"))}
    details = {p.relative_to(published).as_posix() for p in published.glob("p/*/*/*.jpg")}
    assert set(files) == {*kept, *name_tiles(manifest), *details, manifest.about}
    for path in kept | details:
        assert files[path] == store.read_bytes(path)
    # Pages and tables that are not in it are not named.
    assert manifest.pages is None
    assert manifest.exports == {}
    assert '<html lang="fr">' in text


def test_the_page_can_run_and_load_nothing_else(published, single_viewer):
    page = _Reader(write(Store(str(published)), single_viewer)[0])
    ((policy, _),) = page.all("meta", **{"http-equiv": "Content-Security-Policy"})
    words = dict(part.split(" ", 1) for part in policy["content"].split("; "))
    ((_, script),) = page.all("script", type="module")
    ((_, style),) = page.all("style")

    def allow(text):
        return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"

    assert words["default-src"] == "'none'"
    assert words["script-src"] == allow(script)
    assert words["style-src"].split()[0] == allow(style)
    assert "connect-src" not in words  # none, by default-src
    assert all(not {"src", "href"} & found.keys() for _, found, _ in page.found if found.get("rel") != "icon")
    # What the script says is the same, written so that it ends no element.
    assert script.replace(r"\x3c", "<") == SCRIPT.strip()
    # The page inside allows its own style alone, and its style is allowed outside.
    about = about_of(page)
    ((inner, _),) = about.all("meta", **{"http-equiv": "Content-Security-Policy"})
    ((_, inner_style),) = about.all("style")
    assert allow(inner_style) in inner["content"]
    assert allow(inner_style) in words["style-src"]
    assert "script-src" not in inner["content"]
    assert all(urlsplit(found["src"]).scheme == "data" for found, _ in about.all("img"))
    assert not about.all("a")
    assert "images.parquet" not in "".join(text for *_, text in about.found)


def test_words_of_users_end_no_element(site, single_viewer):
    plain = site.read_json("manifest.json") | {"title": NASTY, "tagline": NASTY}
    site.write_json("manifest.json", plain)
    text, _ = write(site, single_viewer, name=NASTY)
    page = _Reader(text)
    assert len(page.all("script")) == 2 + len(files_of(page))
    ((_, block),) = page.all("script", id="clipplot-manifest")
    assert json.loads(block)["manifest"]["title"] == NASTY
    assert json.loads(block)["name"] == NASTY
    assert not set("<>&") & set(block)
    ((_, title),) = page.all("title")
    assert title == NASTY


def test_it_is_the_same_every_time(published, single_viewer):
    store = Store(str(published))
    assert write(store, single_viewer, "compact") == write(store, single_viewer, "compact")


def about_of(page):
    return _Reader(
        next(data for path, data in files_of(page).items() if path.endswith("about.html")).decode()
    )


def test_large_pictures_can_stay_out(published, single_viewer):
    page = _Reader(write(Store(str(published)), single_viewer, "none")[0])
    assert not about_of(page).all("img"), "nor are they on the page About"
    whole = _Reader(write(Store(str(published)), single_viewer)[0])
    assert len(about_of(whole).all("img")) > 1
    ((_, block),) = page.all("script", id="clipplot-manifest")
    assert json.loads(block)["manifest"]["details"] is None
    assert not [path for path in files_of(page) if path.startswith("p/")]


def test_pictures_that_were_taken_down_are_not_in_it(site, single_viewer):
    before = files_of(_Reader(write(site, single_viewer)[0]))
    plain = site.read_json("manifest.json")
    site.write_json("manifest.json", plain | {"tombstones": [3, 7]})
    after = files_of(_Reader(write(site, single_viewer)[0]))
    gone = before.keys() - after.keys()
    assert len(gone) == 2
    assert all(path.startswith("p/") for path in gone)


def test_compact_pictures_have_the_same_pixels_and_fewer_bytes():
    out = io.BytesIO()
    Image.linear_gradient("L").resize((300, 200)).convert("RGB").save(out, "JPEG", quality=97, subsampling=0)
    large = out.getvalue()
    small = compact_picture(large)
    assert len(small) < len(large)
    with Image.open(io.BytesIO(small)) as picture:
        assert picture.size == (300, 200)
    assert len(compact_picture(small)) <= len(small)


def test_too_many_images_are_refused_before_anything_is_written(published, single_viewer, monkeypatch):
    monkeypatch.setattr(single_file, "MAX_IMAGES", 39)
    out = io.BytesIO()
    with pytest.raises(SiteError, match=r"40 images; one file holds at most 39.*hosting\.md"):
        write_single_file(Store(str(published)), out, "shelf", viewer=single_viewer)
    assert out.getvalue() == b""


def test_what_is_missing_is_told(tmp_path, published):
    with pytest.raises(SiteError, match="expected a published site"):
        write_single_file(Store(str(tmp_path)), io.BytesIO(), "shelf")
    with pytest.raises(SiteError, match=r"not built \(single/single\.js, single/style\.css missing\)"):
        write_single_file(Store(str(published)), io.BytesIO(), "shelf", viewer=tmp_path)


def test_links_to_other_files_become_words_and_others_stay():
    page = (
        '<p class="back"><a href="x">away</a><br>more</p><p>A &amp; B &#60; <a href="other.html">here</a>, '
        '<a href="https://example.org/?a=1&amp;b=2">there</a>, <a href="mailto:a@b.org">mail</a></p>'
        '<img src="gone.jpg" alt="x">'
    )
    seen = []

    def read(address):
        seen.append(address)
        raise StoreError(f"{address}: the file is missing")

    done = embed_page(page, "", read)
    assert done == (
        '<p>A &amp; B &#60; here, <a href="https://example.org/?a=1&amp;b=2" target="_blank" rel="noopener">there</a>, '
        '<a href="mailto:a@b.org">mail</a></p>'
    )
    assert seen == ["gone.jpg"]
