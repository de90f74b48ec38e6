"""Exact search for neighbours against approximate indexes of kept libraries: recall, seconds, memory.

Run: ``python benchmarks/neighbors.py [--sizes 20000] [--methods exact …] [--pictures FOLDER …]``; prints Markdown.
Every case runs in a process of its own; what loads and compiles on first use does so before the clock starts, and is
told beside; torch runs on the best device that it sees. Libraries that are not installed are left out. Vectors are
drawn (``make_vectors``), or, with ``--pictures``, are descriptors of random crops of real pictures. Recall is the share
of the true 32 nearest that were found, over a thousand images.
"""

import argparse
import hashlib
import importlib.util
import io
import multiprocessing
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from layouts import make_vectors, read_peak
from machine import describe_machine

from clipplot_pipeline.embeddings import nearest_neighbors

K, SAMPLE, DIM = 32, 1000, 512


def embed_crops(folders: list[Path], n: int) -> np.ndarray:
    """Return the descriptors of random crops of pictures, about as many of each."""
    from PIL import Image

    from clipplot_pipeline.embeddings import EmbedderChoice, embed_renditions, fit_embedder, make_embedder

    files = sorted(path for folder in folders for path in folder.rglob("*.jpg"))
    rng = np.random.default_rng(1)

    def cut() -> Iterator[bytes]:
        for number in range(n):
            with Image.open(files[number % len(files)]) as picture:
                whole = picture.convert("RGB")
            width, height = (round(side * rng.uniform(0.45, 0.95)) for side in whole.size)
            x, y = (int(rng.integers(room + 1)) for room in (whole.width - width, whole.height - height))
            out = io.BytesIO()
            whole.crop((x, y, x + width, y + height)).save(out, "JPEG", quality=90)
            yield out.getvalue()

    choice = EmbedderChoice(
        embedder="descriptor",
        model="",
        pretrained="",
        device="cpu",
        precision="fp32",
        batch_size=0,
        trained_as="",
    )
    state = fit_embedder(choice, (path.read_bytes() for path in files))
    return np.concatenate(list(embed_renditions(make_embedder(choice, state), cut())))


def search_exactly(vectors: np.ndarray) -> np.ndarray:
    return nearest_neighbors(vectors, K).rows


def search_by_torch(vectors: np.ndarray) -> np.ndarray:
    from clipplot_pipeline.embeddings.clip import DeviceSearch, pick_devices

    return nearest_neighbors(vectors, K, DeviceSearch(vectors, pick_devices("auto")[0])).rows


def search_pynndescent(vectors: np.ndarray, width: int = 48) -> np.ndarray:
    from pynndescent import NNDescent

    index = NNDescent(vectors, metric="cosine", n_neighbors=width, random_state=1, low_memory=True)
    return leave_itself_out(index.neighbor_graph[0])


def search_faiss_ivf(vectors: np.ndarray, probes: int = 32) -> np.ndarray:
    import faiss

    n, dim = vectors.shape
    lists = int(4 * np.sqrt(n))
    sample = np.random.default_rng(1).choice(n, min(n, 40 * lists), replace=False)
    index = faiss.IndexIVFFlat(faiss.IndexFlatIP(dim), dim, lists, faiss.METRIC_INNER_PRODUCT)
    index.train(np.ascontiguousarray(vectors[np.sort(sample)]))
    index.add(np.ascontiguousarray(vectors))
    index.nprobe = probes
    return leave_itself_out(index.search(np.ascontiguousarray(vectors), K + 1)[1])


def search_faiss_hnsw(vectors: np.ndarray, effort: int = 128) -> np.ndarray:
    import faiss

    index = faiss.IndexHNSWFlat(vectors.shape[1], 24, faiss.METRIC_INNER_PRODUCT)
    index.hnsw.efConstruction = 100
    index.hnsw.efSearch = effort
    index.add(np.ascontiguousarray(vectors))
    return leave_itself_out(index.search(np.ascontiguousarray(vectors), K + 1)[1])


def search_usearch(vectors: np.ndarray, effort: int = 128) -> np.ndarray:
    from usearch.index import Index

    index = Index(
        ndim=vectors.shape[1], metric="ip", connectivity=24, expansion_add=100, expansion_search=effort
    )
    index.add(np.arange(len(vectors)), vectors)
    return leave_itself_out(index.search(vectors, K + 1).keys.astype(np.int64))


#: Method: the module that it needs, what it does with vectors.
METHODS: dict[str, tuple[str, Callable[[np.ndarray], np.ndarray]]] = {
    "exact": ("numpy", search_exactly),
    "exact, by torch": ("torch", search_by_torch),
    "pynndescent": ("pynndescent", search_pynndescent),
    "pynndescent, 64 wide": ("pynndescent", lambda vectors: search_pynndescent(vectors, 64)),
    "faiss IVF, 16 lists": ("faiss", lambda vectors: search_faiss_ivf(vectors, 16)),
    "faiss IVF, 32 lists": ("faiss", search_faiss_ivf),
    "faiss IVF, 64 lists": ("faiss", lambda vectors: search_faiss_ivf(vectors, 64)),
    "faiss HNSW": ("faiss", search_faiss_hnsw),
    "usearch HNSW": ("usearch", search_usearch),
}


def leave_itself_out(rows: np.ndarray) -> np.ndarray:
    """Return the K nearest others of every image, of rows in which the image itself may stand."""
    itself = rows == np.arange(len(rows))[:, None]
    order = np.argsort(itself, axis=1, kind="stable")
    return np.take_along_axis(rows, order, 1)[:, :K]


def find_truth(vectors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return some images, and the similarity of the last of the K nearest of each."""
    sample = np.sort(np.random.default_rng(2).choice(len(vectors), min(SAMPLE, len(vectors)), replace=False))
    products = vectors[sample] @ vectors.T
    products[np.arange(len(sample)), sample] = -np.inf
    return sample, -np.partition(-products, K - 1, axis=1)[:, K - 1]


def measure(method: str, path: str, answers: Any) -> None:
    """Run one case in this process; answer seconds, MiB at the peak and before, recall, a hash of what was found."""
    warnings.simplefilter("ignore")
    vectors = np.load(path)
    run = METHODS[method][1]
    cold = time.process_time()
    run(make_vectors(2000, vectors.shape[1], 3))
    cold = time.process_time() - cold
    before, start, started = read_peak(), time.perf_counter(), time.process_time()
    rows = run(vectors)
    seconds, busy, peak = time.perf_counter() - start, time.process_time() - started, read_peak()
    sample, last = find_truth(vectors)
    found = np.einsum("nkd,nd->nk", vectors[rows[sample]], vectors[sample])
    found[rows[sample] < 0] = -1  # an index may return fewer
    recall = float((found >= last[:, None] - 1e-6).mean())
    answers.put(
        (
            busy,
            cold,
            seconds,
            peak,
            before,
            recall,
            hashlib.sha256(rows.astype(np.int64).tobytes()).hexdigest()[:8],
        )
    )


def run_case(method: str, path: str) -> tuple[float, float, float, float, float, float, str]:
    context = multiprocessing.get_context("spawn")
    answers = context.Queue()
    process = context.Process(target=measure, args=(method, path, answers))
    process.start()
    answer: tuple[float, float, float, float, float, float, str] = answers.get(timeout=3600)
    process.join()
    return answer


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="*", default=[20_000, 50_000])
    parser.add_argument("--methods", nargs="*", default=list(METHODS))
    parser.add_argument("--pictures", type=Path, nargs="*", default=[])
    parser.add_argument("--vectors", type=Path, help="a .npy of unit vectors, written if it is not there")
    parser.add_argument("--repeat", type=int, default=1, help="runs of each case, to see whether they agree")
    asked = parser.parse_args()
    print(f"{describe_machine()}\n")
    print(
        "| images × dimensions | method | CPU s | once, CPU s | s | recall | MiB beyond the vectors | same again |"
    )
    print("|---|---|--:|--:|--:|--:|--:|---|")
    with tempfile.TemporaryDirectory() as folder:
        for n in asked.sizes:
            path = asked.vectors or Path(folder) / f"{n}.npy"
            if not path.exists():
                np.save(path, embed_crops(asked.pictures, n) if asked.pictures else make_vectors(n, DIM))
            shape = " × ".join(f"{side:,}" for side in np.load(path, mmap_mode="r").shape)
            for method in asked.methods:
                if importlib.util.find_spec(METHODS[method][0]) is None:
                    continue
                runs = [run_case(method, str(path)) for _ in range(asked.repeat)]
                busy, cold, seconds, peak, before, recall, _ = min(runs)
                same = "" if len(runs) < 2 else "yes" if len({run[-1] for run in runs}) == 1 else "no"
                numbers = f"{busy:.1f} | {cold:.0f} | {seconds:.1f} | {recall:.4f} | {peak - before:.0f}"
                print(f"| {shape} | {method} | {numbers} | {same} |", flush=True)


if __name__ == "__main__":
    main()
