"""Fetching from a real server: what is repeated, what is refused, what is kept, and how politely."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from email.utils import formatdate
from pathlib import Path
from typing import Any

import pytest

from clipplot_pipeline.errors import SourceError
from clipplot_pipeline.sections import HttpSettings
from clipplot_pipeline.sources.http_cache import HttpCache
from clipplot_pipeline.sources.http_fetch import Fetcher, FetchError
from clipplot_pipeline.sources.http_pictures import NOT_PICTURES
from clipplot_pipeline.sources.http_politeness import MOST_IN_A_ROW, Gate
from clipplot_pipeline.sources.http_secrets import hide_secrets
from clipplot_pipeline.storage import Store
from tests.picture_server import Reply, Server, serve

pytestmark = pytest.mark.slow


@pytest.fixture
def server() -> Iterator[Server]:
    with serve() as running:
        yield running


@pytest.fixture
def slept() -> list[float]:
    return []


@pytest.fixture
def fetcher(slept: list[float]) -> Fetcher:
    return make_fetcher(slept)


def make_fetcher(slept: list[float], **settings: Any) -> Fetcher:
    quick = {"delay_s": 0.0, "recheck_s": 0, "timeout_s": 2, "private_network": True}
    return Fetcher(HttpSettings(**{**quick, **settings}), sleep=slept.append)


def in_turn(*replies: Reply) -> Callable[[Server, str], Reply]:
    left = list(replies)
    return lambda _, __: left.pop(0) if len(left) > 1 else left[0]


def test_what_fails_in_passing_is_asked_for_again(
    server: Server, fetcher: Fetcher, slept: list[float]
) -> None:
    server.routes.append(in_turn(*(Reply(status=status) for status in (503, 429, 500)), Reply(b"there")))
    assert fetcher.get(server.url + "/x.jpg").body == b"there"
    assert [status for *_, status in server.asked] == [503, 429, 500, 200]
    assert len(slept) == 3


def test_what_is_not_there_is_asked_for_once(server: Server, fetcher: Fetcher) -> None:
    with pytest.raises(FetchError, match="the server says 404 Not Found") as caught:
        fetcher.get(server.url + "/gone.jpg")
    assert not caught.value.is_passing
    assert len(server.asked) == 1


def test_the_server_is_given_the_time_it_asks_for(
    server: Server, fetcher: Fetcher, slept: list[float]
) -> None:
    later = formatdate(time.time() + 60, usegmt=True)
    server.routes.append(
        in_turn(
            Reply(status=429, headers={"Retry-After": "7"}),
            Reply(status=503, headers={"Retry-After": later}),
            Reply(b"there"),
        )
    )
    assert fetcher.get(server.url + "/x").body == b"there"
    assert 7 in slept
    assert any(50 < pause <= 60 for pause in slept)


def test_a_server_that_wants_hours_has_failed_for_now(server: Server, fetcher: Fetcher) -> None:
    server.put("/x", b"", status=503, headers={"Retry-After": "86400"})
    with pytest.raises(FetchError) as caught:
        fetcher.get(server.url + "/x")
    assert caught.value.is_passing
    assert len(server.asked) == 1


def test_a_body_that_breaks_off_is_fetched_again(server: Server, fetcher: Fetcher) -> None:
    server.routes.append(in_turn(Reply(b"x" * 5000, cut=2000), Reply(b"x" * 5000)))
    assert len(fetcher.get(server.url + "/x").body) == 5000
    assert len(server.asked) == 2


def test_a_body_that_trickles_is_given_up(server: Server, slept: list[float]) -> None:
    server.put("/slow", b"x" * 100, pieces=100, pause_s=0.1)
    started = time.monotonic()
    with pytest.raises(FetchError, match=r"not there after 1 s"):
        make_fetcher(slept, timeout_s=1, tries=1).get(server.url + "/slow")
    assert time.monotonic() - started < 5


@pytest.mark.parametrize("tells", [True, False], ids=["told", "not told"])
def test_a_body_that_is_too_large_is_not_read(server: Server, slept: list[float], tells: bool) -> None:
    reply = Reply(b"x" * 3_000_000, headers={} if tells else {"Content-Length": ""})
    server.files["/large"] = reply
    with pytest.raises(FetchError, match="larger than the 1 MB"):
        make_fetcher(slept, max_megabytes=1).get(server.url + "/large")
    assert len(server.asked) == 1


def test_an_error_page_is_no_picture(server: Server, fetcher: Fetcher) -> None:
    server.put("/x.jpg", b"<html>sorry</html>", "text/html; charset=utf-8")
    with pytest.raises(FetchError, match="it answers with text/html"):
        fetcher.get(server.url + "/x.jpg", refuse=NOT_PICTURES)
    server.put("/y.jpg", b"bytes", "application/octet-stream")
    assert fetcher.get(server.url + "/y.jpg", refuse=NOT_PICTURES).body == b"bytes"


def test_redirects_are_followed_within_the_web_alone(
    server: Server, fetcher: Fetcher, tmp_path: Path
) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("mine")
    server.put("/end", b"there")
    server.put("/a", b"", status=302, headers={"Location": "/b"})
    server.put("/b", b"", status=308, headers={"Location": f"{server.url}/end"})
    assert fetcher.get(server.url + "/a").body == b"there"
    for target in (secret.as_uri(), "ftp://127.0.0.1/x", "data:text/plain,x"):
        server.put("/bad", b"", status=302, headers={"Location": target})
        with pytest.raises(FetchError, match="expected http:// or https://"):
            fetcher.get(server.url + "/bad")
    server.put("/round", b"", status=302, headers={"Location": "/round"})
    with pytest.raises(FetchError, match="redirects more than"):
        fetcher.get(server.url + "/round")
    with pytest.raises(FetchError, match="expected http"):
        fetcher.get(secret.as_uri())


def test_what_is_kept_is_not_fetched_again_until_it_changes(
    server: Server, fetcher: Fetcher, tmp_path: Path
) -> None:
    cache = HttpCache(Store(str(tmp_path / "kept")))
    url = server.put("/m.json", {"a": 1})

    def get() -> bytes:
        return fetcher.get_kept(url, cache, accept="*/*", refuse=None).body

    first = get()
    assert get() == first
    assert [status for *_, status in server.asked] == [200, 304]
    server.put("/m.json", {"a": 2})
    second = get()
    assert second != first
    server.put("/m.json", b"", status=503)
    assert get() == second, "a server that fails in passing takes nothing away"
    server.put("/m.json", b"", status=410)
    with pytest.raises(FetchError, match="410 Gone"):
        get()


def test_nobody_is_asked_twice_within_the_time_of_the_settings(
    server: Server, slept: list[float], tmp_path: Path
) -> None:
    cache = HttpCache(Store(str(tmp_path / "kept")))
    fetcher = make_fetcher(slept, recheck_s=300)
    url = server.put("/m.json", {"a": 1})
    for _ in range(3):
        fetcher.get_kept(url, cache, accept="*/*", refuse=None)
    cache.save()
    another_process = HttpCache(Store(str(tmp_path / "kept")))
    make_fetcher(slept, recheck_s=300).get_kept(url, another_process, accept="*/*", refuse=None)
    assert len(server.asked) == 1
    fetcher.get_kept(server.put("/n.json", {}), another_process, accept="*/*", refuse=None)
    another_process.save()
    assert HttpCache(Store(str(tmp_path / "kept"))).is_fresh(url, 300), "times of others are kept"


def test_a_damaged_entry_of_the_cache_is_fetched_anew(
    server: Server, fetcher: Fetcher, tmp_path: Path
) -> None:
    cache = HttpCache(Store(str(tmp_path / "kept")))
    url = server.put("/m.json", {"a": 1})
    first = fetcher.get_kept(url, cache, accept="*/*", refuse=None).body
    for body in (tmp_path / "kept").rglob("*.body"):
        body.write_bytes(b"torn")
    assert fetcher.get_kept(url, cache, accept="*/*", refuse=None).body == first


def test_a_host_that_is_down_stops_the_run_with_a_clear_word(server: Server, slept: list[float]) -> None:
    server.routes.append(lambda _, __: Reply(status=503))
    fetcher = make_fetcher(slept, tries=1)
    for number in range(MOST_IN_A_ROW):
        with pytest.raises(FetchError):
            fetcher.get(f"{server.url}/{number}")
    with pytest.raises(SourceError, match=r"did not answer for 10 addresses in a row.*Try again later"):
        fetcher.get(f"{server.url}/more")
    assert len(server.asked) == MOST_IN_A_ROW


def test_servers_that_do_not_exist_are_told_so(fetcher: Fetcher) -> None:
    with pytest.raises(FetchError, match="refuses the connection"):
        fetcher.get("http://127.0.0.1:9/x.jpg")
    for odd in ("http://", "http://[", "http://a b/", "http://127.0.0.1:99999/x"):
        with pytest.raises((FetchError, SourceError)):
            fetcher.get(odd)


def test_a_gate_lets_few_in_and_keeps_its_distance() -> None:
    now, pauses = [0.0], []

    def sleep(seconds: float) -> None:
        pauses.append(seconds)
        now[0] += seconds

    gate = Gate("a.example", 2, 1.5, clock=lambda: now[0], sleep=sleep)
    for _ in range(3):
        with gate.enter():
            pass
    assert pauses == [1.5, 1.5]
    gate.hold(20)
    with gate.enter():
        pass
    assert pauses[-1] == pytest.approx(20)


def test_the_server_learns_who_asks_and_no_password_is_shown(server: Server, slept: list[float]) -> None:
    make_fetcher(slept, contact="mailto:me@example.org").get(server.put("/x", b"there"))
    assert any(agent.startswith("clipplot/") and "mailto:me@example.org" in agent for agent in server.agents)
    assert hide_secrets("https://me:word@a.example/x?y") == "https://a.example/x?y"
