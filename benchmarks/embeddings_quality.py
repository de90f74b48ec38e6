"""How well the descriptor's neighbours agree with what people called the pictures, beside raw pixels and chance.

Run: ``python -m benchmarks.embeddings_quality [FOLDER] [--k 5] [--fields label category]``. FOLDER holds ``images/``
and ``metadata.csv`` with a column ``filename``; by default the pack of photographs beside the checkout. Prints a
table in Markdown: for every field the share of the k nearest neighbours that have the same value. Images without a
value are neighbours too, but are not asked.
"""

from __future__ import annotations

import argparse
import csv
import datetime
import io
import os
import platform
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from clipplot_pipeline.embeddings import (
    EmbedderChoice,
    embed_renditions,
    fit_embedder,
    make_embedder,
    nearest_neighbors,
)

PHOTOS = Path(__file__).resolve().parents[2] / "shared" / "data" / "photos"
DESCRIPTOR = EmbedderChoice("descriptor")
#: Part of the images that the basis of the third line is fitted on: what a growing collection's basis has seen.
SEEN = 10
RAW_PX = 16

Vectors = NDArray[np.float32]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, nargs="?", default=PHOTOS)
    parser.add_argument("--k", type=int, default=5)
    parser.add_argument("--fields", nargs="+", default=["label", "category"])
    options = parser.parse_args()
    renditions, fields = read_collection(options.folder, options.fields)
    methods: dict[str, Callable[[], Vectors]] = {
        "descriptor": lambda: describe(renditions, renditions),
        f"descriptor, fitted on one in {SEEN}": lambda: describe(renditions[::SEEN], renditions),
        f"raw pixels, {RAW_PX} × {RAW_PX}": lambda: raw_pixels(renditions),
    }
    print(
        f"Share of the {options.k} nearest neighbours with the same value, {len(renditions):,} images of ",
        end="",
    )
    print(f"`{options.folder.resolve().name}`; {describe_machine()}.\n")
    print(f"| method | {' | '.join(fields)} | seconds, fit included |")
    print("|---|" + "--:|" * (len(fields) + 1))
    for name, compute in methods.items():
        begun = time.perf_counter()
        vectors = compute()
        seconds = time.perf_counter() - begun
        nearest = nearest_neighbors(vectors, options.k).rows
        shares = [f"{share_alike(nearest, values):.3f}" for values in fields.values()]
        print(f"| {name} | {' | '.join(shares)} | {seconds:.1f} |")
    print(f"| chance | {' | '.join(f'{chance(values):.3f}' for values in fields.values())} | |")


def read_collection(folder: Path, names: list[str]) -> tuple[list[bytes], dict[str, NDArray[np.str_]]]:
    """Return renditions (JPEG of at most 512 px) and the values of each field, in the table's order."""
    with (folder / "metadata.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = [row for row in csv.DictReader(file) if (folder / "images" / row["filename"]).is_file()]
    if not rows:
        raise SystemExit(f"{folder}: metadata.csv names no file of images/ in a column `filename`")
    absent = [name for name in names if name not in rows[0]]
    if absent:
        raise SystemExit(f"{folder}/metadata.csv: no column {', '.join(absent)}; it has {', '.join(rows[0])}")
    renditions = [shrink(folder / "images" / row["filename"]) for row in rows]
    return renditions, {name: np.array([row[name] or "" for row in rows]) for name in names}


def shrink(path: Path) -> bytes:
    with Image.open(path) as image:
        if image.format == "JPEG" and image.mode == "RGB" and min(image.size) <= 512:
            return path.read_bytes()
        picture = image.convert("RGB")
    picture.thumbnail((512, 512), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=90, subsampling=0)
    return out.getvalue()


def describe(seen: list[bytes], renditions: list[bytes]) -> Vectors:
    embedder = make_embedder(DESCRIPTOR, fit_embedder(DESCRIPTOR, seen))
    return np.vstack(list(embed_renditions(embedder, renditions, 64)))


def raw_pixels(renditions: list[bytes]) -> Vectors:
    """Return small pictures about their mean, as unit vectors."""
    rows = []
    for jpeg in renditions:
        with Image.open(io.BytesIO(jpeg)) as image:
            tiny = image.convert("RGB").resize((RAW_PX, RAW_PX), Image.Resampling.BOX)
        rows.append(np.asarray(tiny, np.float32).ravel())
    vectors = np.stack(rows)
    vectors -= vectors.mean(axis=1, keepdims=True)
    return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-6)


def share_alike(nearest: NDArray[np.int32], values: NDArray[np.str_]) -> float:
    is_asked = values != ""
    is_alike = (values[nearest] == values[:, None]) & (nearest >= 0)
    return float(is_alike[is_asked].mean())


def chance(values: NDArray[np.str_]) -> float:
    """Return the share that neighbours drawn blindly would reach."""
    counts = np.unique(values[values != ""], return_counts=True)[1].astype(float)
    return float((counts * (counts - 1)).sum() / counts.sum() / (len(values) - 1))


def describe_machine() -> str:
    today = datetime.datetime.now(datetime.UTC).date()
    return f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, {today}"


if __name__ == "__main__":
    main()
