"""How well embedders find pictures of the same kind, and how fast they are.

Run: ``python benchmarks/embeddings_quality.py [FOLDER] [--metadata TABLE.csv] [--embedder descriptor …]``; prints
Markdown. FOLDER holds ``images/`` and ``metadata.csv`` (columns ``filename`` and those of ``--fields``); by default
the pack ``../shared/data/photos``. Every number is the share of the nearest neighbours that have the same value
in a field; pictures whose field is blank are left out. Beside each embedder stand its floors: raw pixels, and chance.
"""

import argparse
import csv
import io
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from machine import describe_machine
from numpy.typing import NDArray
from PIL import Image

from clipplot_pipeline.embeddings import (
    EmbedderChoice,
    embed_renditions,
    fit_embedder,
    make_embedder,
    nearest_neighbors,
    needs_fit,
)
from clipplot_pipeline.images import Limits, open_images
from clipplot_pipeline.model import ImageFacts, SourceImage

PACK = Path(__file__).resolve().parents[2] / "shared" / "data" / "photos"
RAW_PX = 16


def read_collection(
    images: Path, table: Path, fields: Sequence[str]
) -> tuple[list[bytes], dict[str, NDArray[np.str_]]]:
    with table.open(encoding="utf-8-sig", newline="") as file:
        rows = {row["filename"]: row for row in csv.DictReader(file)}
    files = [SourceImage(path.name, path.stat().st_size, "") for path in sorted(images.iterdir())]
    files = [file for file in files if file.path in rows]
    opened = open_images(
        files, lambda name: (images / name).open("rb"), Limits(rendition_px=512, max_pixels=400_000_000)
    )
    facts = [fact for fact in opened if isinstance(fact, ImageFacts)]
    values = {field: np.array([rows[fact.path].get(field) or "" for fact in facts]) for field in fields}
    return [fact.rendition for fact in facts], values


def embed_pixels(renditions: Sequence[bytes]) -> NDArray[np.float32]:
    tiny = [
        Image.open(io.BytesIO(jpeg)).convert("RGB").resize((RAW_PX, RAW_PX), Image.Resampling.BOX)
        for jpeg in renditions
    ]
    vectors = np.stack([np.asarray(picture, np.float32).ravel() for picture in tiny])
    vectors -= vectors.mean(axis=0)
    vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-6)
    return np.asarray(vectors, np.float32)


def measure_shares(rows: NDArray[np.int32], values: NDArray[np.str_]) -> float:
    """Return how many of the neighbours have the same value, blanks left out on the left side only."""
    known = values != ""
    return float((values[rows[known]] == values[known, None]).mean())


def guess_shares(values: NDArray[np.str_]) -> float:
    """Return what neighbours drawn at random would reach."""
    counts = np.unique(values[values != ""], return_counts=True)[1]
    return float((counts * (counts - 1)).sum() / (counts.sum() * (len(values) - 1)))


def time_seconds(work: Callable[[], object]) -> tuple[float, float]:
    """Return seconds by the wall and by all cores together."""
    wall, cores = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - cores


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", nargs="?", type=Path, default=PACK)
    parser.add_argument("--metadata", type=Path, help="default: FOLDER/metadata.csv")
    parser.add_argument("--fields", nargs="+", default=["label", "category"])
    parser.add_argument(
        "--embedder", nargs="+", default=["descriptor"], help="descriptor, open_clip or local-dir:FOLDER"
    )
    parser.add_argument(
        "--fit-every",
        type=int,
        default=1,
        help="fit on every n-th picture alone: a collection that has grown since",
    )
    parser.add_argument("-k", type=int, default=5, help="neighbours that are looked at")
    given = parser.parse_args()
    table = given.metadata or given.folder / "metadata.csv"
    images = given.folder / "images" if (given.folder / "images").is_dir() else given.folder
    if not table.is_file():
        sys.exit(
            f"{table}: no such table; expected one with a column `filename` and {', '.join(given.fields)}"
        )
    renditions, values = read_collection(images, table, given.fields)

    columns = [f"same {field}" for field in given.fields]
    print(f"{describe_machine()}; {len(renditions):,} images of {given.folder.name};")
    print(f"share of the {given.k} nearest neighbours; images a second of renditions, decoding included\n")
    print("| | " + " | ".join([*columns, "dim", "images/s", "core seconds for 1,000", "fit (s)"]) + " |")
    print("|---|" + "---:|" * (len(columns) + 4))

    def show(name: str, shares: list[float], rest: Sequence[str]) -> None:
        print(f"| {name} | " + " | ".join([*(f"{share:.3f}" for share in shares), *rest]) + " |", flush=True)

    for name in given.embedder:
        is_local = name.startswith("local-dir:")
        model, tag = (name, "") if is_local else ("ViT-B-32-256", "datacomp_s34b_b86k")
        choice = EmbedderChoice("descriptor" if name == "descriptor" else "open_clip", model, tag)
        started = time.perf_counter()
        state = fit_embedder(choice, renditions[:: given.fit_every]) if needs_fit(choice) else None
        fit_s = time.perf_counter() - started
        embedder = make_embedder(choice, state)
        found: list[NDArray[np.float32]] = []
        wall, cores = time_seconds(
            lambda to=found, by=embedder: to.extend(embed_renditions(by, renditions, 64))  # type: ignore[misc]
        )
        rows = nearest_neighbors(np.vstack(found), given.k).rows
        speed = [f"{len(renditions) / wall:.0f}", f"{cores / len(renditions) * 1000:.1f}", f"{fit_s:.1f}"]
        show(name, [measure_shares(rows, v) for v in values.values()], [str(embedder.dim), *speed])
    rows = nearest_neighbors(embed_pixels(renditions), given.k).rows
    shares = [measure_shares(rows, v) for v in values.values()]
    show(f"raw {RAW_PX} × {RAW_PX} pixels", shares, [str(3 * RAW_PX**2), "", "", ""])
    show("chance", [guess_shares(v) for v in values.values()], ["", "", "", ""])


if __name__ == "__main__":
    main()
