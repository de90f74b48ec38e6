"""The commands and code of README, tutorial and guides run as they stand there, or say why not.

A block that cannot run here has a line ``<!-- not run: REASON -->`` above its fence. All blocks of a page run one after
another in one folder: the tutorial makes a collection and a project, and the other pages find what they speak of.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
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

    @property
    def runs(self) -> bool:
        """Whether it is code, and can run."""
        return self.kind in {"sh", "bash", "python"} and not self.reason


def list_blocks(page: Path) -> list[Block]:
    found = FENCE.finditer(page.read_text(encoding="utf-8"))
    return [
        Block(m["kind"], re.sub(f"^{m['dent']}", "", m["text"], flags=re.M), m["reason"] or "") for m in found
    ]


def run_code(kind: str, text: str, folder: Path) -> None:
    """Run a block in a folder as a reader would who has installed clipplot; fail if it fails."""
    programs = folder.parent / "programs"
    programs.mkdir(exist_ok=True)
    shim = programs / "clipplot"
    shim.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m clipplot_pipeline.cli "$@"\n', encoding="utf-8")
    shim.chmod(0o755)
    env = {
        name: value for name, value in os.environ.items() if not name.startswith(("CLIPPLOT_", "DAGSTER_"))
    }
    env |= {
        "PATH": f"{programs}{os.pathsep}{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "CLIPPLOT_EMBEDDER": "descriptor",  # the default wants weights from the hub
        "NO_COLOR": "1",
    }
    if "--image-root" in text:
        del env["CLIPPLOT_EMBEDDER"]
    shell = [sys.executable, "-c"] if kind == "python" else ["bash", "-euo", "pipefail", "-c"]
    done = subprocess.run([*shell, text], cwd=folder, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{text}\n{done.stdout}\n{done.stderr}"


def run_blocks(page: Path, folder: Path) -> int:
    """Run the blocks of a page that can run, in their order; return how many."""
    blocks = [block for block in list_blocks(page) if block.runs]
    for block in blocks:
        run_code(block.kind, block.text, folder)
    return len(blocks)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Follow the tutorial, and return the folder that it leaves."""
    folder = tmp_path_factory.mktemp("tutorial") / "project"
    folder.mkdir()
    assert run_blocks(TUTORIAL, folder) >= 4
    return folder


@pytest.mark.pipeline
@pytest.mark.skipif(sys.platform == "win32", reason="the pages speak to a POSIX shell")
@pytest.mark.parametrize(
    "page",
    [page for page in PAGES if any(block.runs for block in list_blocks(page))],
    ids=lambda page: page.stem,
)
def test_blocks_run(page: Path, project: Path, tmp_path: Path) -> None:
    folder = tmp_path / "project"
    prepare(page.stem, project, folder)
    assert run_blocks(page, folder) > 0


def prepare(page: str, project: Path, folder: Path) -> None:
    """Put into a folder what a page speaks of: the project of the tutorial, or pictures, a table, vectors."""
    if page in {"automation", "interchange"}:
        shutil.copytree(project, folder)
        return
    folder.mkdir()
    pictures = project / "pictures"
    for name in ("FOLDER", "pictures"):
        (folder / name).symlink_to(pictures / "images", target_is_directory=True)
    for name in ("table.csv", "catalogue.csv"):
        shutil.copy(pictures / "metadata.csv", folder / name)
    if page == "embeddings":
        run_code("sh", f"clipplot export embeddings_folder --project '{project}'", folder)


@pytest.mark.pipeline
@pytest.mark.skipif(sys.platform == "win32", reason="the pages speak to a POSIX shell")
def test_the_tutorial_ends_with_a_second_map(project: Path) -> None:
    assert (project / "site" / "manifest.json").is_file()
    assert load_settings(project).title == "My second map"


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
