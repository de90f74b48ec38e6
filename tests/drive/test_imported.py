"""From a folder that clip-retrieval wrote to a map, through the graph."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest

from clipplot_pipeline.drive.imported import settle_vectors
from clipplot_pipeline.drive.report import read_rejects
from clipplot_pipeline.errors import SettingsError, SourceError, UsageError
from clipplot_pipeline.ledger import Ledger
from clipplot_pipeline.settings import load_settings
from clipplot_pipeline.site.verify import verify_site
from tests.drive.building import made, run
from tests.pictures import draw_picture
from tests.vectors import make_vectors, write_clip_retrieval

COUNT = 24


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """Return a folder of pictures, and one of their vectors in another order, of another machine, in float16."""
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    names = [draw_picture(tmp_path / "pictures" / f"{n % 2}/p{n:02}.jpg", n).name for n in range(COUNT)]
    told = [f"/cluster/job/{n % 2}/{name}" for n, name in enumerate(names)][::-1]
    vectors = make_vectors(COUNT).astype(np.float16)[::-1] * 3
    words = {"caption": [f"caption of {name}" for name in names[::-1]]}
    write_clip_retrieval(tmp_path / "vectors", told, vectors, parts=3, is_strided=True, words=words)
    return tmp_path / "pictures", tmp_path / "vectors"


def read_vectors(project: Path) -> dict[str, np.ndarray]:
    """Return the vector of every picture on the map, by the first of its paths."""
    ledger = Ledger(load_settings(project))
    by_hash = {}
    for shard in ledger.shards:
        table = ledger.folder("embeddings", shard).read_table("embeddings.parquet")
        by_hash.update(zip(table["sha256"].to_pylist(), np.stack(table["vector"].to_numpy()), strict=True))
    catalog = ledger.folder("catalog").read_table("catalog.parquet").to_pylist()
    return {row["paths"][0]: by_hash[row["sha256"]] for row in catalog}


@pytest.mark.pipeline
def test_a_clip_retrieval_folder_becomes_a_map_and_changes_cost_themselves(
    folders: tuple[Path, Path], tmp_path: Path
) -> None:
    pictures, vectors = folders
    project = tmp_path / "project"
    report = run(project, source=str(vectors), image_root=str(pictures), shard_size=8, title="Imported")
    assert report.failed == []
    assert (report.images, report.rejects) == (COUNT, 0)
    assert report.warnings == []
    assert verify_site(str(project / "site")).problems == ()
    expected = make_vectors(COUNT)
    found = read_vectors(project)
    for number in range(COUNT):
        unit = expected[number] / np.linalg.norm(expected[number])
        np.testing.assert_allclose(found[f"{number % 2}/p{number:02}.jpg"], unit, atol=2e-3)
    manifest = json.loads((project / "site" / "manifest.json").read_text("utf-8"))
    assert "Caption" in [field["title"] for field in manifest["fields"]]
    assert run(project).materialized == []

    # one row of one file changes: only shards with rows of that file are made anew; a broken picture comes in
    (pictures / "0/new.jpg").write_bytes(b"\xff\xd8\xff broken")
    path = vectors / "img_emb" / "img_emb_1.npy"
    matrix = np.load(path)
    matrix[0] = 0
    np.save(path, matrix)
    os.utime(path, ns=(1, 1))
    report = run(project)
    assert report.failed == []
    assert (report.originals_opened, made(report)["images"], made(report)["embedder"]) == (1, 1, 0)
    assert (report.images, report.rejects) == (COUNT - 1, 2)
    refused = read_rejects(Ledger(load_settings(project)))
    assert (refused[0]["path"], refused[0]["kind"]) == ("0/new.jpg", "unreadable")
    assert refused[1:] == [
        {"path": "0/p22.jpg", "kind": "no_vector", "reason": "its vector is zero and points nowhere"}
    ]
    assert verify_site(str(project / "site")).problems == ()

    # it is mended, and has its vector in a file of its own
    draw_picture(pictures / "0/new.jpg", 77)
    write_clip_retrieval(tmp_path / "more", ["/else/0/new.jpg"], make_vectors(1, seed=5), parts=1)
    report = run(project, vectors=[str(vectors), str(tmp_path / "more")])
    assert report.failed == []
    assert report.originals_opened == 1
    assert made(report)["embeddings"] == 2  # its shard, and the one that it left
    assert (report.images, report.rejects) == (COUNT, 1)


def test_names_that_fit_nothing_stop_before_any_work(folders: tuple[Path, Path], tmp_path: Path) -> None:
    pictures, _ = folders
    write_clip_retrieval(tmp_path / "others", ["x.jpg", "y.jpg"], make_vectors(2), parts=1)
    with pytest.raises(SourceError, match="of 2 names of vectors none is in the source"):
        run(tmp_path / "project", source=str(pictures), vectors=[str(tmp_path / "others")])
    assert not (tmp_path / "project" / "clipplot.toml").exists()


def test_a_missing_partner_stops_before_any_work(folders: tuple[Path, Path], tmp_path: Path) -> None:
    pictures, vectors = folders
    (vectors / "metadata" / "metadata_2.parquet").unlink()
    with pytest.raises(SourceError, match="1 files of vectors have no list of pictures"):
        run(tmp_path / "project", source=str(vectors), image_root=str(pictures))
    assert not (tmp_path / "project" / ".clipplot" / "store").exists()


def test_options_become_settings(folders: tuple[Path, Path]) -> None:
    pictures, vectors = map(str, folders)
    assert settle_vectors({"source": vectors, "image_root": pictures, "title": "T"}) == {
        "source": pictures,
        "title": "T",
        "vectors": [vectors],
        "metadata": [f"{vectors}/metadata"],
        "embedder": "imported",
    }
    own = {"source": pictures, "vectors": ["v.parquet"], "embedder": "descriptor"}
    assert settle_vectors(own) == own
    assert settle_vectors({"title": "T"}) == {"title": "T"}


def test_options_that_do_not_go_together_say_what_to_do(folders: tuple[Path, Path], tmp_path: Path) -> None:
    pictures, vectors = folders
    with pytest.raises(
        UsageError, match=r"the first is called '/cluster/job/1/p23.jpg'; .* --image-root DIR"
    ):
        settle_vectors({"source": str(vectors)})
    with pytest.raises(UsageError, match=r"it has no img_emb/\*.npy"):
        settle_vectors({"source": str(pictures), "image_root": str(pictures)})
    with pytest.raises(SettingsError, match="no vectors are named"):
        run(tmp_path / "project", source=str(pictures), embedder="imported")
