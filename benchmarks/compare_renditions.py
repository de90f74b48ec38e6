"""How far vectors of renditions lie from vectors of the originals they were made of, with a model's real weights.

Run: ``python benchmarks/compare_renditions.py FOLDER [--model ViT-B-32-256] [--pretrained datacomp_s34b_b86k]
[--embedder open_clip] [--rendition-px 512] [--limit 500]``; prints Markdown. FOLDER holds pictures. clipplot opens an
original once and computes everything of a rendition: this says what that costs with a model.
Told are the cosines between both vectors of a picture, and how many of its nearest neighbours among the
originals are its nearest among the renditions. Pictures that cannot be opened are counted and left out.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from clipplot_pipeline.embeddings import (
    EmbedderChoice,
    check_available,
    embed_renditions,
    fit_embedder,
    make_embedder,
    nearest_neighbors,
    needs_fit,
)
from clipplot_pipeline.errors import ClipplotError
from clipplot_pipeline.images import Limits, open_images, recipe
from clipplot_pipeline.model import ImageFacts, SourceImage

#: No original is held at more pixels than this when it is embedded: far above what any model looks at.
MOST_PX = 8192


def open_renditions(folder: Path, limit: int, rendition_px: int) -> tuple[list[Path], list[bytes], int]:
    """Return paths and renditions of pictures evenly over the folder, and how many were not taken."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    chosen = files[:: max(1, -(-len(files) // limit))]
    sources = [SourceImage(path.relative_to(folder).as_posix(), path.stat().st_size, "") for path in chosen]
    limits = Limits(rendition_px=rendition_px, max_pixels=400_000_000)
    opened = list(open_images(sources, lambda name: (folder / name).open("rb"), limits))
    facts = [fact for fact in opened if isinstance(fact, ImageFacts)]
    return (
        [folder / fact.path for fact in facts],
        [fact.rendition for fact in facts],
        len(opened) - len(facts),
    )


def embed_originals(embedder: Any, paths: Sequence[Path]) -> NDArray[np.float32]:
    """Return the vectors of originals as the model's own users compute them: upright RGB, not scaled before."""
    found = [np.empty((0, embedder.dim), np.float32)]
    for start in range(0, len(paths), 16):
        found.append(embedder.embed(list(_open_upright(paths[start : start + 16]))))
    vectors = np.concatenate(found)
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


def _open_upright(paths: Sequence[Path]) -> Iterator[Image.Image]:
    for path in paths:
        with Image.open(path) as image:
            upright = ImageOps.exif_transpose(image).convert("RGB")
        upright.thumbnail((MOST_PX, MOST_PX), Image.Resampling.LANCZOS)
        yield upright


def share_kept(first: NDArray[np.float32], second: NDArray[np.float32], k: int) -> float:
    """Return how many of the k nearest in one matrix are among the k nearest in the other."""
    pairs = zip(nearest_neighbors(first, k).rows, nearest_neighbors(second, k).rows, strict=True)
    return float(np.mean([len(set(a) & set(b)) / k for a, b in pairs]))


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--embedder", default="open_clip", help="open_clip, descriptor, or an installed one")
    parser.add_argument("--model", default="ViT-B-32-256", help="OpenCLIP's name, or local-dir:FOLDER")
    parser.add_argument("--pretrained", default="datacomp_s34b_b86k", help="OpenCLIP's tag, or a file")
    parser.add_argument("--trained-as", default="", help="tag that a file was trained like")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--rendition-px", type=int, default=512)
    parser.add_argument(
        "--limit", type=int, default=500, help="pictures that are compared, evenly over the folder"
    )
    parser.add_argument("-k", type=int, default=15, help="neighbours that are compared")
    given = parser.parse_args()
    choice = EmbedderChoice(
        given.embedder, given.model, given.pretrained, given.device, trained_as=given.trained_as
    )
    try:
        check_available(choice)
        paths, renditions, rejected = open_renditions(given.folder, given.limit, given.rendition_px)
        if len(paths) < 2:
            sys.exit(f"{given.folder}: {len(paths)} pictures can be opened; expected at least 2")
        state = fit_embedder(choice, renditions) if needs_fit(choice) else None
        embedder = make_embedder(choice, state)
        card = embedder.card(recipe(given.rendition_px))
        ours = np.concatenate(list(embed_renditions(embedder, renditions)))
    except ClipplotError as error:
        sys.exit(str(error))
    theirs = embed_originals(embedder, paths)
    cosines = np.sort((ours * theirs).sum(axis=1))
    k = min(given.k, len(paths) - 1)
    print(f"{card.embedder} {card.model} ({card.weights.split(';')[0]}); {card.rendition}\n")
    print(f"{len(paths):,} pictures of {given.folder.name}; {rejected:,} could not be opened\n")
    print(f"| cosine: median | lowest twentieth | lowest | of the {k} nearest kept |\n|---:|---:|---:|---:|")
    lowest = cosines[int(0.05 * (len(cosines) - 1))]
    print(
        f"| {np.median(cosines):.4f} | {lowest:.4f} | {cosines[0]:.4f} | {share_kept(theirs, ours, k):.3f} |"
    )
    worst = (ours * theirs).sum(axis=1).argsort()[:3]
    print("\nFarthest: " + ", ".join(paths[row].relative_to(given.folder).as_posix() for row in worst))


if __name__ == "__main__":
    main()
