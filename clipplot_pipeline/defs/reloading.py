"""The definitions follow clipplot.toml: a code server that loaded an older one loads anew before it takes a request.

Belongs here: telling a code server to load its code again. Does not belong here: what is asked for (``requests``).

A run reads the settings as they are, but Dagster knows only the assets that were there when the code was loaded: a
setting that adds one (`layouts.umap.variants`) or feeds one from elsewhere (`embedder`) needs the code loaded again.
The button *Reload* of the interface does the same.
"""

import logging
import threading
import time
from collections.abc import Callable

import dagster as dg
from dagster._core.remote_origin import GrpcServerCodeLocationOrigin

#: The look that asks for it ends first, s: its answer comes from the server that goes.
AFTER_S = 1.0
#: Loading takes no longer, s; a daemon without a code server of its own loads its code anew every minute.
PATIENCE_S = 90.0


class Reloading:
    """The loading anew of one process's code: asked for once, waited for a while.

    Parameters
    ----------
    clock : callable
        Returns the time. Unit: s.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._since: float | None = None

    def is_awaited(self, context: dg.SensorEvaluationContext) -> bool:
        """Ask for it at the first call, and tell whether to wait: not where no server is, nor for ever."""
        origin = context.code_location_origin
        if origin is None:
            return False
        if self._since is None:
            self._since = self._clock()
            if isinstance(origin, GrpcServerCodeLocationOrigin):
                timer = threading.Timer(AFTER_S, _reload, [origin])
                timer.daemon = True
                timer.start()
        return self._clock() - self._since < PATIENCE_S


def _reload(origin: GrpcServerCodeLocationOrigin) -> None:
    try:
        origin.create_client().reload_code(timeout=int(PATIENCE_S))
    except Exception:  # the server that is asked may end this process before it answers
        logging.getLogger(__name__).info(
            "the code server was asked to load the collection anew", exc_info=True
        )
