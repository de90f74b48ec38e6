"""What a build writes inside the source changes neither its kind nor its pictures."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from clipplot_pipeline.defs.drops import make_watch
from clipplot_pipeline.defs.observe import observe
from clipplot_pipeline.settings import Settings, load_settings
from clipplot_pipeline.sources import find_kind
from tests.picture_server import encode
from tests.sources.test_tar_shards import write_tar

PICTURE = encode(Image.new("RGB", (60, 40), (9, 90, 200)))


def make_project(folder: Path, site: str, store: str = ".clipplot/store") -> Settings:
    (folder / "clipplot.toml").write_text(
        f"source = '.'\nsite = '{site}'\nstore = '{store}'\nembedder = 'descriptor'\n", "utf-8"
    )
    return load_settings(folder)


def publish(settings: Settings) -> None:
    """Write what a build leaves in its folders."""
    for folder in (Path(settings.site), Path(settings.store)):
        (folder / "p" / "ab").mkdir(parents=True)
        (folder / "icon.svg").write_text("<svg/>", "utf-8")
        (folder / "p" / "ab" / "1.jpg").write_bytes(PICTURE)
        pq.write_table(pa.table({"image_id": ["x"]}), folder / "images.parquet")


@pytest.mark.parametrize("kind", ["folders", "tar files", "Parquet files"])
@pytest.mark.parametrize(("site", "store"), [("map", "kept"), ("out/map [v2]", "out/kept"), ("a*", ".store")])
def test_a_build_changes_neither_kind_nor_pictures(tmp_path: Path, kind: str, site: str, store: str) -> None:
    if kind == "folders":
        (tmp_path / "x.jpg").write_bytes(PICTURE)
        (tmp_path / "abc").mkdir()
        (tmp_path / "abc" / "y.jpg").write_bytes(PICTURE)
    elif kind == "tar files":
        write_tar(tmp_path / "00000.tar", {"1.jpg": PICTURE})
    else:
        pq.write_table(pa.table({"image": pa.array([PICTURE], pa.binary())}), tmp_path / "train.parquet")
    settings = make_project(tmp_path, site, store)
    before = observe(settings).scan.images
    assert before
    assert find_kind(settings).name == kind
    publish(settings)
    assert find_kind(settings).name == kind
    assert observe(settings).scan.images == before


def test_a_look_does_not_go_into_a_site_with_brackets(tmp_path: Path) -> None:
    (tmp_path / "x.jpg").write_bytes(PICTURE)
    settings = make_project(tmp_path, "map [v2]")
    publish(settings)
    watch = make_watch(settings)
    before = watch.look()
    (Path(settings.site) / "p" / "cd").mkdir()
    assert watch.look() == before
