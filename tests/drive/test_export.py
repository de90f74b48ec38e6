"""Exports of a built collection: what is in them, what is not, and what is refused."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from clipplot_pipeline.drive.atlas_export import export_atlas
from clipplot_pipeline.drive.build import build
from clipplot_pipeline.drive.export import export
from clipplot_pipeline.drive.forget import forget
from clipplot_pipeline.drive.single_file import export_single_file
from clipplot_pipeline.errors import SiteError, StoreError, UsageError
from clipplot_pipeline.ledger import Ledger
from clipplot_pipeline.settings import load_settings
from clipplot_pipeline.takedown import Takedown, write_journal
from tests.pictures import draw_collection

pytestmark = pytest.mark.pipeline


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build a collection of 12 pictures in three shards. Only to be read."""
    folder = draw_collection(tmp_path_factory.mktemp("export") / "archive", 12)
    options = {"source": str(folder / "images"), "embedder": "descriptor", "shard_size": 5}
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("DAGSTER_HOME", raising=False)
        assert build(folder, options, say=lambda _: None).failed == []
    return folder


def names_of(folder: Path) -> list[str]:
    return pq.read_table(folder / "metadata/metadata_0000.parquet")["image_path"].to_pylist()


def test_every_image_has_its_own_vector(built: Path, tmp_path: Path) -> None:
    report = export(built, str(tmp_path / "out"))
    assert (report.images, report.dim, report.stale) == (12, 256, ())
    vectors = np.load(tmp_path / "out/img_emb/img_emb_0000.npy")
    assert names_of(tmp_path / "out") == [f"picture{n:02}.jpg" for n in range(12)]
    ledger = Ledger(load_settings(built))
    catalog = ledger.folder("catalog").read_table("catalog.parquet").to_pylist()
    catalog.sort(key=lambda row: row["paths"])
    kept = {
        row["sha256"]: row["vector"]
        for shard in ledger.shards
        for row in ledger.folder("embeddings", shard).read_table("embeddings.parquet").to_pylist()
    }
    np.testing.assert_array_equal(vectors, np.array([kept[row["sha256"]] for row in catalog], np.float32))
    summary = json.loads((tmp_path / "out/export.json").read_text())
    assert summary["complete"] is True
    assert summary["model_card"] == ledger.folder("embedder").read_json("card.json")


def test_a_folder_with_other_files_is_left_alone(built: Path, tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    for is_overwriting in (False, True):
        with pytest.raises(UsageError, match=r"1 files that are no export \(thesis.txt …\).*another folder"):
            export(built, str(tmp_path), is_overwriting=is_overwriting)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_an_older_export_is_replaced_when_asked(built: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    export(built, str(out), rows_per_file=3)
    with pytest.raises(UsageError, match=r"older export.*--overwrite"):
        export(built, str(out))
    report = export(built, str(out), form="parquet", is_overwriting=True)
    assert report.files == ("embeddings_0000.parquet",)
    assert sorted(path.name for path in out.rglob("*.*")) == ["embeddings_0000.parquet", "export.json"]


def test_an_object_store_takes_it_as_well(built: Path) -> None:
    from clipplot_pipeline.storage import Store

    report = export(built, "memory://vectors/out", rows_per_file=5)
    out = Store("memory://vectors/out")
    assert out.list_files() == sorted([*report.files, "export.json"])
    with out.open_read("img_emb/img_emb_0002.npy") as file:
        assert np.load(file).shape == (2, 256)


def test_forgotten_pictures_are_not_in_exports(
    built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    project = Path(shutil.copytree(built, tmp_path / "project"))
    settings = (project / "clipplot.toml").read_text(encoding="utf-8")
    (project / "clipplot.toml").write_text(settings.replace(str(built), str(project)), encoding="utf-8")
    # A takedown that has only begun: the catalog and the shards hold the picture still.
    ledger = Ledger(load_settings(project))
    rows = ledger.folder("catalog").read_table("catalog.parquet").to_pylist()
    row = next(row for row in rows if row["paths"] == ["picture03.jpg"])
    write_journal(ledger.store, Takedown(pictures=(row["sha256"],), paths=("picture03.jpg",)))
    report = export(project, str(tmp_path / "begun"))
    assert (report.images, report.forgotten) == (11, 1)
    assert "picture03.jpg" not in names_of(tmp_path / "begun")
    write_journal(ledger.store, None)
    # One that is done.
    assert forget(project, ["picture07.jpg"], say=lambda _: None).build.failed == []
    report = export(project, str(tmp_path / "done"))
    assert (report.images, report.forgotten) == (11, 0)
    assert "picture07.jpg" not in names_of(tmp_path / "done")
    assert len(np.load(tmp_path / "done/img_emb/img_emb_0000.npy")) == 11


def test_vectors_of_two_models_are_refused(built: Path, tmp_path: Path) -> None:
    project = Path(shutil.copytree(built, tmp_path / "project"))
    ledger = Ledger(load_settings(project))
    folder = ledger.folder("embeddings", ledger.shards[1])
    folder.write_json("card.json", {**folder.read_json("card.json"), "model": "another"})
    with pytest.raises(
        StoreError, match=rf"embeddings\[{ledger.shards[1]}\].*descriptor another.*expected one model"
    ):
        export(project, str(tmp_path / "out"))
    assert not (tmp_path / "out").exists()


def test_before_the_first_build_there_is_nothing(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"there is no clipplot\.toml"):
        export(tmp_path, str(tmp_path / "out"))
    (tmp_path / "clipplot.toml").write_text('source = "images"\nembedder = "descriptor"')
    with pytest.raises(StoreError, match="run `clipplot build`"):
        export(tmp_path, str(tmp_path / "out"))
    assert not (tmp_path / "out").exists()


def test_the_map_goes_into_one_file(built: Path, tmp_path: Path) -> None:
    report = export_single_file(built, tmp_path / "map.html")
    text = (tmp_path / "map.html").read_text(encoding="utf-8")
    assert (report.images, report.stale, report.bytes) == (12, (), (tmp_path / "map.html").stat().st_size)
    assert text.count('<script type="text/plain"') == report.files
    assert '"name":"' + load_settings(built).slug in text
    with pytest.raises(UsageError, match=r"map\.html exists.*--overwrite"):
        export_single_file(built, tmp_path / "map.html")
    small = export_single_file(built, tmp_path / "map.html", "none", is_overwriting=True)
    assert small.bytes < report.bytes
    assert [file.name for file in tmp_path.iterdir()] == ["map.html"]


def test_a_map_in_one_file_is_refused_where_it_cannot_be(built: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"expected a name that ends in \.html"):
        export_single_file(built, tmp_path / "map")
    with pytest.raises(UsageError, match="expected the folder of a collection"):
        export_single_file(tmp_path, tmp_path / "map.html")
    shutil.copytree(built, tmp_path / "copy")
    settings = load_settings(tmp_path / "copy")
    write_journal(Ledger(settings).store, Takedown(("0" * 20,), ("0" * 64,), (), (), ()))
    with pytest.raises(UsageError, match="a takedown is under way"):
        export_single_file(tmp_path / "copy", tmp_path / "map.html")
    assert not (tmp_path / "map.html").exists()


def test_embedding_atlas_gets_a_table_of_what_is_live(built: Path, tmp_path: Path) -> None:
    report = export_atlas(built, str(tmp_path / "atlas"))
    table = pq.read_table(tmp_path / "atlas" / report.files[0])
    assert (report.images, report.stale) == (12, ())
    assert sorted(table["path"].to_pylist()) == [f"picture{n:02}.jpg" for n in range(12)]
    assert all(len(cell["ids"]) == 11 for cell in table["neighbors"].to_pylist())
    assert json.loads((tmp_path / "atlas/export.json").read_text())["complete"] is True
    with pytest.raises(UsageError, match="add --overwrite"):
        export_atlas(built, str(tmp_path / "atlas"))
    assert export_atlas(built, str(tmp_path / "atlas"), is_overwriting=True) == report
    shutil.copytree(built, tmp_path / "copy", ignore=shutil.ignore_patterns("manifest.json"))
    with pytest.raises(SiteError, match="expected a published site"):
        export_atlas(tmp_path / "copy", str(tmp_path / "atlas"), is_overwriting=True)
    assert (tmp_path / "atlas" / report.files[0]).exists(), "the older export is not lost for it"
    with pytest.raises(SiteError, match="expected a published site"):
        export_atlas(tmp_path / "copy", str(tmp_path / "new"))
    assert not (tmp_path / "new").exists()
