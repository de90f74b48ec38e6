"""Time and peak memory of layouts and clusters, beside the floor that the libraries set.

Run: ``python benchmarks/layouts.py [--sizes 1000 10000] [--large 100000]``; prints Markdown. Every case runs in a
process of its own; what is compiled on first use is compiled before the clock starts. The vectors are drawn:
groups of some fifty images in 128 dimensions.
"""

import argparse
import datetime
import multiprocessing
import os
import platform
import sys
import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from clipplot_pipeline.clusters import Words, find_clusters
from clipplot_pipeline.clusters.hierarchy import choose_sizes
from clipplot_pipeline.layouts import LAYOUTS, LayoutInput
from clipplot_pipeline.layouts.spread import spread_out
from clipplot_pipeline.model import Neighbors

SPECS = {spec.name: spec for spec in LAYOUTS}
DIM, K = 128, 32


def make_vectors(n: int) -> np.ndarray:
    rng = np.random.default_rng(0)
    middles = rng.normal(size=(max(n // 50, 2), DIM)).astype(np.float32)
    vectors = middles[rng.integers(0, len(middles), n)] + rng.normal(scale=0.7, size=(n, DIM)).astype(
        np.float32
    )
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def find_neighbors(vectors: np.ndarray) -> Neighbors:
    rows = np.empty((len(vectors), K), np.int32)
    similarities = np.empty((len(vectors), K), np.float32)
    for start in range(0, len(vectors), 1000):
        similarity = vectors[start : start + 1000] @ vectors.T
        here = np.arange(len(similarity))
        similarity[here, start + here] = -np.inf
        found = np.argpartition(-similarity, K, axis=1)[:, :K]
        order = np.argsort(-np.take_along_axis(similarity, found, 1), axis=1)
        found = np.take_along_axis(found, order, 1)
        rows[start : start + 1000] = found
        similarities[start : start + 1000] = np.take_along_axis(similarity, found, 1)
    return Neighbors(rows, similarities)


def make_given(n: int, name: str) -> LayoutInput:
    rng = np.random.default_rng(1)
    needs = SPECS[name].needs if name in SPECS else {"vectors", "neighbors"}
    vectors = make_vectors(n) if "vectors" in needs else None
    towns = rng.uniform(-0.8, 0.8, (max(n // 50, 2), 2))
    primary = (towns[rng.integers(0, len(towns), n)] + rng.normal(scale=0.03, size=(n, 2))).clip(-1, 1)
    return LayoutInput(
        image_ids=np.array([f"{i:020x}" for i in range(n)]),
        aspects=np.ones(n, np.float32),
        vectors=vectors,
        neighbors=find_neighbors(vectors) if "neighbors" in needs and vectors is not None else None,
        primary=primary.astype(np.float32),
        names=[
            f"{'abcdefghijklmnopqrstuvwxyz'[i]}{j} plate" for i, j in rng.integers(0, 26, (n, 2)).tolist()
        ],
    )


def prepare_layout(name: str, n: int) -> Callable[[], Any]:
    given = make_given(n, name)
    # Spreading out is a case of its own: UMAP is held against the bare library.
    settings = {"spread_below": 0} if name == "umap" else {}
    SPECS[name].arrange(make_given(200, name), settings)
    return lambda: SPECS[name].arrange(given, settings)


def prepare_spread(n: int) -> Callable[[], Any]:
    primary = make_given(n, "grid").primary
    assert primary is not None
    aspects = np.random.default_rng(3).choice([0.67, 0.75, 1.0, 1.33, 1.5, 1.9], n)
    spread_out(primary[:200], aspects[:200])
    return lambda: spread_out(primary, aspects)


def prepare_bare_umap(n: int) -> Callable[[], Any]:
    import umap

    def fit(given: LayoutInput) -> Any:
        assert given.neighbors is not None
        itself = np.arange(len(given), dtype=np.int32)[:, None]
        rows = np.ascontiguousarray(np.hstack([itself, given.neighbors.rows[:, :14]]))
        distances = np.hstack([np.zeros((len(given), 1)), 1 - given.neighbors.similarities[:, :14]])
        knn = (rows, distances.astype(np.float32))
        return umap.UMAP(metric="cosine", precomputed_knn=knn, random_state=1, n_jobs=1).fit(given.vectors)

    given = make_given(n, "umap")
    fit(make_given(200, "umap"))
    return lambda: fit(given)


def prepare_clusters(n: int) -> Callable[[], Any]:
    given = make_given(n, "grid")
    rng = np.random.default_rng(2)
    vectors = make_vectors(n)
    pairs = np.unique(
        np.column_stack([np.repeat(np.arange(n), 8), rng.zipf(1.5, 8 * n).clip(max=2000) - 1]), axis=0
    )
    words = Words(
        tuple(f"term{i:04d}" for i in range(2000)), np.ones(2000, np.float32), pairs[:, 0], pairs[:, 1], n
    )
    assert given.primary is not None
    positions = given.primary
    find_clusters(vectors[:500], positions[:500], None, {})
    return lambda: find_clusters(vectors, positions, words, {})


def prepare_bare_hdbscan(n: int) -> Callable[[], Any]:
    import hdbscan

    positions = np.asarray(make_given(n, "grid").primary, np.float64)
    smallest = choose_sizes(n, 3, 5)[-1]
    samples = int(np.clip(smallest // 3, 3, 30))
    hdbscan.HDBSCAN().fit(positions[:500])
    return lambda: hdbscan.HDBSCAN(
        min_cluster_size=smallest, min_samples=samples, core_dist_n_jobs=1, cluster_selection_method="leaf"
    ).fit(positions)


def measure(case: str, n: int, answers: Any) -> None:
    """Run one case in this process; answer seconds, and MiB of peak memory beyond what was there before."""
    warnings.simplefilter("ignore")
    special = {
        "umap-learn alone": prepare_bare_umap,
        "spread": prepare_spread,
        "clusters": prepare_clusters,
        "hdbscan alone": prepare_bare_hdbscan,
    }
    run = special[case](n) if case in special else prepare_layout(case, n)
    before = read_peak()
    start = time.perf_counter()
    run()
    answers.put((time.perf_counter() - start, read_peak(), before))


def read_peak() -> float:
    """Return the peak memory of this process in MiB, NaN where the system does not tell."""
    if sys.platform == "win32":
        return float("nan")
    import resource

    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**20


def describe_machine() -> str:
    """Return the day, the machine and the Python that a benchmark runs on."""
    today = datetime.datetime.now(tz=datetime.UTC).date()
    return f"{today}, {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}."


def run_case(case: str, n: int) -> tuple[float, float, float]:
    context = multiprocessing.get_context("spawn")
    answers = context.Queue()
    process = context.Process(target=measure, args=(case, n, answers))
    process.start()
    answer: tuple[float, float, float] = answers.get(timeout=1800)
    process.join()
    return answer


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="*", default=[1000, 10_000])
    parser.add_argument("--large", type=int, nargs="*", default=[100_000])
    parser.add_argument("--repeat", type=int, default=1, help="runs of each case; the fastest counts")
    asked = parser.parse_args()
    print("# Layouts and clusters\n")
    print(describe_machine(), end=" ")
    print(f"Vectors of {DIM} dimensions, {K} neighbours. Before: peak of the process with its input.\n")
    print("| case | images | seconds | peak MiB | before MiB |\n|---|---|---|---|---|")
    seconds: dict[tuple[str, int], float] = {}
    cases = [*SPECS, "umap-learn alone", "spread", "clusters", "hdbscan alone"]
    slow = {"umap", "umap-learn alone", "spread"}
    for n, wanted in [(n, cases) for n in asked.sizes] + [
        (n, [c for c in cases if c not in slow]) for n in asked.large
    ]:
        for case in wanted:
            runs = [run_case(case, n) for _ in range(asked.repeat)]
            seconds[case, n], peak, before = min(runs)
            print(f"| {case} | {n:,} | {seconds[case, n]:.2f} | {peak:.0f} | {before:.0f} |", flush=True)
    print()
    for (case, n), spent in seconds.items():
        floor = {"umap": "umap-learn alone", "clusters": "hdbscan alone"}.get(case)
        if floor:
            print(f"- {case} over {floor}, {n:,} images: {spent / seconds[floor, n]:.2f}")


if __name__ == "__main__":
    main()
