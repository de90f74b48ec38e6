"""What a visitor waits for: bytes and requests to the first view of a site, frame times of a tour, memory.

Run: ``python benchmarks/first_view.py SITE … [--part view tour] [--layouts umap …] [--shots FOLDER]``; prints
Markdown. SITE is a published folder, such as ``scale_site.py`` makes. A real Chromium opens it in a window of
1280 × 800 px over a line of 10 Mbit/s and 40 ms. Text is counted as a static host sends it, in gzip. Bytes count up to
the moment of the viewer's own performance marks. Frames are drawn by the processor where there is no graphics card;
what the viewer's own scripts take of a frame is told beside it.
"""

import argparse
import gzip
import math
import statistics
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from machine import describe_machine
from playwright.sync_api import Browser, Page, sync_playwright

from clipplot_pipeline.site.serve import make_server
from tests.browser.chromium import ARGUMENTS, find_chromium

MARKS = ("first-dots", "first-thumbnails", "interactive", "settled")
VIEW = (
    "images",
    "first dots",
    "first thumbnails",
    "interactive",
    "at rest",
    "in all",
    "dots / pictures",
    "heap / GPU, MB",
    "PixPlot, until usable",
)
TOUR = (
    "images",
    "layout",
    "stop",
    "frame, ms, median / 95 %",
    "script / style and layout, ms a frame",
    "in view",
    "with picture",
    "requests, kB",
    "s to rest",
)
#: What PixPlot needs, as measured with so many pictures.
PIXPLOT = {"10000": "6.1 MB", "100000": "47.5 MB", "1000000": "cannot show it"}
TEXT = {".js", ".css", ".html", ".json"}
BYTES_A_SECOND, LATENCY_MS = 1_250_000, 40
#: Times as large as before, at each stop of the tour.
STEPS = (2.0, 3.0, 3.0, 3.0, 3.0)
#: Turns of the wheel a stop, and how much nearer one CSS pixel of them brings (a power of e).
TURNS, NEARER_BY = 12, 0.0022
#: Where the drawn picture is that lies nearest to the middle of the window: CSS pixels.
AIM = """() => { const map = window.__clipplot; const off = (at) => Math.hypot(at.x - 640, at.y - 400);
  const boxes = map.drawn().ranksVisible.map((rank) => map.screenOf(rank)).filter((box) => box);
  const nearest = boxes.reduce((best, box) => (off(box) < off(best) ? box : best), boxes[0] ?? { x: 640, y: 400 });
  return [nearest.x, nearest.y]; }"""
COUNT_FRAMES = """() => { const times = []; let last = 0;
  const step = (now) => {
    if (last) times.push(now - last);
    last = now;
    if (!window.stopFrames) requestAnimationFrame(step);
  };
  window.stopFrames = false; window.frameTimes = times; requestAnimationFrame(step); }"""


@dataclass
class Traffic:
    """Bytes as they came, and when each request ended; seconds of a steady clock."""

    folder: Path
    urls: dict[str, str] = field(default_factory=dict)
    came: list[tuple[float, float, str]] = field(default_factory=list)
    offset: float | None = None

    def watch(self, session: Any) -> None:
        """Listen to a page."""
        session.on("Network.requestWillBeSent", self._sent)
        session.on("Network.dataReceived", self._came)
        session.on("Network.loadingFinished", self._ended)
        session.send("Network.enable")
        conditions = {"offline": False, "latency": LATENCY_MS}
        speed = {"downloadThroughput": BYTES_A_SECOND, "uploadThroughput": BYTES_A_SECOND}
        session.send("Network.emulateNetworkConditions", {**conditions, **speed})

    def _sent(self, event: dict[str, Any]) -> None:
        self.urls[event["requestId"]] = (
            unquote(urlsplit(event["request"]["url"]).path).lstrip("/") or "index.html"
        )
        self.offset = self.offset or event["wallTime"] - event["timestamp"]

    def _came(self, event: dict[str, Any]) -> None:
        path = self.urls.get(event["requestId"], "")
        self.came.append(
            (event["timestamp"] + (self.offset or 0), event["dataLength"] * self._ratio(path), path)
        )

    def _ended(self, event: dict[str, Any]) -> None:
        # Pieces of what is read as a blob are not told one by one.
        path = self.urls.get(event["requestId"], "")
        if path.endswith(".webp"):
            at = event["timestamp"] + (self.offset or 0)
            self.came = [one for one in self.came if one[2] != path]
            self.came.append((at, float((self.folder / path).stat().st_size), path))

    def _ratio(self, path: str) -> float:
        file = self.folder / path
        if file.suffix not in TEXT or not file.is_file():
            return 1.0
        data = file.read_bytes()
        return len(gzip.compress(data)) / max(1, len(data))

    def until(self, moment: float) -> tuple[float, int]:
        """Return kilobytes and requests up to a moment."""
        before = [(size, path) for at, size, path in self.came if at <= moment]
        return sum(size for size, _ in before) / 1e3, len({path for _, path in before})

    def kinds(self, moment: float) -> dict[str, float]:
        """Return kilobytes by the first folder of a path."""
        sums: dict[str, float] = {}
        for at, size, path in self.came:
            if at <= moment:
                name = (
                    path.split(".")[0]
                    if path.startswith("c/")
                    else "/".join(path.split("/")[:-1][::2]) or path
                )
                sums[name] = sums.get(name, 0) + size / 1e3
        return dict(sorted(sums.items(), key=lambda item: -item[1]))


def settle(page: Page, timeout: float = 120) -> float:
    """Wait until nothing moves or loads; return the seconds it took."""
    start = time.monotonic()
    while time.monotonic() - start < timeout:
        if page.evaluate("() => window.__clipplot?.ready && window.__clipplot.settled"):
            return time.monotonic() - start
        time.sleep(0.05)
    raise TimeoutError("the view did not come to rest")


def open_site(browser: Browser, folder: Path, address: str, shots: Path | None, *, is_detailed: bool) -> None:
    """Measure the first view."""
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    traffic = Traffic(folder)
    session = page.context.new_cdp_session(page)
    traffic.watch(session)
    page.goto(address)
    settle(page)
    page.wait_for_timeout(1500)
    settle(page)
    marks = page.evaluate("""() => Object.fromEntries(performance.getEntriesByType('mark')
        .map((mark) => [mark.name, performance.timeOrigin + mark.startTime]))""")
    start = page.evaluate("performance.timeOrigin")
    cells = []
    for name in MARKS:
        moment = marks.get(f"clipplot:{name}")
        if moment is None:
            cells.append("never")
            continue
        size, requests = traffic.until(moment / 1e3)
        cells.append(f"{size:,.0f} kB, {requests}, {(moment - start) / 1e3:.1f} s")
        if is_detailed:
            print(f"<!-- {name}: { {k: round(v, 1) for k, v in traffic.kinds(moment / 1e3).items()} } -->")
    session.send("HeapProfiler.collectGarbage")
    heap = session.send("Runtime.getHeapUsage")["usedSize"] / 1e6
    gpu = page.evaluate("window.__clipplot.gpuBytes") / 1e6
    drawn = page.evaluate("() => { const d = window.__clipplot.drawn(); return [d.points, d.thumbnails]; }")
    if shots:
        page.screenshot(path=str(shots / f"{folder.name}-home.png"))
    size, requests = traffic.until(time.time())
    cells += [f"{size:,.0f} kB, {requests}", f"{drawn[0]:,} / {drawn[1]:,}", f"{heap:.0f} / {gpu:.0f}"]
    print_row(name_site(folder), *cells, PIXPLOT.get(folder.name, ""))
    page.close()


def name_site(folder: Path) -> str:
    """Return what a site is called in the tables: how many images it has, if its folder says so."""
    return f"{int(folder.name):,}" if folder.name.isdecimal() else folder.name


def print_row(*cells: object) -> None:
    """Print a row of a table at once: a tour takes minutes."""
    print(f"| {' | '.join(map(str, cells))} |", flush=True)


def measure_work(session: Any) -> tuple[float, float]:
    """Return what the page's own scripts took so far, and styles and layout beside them; seconds."""
    metrics = {one["name"]: one["value"] for one in session.send("Performance.getMetrics")["metrics"]}
    return metrics["ScriptDuration"], metrics["RecalcStyleDuration"] + metrics["LayoutDuration"]


def tour(browser: Browser, folder: Path, address: str, layout: str, shots: Path | None) -> None:
    """Zoom in step by step towards a picture, and measure every stop."""
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    traffic = Traffic(folder)
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable")
    traffic.watch(session)
    page.goto(f"{address}#layout={layout}")
    settle(page)
    for stop, factor in enumerate(STEPS):
        page.mouse.move(*page.evaluate(AIM))
        before = traffic.until(time.time())
        page.evaluate(COUNT_FRAMES)
        worked = measure_work(session)
        for _ in range(TURNS):
            page.mouse.wheel(0, -math.log(factor) / NEARER_BY / TURNS)
            page.wait_for_timeout(30)
        waited = settle(page)
        page.evaluate("() => { window.stopFrames = true; }")
        frames = sorted(page.evaluate("() => window.frameTimes"))
        script, layout_ms = (
            1e3 * (after - start) / max(1, len(frames))
            for start, after in zip(worked, measure_work(session), strict=True)
        )
        size, requests = traffic.until(time.time())
        drawn = page.evaluate(
            "() => { const d = window.__clipplot.drawn(); return [d.ranksVisible.length, d.thumbnails]; }"
        )
        if shots:
            page.screenshot(path=str(shots / f"{folder.name}-{layout}-{stop}.png"))
        share = drawn[1] / max(1, drawn[0])
        print_row(
            name_site(folder),
            layout,
            stop + 1,
            f"{statistics.median(frames):.0f} / {frames[int(0.95 * len(frames))]:.0f}",
            f"{script:.1f} / {layout_ms:.1f}",
            f"{drawn[0]:,}",
            f"{100 * share:.0f} %",
            f"{requests - before[1]}, {size - before[0]:,.0f}",
            f"{waited:.1f}",
        )
    page.close()


def main() -> None:
    """Measure all sites."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sites", type=Path, nargs="+")
    parser.add_argument("--part", nargs="+", choices=("view", "tour"), default=("view", "tour"))
    parser.add_argument("--layouts", nargs="+", default=["umap", "alphabetical", "timeline"])
    parser.add_argument("--shots", type=Path)
    parser.add_argument("--details", action="store_true", help="say which files the bytes are")
    options = parser.parse_args()
    print(f"{describe_machine()}\n")
    if options.shots:
        options.shots.mkdir(parents=True, exist_ok=True)
    servers = [make_server(folder, port=0) for folder in options.sites]
    for server in servers:
        threading.Thread(target=server.serve_forever, daemon=True).start()
    addresses = [f"http://127.0.0.1:{server.server_address[1]}/" for server in servers]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=list(ARGUMENTS))
        sites = list(zip(options.sites, addresses, strict=True))
        if "view" in options.part:
            print_row(*VIEW)
            print_row(*["--:"] * len(VIEW))
            for folder, address in sites:
                open_site(browser, folder, address, options.shots, is_detailed=options.details)
        if "tour" in options.part:
            print()
            print_row(*TOUR)
            print_row("--:", "---", *["--:"] * (len(TOUR) - 2))
            for folder, address in sites:
                for layout in options.layouts:
                    tour(browser, folder, address, layout, options.shots)
        browser.close()


if __name__ == "__main__":
    main()
