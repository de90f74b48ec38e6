"""In which space, and by which method, groups agree best with what people say of the pictures.

Run: ``python benchmarks/clusters.py PROJECT … [--sizes 5 12]``, each the folder of a project that was built of pictures
and a table; prints Markdown. Against fields of the table (``--fields``): adjusted mutual information over all images,
noise as one group; the same over those in groups; the share of noise; CPU seconds, warm, the making of the space before
those of the method. Methods that are not installed are left out. ``--large N`` times them on a drawn map of N images.
"""

import argparse
import importlib.util
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
from layouts import make_given
from machine import describe_machine

from clipplot_pipeline.clusters import find_clusters
from clipplot_pipeline.clusters.hierarchy import choose_sizes, cut_hierarchy
from clipplot_pipeline.defs.io import open_vectors, read_layout, read_neighbors
from clipplot_pipeline.layouts.umap import _knn_graph
from clipplot_pipeline.layouts.umap_learn import load_umap
from clipplot_pipeline.ledger import Ledger
from clipplot_pipeline.model import Neighbors
from clipplot_pipeline.settings import load_settings

Labels = np.ndarray
LOW, PRINCIPAL = 5, 10
METHODS = ["hdbscan", "fast_hdbscan", "EVoC"]


def load(project: Path) -> tuple[pa.Table, np.ndarray, Neighbors, np.ndarray]:
    ledger = Ledger(load_settings(project))
    catalog = ledger.folder("catalog").read_table("catalog.parquet")
    dim = ledger.folder("embedder").read_json("card.json")["dim"]
    shards = ((shard, ledger.folder("embeddings", shard)) for shard in ledger.shards)
    with open_vectors(shards, catalog["sha256"].to_pylist(), dim) as lent:
        vectors = np.array(lent)
    neighbors = read_neighbors(ledger.folder("neighbors"), catalog["image_id"])
    layout = read_layout(ledger.folder("layout_umap"), catalog["image_id"])
    return catalog, vectors, neighbors, layout.positions


def reduce_low(vectors: np.ndarray, neighbors: Neighbors) -> np.ndarray:
    """Return UMAP in five dimensions, packed as tightly as it goes, of the same graph as the map."""
    umap = load_umap()
    rows, distances = _knn_graph(neighbors, 15)
    fitted = umap.UMAP(
        n_components=LOW,
        min_dist=0.0,
        n_neighbors=15,
        precomputed_knn=(rows, distances),
        force_approximation_algorithm=True,
        random_state=1,
        n_jobs=1,
    ).fit(vectors)
    return np.asarray(fitted.embedding_)


def reduce_linear(vectors: np.ndarray) -> np.ndarray:
    from sklearn.decomposition import PCA

    return np.asarray(PCA(PRINCIPAL, random_state=0).fit_transform(vectors))


def make_graph(neighbors: Neighbors) -> object:
    """Return the neighbours as a symmetric sparse matrix of distances, its parts joined by single edges."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    rows, distances = _knn_graph(neighbors, 33)
    n, k = rows.shape
    heads = np.repeat(np.arange(n), k)
    graph = coo_matrix((distances.ravel().astype(float) + 1e-6, (heads, rows.ravel())), (n, n)).tocsr()
    graph.setdiag(0)
    graph = graph.maximum(graph.T)
    parts, labels = connected_components(graph)
    first = np.array([np.flatnonzero(labels == part)[0] for part in range(parts)])
    if parts > 1:  # hdbscan takes one connected graph only
        bridge = coo_matrix((np.full(parts - 1, 2.0), (first[:-1], first[1:])), (n, n)).tocsr()
        graph = graph.maximum(bridge).maximum(bridge.T)
    graph.eliminate_zeros()
    return graph.tocsr()


def run_hdbscan(points: np.ndarray, smallest: int) -> Labels:
    """As the product does: one tree, cut at leaves."""
    cuts = cut_hierarchy(np.asarray(points, np.float32), [smallest])
    return cuts[0].cluster if cuts else np.full(len(points), -1)


def run_hdbscan_on_graph(graph: object, smallest: int) -> Labels:
    import hdbscan

    samples = int(np.clip(smallest // 3, 3, 30))
    return np.asarray(
        hdbscan.HDBSCAN(
            min_cluster_size=smallest,
            min_samples=samples,
            metric="precomputed",
            cluster_selection_method="leaf",
            core_dist_n_jobs=1,
        )
        .fit(graph)
        .labels_
    )


def run_fast_hdbscan(points: np.ndarray, smallest: int) -> Labels:
    import fast_hdbscan

    samples = int(np.clip(smallest // 3, 3, 30))
    made = fast_hdbscan.HDBSCAN(
        min_cluster_size=smallest, min_samples=samples, cluster_selection_method="leaf"
    )
    return np.asarray(made.fit(np.asarray(points, np.float32)).labels_)


def run_evoc(vectors: np.ndarray, smallest: int) -> Labels:
    """As it prefers, one level of several: of vectors, with a graph and a space of its own."""
    from evoc import EVoC

    return np.asarray(EVoC(base_min_cluster_size=smallest, random_state=1).fit_predict(vectors))


def score(labels: Labels, truth: pa.ChunkedArray) -> tuple[float, float, float, int]:
    """Return the agreement of all, of those in groups, the share of noise among all, and the number of groups."""
    from sklearn.metrics import adjusted_mutual_info_score

    codes = truth.combine_chunks().dictionary_encode().indices.fill_null(-1).to_numpy()
    known, inside = codes >= 0, labels >= 0
    of_all = adjusted_mutual_info_score(codes[known], labels[known])
    both = known & inside
    of_those = adjusted_mutual_info_score(codes[both], labels[both]) if both.any() else 0.0
    return of_all, of_those, float((~inside).mean()), len(np.unique(labels[inside]))


def time_twice(run: Callable[[], Labels]) -> tuple[Labels, float]:
    """Return what it gives and the CPU seconds of the second run: the first may compile."""
    run()
    start = time.process_time()
    labels = run()
    return labels, time.process_time() - start


def measure(project: Path, sizes: list[int], fields: list[str], methods: list[str]) -> None:
    catalog, vectors, neighbors, positions = load(project)
    spaces: dict[str, tuple[object, float]] = {"layout": (positions, 0.0), "vectors": (vectors, 0.0)}
    makers: dict[str, Callable[[], object]] = {
        f"{LOW} dimensions of UMAP": lambda: reduce_low(vectors, neighbors),
        f"{PRINCIPAL} principal components": lambda: reduce_linear(vectors),
        "graph of neighbours": lambda: make_graph(neighbors),
    }
    for name, make in makers.items():
        if not choose_methods(name, methods):
            continue
        make()
        start = time.process_time()
        spaces[name] = make(), time.process_time() - start
    for smallest in sizes:
        for space, (points, making) in spaces.items():
            for method, run in choose_methods(space, methods).items():
                labels, seconds = time_twice(lambda r=run, p=points, s=smallest: r(p, s))  # type: ignore[misc]
                report(
                    project.name,
                    space,
                    method,
                    smallest,
                    labels,
                    catalog,
                    fields,
                    f"{making:.1f} + {seconds:.2f}",
                )
    own = find_clusters(vectors, positions, None, {}, None, neighbors) if "hdbscan" in methods else None
    for number, level in enumerate(own.levels if own else ()):
        name = f"clipplot, level {number}"
        report(project.name, "layout", name, int(np.bincount(level.cluster[level.cluster >= 0]).min()),
               level.cluster, catalog, fields, "")  # fmt: skip


def choose_methods(space: str, wanted: list[str]) -> dict[str, Callable[..., Labels]]:
    """Return the methods that work in a space, are wanted, and are installed."""
    if space == "graph of neighbours":
        fitting: dict[str, Callable[..., Labels]] = {"hdbscan": run_hdbscan_on_graph}
    elif space == "vectors":
        fitting = {"EVoC": run_evoc}
    else:
        fitting = {"hdbscan": run_hdbscan, "fast_hdbscan": run_fast_hdbscan}
    return {
        name: run
        for name, run in fitting.items()
        if name in wanted and importlib.util.find_spec(name.lower()) is not None
    }


def report(
    project: str,
    space: str,
    method: str,
    smallest: int,
    labels: Labels,
    catalog: pa.Table,
    fields: list[str],
    took: str,
) -> None:
    scores = [score(labels, catalog[field]) for field in fields]
    agreement = " | ".join(f"{of_all:.3f} | {of_those:.3f}" for of_all, of_those, _, _ in scores)
    _, _, noise, count = scores[0]
    print(
        f"| {project} | {space} | {method} | {smallest} | {agreement} | {noise:.2f} | {count} | {took} |",
        flush=True,
    )


def time_large(n: int, methods: list[str]) -> None:
    """Time the methods on a drawn map, at the finest size that the product takes."""
    positions = make_given(n, "grid").primary
    assert positions is not None
    smallest = choose_sizes(n, 3, 5)[-1]
    for method, run in choose_methods("layout", methods).items():
        labels, seconds = time_twice(lambda r=run: r(positions, smallest))  # type: ignore[misc]
        found = f"{labels.max() + 1} groups, noise {(labels < 0).mean():.2f}"
        print(f"- {n:,} images, {method}: {seconds:.1f} CPU s, {found}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("projects", nargs="*", type=Path)
    parser.add_argument("--sizes", type=int, nargs="*", default=[5, 12])
    parser.add_argument("--fields", nargs="*", default=["category", "label"])
    parser.add_argument("--methods", nargs="*", default=METHODS)
    parser.add_argument("--large", type=int, nargs="*", default=[])
    asked = parser.parse_args()
    warnings.simplefilter("ignore")
    print(f"{describe_machine()}\n")
    heads = " | ".join(f"{field}: all | in groups" for field in asked.fields)
    print(f"| collection | space | method | smallest | {heads} | noise | groups | CPU s, space + method |")
    print("|---|---|---|--:|" + "--:|--:|" * len(asked.fields) + "--:|--:|--:|")
    for project in asked.projects:
        measure(project, asked.sizes, asked.fields, asked.methods)
    print()
    for n in asked.large:
        time_large(n, asked.methods)


if __name__ == "__main__":
    main()
