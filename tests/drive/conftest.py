"""A project that is built once and restored for every test; modules with another one have a ``built`` of their own."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.drive.building import OPTIONS, keep_copy, succeed
from tests.pictures import draw_collection


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Build a project of 24 pictures in two shards; return its folder, pictures and all, and a copy."""
    folder = draw_collection(tmp_path_factory.mktemp("built") / "archive")
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("DAGSTER_HOME", raising=False)
        pictures, table = str(folder / "images"), str(folder / "metadata.csv")
        succeed(folder, source=pictures, metadata=table, **OPTIONS)
    return keep_copy(folder)


@pytest.fixture
def project(built: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the project folder as it was after its first builds; files keep their dates."""
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    folder, copy = built
    shutil.rmtree(folder, ignore_errors=True)  # a test may have moved it away
    shutil.copytree(copy, folder)
    return folder
