"""The real command line, in a process of its own or in this one, and one small collection that was built by it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from clipplot_pipeline.cli import main
from tests.pictures import draw_picture, write_table

PICTURES = 12
Result = subprocess.CompletedProcess[str]


def find_program() -> str:
    """Return the installed program of the Python that runs the tests."""
    found = shutil.which("clipplot", path=str(Path(sys.executable).parent))
    assert found, "clipplot is not installed beside this Python"
    return found


def clean_environment(**more: str) -> dict[str, str]:
    """Return the environment without what would lead elsewhere."""
    ours = {k: v for k, v in os.environ.items() if not k.startswith(("CLIPPLOT_", "DAGSTER_"))}
    return ours | {"NO_COLOR": "1", "COLUMNS": "200"} | more


def run_program(*arguments: str | Path, cwd: Path, **environment: str) -> Result:
    """Run the command line in a process of its own."""
    return subprocess.run(
        [find_program(), *map(str, arguments)],
        cwd=cwd,
        env=clean_environment(**environment),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=300,
    )


@dataclass(frozen=True)
class Built:
    """A project folder with ``images`` and ``metadata.csv`` in it, and what its first build printed."""

    project: Path
    result: Result

    @property
    def report(self) -> dict[str, Any]:
        """Return the object on standard output, which must hold nothing else."""
        report: dict[str, Any] = json.loads(self.result.stdout)
        return report


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """Return a collection of 12 pictures, a broken one and some clutter, built once a module. Only to be read."""
    project = tmp_path_factory.mktemp("built")
    images = project / "images"
    names = [draw_picture(images / f"été{n:02}.jpg", n).name for n in range(PICTURES)]
    (images / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 this is no picture")
    (images / "Thumbs.db").write_bytes(b"clutter")
    write_table(project / "metadata.csv", names)
    result = run_program(
        "build", "images", "--metadata", "metadata.csv", "--embedder", "descriptor", "--json", cwd=project
    )
    return Built(project, result)


@pytest.fixture
def copied(built: Built, tmp_path: Path) -> Path:
    """Return a copy of the built project that may be changed."""
    return Path(shutil.copytree(built.project, tmp_path / "copied"))


@pytest.fixture
def clipplot(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Result]:
    """Return a function that runs the command line in this process, in an empty folder: faster."""
    for name in [name for name in os.environ if name.startswith(("CLIPPLOT_", "DAGSTER_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str | Path) -> Result:
        monkeypatch.setattr(sys, "argv", ["clipplot", *map(str, arguments)])
        code: Any = 0
        try:
            main()
        except SystemExit as stop:
            code = stop.code or 0
        said = capsys.readouterr()
        return subprocess.CompletedProcess(sys.argv, int(code), said.out, said.err)

    return run
