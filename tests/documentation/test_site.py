"""The documentation as a site: it builds without a warning, calls no other host, and its links lead somewhere."""

from __future__ import annotations

import os
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

ROOT = Path(__file__).resolve().parents[2]
LOADING = {("script", "src"), ("img", "src"), ("iframe", "src"), ("source", "src"), ("source", "srcset")}


class Reader(HTMLParser):
    """Collects what a page loads, where it links to, and its fragments."""

    def __init__(self) -> None:
        super().__init__()
        self.loaded: set[str] = set()
        self.linked: set[str] = set()
        self.ids: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self.ids |= {values[key] for key in ("id", "name") if key in values}
        for name, value in values.items():
            if (tag, name) in LOADING or (
                tag == "link" and name == "href" and values.get("rel") != "canonical"
            ):
                self.loaded.add(value)
            elif tag == "a" and name == "href":
                self.linked.add(value)


def read_page(page: Path) -> Reader:
    reader = Reader()
    reader.feed(page.read_text(encoding="utf-8"))
    return reader


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> dict[Path, Reader]:
    """Build the documentation, warnings as errors, where no request gets out."""
    out = tmp_path_factory.mktemp("documentation")
    nowhere = "http://127.0.0.1:9"  # the port that throws away
    env = {**os.environ, "NO_MKDOCS_2_WARNING": "1", "http_proxy": nowhere, "https_proxy": nowhere}
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(out)]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return {page.resolve(): read_page(page) for page in sorted(out.rglob("*.html"))}


@pytest.mark.slow
def test_pages_ask_nothing_of_other_hosts(site: dict[Path, Reader]) -> None:
    assert {"index.html", "tutorial.html", "settings.html", "hosting.html"} <= {page.name for page in site}
    for page, read in site.items():
        foreign = {target for target in read.loaded if urlsplit(target).netloc}
        assert not foreign, page.name
    out = next(page for page in site if page.name == "index.html").parent
    for sheet in out.rglob("*.css"):
        assert "url(http" not in sheet.read_text(encoding="utf-8"), sheet.name


@pytest.mark.slow
def test_links_of_the_site_lead_somewhere(site: dict[Path, Reader]) -> None:
    for page, read in site.items():
        if page.name == "404.html":  # its links start at the root of a server
            continue
        for target in read.linked | read.loaded:
            parts = urlsplit(target)
            if parts.scheme:
                continue
            there = (page.parent / unquote(parts.path)).resolve() if parts.path else page
            assert there.exists(), f"{page.name}: {target}"
            if parts.fragment and there in site:
                assert unquote(parts.fragment) in site[there].ids, f"{page.name}: {target}"


@pytest.mark.slow
def test_links_to_files_of_the_repository_are_pages_of_the_site(site: dict[Path, Reader]) -> None:
    home = next(
        read for page, read in site.items() if page.name == "index.html" and page.parent.name != "decisions"
    )
    assert {"settings.html", "contributing.html", "licence.html", "decisions/index.html"} <= home.linked
