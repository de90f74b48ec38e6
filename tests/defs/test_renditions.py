"""Renditions out of shards: each wanted one once, and shards without any are passed over."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from clipplot_pipeline.defs.io import iterate_renditions
from clipplot_pipeline.storage import Store

SHARDS = {"0": "abc", "1": "cde", "2": "fg"}


@pytest.fixture
def shards(tmp_path: Path) -> list[tuple[str, Store]]:
    store = Store(str(tmp_path))
    for shard, names in SHARDS.items():
        table = pa.table({"sha256": list(names), "rendition": [f"{name}.jpg".encode() for name in names]})
        store.write_table(f"{shard}/images.parquet", table)
    return [(shard, store.child(shard)) for shard in SHARDS]


@pytest.mark.parametrize("wanted", ["", "c", "ag", "abcdefg", "x"])
def test_each_comes_once(shards: list[tuple[str, Store]], wanted: str) -> None:
    found = list(iterate_renditions(shards, set(wanted)))
    assert sorted(found) == [(name, f"{name}.jpg".encode()) for name in wanted if name != "x"]


def test_shards_without_any_are_not_read_whole(
    shards: list[tuple[str, Store]], monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []
    look = Store.read_batches

    def note(store: Store, *arguments: Any, **options: Any) -> Any:
        read.append(store.root.rsplit("/", 1)[-1])
        return look(store, *arguments, **options)

    monkeypatch.setattr(Store, "read_batches", note)
    assert len(list(iterate_renditions(shards, {"d", "e"}))) == 2
    assert read == ["1"]
