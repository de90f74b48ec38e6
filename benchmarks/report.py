"""Measures again what stands in a report, and draws its plots.

    python benchmarks/report.py [WORD …] [--pictures FOLDER --metadata TABLE] [--report docs/benchmarks.md]

In the report, what a benchmark printed stands between two comments, of which the first says how it is run::

    <!-- bench: images.py {pictures} --megapixels 12 --count 60 -->
    …
    <!-- end of bench -->

Words choose the blocks whose command holds one of them; without any all are run. ``{pictures}`` and ``{metadata}`` are
the folder and table that are named, else the sample collection, drawn anew; ``{scratch}`` is a folder for what one
command makes for the next. A block is replaced when its command has ended well; the first that fails ends the run.

Belongs here: running and replacing. Does not belong here: measuring, plots (``plots``).
"""

from __future__ import annotations

import argparse
import os
import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from plots import draw_plots

from clipplot_pipeline.sample import draw_sample

ROOT = Path(__file__).resolve().parents[1]
REPORT = ROOT / "docs" / "benchmarks.md"
BLOCK = re.compile(r"<!-- bench: (?P<command>.+?) -->\n(?P<text>.*?)<!-- end of bench -->", re.DOTALL)


def run_benchmark(command: str, values: Mapping[str, str]) -> str:
    """Return what a benchmark prints.

    Raises
    ------
    SystemExit
        It failed: says which, and with what.
    """
    script, *rest = shlex.split(command)
    words = [word.format_map(values) for word in rest]
    print(f"== {script} {' '.join(words)}", file=sys.stderr, flush=True)
    paths = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    done = subprocess.run(
        [sys.executable, str(ROOT / "benchmarks" / script), *words],
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        env=os.environ | {"PYTHONPATH": paths, "PYTHONIOENCODING": "utf-8"},
        check=False,
    )
    if done.returncode or not done.stdout.strip():
        sys.exit(
            f"report: {script} ended with {done.returncode}; expected a table; the report keeps what it had"
        )
    return done.stdout.strip()


def measure_again(report: Path, words: Sequence[str], values: Mapping[str, str]) -> int:
    """Run the chosen blocks of a report one after the other, each written as soon as it is done; return how many."""
    commands = [found["command"] for found in BLOCK.finditer(report.read_text(encoding="utf-8"))]
    chosen = [command for command in commands if not words or any(word in command for word in words)]
    for command in chosen:
        text = run_benchmark(command, values)
        block = f"<!-- bench: {command} -->\n{text}\n<!-- end of bench -->"
        old = report.read_text(encoding="utf-8")
        new = BLOCK.sub(lambda found, c=command, b=block: b if found["command"] == c else found[0], old)  # type: ignore[misc]
        report.write_text(new, encoding="utf-8")
    return len(chosen)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("words", nargs="*")
    parser.add_argument("--pictures", type=Path)
    parser.add_argument("--metadata", type=Path)
    parser.add_argument("--report", type=Path, default=REPORT)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as scratch:
        pictures, metadata = given.pictures, given.metadata
        if pictures is None or metadata is None:
            draw_sample(Path(scratch) / "sample")
            pictures, metadata = (
                Path(scratch) / "sample" / "images",
                Path(scratch) / "sample" / "metadata.csv",
            )
        values = {"pictures": str(pictures), "metadata": str(metadata), "scratch": scratch}
        count = measure_again(given.report, given.words, values)
    if not count:
        sys.exit(
            f"report: no block of {given.report} names {' or '.join(given.words)}; expected a script's name"
        )
    for picture in draw_plots(given.report, given.report.parent / "images"):
        print(picture)


if __name__ == "__main__":
    main()
