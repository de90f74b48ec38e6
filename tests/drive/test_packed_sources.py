"""From pictures in Parquet, and from what img2dataset writes, to a map with their words."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from clipplot_pipeline.drive.report import BuildReport
from clipplot_pipeline.site.verify import verify_site
from tests.drive import building
from tests.pictures import draw_picture
from tests.vectors import make_vectors

pytestmark = pytest.mark.pipeline
COUNT = 12
OPTIONS = {"neighbors_k": 3, "shard_size": 50}


def run(project: Path, **options: object) -> BuildReport:
    return building.run(project, **(OPTIONS | options))


def words(project: Path) -> str:
    """Return all words that the site publishes."""
    manifest = json.loads((project / "site" / "manifest.json").read_text("utf-8"))
    kept = project / "site" / Path(manifest["words"]["path"]).parent
    return "".join(path.read_text("utf-8") for path in sorted(kept.glob("*.json")))


def note_rows(keys: list[str]) -> dict[str, list[object]]:
    """Return the columns of img2dataset about pictures, of which the last failed."""
    return {
        "key": list(keys),
        "status": ["success"] * (len(keys) - 1) + ["failed_to_download"],
        "caption": [f"Caption {key}" for key in keys],
        "url": [f"https://example.org/{key}.jpg" for key in keys],
    }


def write_files(folder: Path, keys: list[str]) -> None:
    """Write the form ``files``."""
    for number, key in enumerate(keys[:-1]):
        draw_picture(folder / "00000" / f"{key}.jpg", number)
    pq.write_table(pa.table(note_rows(keys)), folder / "00000.parquet")


def write_tars(folder: Path, keys: list[str]) -> None:
    """Write the form ``webdataset``."""
    table = pa.table(note_rows(keys))
    folder.mkdir(parents=True)
    with tarfile.open(folder / "00000.tar", "w") as tar:
        for number, row in enumerate(table.to_pylist()):
            picture = draw_picture(folder.parent / "drawn.jpg", number).read_bytes()
            members = {"json": json.dumps(row).encode()}
            if row["status"] == "success":
                members |= {"jpg": picture, "txt": row["caption"].encode()}
            for ending, data in members.items():
                info = tarfile.TarInfo(f"{row['key']}.{ending}")
                info.size = len(data)
                tar.addfile(info, io.BytesIO(data))
    pq.write_table(table, folder / "00000.parquet")


@pytest.mark.parametrize("write", [write_files, write_tars], ids=["files", "webdataset"])
def test_what_img2dataset_wrote_becomes_a_map_with_its_captions(
    write: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    assert callable(write)
    write(tmp_path / "set", [f"{n:09}" for n in range(COUNT + 1)])
    report = run(tmp_path / "project", source=str(tmp_path / "set"), embedder="descriptor")
    assert (report.images, report.rejects) == (COUNT, 0)
    assert not verify_site(str(tmp_path / "project" / "site")).problems
    told = words(tmp_path / "project")
    assert "Caption 000000007" in told
    assert "https://example.org/000000007.jpg" in told
    assert f"Caption {COUNT:09}" not in told


def test_pictures_and_vectors_in_parquet_become_a_map_that_grows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    kind = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    vectors = make_vectors(COUNT + 4)
    features = {"image": {"_type": "Image"}, "label": {"_type": "ClassLabel", "names": ["étude", "wave"]}}

    def write(part: int, numbers: range) -> None:
        rows = [draw_picture(tmp_path / "drawn.jpg", n).read_bytes() for n in numbers]
        table = pa.table(
            {
                "image": pa.array(
                    [{"bytes": row, "path": f"p{n}.jpg"} for n, row in zip(numbers, rows, strict=True)], kind
                ),
                "label": [n % 2 for n in numbers],
                "caption": [f"Caption {n:03}" for n in numbers],
                "embedding": [vectors[n].tolist() for n in numbers],
            }
        )
        table = table.replace_schema_metadata({"huggingface": json.dumps({"info": {"features": features}})})
        (tmp_path / "set" / "data").mkdir(parents=True, exist_ok=True)
        pq.write_table(table, tmp_path / "set" / "data" / f"train-{part}.parquet", row_group_size=5)

    write(0, range(COUNT))
    project = tmp_path / "project"
    source = str(tmp_path / "set")
    first = run(project, source=source, vectors=[source], embedder="imported")
    assert (first.images, first.rejects) == (COUNT, 0)
    assert not verify_site(str(project / "site")).problems
    told = words(project)
    assert "Caption 007" in told
    assert "wave" in told
    assert run(project).materialized == []
    write(1, range(COUNT, COUNT + 4))
    grown = run(project)
    assert (grown.images, grown.rejects, grown.originals_opened) == (COUNT + 4, 0, 4)
