"""The report of the benchmarks: every block can be measured again, and the plots show what stands there."""

from __future__ import annotations

import re
import shlex
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "benchmarks"))

import plots  # noqa: E402
import report  # noqa: E402

TEXT = report.REPORT.read_text(encoding="utf-8")


@pytest.fixture
def draft(tmp_path: Path) -> Path:
    """Return a report with two blocks."""
    file = tmp_path / "report.md"
    file.write_text(
        "# Title\n\n<!-- bench: search_index.py --sizes 300 -->\nold \\1 {text}\n<!-- end of bench -->\n\n"
        "<!-- bench: absent.py -->\nkept\n<!-- end of bench -->\nend\n",
        encoding="utf-8",
    )
    return file


def test_every_block_names_a_benchmark_that_is_there() -> None:
    commands = [found["command"] for found in report.BLOCK.finditer(TEXT)]
    assert len(commands) == TEXT.count("<!-- bench:") == len(set(commands)) > 5
    for command in commands:
        script = shlex.split(command.format(pictures="p", metadata="m", scratch="s"))[0]
        assert (ROOT / "benchmarks" / script).is_file(), command


def test_a_block_is_measured_again_and_the_others_stay(draft: Path) -> None:
    assert report.measure_again(draft, ["search"], {}) == 1
    text = draft.read_text(encoding="utf-8")
    assert re.search(r"sizes 300 -->\nx86_64|sizes 300 -->\n\S+, \d+ cores", text)
    assert re.search(r"^\| 300 \|", text, re.MULTILINE)
    assert "old" not in text
    assert text.endswith("<!-- bench: absent.py -->\nkept\n<!-- end of bench -->\nend\n")


def test_a_benchmark_that_fails_leaves_the_report_alone(draft: Path) -> None:
    before = draft.read_text(encoding="utf-8")
    with pytest.raises(SystemExit, match=r"absent\.py ended with 2"):
        report.measure_again(draft, ["absent"], {})
    assert draft.read_text(encoding="utf-8") == before


def test_plots_are_those_of_the_report(tmp_path: Path) -> None:
    for made in plots.draw_plots(report.REPORT, tmp_path):
        published = ROOT / "docs" / "images" / made.name
        assert f"images/{made.name}" in TEXT
        assert texts_of(made) == texts_of(published), f"{made.name} is old: run `python benchmarks/plots.py`"


def texts_of(svg: Path) -> list[str]:
    """Return the words of a drawing: numbers, names, ticks."""
    drawn = svg.read_text(encoding="utf-8")
    return re.findall(r">([^<>\s][^<>]*)</text>", drawn)


def test_a_table_is_read_by_the_names_of_its_columns() -> None:
    text = (
        "## One\n\nwords\n\n| a | b, s |\n|---|--:|\n| x | 1,204.5 kB, 3 |\n\n| c |\n|---|\n| 1 |\n\n## Two\n"
    )
    rows = plots.read_table(text, "One")
    assert rows == [{"a": "x", "b, s": "1,204.5 kB, 3"}]
    assert plots.number(rows[0]["b, s"]) == 1204.5
    with pytest.raises(ValueError, match="no table below 'Two'"):
        plots.read_table(text, "Two")
