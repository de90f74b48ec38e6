"""Lists of strangers do not make this machine ask itself or its network, by name, number or redirect."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from clipplot_pipeline.sections import HttpSettings
from clipplot_pipeline.settings import Settings
from clipplot_pipeline.sources import make_source
from clipplot_pipeline.sources.http_cache import HttpCache
from clipplot_pipeline.sources.http_fetch import Fetcher, FetchError
from clipplot_pipeline.sources.http_guard import OPEN, Guard, PrivateAddressError, find_network
from clipplot_pipeline.storage import Store
from tests.picture_server import Reply, Server, manifest_3, serve

QUICK = {"delay_s": 0.0, "recheck_s": 0, "timeout_s": 5, "tries": 3}
REFUSED = r"it leads to .*127\.0\.0\.1\)?, which is this machine itself.*`http.private_network = true`"


@pytest.fixture
def server() -> Iterator[Server]:
    with serve() as running:
        yield running


def fetcher(**more: bool) -> Fetcher:
    return Fetcher(HttpSettings(**{**QUICK, **more}))


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("93.184.215.14", OPEN),
        ("2606:2800:21f:cb07:6820:80da:af6b:8b2c", OPEN),
        ("127.0.0.1", "this machine itself"),
        ("127.8.9.1", "this machine itself"),
        ("0.0.0.0", "this machine itself"),
        ("::1", "this machine itself"),
        ("::ffff:127.0.0.1", "this machine itself"),
        ("169.254.169.254", "a link-local network"),
        ("fe80::1%eth0", "a link-local network"),
        ("10.0.0.1", "a private network"),
        ("192.168.1.1", "a private network"),
        ("::ffff:10.0.0.1", "a private network"),
        ("100.64.0.1", "a private network"),
        ("fd00::1", "a private network"),
        ("fec0::1", "a private network"),
        ("64:ff9b:1::1", "a private network"),
        ("64:ff9b::a9fe:a9fe", "a link-local network"),
        ("64:ff9b::5db8:d70e", OPEN),
        ("2002:a00:1::1", "a private network"),
        ("::127.0.0.1", "this machine itself"),
        ("224.0.0.1", "a private network"),
    ],
)
def test_networks_are_told_by_their_addresses(address: str, words: str) -> None:
    assert find_network(address) == words


def test_one_kind_of_network_does_not_open_another() -> None:
    guard = Guard(is_open=False)
    guard.check("a.example", "93.184.215.14")
    guard.allow_network("a private network")
    guard.check("b.example", "10.1.2.3")
    with pytest.raises(
        PrivateAddressError, match=r"meta.example \(169.254.169.254\), which is in a link-local"
    ):
        guard.check("meta.example", "169.254.169.254")
    guard.trust_host("localhost")
    guard.check("LOCALHOST", "127.0.0.1")
    Guard(is_open=True).check("meta.example", "169.254.169.254")


@pytest.mark.slow
def test_nothing_is_sent_where_a_list_has_no_business(server: Server, tmp_path: Path) -> None:
    server.put("/a.jpg", b"secret")
    port = server.url.rpartition(":")[2]
    for url in (f"{server.url}/a.jpg", f"http://localhost:{port}/a.jpg"):
        with pytest.raises(FetchError, match=REFUSED) as caught:
            fetcher().get(url)
        assert not caught.value.is_passing, "it is not asked for again and again"
    assert server.asked == []
    assert fetcher(private_network=True).get(f"{server.url}/a.jpg").body == b"secret"

    server.asked.clear()
    elsewhere = f"http://localhost:{port}/list"
    server.files["/list"] = Reply(status=302, headers={"Location": f"{server.url}/a.jpg"})
    with pytest.raises(FetchError, match=REFUSED):
        fetcher().get_listing(elsewhere, HttpCache(Store(str(tmp_path))), accept="*/*", refuse=None)
    assert [path for _, path, _ in server.asked] == ["/list"], "a redirect leads out of what is trusted"


@pytest.mark.slow
def test_a_list_from_this_machine_may_name_it_and_a_file_may_not(server: Server, tmp_path: Path) -> None:
    picture = server.put("/a.jpg", b"picture")
    cache = HttpCache(Store(str(tmp_path)))
    listing = server.put("/list.txt", picture.encode(), "text/plain")
    first = fetcher()
    assert first.get_listing(listing, cache, accept="*/*", refuse=None).body == picture.encode()
    assert first.get(picture).body == b"picture"
    later = fetcher()
    later.recall_listing(listing, cache)
    assert later.get(picture).body == b"picture", "also when pictures are fetched by another process"

    (tmp_path / "scans.txt").write_text(f"{picture}\n", encoding="utf-8")
    settings = Settings(
        source=str(tmp_path / "scans.txt"), store=str(tmp_path / "store"), http=HttpSettings(**QUICK)
    )
    source = make_source(settings)
    files = source.scan((), ()).images
    with source.open_files(files) as opener, pytest.raises(OSError, match=REFUSED):
        opener(files[0].path)


@pytest.mark.slow
def test_what_a_manifest_is_called_is_the_title_of_the_scan(server: Server, tmp_path: Path) -> None:
    address = server.put("/iiif/a/manifest.json", manifest_3(server, "Psalter", ["p1"]))
    settings = Settings(source=address, store=str(tmp_path / "store"), http=HttpSettings(**QUICK))
    assert "Psalter" in make_source(settings).scan((), ()).title
