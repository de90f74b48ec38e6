"""How hard servers are asked: few requests at a time, apart from one another, and none while they ask for patience.

Belongs here: the gate of a host. Does not belong here: requests, repeating them (``http_fetch``).
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator

from clipplot_pipeline.errors import SourceError

#: After so many addresses in a row that did not answer a host counts as down.
MOST_IN_A_ROW = 10


class Gate:
    """The way to one host, for all threads.

    Parameters
    ----------
    host : str
        Name, and port if it is given.
    most : int
        Requests at a time.
    delay_s : float
        Between the starts of two requests. Unit: s.
    clock, sleep : callable
        Of the system; tests have their own.
    """

    def __init__(
        self,
        host: str,
        most: int,
        delay_s: float,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.host = host
        self._seats = threading.BoundedSemaphore(most)
        self._delay_s = delay_s
        self._clock, self._sleep = clock, sleep
        self._lock = threading.Lock()
        self._next = 0.0
        self._failed = 0

    @contextlib.contextmanager
    def enter(self) -> Iterator[None]:
        """Wait for a turn, and keep the seat.

        Raises
        ------
        SourceError
            The host has not answered for many addresses in a row.
        """
        self._check_is_up()
        with self._seats:
            with self._lock:
                now = self._clock()
                start = max(now, self._next)
                self._next = start + self._delay_s
            if start > now:
                self._sleep(start - now)
            self._check_is_up()
            yield

    def hold(self, seconds: float) -> None:
        """Let nobody in for a time, as the host asked for."""
        with self._lock:
            self._next = max(self._next, self._clock() + seconds)

    def note(self, *, is_up: bool) -> None:
        """Note that an address of the host answered, or did not after all tries."""
        with self._lock:
            self._failed = 0 if is_up else self._failed + 1

    def _check_is_up(self) -> None:
        if self._failed >= MOST_IN_A_ROW:
            raise SourceError(
                f"{self.host}: the server did not answer for {self._failed} addresses in a row; what was fetched is"
                " kept. Try again later; if it asks for patience, raise `http.delay_s`"
            )


class Gates:
    """The gates of all hosts of one fetcher."""

    def __init__(self, most: int, delay_s: float, sleep: Callable[[float], None] = time.sleep) -> None:
        self._most, self._delay_s, self._sleep = most, delay_s, sleep
        self._gates: dict[str, Gate] = {}
        self._lock = threading.Lock()

    def find(self, host: str) -> Gate:
        """Return the gate of a host, always the same."""
        with self._lock:
            return self._gates.setdefault(host, Gate(host, self._most, self._delay_s, sleep=self._sleep))
