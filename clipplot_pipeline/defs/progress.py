"""How long work tells how far it is: one listener, set by the command line.

Belongs here: the listener and its default. Does not belong here: drawing bars (``cli``).
"""

import contextlib
from collections.abc import Callable, Iterator

#: Called with the asset (and shard), the units done and the units in all.
Listener = Callable[[str, int, int], None]

_listeners: list[Listener] = []


def report_progress(what: str, done: int, total: int) -> None:
    """Tell whoever listens; nobody listens inside a Dagster daemon, where the UI shows the run."""
    for listener in _listeners:
        listener(what, done, total)


@contextlib.contextmanager
def listen(listener: Listener) -> Iterator[None]:
    """Have a listener called while the block runs."""
    _listeners.append(listener)
    try:
        yield
    finally:
        _listeners.remove(listener)
