"""Near-duplicates in a collection that grows and from which pictures are taken down."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageDraw

from clipplot_pipeline.drive.build import build
from clipplot_pipeline.drive.forget import forget
from clipplot_pipeline.ledger import Ledger
from clipplot_pipeline.settings import load_settings

pytestmark = pytest.mark.pipeline


def draw_scene(seed: int) -> Image.Image:
    """Return a picture full of shapes, another for each seed."""
    chance = random.Random(seed)
    picture = Image.new("RGB", (400, 300), (chance.randrange(60, 220), 130, 120))
    draw = ImageDraw.Draw(picture)
    for _ in range(70):
        x, y = chance.randrange(400), chance.randrange(300)
        shade = (chance.randrange(256), chance.randrange(256), chance.randrange(256))
        draw.ellipse((x, y, x + chance.randrange(8, 90), y + chance.randrange(8, 90)), fill=shade)
    return picture


def read_groups(project: Path) -> list[dict[str, Any]]:
    """Return the rows of the asset with the names of the files."""
    ledger = Ledger(load_settings(project))
    catalog = ledger.folder("catalog").read_table("catalog.parquet", columns=["image_id", "paths"])
    names = dict(
        zip(catalog["image_id"].to_pylist(), (p[0] for p in catalog["paths"].to_pylist()), strict=True)
    )
    rows = ledger.folder("duplicates").read_table("duplicates.parquet").to_pylist()
    return [{**row, "name": names[row["image_id"]]} for row in rows]


def facts(project: Path) -> dict[str, Any]:
    """Return what the asset said of itself."""
    record = Ledger(load_settings(project)).record("duplicates")
    assert record is not None
    return dict(record.facts)


def test_only_what_is_new_is_looked_at_and_what_is_gone_is_in_no_pair(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    images = tmp_path / "images"
    images.mkdir()
    for number in range(8):
        draw_scene(number).save(images / f"scene{number}.png")
    options = {"source": str(images), "embedder": "descriptor"}
    assert build(tmp_path, options, say=lambda _: None).failed == []
    assert (facts(tmp_path)["groups"], facts(tmp_path)["pairs_looked_at"]) == (0, 28)

    draw_scene(3).transpose(Image.Transpose.FLIP_LEFT_RIGHT).resize((800, 600)).save(images / "copy.png")
    assert build(tmp_path, {}, say=lambda _: None).failed == []
    assert (facts(tmp_path)["groups"], facts(tmp_path)["pairs_looked_at"]) == (1, 8)
    heads = {row["name"]: (row["is_earliest"], row["is_largest"]) for row in read_groups(tmp_path)}
    assert heads == {"scene3.png": (True, False), "copy.png": (False, True)}

    copy = next(row["image_id"] for row in read_groups(tmp_path) if row["name"] == "copy.png")
    assert forget(tmp_path, ["copy.png", "scene0.png"], say=lambda _: None).build.failed == []
    assert (facts(tmp_path)["groups"], facts(tmp_path)["pairs_looked_at"]) == (0, 0)
    store = Ledger(load_settings(tmp_path)).store
    left = [path for path in store.list_files("duplicates") if copy.encode() in store.read_bytes(path)]
    assert left == []
    pairs = Ledger(load_settings(tmp_path)).folder("duplicates").read_table("pairs.parquet")
    assert copy not in {*pairs["image_id"].to_pylist(), *pairs["other_id"].to_pylist()}
