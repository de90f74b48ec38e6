r"""Draw the README's picture: the sample collection's site in the real viewer, in a real Chromium.

``python docs/screenshot.py SITE`` opens a built site and writes ``docs/images/map.jpg``. The site is built with::

    clipplot sample demo/pictures
    clipplot build demo/pictures/images --metadata demo/pictures/metadata.csv --embedder descriptor \
        --title "The sample collection" --project demo --out demo/site

Belongs here: the view that is shown. Does not belong here: which Chromium (``tests/browser/chromium.py``).
"""

from __future__ import annotations

import argparse
import io
import sys
import threading
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright
from pyarrow import parquet

from clipplot_pipeline.site.serve import make_server

ROOT = Path(__file__).resolve().parents[1]
PICTURE = ROOT / "docs" / "images" / "map.jpg"
WIDTH_PX, HEIGHT_PX = 1440, 900
#: The view: middle and extent in world units, and the picture whose details are open.
PLACE = "0.27,0,1.2"
IMAGE = "marbled_papers/marbled_papers-025.jpg"
DEADLINE_MS = 90_000


def take_picture(site: Path, out: Path, fragment: str = "", scheme: str = "dark", quality: int = 88) -> int:
    """Open a site, wait until its map is at rest, and write what is seen as a JPEG; return its size in bytes."""
    sys.path.insert(0, str(ROOT))
    from tests.browser.chromium import ARGUMENTS, find_chromium

    program = find_chromium()
    if program is None:
        sys.exit("there is no Chromium: `make browser-install` installs one, CLIPPLOT_CHROMIUM names one")
    server = make_server(site, port=0)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(ARGUMENTS))
        page = browser.new_page(
            viewport={"width": WIDTH_PX, "height": HEIGHT_PX},
            color_scheme="light" if scheme == "light" else "dark",
            reduced_motion="reduce",
        )
        page.goto(f"{server.url}{fragment}")
        wait_for_rest(page)
        shot = page.screenshot()
        browser.close()
    server.shutdown()
    server.server_close()
    out.parent.mkdir(parents=True, exist_ok=True)
    Image.open(io.BytesIO(shot)).convert("RGB").save(out, quality=quality, optimize=True, progressive=True)
    return out.stat().st_size


def find_id(site: Path, path: str) -> str:
    """Return the id that an image has in a site: every store makes its own."""
    table = parquet.read_table(site / "images.parquet", columns=["image_id", "path"])
    ids = dict(zip(table["path"].to_pylist(), table["image_id"].to_pylist(), strict=True))
    if path not in ids:
        sys.exit(f"{site}: holds no {path}; expected the sample collection, or name a picture with --image")
    return str(ids[path])


def wait_for_rest(page: Page) -> None:
    """Wait until nothing moves, loads or fades; the page's policy forbids waiting inside it."""
    for _ in range(DEADLINE_MS // 100):
        if page.evaluate("() => !!(window.__clipplot?.ready && __clipplot.settled)"):
            page.wait_for_timeout(800)  # labels fade in after the pictures
            return
        page.wait_for_timeout(100)
    sys.exit("the map did not come to rest")


def main() -> None:
    """Read the command line and take the picture."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("site", type=Path, help="folder of a built site")
    parser.add_argument("--out", type=Path, default=PICTURE, help="where to write the JPEG")
    parser.add_argument(
        "--at", default=PLACE, help="middle and extent in world units: X,Y,SPAN; all: the whole map"
    )
    parser.add_argument(
        "--image", default=IMAGE, help="path of the picture whose details are open; none: closed"
    )
    parser.add_argument("--scheme", default="dark", choices=("dark", "light"))
    asked = parser.parse_args()
    parts = [] if asked.at == "all" else [f"at={asked.at}"]
    if asked.image != "none":
        parts.append(f"image={find_id(asked.site, asked.image)}")
    size = take_picture(asked.site, asked.out, f"#{'&'.join(parts)}", asked.scheme)
    sys.stdout.write(f"{asked.out}: {size:,} bytes\n")


if __name__ == "__main__":
    main()
