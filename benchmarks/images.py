"""Opening pictures beside a bare Pillow loop that decodes, resizes and encodes the same, in one run.

    python benchmarks/images.py [FOLDER] [--count 993] [--rounds 3] [--workers 0] [--megapixels 12]

FOLDER is a folder of pictures; by default the photographs of the shared pack. The bare loop opens, drafts, loads,
resizes with the same filter and encodes with the same settings, in processes of its own that are warm before the
clock starts, on as many cores. A second one copies the bytes of what fits, as a rendition keeps its coefficients,
and does nothing in place of stripping, hashing and looking at it. Rounds alternate. Wall time suffers from
whatever else the machine does; seconds of CPU, of all processes, do so less. Then the same for a drop of ten
pictures on cold workers, and peak memory.
"""

from __future__ import annotations

import argparse
import io
import os
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import psutil
from machine import describe_machine
from PIL import Image

from clipplot_pipeline.images import Limits, open_images
from clipplot_pipeline.images.rendition import QUALITY, fit
from clipplot_pipeline.images.workers import end_idle_workers
from clipplot_pipeline.model import ImageFacts, SourceImage
from clipplot_pipeline.sources import open_source, scan_folder

PACK = Path(__file__).resolve().parents[2] / "shared" / "data" / "photos" / "images"
LIMITS = Limits(rendition_px=512, max_pixels=400_000_000)


def render_sparing(path: str) -> int:
    """Make a rendition with bare Pillow, or copy what fits; return its size in bytes."""
    return render_bare(path, is_copying=True)


def render_bare(path: str, is_copying: bool = False) -> int:
    """Make a rendition with bare Pillow; return its size in bytes."""
    data = Path(path).read_bytes()
    with Image.open(io.BytesIO(data)) as picture:
        is_jpeg, size = picture.format == "JPEG", picture.size
        target = fit(*size, LIMITS.rendition_px)
        if is_jpeg:
            picture.draft(None, (2 * target[0], 2 * target[1]))
        picture.load()
        if is_copying and is_jpeg and target == size:
            return len(bytes(data))
        small = picture if picture.mode == "RGB" else picture.convert("RGB")
        if small.size != target:
            small = small.resize(target, Image.Resampling.LANCZOS)
        out = io.BytesIO()
        small.save(out, "JPEG", quality=QUALITY, subsampling=0)
        return out.tell()


@contextmanager
def watch(
    processes: Callable[[], list[psutil.Process]],
) -> Iterator[Callable[[], tuple[float, float, float]]]:
    """Lend a function that returns wall seconds, CPU seconds of all, and their peak memory in MB."""
    before, done, peak = {p.pid: _cpu(p) for p in processes()}, threading.Event(), [0.0]
    last = dict(before)

    def sample() -> None:
        while not done.wait(0.2):
            _sample(processes(), last, peak)

    thread = threading.Thread(target=sample, daemon=True)
    thread.start()
    started = time.perf_counter()

    def read() -> tuple[float, float, float]:
        wall = time.perf_counter() - started
        _sample(processes(), last, peak)
        return wall, sum(value - before.get(pid, 0.0) for pid, value in last.items()), peak[0]

    yield read
    done.set()
    thread.join()


def enlarge(paths: list[Path], folder: Path, megapixels: float) -> None:
    """Write pictures as large as a camera's into a folder, with its grain, so that they weigh as much too."""
    grain = np.random.default_rng(1)
    for path in paths:
        with Image.open(path) as picture:
            scale = (megapixels * 1e6 / (picture.width * picture.height)) ** 0.5
            size = round(picture.width * scale), round(picture.height * scale)
            pixels = np.asarray(picture.convert("RGB").resize(size, Image.Resampling.BICUBIC), np.int16)
        noisy = pixels + grain.integers(-6, 7, pixels.shape[:2], dtype=np.int16)[..., None]
        Image.fromarray(noisy.clip(0, 255).astype(np.uint8)).save(folder / f"{path.stem}.jpg", quality=92)


def _sample(found: list[psutil.Process], last: dict[int, float], peak: list[float]) -> None:
    memory = 0
    for process in found:
        try:
            last[process.pid] = _cpu(process)
            memory += process.memory_info().rss
        except psutil.Error:
            continue
    peak[0] = max(peak[0], memory / 1e6)


def _cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def everyone() -> list[psutil.Process]:
    own = psutil.Process()
    return [own, *own.children(recursive=True)]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", nargs="?", type=Path, default=PACK)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--workers", type=int, default=0)
    parser.add_argument(
        "--megapixels", type=float, default=0.0, help="enlarge the pictures first; 0: as they are"
    )
    chosen = parser.parse_args()
    if not chosen.megapixels:
        compare(chosen)
        return
    with tempfile.TemporaryDirectory() as scratch:
        paths = sorted(path for path in chosen.folder.iterdir() if path.is_file())[: chosen.count]
        enlarge(paths, Path(scratch), chosen.megapixels)
        chosen.folder = Path(scratch)
        compare(chosen)


def compare(chosen: argparse.Namespace) -> None:
    """Measure both, and print a table in Markdown."""
    workers = chosen.workers or os.cpu_count() or 1
    files = scan_folder(str(chosen.folder)).images[: chosen.count]
    opener, paths = open_source(str(chosen.folder)), [str(chosen.folder / file.path) for file in files]
    rows: dict[str, list[tuple[float, float, float]]] = {}
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:

        def run_bare(render: Callable[[str], int], some: list[str]) -> None:
            assert sum(pool.map(render, some, chunksize=8)) > 0

        def run_ours(some: tuple[SourceImage, ...]) -> None:
            found = open_images(some, opener, LIMITS, workers=workers)
            assert sum(isinstance(outcome, ImageFacts) for outcome in found) == len(some)

        works: dict[str, Callable[[], None]] = {
            "bare Pillow, encoding all": lambda: run_bare(render_bare, paths),
            "bare Pillow, copying what fits": lambda: run_bare(render_sparing, paths),
            "`images`": lambda: run_ours(files),
        }
        run_bare(render_bare, paths[: 20 * workers])
        run_ours(files[: 20 * workers])
        for _ in range(chosen.rounds):
            for name, work in works.items():
                with watch(everyone) as read:
                    work()
                    rows.setdefault(name, []).append(read())
        end_idle_workers()
        started = time.perf_counter()
        run_ours(files[:10])
        cold = time.perf_counter() - started
        started = time.perf_counter()
        run_ours(files[:10])
        warm = time.perf_counter() - started
    end_idle_workers()
    size = sum(file.size_bytes for file in files) / 1e6
    print(
        f"{len(files):,} pictures, {size:.0f} MB, {workers} workers, {chosen.rounds} rounds; {describe_machine()}\n"
    )
    print("| | images/s, wall | images a CPU second | peak memory, MB, all processes |\n|---|--:|--:|--:|")
    rates = {}
    for name, measured in rows.items():
        wall, cpu = (len(files) / statistics.median(row[column] for row in measured) for column in (0, 1))
        rates[name] = wall, cpu
        print(f"| {name} | {wall:,.0f} | {cpu:,.0f} | {max(row[2] for row in measured):,.0f} |")
    wall, cpu = rates.pop("`images`")
    for name, floor in rates.items():
        print(f"| ratio to {name} | {wall / floor[0]:.2f} | {cpu / floor[1]:.2f} | |")
    print(f"\nTen pictures: {cold:.2f} s with workers that have to start, {warm:.2f} s with those that wait.")


if __name__ == "__main__":
    main()
