"""Whole builds from web servers: a IIIF collection that grows, and a list of addresses."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from clipplot_pipeline.site.verify import verify_site
from tests.drive.building import succeed
from tests.picture_server import ImageApi, Server, encode, manifest_2, manifest_3, serve
from tests.pictures import draw_picture

pytestmark = pytest.mark.pipeline
OPTIONS = {
    "embedder": "descriptor",
    "http.delay_s": 0.0,
    "http.recheck_s": 0,
    "rendition_px": 96,
    "http.tries": 3,
}


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    with serve() as running:
        yield running


def draw(tmp_path: Path, number: int) -> bytes:
    return draw_picture(tmp_path / "drawn" / f"{number}.jpg", number, (300, 200)).read_bytes()


def words(project: Path) -> str:
    folder = project / "site"
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    kept = folder / Path(manifest["words"]["path"]).parent
    return "".join(path.read_text(encoding="utf-8") for path in sorted(kept.glob("*.json")))


def publish(server: Server, books: dict[str, list[str]]) -> str:
    """Put a collection of manifests, of both versions in turn, and return its address."""
    members = []
    for number, (name, pages) in enumerate(books.items()):
        pair = {"en": [f"Maker of {name}"]}
        if number % 2:
            told = manifest_3(server, name, pages, metadata=[{"label": {"en": ["Artist"]}, "value": pair}],
                              requiredStatement={"label": {"en": ["Credit"]}, "value": {"en": ["Lent by <b>all</b>"]}},
                              rights="http://creativecommons.org/publicdomain/mark/1.0/")  # fmt: skip
        else:
            told = manifest_2(server, name, pages, metadata=[{"label": "Date", "value": f"c. 18{number:02}"}])
        members.append({"id": server.put(f"/iiif/{name}/manifest.json", told), "type": "Manifest"})
    return server.put("/iiif/top", {"type": "Collection", "label": {"en": ["All"]}, "items": members})


def test_a_iiif_collection_becomes_a_site_and_grows(server: Server, tmp_path: Path) -> None:
    project = tmp_path / "project"
    pages = {f"book{b}": [f"b{b}p{p}" for p in range(4)] for b in range(6)}
    api = ImageApi(
        {page: draw(tmp_path, n) for n, page in enumerate(p for book in pages.values() for p in book)}
    )
    server.routes.append(api)
    server.fail_every = 4
    server.retry_after = "0"
    first = succeed(project, source=publish(server, pages), **OPTIONS)
    assert first.images == 24
    assert first.rejects == 0
    assert not verify_site(str(project / "site")).problems
    told = words(project)
    assert 'title = "All"' in (project / "clipplot.toml").read_text("utf-8"), "the collection's own label"
    for word in ("book3", "Page b3p1", "Maker of book3", "Lent by all", "1802", "publicdomain/mark"):
        assert word in told
    server.fail_every = 0
    server.asked.clear()
    assert succeed(project).materialized == []
    assert {status for *_, status in server.asked} == {304}

    server.asked.clear()
    api.pictures["new"] = draw(tmp_path, 99)
    publish(server, {**pages, "book0": ["new", *pages["book0"]]})
    grown = succeed(project)
    assert grown.images == 25
    assert grown.originals_opened == 1
    assert server.count(containing="/image/") == 2, "its info.json and the picture"
    assert not verify_site(str(project / "site")).problems


def test_a_list_of_addresses_becomes_a_site_and_a_bad_address_a_reject(
    server: Server, tmp_path: Path
) -> None:
    urls = [server.put(f"/scans/{n}.jpg", draw(tmp_path, n)) for n in range(12)]
    huge = io.BytesIO()
    Image.new("RGB", (2000, 2000)).save(huge, "BMP")
    bad = [
        f"{server.url}/scans/gone.jpg",
        server.put("/page.jpg", b"<html>", "text/html"),
        server.put("/huge.bmp", huge.getvalue()),
        server.put("/torn.jpg", encode(Image.new("RGB", (300, 200)))[:300]),
    ]
    rows = [f"{url},Scan {n},19{n:02}" for n, url in enumerate([*urls, *bad])]
    (tmp_path / "scans.csv").write_text("\n".join(["image_url,Title,year", *rows]), encoding="utf-8")
    project = tmp_path / "project"
    report = succeed(
        project,
        source=str(tmp_path / "scans.csv"),
        metadata=[],
        **{**OPTIONS, "http.max_megabytes": 1, "http.private_network": True},
    )
    assert report.images == 12
    assert report.rejects == 4
    assert not verify_site(str(project / "site")).problems
    assert "Scan 7" in words(project)
    server.asked.clear()
    assert succeed(project).materialized == []
    assert server.asked == []
