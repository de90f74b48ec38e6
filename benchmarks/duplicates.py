"""How many near-duplicates are found, and how many of those found are some: a real collection with made edits.

Run: ``python benchmarks/duplicates.py FOLDER [--every 3]``; prints Markdown. FOLDER holds pictures; every third is
also there cropped by 5 and by 10 %, halved, recompressed, mirrored, and with a bar of text. Recall counts pairs of a
picture and its edit that are in one group; precision counts, of all pairs that were taken for near-duplicates, those
that stem from one picture. Pairs of different pictures of the folder are listed, for people to look at: some may be
duplicates that nobody made.
"""

import argparse
import io
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from machine import describe_machine
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from clipplot_pipeline.duplicates import (
    group_pairs,
    make_sketch,
    open_sketches,
    pair_hashes,
    pair_neighbors,
    unite_pairs,
    verify_pairs,
)
from clipplot_pipeline.embeddings import (
    EmbedderChoice,
    embed_renditions,
    fit_embedder,
    make_embedder,
    nearest_neighbors,
)
from clipplot_pipeline.images import perceptual_hash


def crop(picture: Image.Image, share: float, chance: random.Random) -> Image.Image:
    """Return the picture without so much of its width and height, somewhere."""
    width, height = picture.size
    off_x, off_y = int(width * share), int(height * share)
    left, top = chance.randint(0, off_x), chance.randint(0, off_y)
    return picture.crop((left, top, width - off_x + left, height - off_y + top))


def write_bar(picture: Image.Image) -> Image.Image:
    """Return the picture with a dark bar of text over the lowest 14 %."""
    captioned, (width, height) = picture.copy(), picture.size
    draw = ImageDraw.Draw(captioned)
    draw.rectangle((0, int(height * 0.86), width, height), fill=(20, 20, 20))
    text = "Photographic archive, No. 4711"
    draw.text((width * 0.05, height * 0.88), text, fill=(255, 255, 255), font_size=max(8, int(height * 0.07)))
    return captioned


def recompress(picture: Image.Image) -> Image.Image:
    """Return the picture as it is after rough compression."""
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=30)
    return Image.open(out).convert("RGB")


EDITS: dict[str, Callable[[Image.Image, random.Random], Image.Image]] = {
    "crop 5 %": lambda picture, chance: crop(picture, 0.05, chance),
    "crop 10 %": lambda picture, chance: crop(picture, 0.10, chance),
    "resize to half": lambda picture, _: picture.resize(
        (max(1, picture.width // 2), max(1, picture.height // 2))
    ),
    "recompress": lambda picture, _: recompress(picture),
    "flip": lambda picture, _: picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT),
    "text bar": lambda picture, _: write_bar(picture),
}


@dataclass
class Collection:
    """Renditions with the number of the picture that each stems from, and the edit (empty: none)."""

    renditions: list[bytes]
    hashes: list[int]
    origins: list[int]
    edits: list[str]

    def add(self, picture: Image.Image, origin: int, edit: str) -> None:
        """Take in a picture."""
        out = io.BytesIO()
        picture.save(out, "JPEG", quality=90, subsampling=0)
        self.renditions.append(out.getvalue())
        self.hashes.append(perceptual_hash(picture))
        self.origins.append(origin)
        self.edits.append(edit)


def make_collection(paths: Sequence[Path], every: int, seed: int = 0) -> Collection:
    """Return all pictures, and each so-manieth edited in all ways as well."""
    chance = random.Random(seed)
    made = Collection([], [], [], [])
    for number, path in enumerate(paths):
        with Image.open(path) as opened:
            picture = opened.convert("RGB")
        made.add(picture, number, "")
        if number % every == 0:
            for edit, change in EDITS.items():
                made.add(change(picture, chance), number, edit)
    return made


def embed(collection: Collection) -> NDArray[np.float32]:
    """Return vectors of the descriptor, fitted on the collection."""
    choice = EmbedderChoice("descriptor", "", "", "cpu", "fp32", 32)
    embedder = make_embedder(choice, fit_embedder(choice, collection.renditions))
    return np.concatenate(list(embed_renditions(embedder, iter(collection.renditions), 32)))


@dataclass
class Outcome:
    """What was found: shares within [0, 1], by edit; the pairs; seconds by stage."""

    candidates: dict[str, float]
    recall: dict[str, float]
    precision: float
    accepted: NDArray[np.int64]
    foreign: list[tuple[int, int]]
    seconds: dict[str, float]
    looked_at: int


def find(collection: Collection, vectors: NDArray[np.float32]) -> Outcome:
    """Find near-duplicates as the pipeline does, and compare with what was made."""
    count, seconds = len(collection.renditions), {}
    started = time.perf_counter()
    by_hash = pair_hashes(np.array(collection.hashes, np.uint64))
    by_vector = pair_neighbors(nearest_neighbors(vectors, 32))
    pairs = unite_pairs(by_hash, by_vector)
    seconds["candidates"] = time.perf_counter() - started
    with open_sketches(count) as sketches:
        started = time.perf_counter()
        for row, rendition in enumerate(collection.renditions):
            sketches[row] = make_sketch(rendition)
        seconds["sketches"] = time.perf_counter() - started
        started = time.perf_counter()
        scores = verify_pairs(sketches, pairs)
        seconds["looking"] = time.perf_counter() - started
    accepted = pairs[scores > 0]
    nothing = np.zeros(count, np.int64)
    groups = group_pairs(
        count, accepted, np.full(count, "NaT", "datetime64[s]"), nothing, nothing, np.arange(count)
    ).group
    origins = np.array(collection.origins)
    original = {
        o: row for row, (o, edit) in enumerate(zip(origins, collection.edits, strict=True)) if not edit
    }
    keys = set(map(tuple, pairs.tolist()))
    candidates, recall = {}, {}
    for edit in EDITS:
        rows = [row for row, made in enumerate(collection.edits) if made == edit]
        heads = [original[origins[row]] for row in rows]
        candidates[edit] = float(np.mean([(min(p), max(p)) in keys for p in zip(rows, heads, strict=True)]))
        recall[edit] = float(
            np.mean([groups[a] >= 0 and groups[a] == groups[b] for a, b in zip(rows, heads, strict=True)])
        )
    is_own = origins[accepted[:, 0]] == origins[accepted[:, 1]]
    foreign = sorted({tuple(sorted(pair)) for pair in origins[accepted[~is_own]].tolist()})
    return Outcome(candidates, recall, float(is_own.mean()), accepted, foreign, seconds, len(pairs))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--every", type=int, default=3)
    given = parser.parse_args()
    paths = sorted(given.folder.rglob("*.jpg"))
    collection = make_collection(paths, given.every)
    found = find(collection, embed(collection))
    print(f"{len(paths)} pictures, {len(collection.renditions) - len(paths)} edits; {describe_machine()}\n")
    print("| edit | the pair itself is a candidate | in one group |\n|---|---|---|")
    for edit, recall in found.recall.items():
        print(f"| {edit} | {found.candidates[edit]:.3f} | {recall:.3f} |")
    print(
        f"\n{len(found.accepted):,} of {found.looked_at:,} candidates accepted, precision {found.precision:.4f}"
    )
    print("; ".join(f"{name} {value:.1f} s" for name, value in found.seconds.items()))
    for a, b in found.foreign:
        print(f"- {paths[a].name} {paths[b].name}")


if __name__ == "__main__":
    main()
