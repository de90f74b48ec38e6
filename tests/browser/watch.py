"""What a page may not do: ask a foreign host, fail to load something, throw, or log an error."""

from __future__ import annotations

from urllib.parse import urlsplit

from playwright.sync_api import ConsoleMessage, Page, Request, Response, Route

LOCAL_HOSTS = frozenset({"127.0.0.1", "localhost", "[::1]", "::1"})
LOCAL_SCHEMES = frozenset({"data", "blob", "about", "file"})


class PageWatch:
    """Collects what goes wrong on a page, and lets no request out of this machine.

    Attributes
    ----------
    problems : list of str
        In the order in which they came; a test that provokes one removes it with `forgive`.
    requests : list of str
        The address of every request, so that tests can count them.
    """

    def __init__(self, page: Page) -> None:
        self.problems: list[str] = []
        self.requests: list[str] = []
        page.route("**/*", self._let_through)
        page.on("request", self._note_request)
        page.on("response", self._note_response)
        page.on("requestfailed", self._note_failure)
        page.on("console", self._note_console)
        page.on("pageerror", lambda error: self.problems.append(f"uncaught: {error}"))
        page.on("crash", lambda _page: self.problems.append("the page crashed"))

    def forgive(self, part: str) -> None:
        """Remove the problems that hold these words; there has to be one.

        Raises
        ------
        AssertionError
            If there is none: a test that expects a problem must meet it.
        """
        left = [problem for problem in self.problems if part not in problem]
        assert left != self.problems, f"expected a problem with {part!r}, found {self.problems}"
        self.problems[:] = left

    def _let_through(self, route: Route) -> None:
        if is_local(route.request.url):
            route.fallback()
        else:
            self.problems.append(f"foreign host: {route.request.url}")
            route.abort()

    def _note_request(self, request: Request) -> None:
        self.requests.append(request.url)

    def _note_response(self, response: Response) -> None:
        if response.status >= 400:
            self.problems.append(f"answered {response.status}: {response.url}")

    def _note_failure(self, request: Request) -> None:
        # The viewer aborts what motion made useless: that is no failure.
        if is_local(request.url) and request.failure not in {"net::ERR_ABORTED", None}:
            self.problems.append(f"failed ({request.failure}): {request.url}")

    def _note_console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.problems.append(f"console: {message.text}")


def is_local(url: str) -> bool:
    """Tell whether an address stays on this machine."""
    parts = urlsplit(url)
    return parts.scheme in LOCAL_SCHEMES or parts.hostname in LOCAL_HOSTS
