"""Plots of the report's tables: they show what stands there, and nothing else.

    python benchmarks/plots.py [--report docs/benchmarks.md]

Belongs here: reading the tables, drawing. Does not belong here: measuring.
"""

from __future__ import annotations

import argparse
import itertools
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib import pyplot as plt

REPORT = Path(__file__).resolve().parents[1] / "docs" / "benchmarks.md"
OURS, FLOOR, THEIRS = "#b07d2b", "#8f8a80", "#5d7f9c"
#: PixPlot with the same 993 photographs on a like machine, in all. Unit: s.
PIXPLOT_S = 171.0


def read_table(text: str, heading: str) -> list[dict[str, str]]:
    """Return the rows of the first table below a heading, by the names of its columns.

    Raises
    ------
    ValueError
        There is no such heading, or no table below it.
    """
    part = re.search(rf"^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", text, re.DOTALL | re.MULTILINE)
    lines = (part[1] if part else "").splitlines()
    below = itertools.dropwhile(lambda line: not line.startswith("|"), lines)
    rows = list(itertools.takewhile(lambda line: line.startswith("|"), below))
    if len(rows) < 3:
        raise ValueError(
            f"benchmarks: there is no table below {heading!r}; expected one; see benchmarks/report.py"
        )
    names, _, *cells = ([cell.strip() for cell in row.strip("|").split("|")] for row in rows)
    return [dict(zip(names, each, strict=True)) for each in cells]


def number(cell: str) -> float | None:
    """Return the first number of a cell, None if it has none."""
    found = re.search(r"\d[\d,]*(?:\.\d+)?", cell)
    return float(found[0].replace(",", "")) if found else None


def draw_stages(rows: list[dict[str, str]], out: Path) -> Path:
    """Draw seconds of every stage beside its floor, and of all beside PixPlot's."""
    stages = [(row["stage"], number(row["s"]) or 0.0, number(row["floor, s"])) for row in rows]
    *single, (_, total, _) = stages
    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.6), width_ratios=(3, 2), layout="constrained")
    names = [name for name, *_ in single]
    left.barh(names, [seconds for _, seconds, _ in single], color=OURS, label="clipplot")
    floors = [(name, least) for name, _, least in single if least]
    left.barh([n for n, _ in floors], [s for _, s in floors], height=0.35, color=FLOOR, label="bare library")
    left.invert_yaxis()
    left.set_xlabel("seconds")
    left.legend(frameon=False)
    right.bar(
        ["clipplot,\ndescriptor", "PixPlot,\nInception"], [total, PIXPLOT_S], color=[OURS, THEIRS], width=0.55
    )
    for place, seconds in enumerate((total, PIXPLOT_S)):
        right.annotate(f"{seconds:.0f} s", (place, seconds), ha="center", va="bottom")
    right.set_title("in all", fontsize=9)
    return _save(figure, out / "bench-stages.svg")


def draw_first_view(rows: list[dict[str, str]], out: Path) -> Path:
    """Draw what comes over the line before a site can be seen and used, beside PixPlot's."""
    rows = [row for row in rows if number(row["images"]) and "before" not in row["images"]]
    names = [f"{number(row['images']):,.0f}" for row in rows]
    series = (
        ("first dots", OURS, [number(row["first dots"]) for row in rows]),
        ("first pictures", "#d9b36a", [number(row["first thumbnails"]) for row in rows]),
        ("PixPlot, until usable", THEIRS, [_kilobytes(row["PixPlot, until usable"]) for row in rows]),
    )
    figure, axes = plt.subplots(figsize=(6, 3), layout="constrained")
    for shift, (label, color, values) in enumerate(series):
        bars = [(n + (shift - 1) * 0.27, value) for n, value in enumerate(values) if value]
        axes.bar([place for place, _ in bars], [value for _, value in bars], 0.25, color=color, label=label)
        for place, value in bars:
            told = f"{value / 1000:.1f} MB" if value >= 1000 else f"{value:.0f}"
            axes.annotate(told, (place, value), ha="center", va="bottom", fontsize=8)
    axes.set_yscale("log")
    axes.set_ylim(bottom=10)
    axes.set_ylabel("kB, logarithmic")
    axes.set_xticks(range(len(names)), names)
    axes.set_xlabel("images")
    axes.legend(frameon=False)
    return _save(figure, out / "bench-first-view.svg")


def draw_plots(report: Path, out: Path) -> Iterator[Path]:
    """Draw all plots of a report into a folder; yield their files."""
    text = report.read_text(encoding="utf-8")
    mpl.use("Agg")
    # Text stays text, and the same numbers give the same file.
    mpl.rc("svg", hashsalt="clipplot", fonttype="none")
    mpl.rc("font", family="sans-serif", size=9)
    yield draw_stages(read_table(text, "Stages"), out)
    yield draw_first_view(read_table(text, "The first view"), out)


def _kilobytes(cell: str) -> float | None:
    value = number(cell)
    return value * 1000 if value and "MB" in cell else value


def _save(figure: Any, file: Path) -> Path:
    for axes in figure.axes:
        axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(file, metadata={"Date": None, "Creator": None})
    plt.close(figure)
    return file


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--report", type=Path, default=REPORT)
    report = parser.parse_args().report
    for picture in draw_plots(report, report.parent / "images"):
        print(picture)


if __name__ == "__main__":
    main()
