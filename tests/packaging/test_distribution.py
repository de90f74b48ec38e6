"""The wheel and the sdist: what they hold, and that they work where nothing else is installed."""

from __future__ import annotations

import email
import json
import os
import shutil
import stat
import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

import hatch_build
from clipplot_pipeline import __version__
from tests.pictures import draw_picture, write_table

ROOT = hatch_build.ROOT
NEEDED = [f"clipplot_pipeline/viewer/{name}" for name in hatch_build.NEEDED]
pytestmark = pytest.mark.slow


def run(*command: str | Path, cwd: Path, **variables: str) -> str:
    """Run a command that has to end well, and return its standard output."""
    environment = {
        k: v for k, v in os.environ.items() if not k.startswith(("CLIPPLOT_", "DAGSTER_", "PYTHON"))
    }
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=environment | variables,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, f"{command} ended with {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def hide_node(folder: Path) -> str:
    """Return a PATH on which Node is too old for the viewer."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "node").write_text("#!/bin/sh\necho v12.22.0\n")
    (folder / "node").chmod(stat.S_IRWXU)
    return f"{folder}{os.pathsep}{os.environ['PATH']}"


@pytest.fixture(scope="session")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the unpacked sdist of this checkout."""
    folder = tmp_path_factory.mktemp("sdist")
    run(sys.executable, "-m", "build", "--sdist", "--no-isolation", "--outdir", folder, ROOT, cwd=folder)
    (archive,) = folder.glob("*.tar.gz")
    with tarfile.open(archive) as file:
        file.extractall(folder, filter="data")
    return folder / archive.name.removesuffix(".tar.gz")


@pytest.fixture(scope="session")
def wheel(sdist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the wheel, built from the sdist, where no Node could build the viewer."""
    folder = tmp_path_factory.mktemp("wheel")
    path = hide_node(folder / "bin") if sys.platform != "win32" else os.environ["PATH"]
    run(
        sys.executable,
        "-m",
        "build",
        "--wheel",
        "--no-isolation",
        "--outdir",
        folder,
        sdist,
        cwd=folder,
        PATH=path,
    )
    (file,) = folder.glob("*.whl")
    return file


def test_the_sdist_carries_sources_and_built_viewer(sdist: Path) -> None:
    assert hatch_build.Viewer(sdist).is_current()
    for name in (*NEEDED, "LICENSE", "README.md", "hatch_build.py", "viewer_template/package-lock.json"):
        assert (sdist / name).is_file(), name
    assert not list(sdist.rglob("node_modules"))
    assert not list(sdist.rglob("__pycache__"))


def test_the_wheel_carries_what_runs_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        metadata = email.message_from_bytes(
            archive.read(f"clipplot_pipeline-{__version__}.dist-info/METADATA")
        )
    packed = {name for name in names if not name.split("/")[0].endswith(".dist-info")}
    tracked = run("git", "ls-files", "clipplot_pipeline", cwd=ROOT).split()
    assert {n for n in tracked if (ROOT / n).is_file()} <= packed
    assert set(NEEDED) <= packed
    assert "clipplot_pipeline/py.typed" in packed
    assert {name.split("/")[0] for name in packed} == {"clipplot_pipeline"}
    assert not [name for name in packed if "__pycache__" in name or "/tests/" in name]
    assert metadata["Version"] == __version__
    assert set(metadata.get_all("Provides-Extra", [])) == {
        *("clip", "formats", "s3", "gcs", "azure", "postgres", "ray", "kubernetes", "dev")
    }
    core = [line for line in metadata.get_all("Requires-Dist", []) if "extra ==" not in line]
    assert not [line for line in core if line.startswith(("torch", "open-clip", "open_clip"))]


def test_the_wheel_is_the_same_twice(sdist: Path, wheel: Path, tmp_path: Path) -> None:
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", tmp_path, sdist, cwd=tmp_path)
    assert (tmp_path / wheel.name).read_bytes() == wheel.read_bytes()


@pytest.mark.network
@pytest.mark.timeout(900)
def test_the_wheel_builds_a_site_in_an_empty_environment(wheel: Path, tmp_path: Path) -> None:
    venv.create(tmp_path / "env", with_pip=True)
    programs = tmp_path / "env" / ("Scripts" if os.name == "nt" else "bin")
    python, clipplot = programs / "python", programs / "clipplot"
    run(python, "-m", "pip", "install", "--quiet", "--no-compile", wheel, cwd=tmp_path)

    names = [draw_picture(tmp_path / "pictures" / f"picture{n:02}.jpg", n).name for n in range(12)]
    table = write_table(tmp_path / "table.csv", names)
    said = run(
        clipplot, "build", tmp_path / "pictures", "--metadata", table, "--embedder", "descriptor",
        "--project", tmp_path / "project", "--json", cwd=tmp_path,
    )  # fmt: skip
    report = json.loads(said.splitlines()[-1])
    assert (report["images"], report["originals_opened"]) == (12, 12)
    run(clipplot, "verify", "--project", tmp_path / "project", cwd=tmp_path)
    assert (tmp_path / "project" / "site" / "manifest.json").is_file()

    optional = run(
        python, "-c", "import importlib.util as u; print([m for m in ('torch', 'open_clip') if u.find_spec(m)])",
        cwd=tmp_path,
    )  # fmt: skip
    assert optional.strip() == "[]", "without the extra there should be no torch to lean on"


@pytest.mark.network
@pytest.mark.timeout(900)
@pytest.mark.skipif(sys.platform == "win32", reason="the stand-in for an old Node is a shell script")
def test_pip_builds_the_viewer_without_a_node_on_the_machine(tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    for name in run("git", "ls-files", "--cached", "--others", "--exclude-standard", cwd=ROOT).splitlines():
        if (ROOT / name).is_file() and not name.startswith("tests/"):
            (clone / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, clone / name)
    path = hide_node(tmp_path / "bin")
    run(
        sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "-w", tmp_path, clone,
        cwd=tmp_path, PATH=path,
    )  # fmt: skip
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        assert set(NEEDED) <= set(archive.namelist())
        assert len(archive.read("clipplot_pipeline/viewer/main.js")) > 10_000
