"""Folders of files that img2dataset wrote: recognised, and what it notes of each picture kept."""

from __future__ import annotations

import os
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from clipplot_pipeline.defs.observe import observe
from clipplot_pipeline.settings import Settings
from clipplot_pipeline.sources import find_kind
from clipplot_pipeline.sources.img2dataset import NO_WORDS, Img2datasetSource
from clipplot_pipeline.sources.names import TABLES
from clipplot_pipeline.sources.tar_words import FAILED

JPEG = b"\xff\xd8\xff\xe0 a picture "


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return two folders of three, of which the first failed; one failed picture lies there all the same."""
    for shard in range(2):
        keys = [f"{shard:05}{n:04}" for n in range(3)]
        (tmp_path / f"{shard:05}").mkdir()
        for key in keys[1 - shard :]:
            (tmp_path / f"{shard:05}" / f"{key}.jpg").write_bytes(JPEG + key.encode())
            (tmp_path / f"{shard:05}" / f"{key}.txt").write_text(f"caption {key}", "utf-8")
            (tmp_path / f"{shard:05}" / f"{key}.json").write_text("{}", "utf-8")
        table = {
            "url": [f"https://x/{key}" for key in keys],
            "key": keys,
            "caption": [f"caption {key}" for key in keys],
            "status": ["failed_to_resize", "success", "success"],
            "width": [9, 9, 9],
            "exif": ["{}"] * 3,
        }
        pq.write_table(pa.table(table), tmp_path / f"{shard:05}.parquet")
        (tmp_path / f"{shard:05}_stats.json").write_text("{}", "utf-8")
    return tmp_path


def test_what_succeeded_is_listed_with_its_words(folder: Path) -> None:
    assert find_kind(Settings(source=str(folder))).name == "folders of img2dataset"
    source = Img2datasetSource(str(folder))
    scan = source.scan((), ())
    assert [image.path for image in scan.images] == [
        f"0000{shard}/0000{shard}000{n}.jpg" for shard in (0, 1) for n in (1, 2)
    ]
    assert scan.skipped == {FAILED: 1, TABLES: 14}
    assert scan.about is not None
    assert scan.about.to_pylist()[0] == {
        "path": "00000/000000001.jpg",
        "url": "https://x/000000001",
        "caption": "caption 000000001",
    }
    with source.open_files(scan.images) as opener, opener("00001/000010002.jpg") as file:
        assert file.read() == JPEG + b"000010002"


def test_a_picture_that_is_still_being_written_is_held_back(folder: Path) -> None:
    late = folder / "00001" / "000010002.jpg"
    os.utime(late, (2_000_000_000, 2_000_000_000))
    settings = Settings(source=str(folder), store=str(folder / "store"))
    scan = observe(settings, before_ns=1_999_999_999_000_000_000).scan
    assert scan.unsettled == ("00001/000010002.jpg",)
    assert len(scan.images) == 3


def test_a_table_that_cannot_be_read_costs_its_words_alone(folder: Path) -> None:
    (folder / "00001.parquet").write_bytes(b"PAR1")
    scan = Img2datasetSource(str(folder)).scan((), ())
    assert len(scan.images) == 5
    assert scan.skipped[NO_WORDS] == 1
    assert scan.about is not None
    assert scan.about["path"].to_pylist() == ["00000/000000001.jpg", "00000/000000002.jpg"]


def test_numbered_folders_with_other_tables_are_a_folder(folder: Path) -> None:
    for path in folder.glob("*.parquet"):
        pq.write_table(pa.table({"a": [1]}), path)
    assert find_kind(Settings(source=str(folder))).name == "folders"
