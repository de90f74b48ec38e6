"""Pages: text from users stays text; what was left out is told; the viewer must be built."""

import gzip
import re
from dataclasses import replace
from html import unescape

import pytest

from clipplot_pipeline.errors import SiteError
from clipplot_pipeline.model import Clusters, Reject
from clipplot_pipeline.site.about import MAX_LISTED, render_about
from clipplot_pipeline.site.alt_text import Captions
from clipplot_pipeline.site.content import AboutFacts, NeighborSearch
from clipplot_pipeline.site.format import detail_path
from clipplot_pipeline.site.viewer_files import find_viewer, load_viewer

NASTY = '"><script>alert(1)</script>&'


def _about(content, **changes):
    facts = replace(content.about, **changes)
    return render_about(replace(content, about=facts))[0][1].decode()


def test_the_about_page_tells_what_is_missing(collection):
    page = _about(collection.content)
    for words in (
        "bröken.jpg",
        "unreadable: the file ends too early",
        "lost.jpg",
        "hidden files: 2",
        "Sees no meaning.",
    ):
        assert words in page
    for words in ("no image has coordinates", "0.9123", "with care", "images.parquet"):
        assert words in page


def test_the_about_page_tells_what_the_search_for_neighbours_missed(collection):
    page = _about(collection.content, search=NeighborSearch(32, 0.98765, 1000))
    assert "Of the 32 nearest of each of 1,000 pictures" in page
    assert "98.8 percent" in page
    page = _about(collection.content, search=NeighborSearch(32, 1.0, 0))
    assert "Every picture was compared with every other." in page
    assert "sought" not in _about(collection.content)


def test_the_about_page_of_a_whole_collection_says_so(collection):
    page = render_about(replace(collection.content, about=AboutFacts()))[0][1].decode()
    assert "every file of the source is here" in page


def test_text_stays_text(collection):
    content = replace(collection.content, title=NASTY, tagline=NASTY)
    page = _about(
        content, description=NASTY, rejects=(Reject(NASTY, "unreadable", NASTY),), skipped={NASTY: 1}
    )
    assert "<script" not in page
    assert page.count("&lt;script&gt;") >= 6


def test_the_about_page_needs_no_exception_from_the_security_policy(collection):
    page, style = (data.decode() for _, data in render_about(collection.content))
    assert "default-src 'none'" in page
    assert not re.search(r"<script|<style|\sstyle=|\son\w+=|https?://", page)
    assert "url(" not in style
    assert "@media print" in style


def test_the_about_page_shows_pictures_of_the_largest_groups(collection, plan):
    page = _about(collection.content)
    shown = re.findall(r'<img src="../../(p/[^"]+)"', page)
    fine = collection.content.clusters.levels[1]
    ids = collection.content.catalog["image_id"].to_pylist()
    template = plan.manifest["details"]["path"]
    assert shown == [detail_path(template, ids[r[0]]) for r in fine.representatives]
    assert "<img" not in render_about(replace(collection.content, rendition=""))[0][1].decode()
    assert (
        "<img"
        not in render_about(replace(collection.content, clusters=Clusters((), reason="few")))[0][1].decode()
    )


def test_its_pictures_are_described_as_everywhere(collection):
    content = collection.content
    page = _about(content)
    rows = [r[0] for r in content.clusters.levels[1].representatives]
    entries = content.catalog.take(rows).to_pylist()
    described = [Captions(content.fields).describe(entry, entry["paths"][0]) for entry in entries]
    assert described[0] == "Nº 1"
    assert [unescape(alt) for alt in re.findall(r'<img src="../../p/[^"]+" alt="([^"]+)"', page)] == described


def test_words_of_users_run_in_their_own_direction(collection):
    page = _about(replace(collection.content, title="عنوان", tagline="שורה"), description="פסקה")
    for words in ("<h1", '<p class="tagline"', "<p"):
        assert re.search(rf'{words} lang="fr" dir="auto">[^<]*[א-ع]', page)


def test_long_lists_are_cut_and_counted(collection):
    rejects = tuple(Reject(f"{k:05d}.jpg", "unreadable", "broken") for k in range(MAX_LISTED + 7))
    page = _about(collection.content, rejects=rejects)
    assert f"{MAX_LISTED - 1:05d}.jpg" in page
    assert f"{MAX_LISTED:05d}.jpg" not in page
    assert "and 7 more" in page


def test_the_viewer_takes_its_words_escaped(viewer):
    files = load_viewer(NASTY, NASTY, NASTY, "fr", viewer)
    page = dict(files.root)["index.html"].decode()
    assert page.count("&lt;script&gt;") == 3
    assert page.count("<script") == 1  # the loader's
    assert 'lang="fr"' in page


@pytest.mark.skipif(
    not (find_viewer() / "main.js").is_file(), reason="the viewer is not built: `make viewer`"
)
def test_what_the_viewer_loads_first_is_small():
    """Code before the first dots: at most 90 kB, in gzip as hosts send it; all else is loaded when it is needed."""
    first, seen = ["index.html", "loader.js", "main.css", "main.js"], {}
    while first:
        name = first.pop()
        text = (find_viewer() / name).read_text(encoding="utf-8")
        seen[name] = len(gzip.compress(text.encode(), mtime=0))
        if name.endswith(".js"):
            imported = re.findall(r'\b(?:from|import)"\./([^"]+)"', text)
            first += [other for other in imported if other not in seen]
    assert "site_error.js" in seen, "scripts that the first one imports count"
    assert sum(seen.values()) <= 90_000, seen


def test_the_viewer_lies_below_its_hash(viewer, tmp_path):
    files = load_viewer("a", "b", "c", "en", viewer)
    assert [path.removeprefix(files.folder) for path, _ in files.versioned] == [
        "/chunks/panel.js",
        "/main.css",
        "/main.js",
    ]
    assert load_viewer("other", "b", "c", "en", viewer).folder == files.folder
    for path, data in (*files.root, *files.versioned):
        name = path.removeprefix(files.folder + "/")
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(data)
    (tmp_path / "main.js").write_text("changed")
    assert load_viewer("a", "b", "c", "en", tmp_path).folder != files.folder


def test_a_viewer_that_is_not_built_is_explained(tmp_path):
    (tmp_path / "index.html").write_text("x")
    with pytest.raises(SiteError, match="make viewer") as caught:
        load_viewer("a", "b", "c", "en", tmp_path)
    assert "loader.js, main.js, main.css missing" in str(caught.value)


def test_the_viewer_is_looked_for_in_the_package():
    assert find_viewer().name == "viewer"
    assert find_viewer().parent.name == "clipplot_pipeline"
