"""Settings that README, tutorial and guides show are settings; a block marked as one that does not run says why.

The mark is a line ``<!-- not run: REASON -->`` above the fence.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

import pytest

from clipplot_pipeline.settings import FILE_NAME, load_settings

ROOT = Path(__file__).resolve().parents[2]
TUTORIAL = ROOT / "docs" / "tutorial.md"
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs" / "guides").glob("*.md"))]
FENCE = re.compile(
    r"^(?:<!-- not run: (?P<reason>[^\n]*?) -->\n+)?^(?P<dent> *)```(?P<kind>\w+)[^\n]*\n(?P<text>.*?)^ *```",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, its text, and why it does not run; empty if it does."""

    kind: str
    text: str
    reason: str


def list_blocks(page: Path) -> list[Block]:
    found = FENCE.finditer(page.read_text(encoding="utf-8"))
    return [
        Block(m["kind"], re.sub(f"^{m['dent']}", "", m["text"], flags=re.M), m["reason"] or "") for m in found
    ]


@pytest.mark.parametrize("page", [TUTORIAL, *PAGES], ids=lambda page: page.stem)
def test_settings_that_pages_show_are_settings(page: Path, tmp_path: Path) -> None:
    for block in list_blocks(page):
        if block.kind == "toml" and not block.reason and "[project" not in block.text:
            assert tomllib.loads(block.text)
            (tmp_path / FILE_NAME).write_text(block.text, encoding="utf-8")
            load_settings(tmp_path)


def test_a_block_that_does_not_run_says_why(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "<!-- not run: no bucket -->\n```sh\nfirst\n```\n\n```sh\nsecond\n```\n", encoding="utf-8"
    )
    assert list_blocks(page) == [Block("sh", "first\n", "no bucket"), Block("sh", "second\n", "")]
    for path in [TUTORIAL, *PAGES]:
        assert all(len(block.reason) > 5 for block in list_blocks(path) if block.reason)
