"""A local source whose files do to the process that opens them what damaged pictures do; see ``test_workers``.

It lies in a module, for worker processes have to import it.
"""

import ctypes
import io
import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, ClassVar

from clipplot_pipeline.errors import SourceError


@dataclass(frozen=True)
class HostileSource:
    """Every name but those below holds ``good``; each open is noted in ``log``."""

    good: bytes
    log: Path
    is_local: ClassVar[bool] = True

    def __call__(self, path: str) -> BinaryIO:
        with self.log.open("a", encoding="utf-8") as file:
            file.write(f"{os.getpid()} {path}\n")
        match path.removesuffix(".jpg"):
            case "exits":
                os._exit(7)
            case "crashes":
                ctypes.string_at(0)
            case "killed":
                os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))
            case "killed_once" if self.log.read_text(encoding="utf-8").count(path) == 1:
                os._exit(7)
            case "hangs":
                time.sleep(600)
            case "hangs_in_c":
                ctypes.PyDLL(None).sleep(600)  # holds the interpreter's lock, as a decoder in C may
            case "chatters":
                os.write(1, b"a library that writes to standard output\n")
                print("and a module")
            case "gone":
                raise SourceError("the disk is gone")
        return io.BytesIO(self.good)
