"""IIIF from a real server: walking, sizes, failures, and reruns that cost nothing."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from clipplot_pipeline.errors import SourceError
from clipplot_pipeline.model import Scan, SourceImage
from clipplot_pipeline.sections import HttpSettings
from clipplot_pipeline.settings import Settings
from clipplot_pipeline.sources import find_kind, make_source
from clipplot_pipeline.sources.iiif import IIIF, find_address, make_path
from tests.picture_server import ImageApi, Server, manifest_2, manifest_3, serve

pytestmark = pytest.mark.slow
QUICK = {"delay_s": 0.0, "recheck_s": 0, "timeout_s": 5, "per_host": 4}


@pytest.fixture
def server() -> Iterator[Server]:
    with serve() as running:
        yield running


def settings_for(tmp_path: Path, source: str, **more: Any) -> Settings:
    is_file = not source.startswith("http")
    http = HttpSettings(**QUICK, private_network=is_file)
    return Settings(source=source, store=str(tmp_path / "store"), http=http, rendition_px=200, **more)


def scan(settings: Settings) -> Scan:
    return make_source(settings).scan(settings.exclude, settings.include)


def open_all(settings: Settings, files: tuple[SourceImage, ...]) -> dict[str, tuple[int, int] | str]:
    """Return the size of every picture, or why there is none."""
    found: dict[str, tuple[int, int] | str] = {}
    with make_source(settings).open_files(files) as opener:
        for file in files:
            try:
                with opener(file.path) as handle:
                    found[file.path.rpartition("/")[2]] = Image.open(handle).size
            except OSError as error:
                found[file.path.rpartition("/")[2]] = str(error)
    return found


def pictures(*names: str, size: tuple[int, int] = (900, 600)) -> dict[str, Image.Image | bytes]:
    return {name: Image.new("RGB", size, (90 + 20 * n, 60, 30)) for n, name in enumerate(names)}


@pytest.mark.parametrize(
    ("source", "is_iiif"),
    [
        ("https://a.example/book/manifest.json", True),
        ("https://a.example/book/manifest", True),
        ("https://a.example/iiif/book", True),
        ("https://a.example/api/x.json", True),
        ("https://viewer.example/?manifest=https://a.example/m", True),
        ("iiif:https://a.example/book/42", True),
        ("s3://bucket/manifest.json", True),
        ("https://a.example/pictures/", False),
        ("https://a.example/iiif/picture.jpg", False),
        ("/a/folder", False),
        ("/there/is/no/manifest.json", False),
    ],
)
def test_which_addresses_are_iiif(source: str, is_iiif: bool) -> None:
    assert (find_kind(Settings(source=source)) is IIIF) is is_iiif


def test_a_link_to_a_viewer_means_what_it_shows() -> None:
    link = "https://viewer.example/v?page=2&manifest=https%3A%2F%2Fa.example%2Fm.json"
    assert find_address(link) == "https://a.example/m.json"
    assert find_address("iiif:https://a.example/42") == "https://a.example/42"


def test_a_path_is_the_canvas_and_leads_nowhere_else() -> None:
    assert make_path("https://me:word@a.example/iiif/b/canvas/1") == "a.example/iiif/b/canvas/1"
    assert make_path("https://a.example/../..//etc#xywh=1") == "a.example/etc/xywh=1"
    assert make_path("urn:uuid:1") == "urn:uuid:1"
    assert make_path("http://[") == "["


def test_a_collection_of_collections_is_walked_in_both_versions(server: Server, tmp_path: Path) -> None:
    three = server.put("/iiif/three", manifest_3(server, "three", ["c", "d"]))
    two = server.put("/iiif/two", manifest_2(server, "two", ["a", "b"], attribution="<b>Ours</b>"))
    top = f"{server.url}/iiif/top"
    below = server.put(
        "/iiif/below",
        {"@type": "sc:Collection", "label": "Below", "manifests": [{"@id": two}], "members": [{"@id": top}]},
    )
    server.put(
        "/iiif/top",
        {
            "type": "Collection",
            "label": {"en": ["Top"]},
            "items": [{"id": three}, {"id": below}, {"id": three}],
        },
    )
    found = scan(settings_for(tmp_path, top))
    host = server.url.removeprefix("http://")
    assert [image.path for image in found.images] == [
        f"{host}/iiif/{name}" for name in ("three/canvas/c", "three/canvas/d", "two/canvas/a", "two/canvas/b")
    ]
    assert found.about is not None
    rows = found.about.to_pylist()
    assert [row["Title"] for row in rows] == ["three", "three", "two", "two"]
    assert [row["Collection"] for row in rows] == [None, None, "Below", "Below"]
    assert rows[2]["Attribution"] == "Ours"
    assert len(server.asked) == 4


@pytest.mark.parametrize(
    ("api", "size", "expected"),
    [
        (ImageApi({}, version=2, level=2), (900, 600), (300, 200)),
        (ImageApi({}, version=3, level=2), (900, 600), (300, 200)),
        (ImageApi({}, version=2, level=1), (600, 900), (200, 300)),
        (ImageApi({}, version=2, level=0, sizes=(150, 450, 900)), (900, 600), (450, 300)),
        (ImageApi({}, version=3, level=0, sizes=(150, 450, 900)), (900, 600), (450, 300)),
        (ImageApi({}, version=3, level=0), (900, 600), (900, 600)),
        (ImageApi({}, version=2, level=2, max_width=150), (900, 600), (150, 100)),
        (ImageApi({}, version=3, level=2, max_width=150), (900, 600), (150, 100)),
        (ImageApi({}, version=3, level=2, sizes=(100, 330, 900)), (900, 600), (330, 220)),
        (ImageApi({}, version=2, level=2), (90, 60), (90, 60)),
    ],
    ids=lambda value: f"{value.version}.{value.level}" if isinstance(value, ImageApi) else None,
)
def test_the_size_that_is_asked_for_fits_and_is_given_at_once(
    server: Server, tmp_path: Path, api: ImageApi, size: tuple[int, int], expected: tuple[int, int]
) -> None:
    api.pictures = pictures("a", size=size)
    server.routes.append(api)
    make = manifest_3 if api.version == 3 else manifest_2
    settings = settings_for(tmp_path, server.put("/iiif/m/manifest.json", make(server, "m", ["a"])))
    assert open_all(settings, scan(settings).images) == {"a": expected}
    assert not api.refused
    assert server.count(containing="/full/") == 1


def test_a_server_that_is_less_than_it_says_gives_the_picture_of_the_manifest(
    server: Server, tmp_path: Path
) -> None:
    whole = io.BytesIO()
    Image.new("RGB", (40, 30)).save(whole, "PNG")
    server.put("/image/a/full/full/0/default.jpg", whole.getvalue(), "image/png")
    settings = settings_for(tmp_path, server.put("/iiif/m", manifest_2(server, "m", ["a"])))
    assert open_all(settings, scan(settings).images) == {"a": (40, 30)}


def test_one_request_in_three_fails_and_nothing_is_lost(server: Server, tmp_path: Path) -> None:
    names = [f"p{n}" for n in range(12)]
    server.routes.append(ImageApi(pictures(*names)))
    server.fail_every = 3
    server.retry_after = "0"
    members = [
        {"id": server.put(f"/iiif/{n}", manifest_3(server, n, [n])), "type": "Manifest"} for n in names
    ]
    settings = settings_for(tmp_path, server.put("/iiif/top", {"type": "Collection", "items": members}))
    listed = scan(settings).images
    assert len(listed) == 12
    assert set(open_all(settings, listed).values()) == {(300, 200)}
    assert server.count(status=503) > 8
    assert server.most_at_once <= 4


def test_a_rerun_fetches_nothing_that_is_unchanged(server: Server, tmp_path: Path) -> None:
    server.routes.append(ImageApi(pictures("a", "b", "c")))
    settings = settings_for(tmp_path, server.put("/iiif/m", manifest_3(server, "m", ["a", "b"])))
    first = scan(settings)
    open_all(settings, first.images)
    server.asked.clear()
    again = scan(settings)
    assert again.images == first.images
    assert [status for *_, status in server.asked] == [304]
    server.put("/iiif/m", manifest_3(server, "m", ["c", "a", "b"], label={"en": ["Another title"]}))
    later = scan(settings)
    assert set(first.images) < set(later.images), "a new page in front leaves the others what they were"
    assert len(later.images) == 3


def test_the_first_document_is_asked_for_with_every_scan_others_now_and_then(
    server: Server, tmp_path: Path
) -> None:
    one = server.put("/iiif/one", manifest_3(server, "one", ["a"]))
    settings = settings_for(tmp_path, server.put("/iiif/top", {"type": "Collection", "items": [{"id": one}]}))
    settings = settings.model_copy(update={"http": HttpSettings(**{**QUICK, "recheck_s": 60})})
    first = scan(settings)
    server.asked.clear()
    assert scan(settings).images == first.images
    assert [(path, status) for _, path, status in server.asked] == [("/iiif/top", 304)]


def test_a_manifest_that_is_not_there_is_a_reject_with_a_reason(server: Server, tmp_path: Path) -> None:
    good = server.put("/iiif/good", manifest_3(server, "good", ["a"]))
    page = server.put("/iiif/page", b"<html></html>", "text/html")
    text = server.put("/iiif/text", b"{not json", "application/json")
    other = server.put("/iiif/other", {"type": "AnnotationPage"})
    gone = f"{server.url}/iiif/gone"
    members = [
        {"id": url, "type": "Manifest"} for url in (good, page, text, other, gone, "file:///etc/passwd")
    ]
    server.routes.append(ImageApi(pictures("a")))
    settings = settings_for(tmp_path, server.put("/iiif/top", {"type": "Collection", "items": members}))
    opened = open_all(settings, scan(settings).images)
    assert opened.pop("a") == (300, 200)
    assert {name: next(w for w in words if w in reason) for name, reason in opened.items() if isinstance(reason, str)
            for words in [("answers with text/html", "no JSON", "neither", "404", "expected http://")]} == {
        "page": "answers with text/html", "text": "no JSON", "other": "neither", "gone": "404",
        "passwd": "expected http://",
    }  # fmt: skip


def test_a_manifest_that_fails_in_passing_keeps_its_pictures(server: Server, tmp_path: Path) -> None:
    one = server.put("/iiif/one", manifest_3(server, "one", ["a"]))
    settings = settings_for(tmp_path, server.put("/iiif/top", {"type": "Collection", "items": [{"id": one}]}))
    before = scan(settings).images
    settings = settings.model_copy(update={"http": HttpSettings(**QUICK, tries=1)})
    server.put("/iiif/one", b"", status=503)
    assert scan(settings).images == before


def test_a_picture_that_fails_in_passing_is_tried_again_by_the_next_scan(
    server: Server, tmp_path: Path
) -> None:
    settings = settings_for(tmp_path, server.put("/iiif/m", manifest_3(server, "m", ["a", "b"])))
    settings = settings.model_copy(update={"http": HttpSettings(**QUICK, tries=1)})
    server.routes.append(ImageApi(pictures("a", "b")))
    server.put("/image/b/info.json", b"", status=503)
    first = scan(settings).images
    assert "503" in str(open_all(settings, first)["b"])
    del server.files["/image/b/info.json"]
    second = scan(settings).images
    assert second[0] == first[0]
    assert second[1].version != first[1].version
    assert open_all(settings, second[1:]) == {"b": (300, 200)}
    assert scan(settings).images == second


def test_a_shard_that_was_cut_short_goes_on_where_it_was(server: Server, tmp_path: Path) -> None:
    server.routes.append(ImageApi(pictures("a", "b")))
    settings = settings_for(tmp_path, server.put("/iiif/m", manifest_3(server, "m", ["a", "b"])))
    files = scan(settings).images
    with pytest.raises(KeyboardInterrupt), make_source(settings).open_files(files) as opener:  # noqa: PT012
        opener(files[0].path)
        raise KeyboardInterrupt
    open_all(settings, files)
    assert server.count(containing="/image/a/full/") == 1
    left = [p for p in (tmp_path / "store").rglob("*") if p.is_file() and "pictures" in p.parts]
    assert left == [], "what was fetched goes once it is done"


def test_a_manifest_on_this_disk_is_read_and_the_web_cannot_name_others(
    server: Server, tmp_path: Path
) -> None:
    server.routes.append(ImageApi(pictures("a")))
    file = tmp_path / "book.json"
    file.write_text(json.dumps(manifest_3(server, "book", ["a"])), encoding="utf-8")
    settings = settings_for(tmp_path, str(file))
    assert open_all(settings, scan(settings).images) == {"a": (300, 200)}


def test_the_first_document_must_be_there(server: Server, tmp_path: Path) -> None:
    for path, word in (("/iiif/gone", "404"), ("/iiif/page", "text/html"), ("/iiif/list", "neither")):
        server.put("/iiif/page", b"<html></html>", "text/html")
        server.put("/iiif/list", [])
        with pytest.raises(SourceError, match=rf"(?s){word}.*expected the address of a IIIF manifest"):
            scan(settings_for(tmp_path, server.url + path))


def test_patterns_choose_among_the_pictures(server: Server, tmp_path: Path) -> None:
    url = server.put("/iiif/m", manifest_3(server, "m", ["a", "b"]))
    found = scan(settings_for(tmp_path, url, exclude=("*/b",)))
    assert [image.path[-1] for image in found.images] == ["a"]
    assert sum(found.skipped.values()) == 1
