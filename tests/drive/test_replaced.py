"""A picture that is replaced under an id of the user's: nothing that was known of the old one is said of the new."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from clipplot_pipeline.catalog.identity import adopt_id
from clipplot_pipeline.ledger import Ledger
from clipplot_pipeline.settings import load_settings
from clipplot_pipeline.site.format import image_of
from clipplot_pipeline.site.verify import verify_site
from tests.drive.building import OPTIONS, succeed
from tests.pictures import draw_collection, draw_picture

pytestmark = pytest.mark.pipeline

COUNT = 12
REPLACED, ALIKE = (adopt_id(f"picture{number:02}.jpg") for number in (3, 7))


def read(project: Path, asset: str, name: str) -> dict[str, Mapping[str, Any]]:
    """Return the rows of a table of an asset, by id."""
    table = Ledger(load_settings(project)).folder(asset).read_table(name)
    return {row["image_id"]: row for row in table.to_pylist()}


def read_nearest(project: Path) -> str:
    """Return the id of the image that is most like the one which is replaced."""
    return str(read(project, "neighbors", "neighbors.parquet")[REPLACED]["ids"][0])


def read_places(project: Path) -> dict[str, tuple[float, float]]:
    rows = read(project, "layout_umap", "layout.parquet")
    return {image_id: (row["x"], row["y"]) for image_id, row in rows.items()}


def read_pictures(project: Path) -> dict[str, bytes]:
    """Return the published detail pictures, by id."""
    found = (project / "site" / "p").rglob("*.jpg")
    return {image_of(path.as_posix()): path.read_bytes() for path in found}


def read_renditions(project: Path) -> dict[str, bytes]:
    """Return what the detail pictures are to be, by id."""
    ledger = Ledger(load_settings(project))
    made = {}
    for _, folder in ledger.folders("images"):
        table = folder.read_table("images.parquet", columns=["sha256", "rendition"])
        made |= dict(zip(table["sha256"].to_pylist(), table["rendition"].to_pylist(), strict=True))
    return {i: made[row["sha256"]] for i, row in read(project, "catalog", "catalog.parquet").items()}


def test_a_replaced_picture_is_taken_for_a_new_one_under_its_old_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    folder = draw_collection(tmp_path / "museum", COUNT)
    images, table = folder / "images", str(folder / "metadata.csv")
    succeed(folder, source=str(images), metadata=table, id_column="filename", **OPTIONS)
    places, pictures = read_places(folder), read_pictures(folder)
    assert pictures == read_renditions(folder)
    assert read_nearest(folder) != ALIKE

    before = (images / "picture03.jpg").read_bytes()
    draw_picture(images / "picture03.jpg", 7, size=(97, 72))  # a better scan: of what the seventh shows
    report = succeed(folder)
    assert report.originals_opened == 1
    assert verify_site(str(folder / "site")).problems == ()
    now = read_pictures(folder)
    assert now == read_renditions(folder)
    assert {i for i in now if now[i] != pictures[i]} == {REPLACED}
    assert read_nearest(folder) == ALIKE
    (looked,) = [done for done in report.materialized if done.asset == "duplicates"]
    assert looked.facts["pairs_looked_at"] >= COUNT - 1
    assert looked.facts["pairs_known"] >= COUNT
    moved = read_places(folder)
    assert {i for i in moved if moved[i] != places[i]} == {REPLACED}

    dates = {path: path.stat().st_mtime_ns for path in (folder / "site" / "p").rglob("*.jpg")}
    assert [done.asset for done in succeed(folder, title="Another").materialized] == ["site"]
    assert {path: path.stat().st_mtime_ns for path in dates} == dates, "what is known to be right stays"

    (images / "picture03.jpg").write_bytes(before)
    succeed(folder)
    assert read_pictures(folder) == pictures
