"""Time, peak memory and files of the search index at several sizes.

Run: ``python benchmarks/search_index.py [--sizes 10000 1000000] [--out FOLDER]``; prints Markdown. Every case runs in
a process of its own. The words are drawn: 100 thousand of them, as frequent as Zipf says, 25 an image; file names and
ids are unique. With ``--out`` the index of each size is written to ``FOLDER/<size>/``, to be searched.
"""

import argparse
import itertools
import json
import multiprocessing
import random
import resource
import time
from pathlib import Path

import pyarrow as pa
from machine import describe_machine

from clipplot_pipeline.model import Field
from clipplot_pipeline.site.search_index import build_index

FIELDS = (
    Field("title", "Title", "text"),
    Field("description", "Description", "text"),
    Field("category", "Category", "category"),
    Field("year", "Year", "number"),
)
AT_ONCE = 50_000


def make_table(count: int) -> pa.Table:
    """Return a catalog of drawn words."""
    rng = random.Random(1)
    letters = "eeeetttaaaooiinnsshrrdlucmfwygpbvk"
    words = ["".join(rng.choices(letters, k=rng.randint(3, 10))) for _ in range(100_000)]
    weights = list(itertools.accumulate(1 / (rank + 1) for rank in range(len(words))))

    def draw(number: int) -> str:
        return " ".join(rng.choices(words, cum_weights=weights, k=number))

    batches = [
        pa.record_batch(
            {
                "image_id": [f"{rng.getrandbits(80):020x}" for _ in rows],
                "paths": [[f"box {k % 500}/IMG_{k:07d}.jpg"] for k in rows],
                "title": [draw(5) for _ in rows],
                "description": [draw(20) for _ in rows],
                "category": [words[k % 40] for k in rows],
                "year": [float(rng.randrange(1800, 2000)) for _ in rows],
            }
        )
        for rows in (range(s, min(s + AT_ONCE, count)) for s in range(0, count, AT_ONCE))
    ]
    return pa.Table.from_batches(batches).combine_chunks()


def peak_mb() -> float:
    """Return the largest memory of this process so far. Unit: MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3


def measure(count: int, out: str | None) -> str:
    """Build the index of so many images; return a row of the table."""
    table = make_table(count)
    before, start = peak_mb(), time.perf_counter()
    index = build_index(FIELDS, table)
    seconds = time.perf_counter() - start
    sizes = {kind: [f.size_bytes for f in index.files if f.name[0] == kind] for kind in "tprd"}
    if out:
        for file in index.files:
            path = Path(out) / str(count) / index.folder / file.name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(index.read(file))
        (Path(out) / str(count) / "entry.json").write_text(json.dumps(index.to_json()))
    mean = {kind: sum(group) / max(1, len(group)) / 1e3 for kind, group in sizes.items()}
    return (
        f"| {count:,} | {seconds:.0f} | {before:.0f} | {peak_mb():.0f} | {len(index.files):,} | "
        f"{index.spool.size / count:.0f} | {sizes['d'][0] / 1e3:.1f} | {mean['t']:.1f} | {mean['p']:.1f} |"
    )


def main() -> None:
    """Measure all sizes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--out")
    options = parser.parse_args()
    print(f"{describe_machine()}\n")
    print(
        "| images | s | before, MB | peak, MB | files | bytes each | directory, kB | dictionary, kB | postings, kB |"
    )
    print("|--:|--:|--:|--:|--:|--:|--:|--:|--:|")
    context = multiprocessing.get_context("spawn")
    for count in options.sizes:
        with context.Pool(1) as pool:
            print(pool.apply(measure, (count, options.out)), flush=True)


if __name__ == "__main__":
    main()
