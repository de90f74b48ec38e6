"""How a map keeps still while a collection grows: on held-back thirds of real collections.

Run: ``python benchmarks/stability.py PROJECT [PROJECT …]``, each the folder of a project that has been built; prints
Markdown. A third of the images is held back; then they are placed among the others, or the map is made anew, with
the old map as its start and turned to it, or from nothing; for UMAP and for principal components. Displacement is the
mean way of the old images, in shares of the map's width; preservation the share of the 15 nearest that are nearest
neighbours.
"""

import argparse
import time
from pathlib import Path
from typing import Any

import numpy as np
from machine import describe_machine

from clipplot_pipeline.defs.io import open_vectors
from clipplot_pipeline.embeddings import nearest_neighbors
from clipplot_pipeline.layouts import LAYOUTS, LayoutInput, Previous
from clipplot_pipeline.layouts.quality import preserve_neighbors
from clipplot_pipeline.ledger import Ledger
from clipplot_pipeline.model import Neighbors
from clipplot_pipeline.settings import load_settings

SETTINGS: dict[str, dict[str, Any]] = {"umap": {"spread_below": 0}, "pca": {}}
ARRANGE = {spec.name: spec.arrange for spec in LAYOUTS}


def arrange(
    layout: str, vectors: np.ndarray, previous: Previous | None, share: float
) -> tuple[np.ndarray, Any, Neighbors, float]:
    neighbors = nearest_neighbors(vectors, 32)
    ids = np.array([f"{row:020x}" for row in range(len(vectors))])
    given = LayoutInput(ids, np.ones(len(vectors), np.float32), vectors, neighbors, previous=previous)
    started = time.perf_counter()
    made = ARRANGE[layout](given, SETTINGS[layout] | {"refit_share": share})
    return made.positions, made.facts, neighbors, time.perf_counter() - started


def load(project: Path) -> np.ndarray:
    ledger = Ledger(load_settings(project))
    catalog = ledger.folder("catalog").read_table("catalog.parquet", columns=["sha256"])
    dim = ledger.folder("embedder").read_json("card.json")["dim"]
    shards = ((shard, ledger.folder("embeddings", shard)) for shard in ledger.shards)
    with open_vectors(shards, catalog["sha256"].to_pylist(), dim) as vectors:
        return np.array(vectors)


def measure(project: Path, layout: str) -> None:
    vectors = load(project)
    order = np.random.default_rng(0).permutation(len(vectors))
    vectors = vectors[order]
    kept = len(vectors) * 2 // 3
    arrange(layout, vectors[:100], None, 1.0)  # compiles
    old, facts, _, _ = arrange(layout, vectors[:kept], None, 1.0)
    hidden = np.full((len(vectors) - kept, 2), np.nan, np.float32)
    before = np.concatenate([old, hidden])
    cases = {
        "placed among the old": (Previous(before, facts), 1.0),
        "made anew from the old": (Previous(before, facts), 0.0),
        "made anew from nothing": (None, 0.0),
    }
    for name, (previous, share) in cases.items():
        positions, _, neighbors, seconds = arrange(layout, vectors, previous, share)
        width = np.ptp(old, axis=0).max()
        way = np.linalg.norm(positions[:kept] - old, axis=1).mean() / width
        shares = preserve_neighbors(positions, neighbors)
        scores = f"{shares.mean():.3f} | {shares[kept:].mean():.3f} | {way:.3f} | {seconds:.1f}"
        print(f"| {project.name} | {layout} | {name} | {scores} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("projects", nargs="+", type=Path)
    arguments = parser.parse_args()
    print(f"{describe_machine()}\n")
    print("| collection | layout | new third | preserved | of the new | displacement of the old | seconds |")
    print("|---|---|---|---:|---:|---:|---:|")
    for project in arguments.projects:
        for layout in SETTINGS:
            measure(project, layout)


if __name__ == "__main__":
    main()
