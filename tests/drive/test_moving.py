"""What lies elsewhere, or is called otherwise, is known by its content and computed no second time."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from clipplot_pipeline.defs.assets import embeddings
from clipplot_pipeline.defs.step import Step
from clipplot_pipeline.ledger import Ledger
from clipplot_pipeline.settings import load_settings
from tests.drive.building import made, read_ids, run
from tests.pictures import draw_picture

pytestmark = pytest.mark.pipeline


def test_a_moved_archive_is_known_by_its_content(project: Path) -> None:
    """Elsewhere, under other names and with other dates: nothing is decoded or embedded, the map stays as it is."""
    ledger = Ledger(load_settings(project))
    before = {name: ledger.folder(name, ledger.shards[0]) for name in ("images", "embeddings")}
    vectors = before["embeddings"].read_table("embeddings.parquet").to_pylist()
    elsewhere = project / "elsewhere" / "scans"
    elsewhere.mkdir(parents=True)
    for path in sorted((project / "images").iterdir()):
        shutil.copyfile(path, elsewhere / f"moved {path.name}")
    draw_picture(elsewhere / "new.jpg", 900)

    ids = read_ids(project)
    report = run(project, source=str(elsewhere))
    assert report.failed == []
    facts = Counter[str]()
    for done in report.materialized:
        if done.asset in {"images", "embeddings"}:
            facts[done.asset] += done.facts["recognized"]
    assert facts == {"images": 24, "embeddings": 24}
    assert read_ids(project) == sorted([*ids, *(set(read_ids(project)) - set(ids))])
    assert len(read_ids(project)) == len(ids) + 1
    after = Ledger(load_settings(project, {"source": str(elsewhere)}))
    kept = [
        row
        for shard in after.shards[len(ledger.shards) :]
        for row in after.folder("embeddings", shard).read_table("embeddings.parquet").to_pylist()
    ]
    assert all(row in kept for row in vectors)


def test_a_project_that_moves_as_a_whole_stays_what_it_is(project: Path, tmp_path: Path) -> None:
    """Paths inside it are told from there: nothing is scanned, read or published anew."""
    moved = tmp_path / "another" / "place"
    shutil.copytree(project, moved)  # with its dates
    report = run(moved)
    assert report.failed == []
    assert report.materialized == []
    Ledger(load_settings(moved)).store.delete("records/metadata.json")
    shutil.rmtree(project)
    assert made(run(moved))["metadata"] == 1, "its tables are found where they are now"


def test_an_earlier_recipe_is_no_help(project: Path) -> None:
    elsewhere = project / "elsewhere"
    elsewhere.mkdir()
    for path in (project / "images").iterdir():
        shutil.copyfile(path, elsewhere / f"moved {path.name}")
    report = run(project, source=str(elsewhere), rendition_px=64)
    recognized = [d.facts["recognized"] for d in report.materialized if d.asset in {"images", "embeddings"}]
    assert recognized
    assert set(recognized) == {0}


def test_what_is_no_number_is_not_taken_over(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def read_damaged(step: Step, ids: object) -> dict[int, NDArray[np.float32]]:
        del ids
        return {0: np.full(step.input("embedder").read_json("card.json")["dim"], np.nan, np.float32)}

    monkeypatch.setattr(embeddings, "read_moved_vectors", read_damaged)
    draw_picture(project / "images" / "new.jpg", 900)
    (failed,) = run(project).failed
    assert (failed.asset, "lengths differ from 1 by at most nan" in failed.reason) == ("embeddings", True)
