"""The browser that the other tests trust: it draws with WebGL2, and nothing that goes wrong stays unseen."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.browser import chromium
from tests.browser.watch import PageWatch, is_local

PAGE = "<!doctype html><title>t</title><link rel='icon' href='data:,'><body>{}</body>"


def test_webgl2_draws_and_can_be_read(page: Page) -> None:
    page.set_content(PAGE.format("<canvas id='c' width='4' height='4'></canvas>"))
    pixel = page.evaluate(
        """() => {
          const gl = document.getElementById('c').getContext('webgl2');
          gl.clearColor(0.2, 0.4, 0.6, 1); gl.clear(gl.COLOR_BUFFER_BIT);
          const out = new Uint8Array(4); gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, out);
          return Array.from(out);
        }"""
    )
    assert pixel == [51, 102, 153, 255]


@pytest.mark.parametrize(
    ("body", "seen"),
    [
        (
            "<script src='https://cdn.example.org/x.js'></script>",
            "foreign host: https://cdn.example.org/x.js",
        ),
        (
            "<script>fetch('https://example.org').catch(() => 0)</script>",
            "foreign host: https://example.org/",
        ),
        ("<script>console.error('went', 'wrong')</script>", "console: went wrong"),
        ("<script>throw new Error('broken')</script>", "uncaught: "),
        ("<img src='missing.png'>", "answered 404"),
    ],
)
def test_what_goes_wrong_is_seen(
    context: BrowserContext, serve_folder, tmp_path: Path, body: str, seen: str
) -> None:
    (tmp_path / "index.html").write_text(PAGE.format(body))
    page = context.new_page()
    watch = PageWatch(page)
    page.goto(serve_folder(tmp_path), wait_until="networkidle")
    assert [problem for problem in watch.problems if problem.startswith(seen)], watch.problems
    watch.forgive(seen)
    with pytest.raises(AssertionError, match="expected a problem"):
        watch.forgive(seen)


def test_a_good_page_has_no_problems(page: Page, watch: PageWatch, serve_folder, tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text(PAGE.format("<script type='module' src='a.js'></script>"))
    (tmp_path / "a.js").write_text("document.title = 'loaded';")
    address = serve_folder(tmp_path)
    page.goto(address, wait_until="networkidle")
    assert page.title() == "loaded"
    assert watch.requests == [address, f"{address}a.js"]


def test_hosts() -> None:
    assert all(
        map(is_local, ["http://localhost:8000/", "http://127.0.0.1:1/x", "data:,", "blob:http://localhost/1"])
    )
    assert not any(map(is_local, ["https://example.org/", "http://localhost.example.org/", "ws://10.0.0.1/"]))


def test_the_variable_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(chromium.VARIABLE, "no-such-browser")
    with pytest.raises(FileNotFoundError, match="no-such-browser"):
        chromium.find_chromium()
