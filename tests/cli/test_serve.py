"""``clipplot serve`` and ``clipplot dev`` as processes: what they answer, how they end, ports that are taken."""

from __future__ import annotations

import re
import signal
import socket
import struct
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.cli.conftest import Result, clean_environment, find_program


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """Return a folder like a site: a page, a script, a picture, a column."""
    folder = tmp_path / "site"
    (folder / "c").mkdir(parents=True)
    (folder / "index.html").write_text("<!doctype html><title>é</title>", encoding="utf-8")
    (folder / "loader.js").write_text("export {};", encoding="utf-8")
    (folder / "tile.webp").write_bytes(b"RIFF....WEBP")
    (folder / "c" / "column.bin").write_bytes(bytes(range(256)))
    return folder


def heed_interrupts() -> None:
    """Undo what a shell does to programs in its background, tests among them: they would not hear of Ctrl+C."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@contextmanager
def serving(site: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Serve in a process of its own on a free port; yield it and its address."""
    process = subprocess.Popen(
        [find_program(), "serve", str(site), "--port", "0"],
        env=clean_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        creationflags=subprocess.CREATE_NEW_PROCESS_GROUP if sys.platform == "win32" else 0,
        preexec_fn=None if sys.platform == "win32" else heed_interrupts,  # noqa: PLW1509 - no threads here
    )
    try:
        assert process.stderr is not None
        line = process.stderr.readline()
        found = re.fullmatch(r"Serving at http://localhost:(\d+)/ \(stop with Ctrl\+C\)\n", line)
        assert found, line
        yield process, f"http://127.0.0.1:{found[1]}/"
    finally:
        process.kill()
        process.communicate(timeout=30)


def test_it_serves_types_and_ranges(site: Path) -> None:
    with serving(site) as (_, address):
        for name, kind in (
            ("", "text/html; charset=utf-8"),
            ("loader.js", "text/javascript; charset=utf-8"),
            ("tile.webp", "image/webp"),
            ("c/column.bin", "application/octet-stream"),
        ):
            with urllib.request.urlopen(address + name, timeout=30) as answer:
                assert answer.headers["Content-Type"] == kind
        part = urllib.request.Request(address + "c/column.bin", headers={"Range": "bytes=16-31"})
        with urllib.request.urlopen(part, timeout=30) as answer:
            assert (answer.status, answer.read()) == (206, bytes(range(16, 32)))
            assert answer.headers["Content-Range"] == "bytes 16-31/256"
        with pytest.raises(urllib.error.HTTPError, match="404") as refused:
            urllib.request.urlopen(address + "none.html", timeout=30)
        refused.value.close()


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl+C cannot be sent to one process there")
def test_ctrl_c_ends_it_in_peace(site: Path) -> None:
    with serving(site) as (process, address):
        urllib.request.urlopen(address, timeout=30).close()  # it has come to serving
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
        assert (process.returncode, out, err) == (0, "", "Stopped.\n")


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl+C cannot be sent to one process there")
def test_a_browser_that_goes_away_is_no_error(site: Path) -> None:
    with serving(site) as (process, address):
        port = int(address.rsplit(":", 1)[1].strip("/"))
        with socket.create_connection(("127.0.0.1", port), timeout=30) as browser:
            browser.sendall(b"HEAD / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert browser.recv(9) == b"HTTP/1.1 "
            browser.setsockopt(
                socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
            )  # closed with a reset
        urllib.request.urlopen(address, timeout=30).close()
        process.send_signal(signal.SIGINT)
        assert process.communicate(timeout=30) == ("", "Stopped.\n")


def test_terminated_it_is_gone_and_its_port_is_free(site: Path) -> None:
    with serving(site) as (process, address):
        process.terminate()
        out, err = process.communicate(timeout=30)
        assert (out, err) == ("", "")
        with pytest.raises(urllib.error.URLError):
            urllib.request.urlopen(address, timeout=5)


@pytest.mark.parametrize("verb", ["serve", "dev"])
def test_a_taken_port_is_a_sentence(
    verb: str, site: Path, tmp_path: Path, clipplot: Callable[..., Result]
) -> None:
    (tmp_path / "clipplot.toml").write_text('source = "images"', encoding="utf-8")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        result = clipplot(verb, "--port", str(taken.getsockname()[1]))
    assert result.returncode == 2
    assert "cannot listen there" in result.stderr
    assert "choose another port with --port" in result.stderr
    assert "Traceback" not in result.stderr
