"""Lists of addresses from a real server: what is a list, what it says, and what becomes of bad addresses."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from clipplot_pipeline.errors import SourceError
from clipplot_pipeline.model import Scan
from clipplot_pipeline.sections import HttpSettings
from clipplot_pipeline.settings import Settings
from clipplot_pipeline.sources import find_kind, make_source
from clipplot_pipeline.sources.folder import is_inside
from clipplot_pipeline.sources.http_list import HTTP_LIST, make_path
from clipplot_pipeline.sources.kinds import FOLDER
from tests.picture_server import Server, encode, serve

pytestmark = pytest.mark.slow
QUICK = {"delay_s": 0.0, "recheck_s": 0, "timeout_s": 2, "tries": 2, "private_network": True}
PICTURE = encode(Image.new("RGB", (60, 40), (9, 90, 200)))


@pytest.fixture
def server() -> Iterator[Server]:
    with serve() as running:
        yield running


def settings_for(tmp_path: Path, source: Path | str, **http: Any) -> Settings:
    return Settings(
        source=str(source),
        store=str(tmp_path / "store"),
        http=HttpSettings(**{**QUICK, **http}),
        rendition_px=200,
    )


def scan(settings: Settings) -> Scan:
    return make_source(settings).scan(settings.exclude, settings.include)


def open_all(settings: Settings, found: Scan) -> dict[str, str]:
    """Return ``ok`` or the reason there is no picture, by the last name of the path."""
    outcomes = {}
    with make_source(settings).open_files(found.images) as opener:
        for file in found.images:
            try:
                with opener(file.path) as handle:
                    outcomes[file.path.rpartition("/")[2]] = "ok" if handle.read() == PICTURE else "other"
            except OSError as error:
                outcomes[file.path.rpartition("/")[2]] = str(error)
    return outcomes


def test_a_text_with_an_address_a_line(server: Server, tmp_path: Path) -> None:
    good = [server.put(f"/{name}.jpg", PICTURE) for name in ("a", "b", "ü c")]
    lines = ["# my pictures", "", *good, good[0], f"{server.url}/gone.jpg", "pictures/own.jpg"]
    file = tmp_path / "list.txt"
    file.write_text("\r\n".join(lines), encoding="utf-8-sig")
    settings = settings_for(tmp_path, file)
    assert find_kind(settings) is HTTP_LIST
    found = scan(settings)
    assert server.asked == [], "a scan asks for nothing"
    assert dict(found.skipped) == {"addresses that are listed twice": 1}
    server.files["/%C3%BC%20c.jpg"] = server.files["/ü c.jpg"]
    outcomes = open_all(settings, found)
    assert [name for name, outcome in outcomes.items() if outcome == "ok"] == ["a.jpg", "b.jpg", "ü c.jpg"]
    assert "404 Not Found" in outcomes["gone.jpg"]
    assert "'pictures/own.jpg' is no address" in outcomes["own.jpg"]


def test_every_way_to_fail_is_a_reject_of_its_own(server: Server, tmp_path: Path) -> None:
    moved = {"Location": "/a.jpg"}
    cases = {
        server.put("/a.jpg", PICTURE): "ok",
        server.put("/moved.jpg", b"", status=301, headers=moved): "ok",
        server.put("/page.jpg", b"<html>", "text/html"): "answers with text/html",
        server.put("/large.jpg", b"x" * 1_500_000): "larger than the 1 MB",
        server.put("/slow.jpg", PICTURE, pieces=40, pause_s=0.2): "was not there after 2 s",
        server.put("/torn.jpg", PICTURE, cut=9): "broke off",
        server.put("/busy.jpg", b"", status=503): "503 Service Unavailable",
        server.put(
            "/mine.jpg", b"", status=302, headers={"Location": "file:///etc/passwd"}
        ): "leads to 'file:",
        server.put("/secret.jpg", b"", status=403): "403 Forbidden",
        "http://127.0.0.1:9/dead.jpg": "refuses the connection",
    }
    file = tmp_path / "list.txt"
    file.write_text("\n".join(cases), encoding="utf-8")
    settings = settings_for(tmp_path, file, max_megabytes=1)
    outcomes = open_all(settings, scan(settings))
    for url, expected in cases.items():
        assert expected in outcomes[url.rpartition("/")[2]]


def test_a_table_gives_addresses_and_words(server: Server, tmp_path: Path) -> None:
    rows = [
        {"Title": "One", "year": "1900", "image_url": server.put("/a.jpg", PICTURE), "Filename": "x.jpg"},
        {"Title": "Two", "year": "", "image_url": server.put("/b.jpg?size=1", PICTURE), "Filename": "y.jpg"},
        {"Title": "None", "year": "1902", "image_url": "", "Filename": "z.jpg"},
    ]
    csv = tmp_path / "list.csv"
    csv.write_text(
        "\n".join(["Title;year;image_url;Filename", *(";".join(r.values()) for r in rows)]), "utf-8"
    )
    jsonl = tmp_path / "list.jsonl"
    jsonl.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    parquet = tmp_path / "list.parquet"
    pq.write_table(pa.Table.from_pylist(rows), parquet)
    listings = []
    for file in (csv, jsonl, parquet):
        found = scan(settings_for(tmp_path, file))
        listings.append(found.images)
        assert found.about is not None
        assert found.about.sort_by("Title").select(["Title", "year", "Filename (list)"]).to_pylist() == [
            {"Title": "One", "year": "1900", "Filename (list)": "x.jpg"},
            {"Title": "Two", "year": None, "Filename (list)": "y.jpg"},
        ]
        assert found.skipped == {"rows without an address": 1}
    assert listings[0] == listings[1] == listings[2]
    assert set(open_all(settings_for(tmp_path, csv), scan(settings_for(tmp_path, csv))).values()) == {"ok"}


def test_a_list_may_itself_lie_on_a_server(server: Server, tmp_path: Path) -> None:
    url = server.put("/list.txt", server.put("/a.jpg", PICTURE).encode(), "text/plain")
    settings = settings_for(tmp_path, url)
    assert open_all(settings, scan(settings)) == {"a.jpg": "ok"}


def test_the_column_can_be_named(server: Server, tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_text(f"page,scan\nhttps://a.example/1,{server.put('/a.jpg', PICTURE)}\n", encoding="utf-8")
    with pytest.raises(SourceError, match=r"several columns hold addresses.*`http.column`"):
        scan(settings_for(tmp_path, file))
    settings = settings_for(tmp_path, file, column="Scan")
    assert open_all(settings, scan(settings)) == {"a.jpg": "ok"}
    with pytest.raises(SourceError, match="there is no column 'image'"):
        scan(settings_for(tmp_path, file, column="image"))


@pytest.mark.parametrize(
    ("text", "word"), [("", "empty"), ("filename,year\na.jpg,1900\n", "no column holds")]
)
def test_what_is_no_list_is_refused_in_a_clear_sentence(tmp_path: Path, text: str, word: str) -> None:
    for ending in (".csv", ".txt"):
        file = tmp_path / f"list{ending}"
        file.write_text(text, encoding="utf-8")
        with pytest.raises(SourceError, match=word):
            scan(settings_for(tmp_path, file))


def test_pictures_that_changed_are_noticed_if_the_settings_ask_for_it(server: Server, tmp_path: Path) -> None:
    file = tmp_path / "list.txt"
    file.write_text("\n".join(server.put(f"/{n}.jpg", PICTURE) for n in "ab"), encoding="utf-8")
    settings = settings_for(tmp_path, file, check_pictures=True)
    first = scan(settings).images
    assert {method for method, *_ in server.asked} == {"HEAD"}
    assert scan(settings).images == first
    server.put("/b.jpg", PICTURE + b" ")
    second = scan(settings).images
    assert [old == new for old, new in zip(first, second, strict=True)] == [True, False]
    server.put("/b.jpg", b"", status=503)
    assert scan(settings).images == second, "what fails now is what it was"


def test_a_folder_is_no_list(tmp_path: Path) -> None:
    (tmp_path / "scans.txt").mkdir()
    assert find_kind(Settings(source=str(tmp_path / "scans.txt"))) is FOLDER
    assert find_kind(Settings(source="https://a.example/pictures/")) is FOLDER


addresses = st.builds(
    "http://{}/{}{}".format,
    st.sampled_from(["a.example", "A.example:8080", "me:word@a.example", "[::1]"]),
    st.text(max_size=12),
    st.sampled_from(["", "?x=1", "?x=2", "#f"]),
)


@given(addresses | st.text(max_size=20))
def test_paths_lead_nowhere_else_and_show_no_password(address: str) -> None:
    path = make_path(address)
    assert is_inside(path)
    assert "me:word@" not in path


def test_addresses_that_differ_have_paths_that_differ() -> None:
    base = "https://a.example/x"
    urls = [
        f"{base}.jpg",
        f"{base}.jpg?s=1",
        f"{base}.jpg?s=2",
        f"{base}//y.jpg",
        f"{base}/y.jpg",
        f"{base}/../y.jpg",
    ]
    assert len({make_path(url) for url in urls}) == len(urls)
    assert make_path(urls[0]) == "a.example/x.jpg"
    assert make_path(urls[1]).endswith("-x.jpg"), "its ending is seen"
