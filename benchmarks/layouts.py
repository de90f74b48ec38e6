"""Time and peak memory of neighbours, layouts and clusters, beside the floor that the libraries set, and how they grow.

Run: ``python benchmarks/layouts.py [--sizes 2500 10000] [--large 100000] [--cases umap …]``; prints Markdown. Every
case runs in a process of its own; what is compiled on first use is compiled before the clock starts. The vectors are
drawn (``make_vectors``). The law of growth is the straight line through the logarithms of images and CPU seconds, of
the sizes from 2,500; drawn on to a million it is an estimate, no measurement.
"""

import argparse
import multiprocessing
import sys
import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from machine import describe_machine

from clipplot_pipeline.clusters import Words, find_clusters
from clipplot_pipeline.clusters.hierarchy import choose_sizes
from clipplot_pipeline.embeddings import nearest_neighbors
from clipplot_pipeline.embeddings.index import search_index
from clipplot_pipeline.layouts import LAYOUTS, LayoutInput
from clipplot_pipeline.layouts.spread import spread_out

SPECS = {spec.name: spec for spec in LAYOUTS}
DIM, K = 128, 32


def make_vectors(n: int, dim: int = DIM, seed: int = 0) -> np.ndarray:
    """Return unit vectors as models of images give them: kinds within kinds, few strong directions, a little noise.

    Sizes of groups and strengths of directions fall as powers; three levels of groups in 64 hidden dimensions.
    """
    rng = np.random.default_rng(seed)
    hidden = 64
    strength = np.arange(1, hidden + 1, dtype=np.float32) ** -0.6
    points = np.zeros((n, hidden), np.float32)
    for groups, width in ((12, 1.0), (n // 400 + 1, 0.7), (n // 40 + 1, 0.45), (n, 0.35)):
        share = np.arange(1, groups + 1) ** -0.8
        which = rng.choice(groups, n, p=share / share.sum()) if groups < n else np.arange(n)
        points += width * (rng.normal(size=(groups, hidden)).astype(np.float32) * strength)[which]
    into = np.linalg.qr(rng.normal(size=(dim, hidden)))[0].T.astype(np.float32)
    vectors = points @ into + rng.normal(scale=0.01, size=(n, dim)).astype(np.float32)
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / lengths)


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
        neighbors=nearest_neighbors(vectors, K) if "neighbors" in needs and vectors is not None else None,
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


def prepare_search(n: int, search: Callable[[np.ndarray, int], Any]) -> Callable[[], Any]:
    vectors = make_vectors(n)
    search(vectors[:1000], K)
    return lambda: search(vectors, K)


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
    """Run one case in this process; answer CPU seconds, seconds, MiB of memory at the peak and before."""
    warnings.simplefilter("ignore")
    special: dict[str, Callable[[int], Callable[[], Any]]] = {
        "neighbors, exact": lambda n: prepare_search(n, nearest_neighbors),
        "neighbors, index": lambda n: prepare_search(n, search_index),
        "umap-learn alone": prepare_bare_umap,
        "spread": prepare_spread,
        "clusters": prepare_clusters,
        "hdbscan alone": prepare_bare_hdbscan,
    }
    run = special[case](n) if case in special else prepare_layout(case, n)
    before = read_peak()
    start, started = time.perf_counter(), time.process_time()
    run()
    answers.put((time.process_time() - started, time.perf_counter() - start, read_peak(), before))


def read_peak() -> float:
    """Return the peak memory of this process in MiB, NaN where the system does not tell."""
    if sys.platform == "win32":
        return float("nan")
    import resource

    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**20


def run_case(case: str, n: int) -> tuple[float, float, float, float]:
    context = multiprocessing.get_context("spawn")
    answers = context.Queue()
    process = context.Process(target=measure, args=(case, n, answers))
    process.start()
    answer: tuple[float, float, float, float] = answers.get(timeout=1800)
    process.join()
    return answer


def fit_law(points: dict[int, float]) -> tuple[float, float]:
    """Return the power of growth, and the seconds at a million that it leads to."""
    sizes, seconds = np.array(list(points), float), np.array(list(points.values()))
    power, level = np.polyfit(np.log(sizes), np.log(seconds), 1)
    return float(power), float(np.exp(level + power * np.log(1e6)))


FLOORS = {"umap": "umap-learn alone", "clusters": "hdbscan alone"}
CASES = [
    "neighbors, exact",
    "neighbors, index",
    *SPECS,
    "umap-learn alone",
    "spread",
    "clusters",
    "hdbscan alone",
]
#: Cases that take minutes at ``--large``.
SLOW = {"neighbors, exact", "umap", "umap-learn alone", "spread"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="*", default=[2500, 10_000])
    parser.add_argument("--large", type=int, nargs="*", default=[100_000])
    parser.add_argument("--cases", nargs="*", choices=CASES, default=CASES)
    parser.add_argument("--repeat", type=int, default=1, help="runs of each case; the fastest counts")
    asked = parser.parse_args()
    print("# Neighbours, layouts and clusters\n")
    print(f"{describe_machine()}.", end=" ")
    print(f"Vectors of {DIM} dimensions, {K} neighbours. Before: peak of the process with its input.\n")
    print("| case | images | CPU s | s | peak MiB | before MiB |\n|---|--:|--:|--:|--:|--:|")
    seconds: dict[str, dict[int, float]] = {case: {} for case in asked.cases}
    for n in [*asked.sizes, *asked.large]:
        for case in asked.cases:
            if case in SLOW and n not in asked.sizes:
                continue
            busy, wall, peak, before = min(run_case(case, n) for _ in range(asked.repeat))
            seconds[case][n] = busy
            print(f"| {case} | {n:,} | {busy:.2f} | {wall:.2f} | {peak:.0f} | {before:.0f} |", flush=True)
    print()
    for case, floor in FLOORS.items():
        for n in sorted(seconds.get(case, {}).keys() & seconds.get(floor, {}).keys()):
            print(f"- {case} over {floor}, {n:,} images: {seconds[case][n] / seconds[floor][n]:.2f}")
    print("\n| case | grows as n to the | CPU s at a million, estimated |\n|---|--:|--:|")
    for case, points in seconds.items():
        measured = {n: spent for n, spent in points.items() if n >= 2500}
        if len(measured) > 1:
            power, million = fit_law(measured)
            print(f"| {case} | {power:.2f} | {million:,.0f} |")


if __name__ == "__main__":
    main()
