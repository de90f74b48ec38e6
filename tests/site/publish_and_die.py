"""A publisher in a process of its own, which kills itself without a word after some files: run by test_publish_kill.

Arguments: a folder of tiles to make, a folder of the viewer, the destination, number of pictures, files to survive.
"""

import os
import signal
import sys
from pathlib import Path

from clipplot_pipeline.site.build import build_site
from clipplot_pipeline.site.destination import Destination
from clipplot_pipeline.site.publish import publish
from tests.site.conftest import make_collection


def main(tiles: str, viewer: str, site: str, count: int, survived: int) -> None:
    """Publish, and be killed half-way through writing a file."""
    collection = make_collection(Path(tiles), count)
    plan = build_site(collection.content, Path(viewer))
    write = Destination.write_bytes
    written = 0

    def write_or_die(store: Destination, path: str, data: bytes) -> None:
        nonlocal written
        if written == survived:
            with store.open_write(path) as file:
                file.write(data[: len(data) // 2])
                file.flush()
                if hasattr(signal, "SIGKILL"):
                    os.kill(os.getpid(), signal.SIGKILL)
                os._exit(9)  # as hard, on Windows
        written += 1
        write(store, path, data)

    Destination.write_bytes = write_or_die  # type: ignore[method-assign]
    publish(plan, site, collection.details, workers=1)
    raise SystemExit(f"all {written} files were written")


if __name__ == "__main__":
    main(*sys.argv[1:4], *map(int, sys.argv[4:6]))
