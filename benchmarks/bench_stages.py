"""Time and peak memory of every stage beside its floor: what the bare libraries need for the same work.

    python benchmarks/bench_stages.py [FOLDER] [--metadata TABLE]

FOLDER is a folder of pictures; by default the sample collection is drawn. Floors: decoding every original once with
bare Pillow on as many threads; UMAP by bare umap-learn with the same graph; encoding the same tiles with bare
Pillow. Prints a table in Markdown.
"""

from __future__ import annotations

import argparse
import io
import os
import tempfile
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import psutil
from machine import describe_machine
from PIL import Image

from clipplot_pipeline.defs.io import read_neighbors
from clipplot_pipeline.drive.in_process import Steps
from clipplot_pipeline.drive.instance import open_instance
from clipplot_pipeline.drive.report import BuildReport
from clipplot_pipeline.ledger import Ledger
from clipplot_pipeline.project_file import write_project_file
from clipplot_pipeline.sample import draw_sample
from clipplot_pipeline.settings import load_settings


@contextmanager
def watch_memory() -> Iterator[Callable[[], float]]:
    """Lend a function that returns the peak resident memory since the start of the block. Unit: MB."""
    process, peak, done = psutil.Process(), [0], threading.Event()

    def sample() -> None:
        while not done.wait(0.02):
            peak[0] = max(peak[0], process.memory_info().rss)

    thread = threading.Thread(target=sample, daemon=True)
    thread.start()
    yield lambda: max(peak[0], process.memory_info().rss) / 1e6
    done.set()
    thread.join()


def run_stages(project: Path) -> list[tuple[str, float, float]]:
    """Materialize a project asset by asset; return name, seconds and peak memory in MB of each."""
    settings = load_settings(project)
    rows: dict[str, tuple[float, float]] = {}
    with open_instance(project) as instance:
        while ready := [stale for stale in Ledger(settings).stale() if stale.is_ready]:
            step, report = ready[0], BuildReport(settings.slug, settings.site)
            with watch_memory() as peak:
                Steps(settings, project, instance, report).materialize([step.asset], step.shard)
                memory = peak()
            if report.failed:
                raise SystemExit(f"{report.failed[0].asset}: {report.failed[0].reason}")
            seconds, before = rows.get(step.asset, (0.0, 0.0))
            rows[step.asset] = (seconds + report.materialized[0].seconds, max(before, memory))
    return [(name, *values) for name, values in rows.items()]


def measure(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def decode_all(paths: list[Path]) -> None:
    """Decode every original with bare Pillow, on all cores."""

    def load(path: Path) -> None:
        with Image.open(path) as image:
            image.load()

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(load, paths))


def project_bare(ledger: Ledger) -> float:
    """Run bare umap-learn on the same graph; return seconds."""
    import umap

    ids = ledger.folder("catalog").read_table("catalog.parquet")["image_id"]
    neighbors = read_neighbors(ledger.folder("neighbors"), ids)
    own = np.arange(len(ids), dtype=np.int32)[:, None]
    graph = np.hstack([own, neighbors.rows])[:, :15]
    distances = np.hstack([np.zeros_like(own, np.float32), 1 - neighbors.similarities])[:, :15]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        reducer = umap.UMAP(n_neighbors=15, precomputed_knn=(graph, distances, None), random_state=1)
        return measure(lambda: reducer.fit(np.zeros((len(ids), 2), np.float32)))


def encode_all(site: Path) -> float:
    """Encode the pixels of the published tiles again with bare Pillow, on all cores; return seconds."""
    tiles = [Image.open(path).convert("RGB") for path in sorted((site / "s").rglob("*.webp"))]
    assert tiles, f"{site}: no tiles to encode again"

    def encode(tile: Image.Image) -> None:
        tile.save(io.BytesIO(), "WEBP", quality=70, method=4)

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return measure(lambda: list(pool.map(encode, tiles)))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("--metadata", type=Path)
    chosen = parser.parse_args()
    os.environ.pop("DAGSTER_HOME", None)
    machine = describe_machine()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as scratch:
        project = Path(scratch)
        folder, table = chosen.folder, chosen.metadata
        if folder is None:
            draw_sample(project / "sample")
            folder, table = project / "sample" / "images", project / "sample" / "metadata.csv"
        values = {"slug": "bench", "source": str(folder.resolve()), "embedder": "descriptor"}
        write_project_file(project, values | ({"metadata": str(table.resolve())} if table else {}))
        decode = measure(lambda: decode_all([path for path in folder.rglob("*") if path.is_file()]))
        stages = run_stages(project)
        ledger = Ledger(load_settings(project))
        floors = {
            "images": ("decode only", decode),
            "layout_umap": ("umap-learn only", project_bare(ledger)),
            "atlases": ("encode only", encode_all(Path(ledger.settings.site))),
        }
        text = render(stages, floors, int(ledger.record("catalog").facts["images"]), machine)  # type: ignore[union-attr]
    print(text)


def render(
    stages: list[tuple[str, float, float]], floors: dict[str, tuple[str, float]], images: int, machine: str
) -> str:
    """Return the table in Markdown."""
    lines = [
        f"{images:,} images; {machine}",
        "",
        "| stage | s | images/s | peak memory, MB | floor | floor, s | ours / floor |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, seconds, memory in stages:
        floor, least = floors.get(name, ("", 0.0))
        ratio = f"{seconds / least:.2f}" if least else ""
        rate = f"{images / seconds:,.0f}" if seconds > 0 else ""
        bare = f"{least:.2f}" if least else ""
        lines.append(f"| {name} | {seconds:.2f} | {rate} | {memory:,.0f} | {floor} | {bare} | {ratio} |")
    total = sum(seconds for _, seconds, _ in stages)
    lines.append(
        f"| in all | {total:.2f} | {images / total:,.0f} | {max(m for *_, m in stages):,.0f} | | | |"
    )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
