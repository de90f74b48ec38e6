"""Close-ups from source to site: other ones cost no vector, a takedown leaves none, a compaction carries them along."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from PIL import Image

from clipplot_pipeline.drive.compact import compact
from clipplot_pipeline.drive.forget import forget
from clipplot_pipeline.errors import SettingsError
from clipplot_pipeline.ledger import Ledger
from clipplot_pipeline.settings import load_settings
from clipplot_pipeline.site.verify import verify_site
from clipplot_pipeline.storage import Store
from tests.drive.building import made, succeed

pytestmark = pytest.mark.pipeline

LARGE = 3


def files(project: Path, ending: str) -> set[str]:
    return {
        path.rsplit("/", 1)[-1].removesuffix(ending)
        for path in Store(str(project / "site")).list_files("p")
        if path.endswith(ending)
    }


def kept(project: Path) -> set[str]:
    """Return the names of all close-ups in the store."""
    return {path.name for path in (project / ".clipplot" / "store").rglob("closeups/*")}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a project of eight pictures, three of them larger than their rendition, built without close-ups."""
    folder = tmp_path_factory.mktemp("closeups")
    (folder / "images").mkdir()
    random = np.random.default_rng(5)
    for number in range(8):
        side = 600 if number < LARGE else 90
        pixels = random.integers(0, 255, (side, side, 3)) // 4 + 20 * number
        Image.fromarray(pixels.astype(np.uint8)).save(folder / "images" / f"{number}.png")
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("DAGSTER_HOME", raising=False)
        succeed(folder, source=str(folder / "images"), embedder="descriptor", shard_size=4, rendition_px=128)
    return folder


@pytest.fixture(autouse=True)
def _no_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DAGSTER_HOME", raising=False)


def test_close_ups_come_and_change_and_go_without_a_vector_being_computed(project: Path) -> None:
    """One story, for each of its steps is a build."""
    assert files(project, ".tif") == set()
    renditions = {
        path: table.read_bytes()
        for path in files(project, ".jpg")
        for table in (project / "site" / "p").rglob(f"{path}.jpg")
    }
    report = succeed(project, closeup__kind="tiles")
    assert made(report) == {"images": 2, "site": 1}  # nothing that is made of renditions: they are the same
    assert len(files(project, ".tif")) == LARGE
    assert verify_site(str(project / "site")).problems == ()
    for name, data in renditions.items():
        (found,) = (project / "site" / "p").rglob(f"{name}.jpg")
        assert found.read_bytes() == data

    report = succeed(
        project, closeup__kind="link", closeup__link="https://images.example.org/{stem}.jpg", grace_hours=0
    )
    assert made(report)["site"] == 1
    assert not made(report).keys() & {"embeddings", "neighbors", "catalog", "atlases"}
    assert files(project, ".tif") == set()
    assert verify_site(str(project / "site")).problems == ()
    page = (project / "site" / "index.html").read_text(encoding="utf-8")
    assert "img-src 'self' data: blob: https://images.example.org; connect-src 'self';" in page


def test_a_takedown_and_a_compaction_take_close_ups_along(project: Path) -> None:
    path = project / "clipplot.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("[closeup]\n", '[closeup]\nkind = "tiles"\n', 1), encoding="utf-8")
    succeed(project)
    assert len(files(project, ".tif")) == LARGE
    catalog = Ledger(load_settings(project)).folder("catalog").read_table("catalog.parquet").to_pylist()
    victim = next(row for row in catalog if row["paths"] == ["1.png"])
    report = forget(project, ["1.png"], lambda _: None)
    assert report.build.failed == []
    assert any(name.endswith(f"{victim['image_id']}.tif") for name in report.purge)
    assert victim["sha256"] not in kept(project)
    assert victim["image_id"] not in files(project, ".tif")
    assert len(files(project, ".tif")) == LARGE - 1

    before = files(project, ".tif")
    compact(project, lambda _: None)
    ledger = Ledger(load_settings(project))
    listed = [ledger.folder("images", shard).locate("closeups.parquet") for shard in ledger.shards]
    assert sum(pq.read_table(path).num_rows for path in listed) == LARGE - 1
    assert files(project, ".tif") == before
    assert made(succeed(project)).keys() <= {"site"}
    assert verify_site(str(project / "site")).problems == ()


def test_what_can_never_be_found_is_told_before_any_work(project: Path) -> None:
    with pytest.raises(SettingsError, match="names no image services"):
        succeed(project, closeup__kind="iiif")
    with pytest.raises(SettingsError, match="needs `link`"):
        succeed(project, closeup__kind="link")
