"""Sites of any size made of a few thousand real pictures: time, peak memory, files and bytes.

Run: ``python benchmarks/scale_site.py FOLDER --count 10000 100000 --out OUT``; FOLDER holds pictures. Prints Markdown.
10 thousand thumbnails are made of the pictures, each in a light of its own, and encoded once; larger sites are blocks
of the same ones under ids of their own, in tiles that are links. Positions are drawn: clouds, through which ranks run
along the curve as in every site. Columns, words, search and manifest are made by the pipeline's own code. No
vectors and no detail pictures: what is measured is the site.
"""

import argparse
import io
import os
import resource
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pyarrow as pa
from machine import describe_machine
from numpy.typing import NDArray
from PIL import Image

from clipplot_pipeline import schemas
from clipplot_pipeline.atlases import TileSettings, encode_segment, has_segment, order_images, segment_id
from clipplot_pipeline.layouts.alphabetical import arrange_alphabetical
from clipplot_pipeline.layouts.spec import LayoutInput
from clipplot_pipeline.layouts.spread import TALL, WIDE, spread_out
from clipplot_pipeline.layouts.timeline import arrange_timeline
from clipplot_pipeline.layouts.umap import SPREAD_BELOW
from clipplot_pipeline.model import ClusterLevel, Clusters, Field, Layout, Neighbors, Segment
from clipplot_pipeline.site.build import build_site
from clipplot_pipeline.site.content import SiteContent, SiteLayout
from clipplot_pipeline.site.publish import publish
from clipplot_pipeline.storage import Store

BLOCK = 10_000
CLOUDS = 60
SIDE_PX = 144
FIELDS = (
    Field("title", "Title", "text"),
    Field("category", "Category", "category"),
    Field("year", "Year", "number"),
)


def list_pictures(folder: Path) -> list[Path]:
    """Return the pictures below a folder that have a size to speak of, at most 1,000."""
    return sorted(path for path in folder.rglob("*") if path.suffix.lower() in {".jpg", ".jpeg", ".png"})[
        :1000
    ]


def vary(pixels: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Return a picture in another light, perhaps mirrored."""
    lit = pixels * rng.uniform(0.7, 1.25, 3) * rng.uniform(0.75, 1.15) + rng.uniform(-12, 12)
    return lit[:, :: -1 if rng.random() < 0.5 else 1].clip(0, 255).astype(np.uint8)


def draw_block(paths: Sequence[Path]) -> Iterator[tuple[bytes, float, list[int]]]:
    """Yield a block of thumbnails with aspect and mean colour; those made of one picture follow each other."""
    rng = np.random.default_rng(1)
    for number, path in enumerate(paths):
        with Image.open(path) as image:
            aspect = image.width / image.height
            squashed = np.asarray(image.convert("RGB").resize((SIDE_PX, SIDE_PX), Image.Resampling.LANCZOS))
        first, last = (BLOCK * (number + k) // len(paths) for k in (0, 1))
        for _ in range(first, last):
            varied = vary(squashed, rng)
            out = io.BytesIO()
            Image.fromarray(varied).save(out, "JPEG", quality=90)
            mean = [round(float(c)) for c in varied.reshape(-1, 3).mean(axis=0)]
            yield out.getvalue(), aspect, mean


def make_block(tiles: Path, folder: Path) -> tuple[list[float], list[list[int]]]:
    """Encode the tiles of one block, and return aspects and mean colours."""
    kept = tiles / "block.npz"
    if kept.exists():
        held = np.load(kept)
        return held["aspects"].tolist(), held["means"].tolist()
    aspects, means = [], []

    def take() -> Iterator[tuple[int, bytes]]:
        for row, (jpeg, aspect, mean) in enumerate(draw_block(list_pictures(folder))):
            aspects.append(aspect)
            means.append(mean)
            yield row, jpeg

    encode_segment(Store(str(tiles)), Segment("block", 0, BLOCK), take(), TileSettings())
    np.savez(kept, aspects=np.array(aspects), means=np.array(means))
    return aspects, means


def link_block(tiles: Path, name: str) -> None:
    """Give a segment the tiles of the block."""
    for source in (tiles / "s" / "block").glob("*/*.webp"):
        target = tiles / "s" / name / source.parent.name / source.name
        target.parent.mkdir(parents=True, exist_ok=True)
        if not target.exists():
            os.link(source, target)


def draw_positions(count: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """Return clouds of points, like a map of similarity."""
    centres = rng.uniform(-0.85, 0.85, (CLOUDS, 2))
    widths = rng.uniform(0.02, 0.11, CLOUDS)
    cloud = rng.integers(0, CLOUDS, count)
    drawn = centres[cloud] + rng.normal(0, 1, (count, 2)) * widths[cloud, None]
    return (drawn / max(1.0, float(np.abs(drawn).max()))).astype(np.float32)


def make_clusters(positions: NDArray[np.float32], ranks: NDArray[np.int64]) -> Clusters:
    """Return two levels of squares."""
    levels = []
    for side in (4, 9):
        cell = ((positions + 1) * (side / 2)).astype(np.int64).clip(0, side - 1)
        _, cluster = np.unique(cell[:, 1] * side + cell[:, 0], return_inverse=True)
        first = [tuple(ranks[cluster[ranks] == k][:4].tolist()) for k in range(cluster.max() + 1)]
        names = tuple(f"district {side}-{k}" for k in range(cluster.max() + 1))
        levels.append(
            ClusterLevel(cluster.astype(np.int32), np.ones(len(cluster), np.float32), names, tuple(first))
        )
    return Clusters(tuple(levels))


def make_content(folder: Path, tiles: Path, count: int) -> SiteContent:
    """Return all of a site."""
    aspects, means = make_block(tiles, folder)
    rng = np.random.default_rng(2)
    ids = sorted(f"{rng.integers(0, 1 << 40):010x}{k:010x}" for k in range(count))
    positions = draw_positions(count, rng)
    ranks = order_images(positions, ids)
    picture = np.empty(count, np.int64)
    picture[ranks] = np.arange(count) % BLOCK
    # What is repeated would be packed better than it is in earnest.
    shift = rng.integers(-9, 10, (count, 3))
    mean = (np.array(means)[picture] + shift).clip(0, 255).astype(np.uint8)
    aspect = np.array(aspects)[picture] * rng.choice([1.0, 1.0, 1.01, 0.98], count)
    letters = np.array(list("abcdefghijklmnopqrstuvwxyz"))
    names = [f"{''.join(word)}{k}" for k, word in enumerate(letters[rng.integers(0, 26, (count, 5))])]
    catalog = pa.table(
        {
            "image_id": ids,
            "sha256": ids,
            "paths": [[f"{name}.jpg"] for name in names],
            "shard": pa.array(["0"] * count),
            "width_px": np.rint(400 * aspect).astype(np.int32),
            "height_px": np.full(count, 400, np.int32),
            "mean_rgb": pa.array(list(mean), pa.list_(pa.uint8())),
            "title": names,
            "category": [f"kind {p % 12}" for p in picture],
            "year": rng.integers(1850, 2020, count).astype(np.float64),
        }
    )
    catalog = catalog.cast(
        pa.schema(
            [
                catalog.schema.field(n) if n in {"title", "category", "year"} else schemas.CATALOG.field(n)
                for n in catalog.column_names
            ]
        )
    )
    given = LayoutInput(
        np.array(ids),
        aspect.astype(np.float32),
        primary=positions,
        names=names,
        fields=catalog.select(["title", "category", "year"]),
        described=FIELDS,
    )
    spreads = (
        tuple(spread_out(positions, given.aspects, shape)[0] for shape in (WIDE, TALL))
        if count < SPREAD_BELOW
        else ()
    )
    layouts = (
        Layout("umap", positions, spreads=spreads),
        arrange_alphabetical(given, {}),
        arrange_timeline(given, {}),
    )
    segments = []
    for first in range(0, count, BLOCK):
        run = [ids[row] for row in ranks[first : first + BLOCK]]
        segments.append(Segment(segment_id(run, run, TileSettings()), first, len(run)))
        link_block(tiles, segments[-1].id)
    rank_of = np.argsort(ranks)
    near = ranks[(rank_of[:, None] + np.array([1, -1, 2, -2, 3, -3, 4, -4])) % count]
    assert all(has_segment(Store(str(tiles)), segment, TileSettings().levels) for segment in segments[-1:])
    return SiteContent(
        title=f"{count:,} pictures",
        catalog=catalog,
        fields=FIELDS,
        ranks=ranks,
        layouts=tuple(SiteLayout(layout.name.title(), "", layout) for layout in layouts),
        home_layout="umap",
        clusters=make_clusters(positions, ranks),
        neighbors=Neighbors(
            near.astype(np.int32), np.linspace(1, 0.5, 8, dtype=np.float32)[None].repeat(count, 0)
        ),
        segments=tuple(segments),
        tiles=Store(str(tiles)),
        rendition="",
        has_plain_pages=False,
    )


def make_site(folder: Path, out: Path, count: int) -> str:
    """Make one site, and return what it came to as a row of the table."""
    make_block(out / "tiles", folder)  # once for all sizes
    start = time.perf_counter()
    content = make_content(folder, out / "tiles", count)
    made, before = time.perf_counter(), peak_mb()
    plan = build_site(content)
    built = time.perf_counter()
    report = publish(plan, str(out / str(count)))
    seconds = f"{made - start:.0f}, {built - made:.0f}, {time.perf_counter() - built:.0f}"
    each = report.verification.bytes / count
    return f"| {count:,} | {before:,.0f} | {peak_mb():,.0f} | {report.verification.files:,} | {each:,.0f} | {seconds} |"


def main() -> None:
    """Make sites, each in a process of its own, and say what they came to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--count", type=int, nargs="+", default=[10_000], help=f"multiples of {BLOCK}")
    parser.add_argument("--out", type=Path, required=True, help="tiles/ and one folder a size are made in it")
    options = parser.parse_args()
    if odd := [count for count in options.count if count < BLOCK or count % BLOCK]:
        parser.error(f"--count: {odd[0]}; expected multiples of {BLOCK}")
    print(f"{describe_machine()}\n")
    print(
        "| images | drawn, MB | most, MB | files | bytes an image | drawing, planning, publishing, s |\n"
        "|--:|--:|--:|--:|--:|--:|"
    )
    with ProcessPoolExecutor(1, mp_context=get_context("spawn"), max_tasks_per_child=1) as processes:
        for count in options.count:
            print(processes.submit(make_site, options.folder, options.out, count).result(), flush=True)


def peak_mb() -> float:
    """Return the largest memory of this process so far. Unit: MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3


if __name__ == "__main__":
    main()
