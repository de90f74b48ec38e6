"""Taking pictures down: nothing of them is left anywhere, they do not come back, and a killed takedown is finished."""

from __future__ import annotations

import gzip
import io
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from clipplot_pipeline.drive import forget as forgetting
from clipplot_pipeline.drive.build import build
from clipplot_pipeline.drive.forget import ForgetReport, forget
from clipplot_pipeline.errors import StoreError, UsageError
from clipplot_pipeline.ledger import Ledger
from clipplot_pipeline.settings import load_settings
from clipplot_pipeline.site.columns import decode_column
from clipplot_pipeline.site.micro import decode_blocks
from clipplot_pipeline.site.verify import verify_site
from tests.drive.building import keep_copy

pytestmark = pytest.mark.pipeline

COUNT = 12
VICTIM = 5


def color_of(number: int) -> tuple[int, int, int]:
    """Return a colour that is far from that of every other number and from grey."""
    return (30 + 60 * (number % 4), 40 + 80 * (number // 4), 255 - 18 * number)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Build a collection of plain colours once: one picture lies there twice, and one file is broken."""
    top = tmp_path_factory.mktemp("forget")
    folder = top / "project"
    images = folder / "images"
    images.mkdir(parents=True)
    lines = ["filename,title"]
    for number in range(COUNT):
        Image.new("RGB", (64, 48), color_of(number)).save(images / f"colour{number:02}.png")
        lines.append(f"colour{number:02}.png,Title number {number:02}")
    shutil.copy(images / f"colour{VICTIM:02}.png", images / "again.png")
    (images / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 this is no picture")
    (folder / "metadata.csv").write_text("\n".join(lines), encoding="utf-8")
    options = {
        "source": str(images),
        "metadata": str(folder / "metadata.csv"),
        "embedder": "descriptor",
        "shard_size": 5,
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("DAGSTER_HOME", raising=False)
        assert build(folder, options, say=lambda _: None).failed == []
    return keep_copy(folder)


def run(project: Path, *names: str) -> ForgetReport:
    return forget(project, names, say=lambda _: None)


def find_picture(project: Path) -> dict[str, Any]:
    """Return the catalog's row of the picture that is to go."""
    catalog = Ledger(load_settings(project)).folder("catalog").read_table("catalog.parquet").to_pylist()
    (row,) = [row for row in catalog if f"colour{VICTIM:02}.png" in row["paths"]]
    return row


def read_manifest(project: Path) -> Any:
    return json.loads((project / "site" / "manifest.json").read_text(encoding="utf-8"))


def texts_of(folder: Path) -> Iterator[tuple[Path, bytes]]:
    """Yield every file of a folder as plainly as it can be read: unpacked, tables column by column."""
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        data = path.read_bytes()
        if path.suffix == ".parquet":
            table = pq.read_table(path)
            plain = [n for n in table.column_names if n not in {"rendition", "vector"}]
            data = repr(table.select(plain).to_pylist()).encode()
        elif data[:2] == b"\x1f\x8b":
            data = gzip.decompress(data)
        yield path, data


def assert_nothing_is_left(project: Path, row: dict[str, Any]) -> None:
    traces = [row["image_id"], row["sha256"], f"colour{VICTIM:02}", f"Title number {VICTIM:02}"]
    site, store = project / "site", project / ".clipplot" / "store"
    for path, data in texts_of(site):
        assert bytes.fromhex(row["image_id"]) not in data, path
        found = [trace for trace in traces if trace.encode() in data]
        assert not found, f"{path} still holds {found}"
        assert row["image_id"] not in path.name
    for path, data in texts_of(store):
        # The user's own table still names the file, and the list keeps a keyed hash of the picture.
        if "metadata" not in path.parts and path.name != "forgotten.json":
            found = [trace for trace in traces if trace.encode() in data]
            assert not found, f"{path} still holds {found}"
    for path, pixels in pictures_of(project):
        away = np.abs(pixels.reshape(-1, 3).astype(int) - color_of(VICTIM)).max(axis=1)
        assert away.min() > 12, f"{path} still shows the picture"


def pictures_of(project: Path) -> Iterator[tuple[Path, np.ndarray]]:
    """Yield every picture of the site and every rendition of the store, decoded."""
    for path in sorted((project / "site").rglob("*.*")):
        if path.suffix in {".webp", ".jpg", ".png"}:
            with Image.open(path) as picture:
                yield path, np.asarray(picture.convert("RGB"))
    for path in sorted((project / "site" / "c").glob("micro-*.bin")):
        # Their colours come in coarse steps: of each picture the mean counts.
        yield path, decode_blocks(decode_column(path.read_bytes()).stored).mean(axis=(1, 2)).round()
    for path in sorted((project / ".clipplot" / "store" / "project" / "images").rglob("images.parquet")):
        for data in pq.read_table(path, columns=["rendition"])["rendition"].to_pylist():
            with Image.open(io.BytesIO(data)) as picture:
                yield path, np.asarray(picture.convert("RGB"))


def test_nothing_is_left_and_nothing_is_computed_anew(project: Path) -> None:
    row = find_picture(project)
    tiles = set((project / "site" / "s").rglob("*.webp"))
    assert any(np.abs(pixels.astype(int) - color_of(VICTIM)).max() < 12 for _, pixels in pictures_of(project))
    micro = [pixels for path, pixels in pictures_of(project) if path.name.startswith("micro-")]
    assert len(micro) == 1
    assert np.abs(micro[0] - color_of(VICTIM)).max(axis=1).min() < 12
    report = run(project, row["image_id"])
    assert report.image_ids == (row["image_id"],)
    assert report.paths == ("again.png", f"colour{VICTIM:02}.png")
    assert report.build.failed == []
    assert report.build.originals_opened == 0
    assert not {done.asset for done in report.build.materialized} & {"images", "embeddings", "embedder"}
    assert report.build.images == COUNT - 1
    assert_nothing_is_left(project, row)
    assert verify_site(str(project / "site")).problems == ()
    gone = {p.relative_to(project / "site").as_posix() for p in tiles if not p.exists()}
    assert gone <= set(report.purge)
    assert {"manifest.json", "images.parquet"} <= set(report.purge)


def test_it_does_not_come_back(project: Path) -> None:
    row = find_picture(project)
    source = project / "images"
    run(project, f"colour{VICTIM:02}.png")
    again = build(project, {}, say=lambda _: None)
    assert (again.materialized, again.images) == ([], COUNT - 1)
    shutil.copy(source / "again.png", source / "a new name.png")
    copied = build(project, {}, say=lambda _: None)
    assert (copied.failed, copied.images, copied.rejects) == ([], COUNT - 1, 1)
    ledger = Ledger(load_settings(project))
    assert not renditions(ledger, row["sha256"])
    assert "a new name" not in (project / "site" / read_manifest(project)["about"]).read_text("utf-8")


def renditions(ledger: Ledger, sha256: str) -> list[dict[str, Any]]:
    tables = [ledger.folder("images", shard).read_table("images.parquet") for shard in ledger.shards]
    return [row for row in pa.concat_tables(tables).to_pylist() if row["sha256"] == sha256]


def test_a_rejected_file_is_forgotten_by_its_path(project: Path) -> None:
    assert "broken.jpg" in (project / "site" / read_manifest(project)["about"]).read_text("utf-8")
    report = run(project, str(project / "images" / "broken.jpg"))
    assert (report.build.images, report.build.rejects) == (COUNT, 0)
    assert "broken.jpg" not in (project / "site" / read_manifest(project)["about"]).read_text("utf-8")


def test_a_picture_that_vanished_before_is_erased_too(project: Path) -> None:
    row = find_picture(project)
    for path in row["paths"]:
        (project / "images" / path).unlink()
    assert build(project, {}, say=lambda _: None).images == COUNT - 1
    assert renditions(Ledger(load_settings(project)), row["sha256"])
    run(project, row["paths"][0])
    assert_nothing_is_left(project, row)


def test_an_interrupted_takedown_hides_at_once_and_is_finished(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = find_picture(project)

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(forgetting, "rewrite_shard", die)
        with pytest.raises(KeyboardInterrupt):
            run(project, row["image_id"])
    (hidden,) = read_manifest(project)["tombstones"]
    words = json.loads(
        (project / "site" / read_manifest(project)["words"]["path"].format(n=0)).read_text("utf-8")
    )
    assert words["rows"][hidden]["id"] == row["image_id"]
    assert not list((project / "site" / "p").rglob(f"{row['image_id']}.jpg"))
    assert verify_site(str(project / "site")).problems == ()
    report = run(project)
    assert report.image_ids == (row["image_id"],)
    assert_nothing_is_left(project, row)
    assert "tombstones" not in read_manifest(project)
    with pytest.raises(UsageError, match="nothing is named"):
        run(project)


def test_an_unknown_name_stops_before_anything_is_touched(project: Path) -> None:
    before = (project / "site" / "manifest.json").read_bytes()
    with pytest.raises(UsageError, match=r"1 of 2 are not known: nowhere\.png"):
        run(project, f"colour{VICTIM:02}.png", "nowhere.png")
    assert (project / "site" / "manifest.json").read_bytes() == before
    run(project, find_picture(project)["image_id"])


def test_another_salt_does_not_let_everything_in_again(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(project, f"colour{VICTIM:02}.png")
    monkeypatch.setenv("CLIPPLOT_SALT", "another")
    with pytest.raises(StoreError, match="another salt"):
        build(project, {}, say=lambda _: None)
