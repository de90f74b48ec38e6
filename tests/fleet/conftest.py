"""A project that nothing disturbed, and others of the same pictures that something will."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from clipplot_pipeline.project_file import write_project_file
from tests.fleet.comparing import SLUG, run
from tests.pictures import draw_collection


@pytest.fixture(scope="session")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a project that nothing disturbed."""
    project = draw_collection(tmp_path_factory.mktemp("whole") / "project", count=12)
    values = {"slug": SLUG, "title": "Faults", "source": str(project / "images"), "shard_size": 6}
    write_project_file(
        project, {**values, "embedder": "descriptor", "metadata": str(project / "metadata.csv")}
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("DAGSTER_HOME", raising=False)
        patch.setenv("CLIPPLOT_SALT", "same")  # public ids hang on it: equal sites need an equal one
        assert run(project).failed == []
    return project


@pytest.fixture
def project(whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a project of the same collection that nothing is made of yet."""
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    monkeypatch.setenv("CLIPPLOT_SALT", "same")
    made = tmp_path / "project"
    shutil.copytree(whole / "images", made / "images")  # with their dates
    for name in ("clipplot.toml", "metadata.csv"):
        shutil.copy2(whole / name, made)
    return made
