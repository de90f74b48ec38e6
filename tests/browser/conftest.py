"""A real Chromium with WebGL2, and pages that may neither fail nor call anyone.

Use ``page`` for a page that is checked when the test ends; ``watch`` for what was seen on it. Pages are served by
the test: ``serve_folder`` hands out a folder on a free port.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from clipplot_pipeline.site.serve import make_server
from tests.browser.chromium import ARGUMENTS, find_chromium
from tests.browser.coded_site import CodedSite, write_coded_site
from tests.browser.viewer_page import HEIGHT, WIDTH, ViewerPage
from tests.browser.watch import PageWatch


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test of this folder, so that `-m browser` finds it; what fails is tried once more, and both are told.

    The browser draws in software beside another worker, and now and then an answer is late. What Dagster's interface
    was asked for stays, so its tests are not repeated.
    """
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker("browser")
            if item.path.name != "test_dagster_ui.py":
                item.add_marker(pytest.mark.flaky(reruns=1))


# One browser a module: a session-wide one would leave Playwright's event loop running under everybody's tests.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Return a headless Chromium."""
    program = find_chromium()
    if program is None:
        pytest.fail("there is no Chromium: `make browser-install` installs one, CLIPPLOT_CHROMIUM names one")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program, args=list(ARGUMENTS))
        yield started
        started.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """Return a fresh profile with a window of 1280 × 800 px."""
    made = browser.new_context(viewport={"width": 1280, "height": 800}, reduced_motion="no-preference")
    made.set_default_timeout(30_000)
    expect.set_options(timeout=20_000)  # a busy machine is no failure
    yield made
    made.close()


@pytest.fixture
def _watched_page(context: BrowserContext) -> tuple[Page, PageWatch]:
    page = context.new_page()
    return page, PageWatch(page)


@pytest.fixture
def watch(_watched_page: tuple[Page, PageWatch]) -> PageWatch:
    """Return what is seen on ``page``: its requests, and what went wrong."""
    return _watched_page[1]


@pytest.fixture
def page(_watched_page: tuple[Page, PageWatch]) -> Iterator[Page]:
    """Return an empty page; the test fails if anything went wrong on it, or if it called a foreign host."""
    page, watch = _watched_page
    yield page
    assert not watch.problems, "on the page:\n" + "\n".join(watch.problems)


@pytest.fixture
def serve_folder() -> Iterator[Callable[[Path], str]]:
    """Return a function that serves a folder with clipplot's own server and returns its address."""
    servers = []

    def serve(folder: Path) -> str:
        server = make_server(folder, host="127.0.0.1", port=0)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        servers.append((server, thread))
        return f"http://127.0.0.1:{server.server_address[1]}/"

    yield serve
    for server, thread in servers:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(scope="session")
def coded(tmp_path_factory: pytest.TempPathFactory) -> CodedSite:
    """Return the site whose pictures say which image they are; not to be changed."""
    return write_coded_site(tmp_path_factory.mktemp("coded"))


@pytest.fixture
def address(serve_folder: Callable[[Path], str], coded: CodedSite) -> str:
    """Return where the coded site is served."""
    return serve_folder(coded.folder)


@pytest.fixture
def window(page: Page) -> Page:
    """Return the page in a small window, for a person who asked for reduced motion: the same, and sooner."""
    page.set_viewport_size({"width": WIDTH, "height": HEIGHT})
    page.emulate_media(reduced_motion="reduce")
    return page


@pytest.fixture
def viewer(window: Page, address: str) -> ViewerPage:
    """Return the viewer of the coded site, in that window."""
    return ViewerPage(window).open(address)


@pytest.fixture
def moving(window: Page, address: str) -> ViewerPage:
    """Return the viewer as most people have it: in motion."""
    window.emulate_media(reduced_motion="no-preference")
    return ViewerPage(window).open(address)


@pytest.fixture
def desk(viewer: ViewerPage) -> ViewerPage:
    """Return the viewer in a window that has room for the panel."""
    viewer.page.set_viewport_size({"width": 1000, "height": 720})
    viewer.until("() => document.querySelector('#clipplot-map').width === 1000")
    return viewer.settle()
