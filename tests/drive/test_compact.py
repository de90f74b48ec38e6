"""Compaction: fewer shards, the same map, no original opened and no vector computed."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from numpy.typing import NDArray

from clipplot_pipeline.catalog.compacting import Merge
from clipplot_pipeline.defs import compacting
from clipplot_pipeline.defs.compacting import join_shards
from clipplot_pipeline.drive import compact as compact_module
from clipplot_pipeline.drive.backfill import backfill
from clipplot_pipeline.drive.compact import CompactReport, compact
from clipplot_pipeline.drive.instance import open_instance
from clipplot_pipeline.errors import UsageError
from clipplot_pipeline.ledger import Ledger
from clipplot_pipeline.records import Record
from clipplot_pipeline.settings import load_settings
from clipplot_pipeline.site.verify import verify_site
from clipplot_pipeline.storage import Store
from tests.drive.building import keep_copy, succeed
from tests.pictures import draw_collection, draw_picture

pytestmark = pytest.mark.pipeline

OPTIONS = {"slug": "compacted", "embedder": "descriptor", "shard_size": 40, "clusters.levels": 1}


def say_nothing(text: str) -> None:
    del text


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Build a collection that got two drops, with a changed, a broken and a vanished picture; and a copy of it."""
    top = tmp_path_factory.mktemp("compacted")
    folder = draw_collection(top / "collection", count=12)
    images = folder / "images"
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("DAGSTER_HOME", raising=False)
        succeed(folder, source=str(images), metadata=str(folder / "metadata.csv"), **OPTIONS)
        draw_picture(images / "picture03.jpg", 103)
        os.utime(images / "picture03.jpg", (1_600_000_000, 1_600_000_000))
        draw_picture(images / "new.jpg", 104)
        (images / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 this is no picture")
        succeed(folder)
        draw_picture(images / "newer.jpg", 105)
        (images / "picture05.jpg").unlink()
        succeed(folder)
    return keep_copy(folder)


def read_site(project: Path) -> dict[str, list[object]]:
    table = pq.read_table(project / "site" / "images.parquet").sort_by("image_id")
    return {name: table[name].to_pylist() for name in table.column_names}


def test_the_map_is_the_same_and_nothing_is_computed(project: Path) -> None:
    before, manifest = read_site(project), (project / "site" / "manifest.json").read_bytes()
    assert len(Ledger(load_settings(project)).shards) == 3
    plan = compact(project, say_nothing, is_plan=True)
    assert (plan.shards_before, plan.shards_after, plan.build) == (3, 1, None)

    report = compact(project, say_nothing)
    assert report.build is not None
    assert report.build.failed == []
    assert (report.build.originals_opened, report.build.rejects) == (0, 1)
    assert {"images", "embeddings", "embedder"}.isdisjoint(done.asset for done in report.build.materialized)
    ledger = Ledger(load_settings(project))
    assert [shard.partition("-")[0] for shard in ledger.shards] == ["00003"]
    assert ledger.stale() == []
    assert read_site(project) == before
    assert (project / "site" / "manifest.json").read_bytes() == manifest
    assert verify_site(str(project / "site")).problems == ()
    with open_instance(project) as instance:
        assert instance.get_dynamic_partitions("compacted__shards") == list(ledger.shards)
    assert not [name for name in ledger.store.list_folders("images") if name not in ledger.shards]
    assert compact(project, say_nothing).build is None, "once is enough"


def test_the_joined_shard_is_what_computing_it_gives(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Even where only some renditions are in memory at a time."""
    look, held = Store.read_rows, []

    def watch(store: Store, path: str, first: int, end: int) -> pa.Table:
        held.append(end - first)
        return look(store, path, first, end)

    with monkeypatch.context() as patch:
        patch.setattr(compacting, "JOINED_AT_ONCE", 4)
        patch.setattr(Store, "read_rows", watch)
        compact(project, say_nothing)
    assert (max(held), sum(held)) == (4, 15), "each of the joined shard's pictures, and no more"
    draw_picture(project / "images" / "picture05.jpg", 5)  # what vanished can only be computed if it is there
    ledger = Ledger(load_settings(project))
    (shard,) = ledger.shards

    def make_again(name: str) -> tuple[Record, Record]:
        record = ledger.record(name, shard)
        assert record is not None
        ledger.store.delete(f"{name}/{shard}/{record.fingerprint}")
        made = backfill(project, name, "", "stale", say_nothing)
        assert (made.due, made.build.failed) == ((shard,), [])
        again = Ledger(load_settings(project)).record(name, shard)
        assert again is not None
        return record, again

    def read_vectors() -> NDArray[np.float32]:
        table = ledger.folder("embeddings", shard).read_table("embeddings.parquet")
        return np.vstack(table.sort_by("sha256")["vector"].to_pylist())

    joined, computed = make_again("images")
    assert (joined.fingerprint, joined.data_version) == (computed.fingerprint, computed.data_version)
    vectors = read_vectors()
    joined, computed = make_again("embeddings")
    assert joined.fingerprint == computed.fingerprint
    # the last bits of a vector depend on those that it was computed with
    np.testing.assert_allclose(vectors, read_vectors(), atol=1e-5)


def test_a_compaction_that_is_killed_leaves_everything_as_it_was(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fall(*_: object) -> CompactReport:
        raise KeyboardInterrupt

    shards = Ledger(load_settings(project)).shards
    with monkeypatch.context() as patch:
        patch.setattr(compact_module, "rewrite_inventory", fall)
        with pytest.raises(KeyboardInterrupt):
            compact(project, say_nothing)
    ledger = Ledger(load_settings(project))
    assert (ledger.shards, ledger.stale()) == (shards, [])
    assert compact(project, say_nothing).shards_after == 1
    with monkeypatch.context() as patch:
        draw_picture(project / "images" / "last.jpg", 106)
        succeed(project)
        patch.setattr(compact_module, "drop_leftovers", fall)
        with pytest.raises(KeyboardInterrupt):
            compact(project, say_nothing)
    assert compact(project, say_nothing).build is None, "what is left is only swept up"
    assert succeed(project).originals_opened == 0
    assert verify_site(str(project / "site")).problems == ()
    assert len(read_site(project)["image_id"]) == 14


def test_what_comes_in_meanwhile_is_not_lost(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def join_late(ledger: Ledger, merge: Merge) -> list[Record]:
        draw_picture(project / "images" / "meanwhile.jpg", 107)
        succeed(project)
        return join_shards(ledger, merge)

    with monkeypatch.context() as patch:
        patch.setattr(compact_module, "join_shards", join_late)
        with pytest.raises(UsageError, match="changed while its shards were joined"):
            compact(project, say_nothing)
    assert compact(project, say_nothing).shards_after == 1
    assert len(read_site(project)["image_id"]) == 14
    assert verify_site(str(project / "site")).problems == ()


def test_what_nothing_names_is_swept_up_and_nothing_else(project: Path) -> None:
    store = Ledger(load_settings(project)).store
    left = ("00009-abcdef01", "00010-abcdef02")
    store.write_json(f"records/images/{left[0]}.json", {})
    for shard in left:
        store.write_json(f"embeddings/{shard}/0123/record.json", {})
    for path in ("records/layout_of_old.json", "layout_of_old/0123/record.json", "records/pictures/1.json"):
        store.write_json(path, {})
    said: list[str] = []
    compact(project, said.append)
    assert said[1:2] == [f"{3 + len(left)} old shards deleted"]
    paths = set(store.list_files())
    assert not [path for path in paths if "_of_old" in path or "pictures" in path or "abcdef0" in path]
    ledger = Ledger(load_settings(project))
    assert ledger.stale() == []
    said.clear()
    compact(project, said.append)
    assert said == ["0 old shards deleted"]
    assert set(store.list_files()) == paths


def test_what_is_not_ready_is_told(project: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"there is no clipplot\.toml"):
        compact(tmp_path / "nowhere", say_nothing)
    ledger = Ledger(load_settings(project))
    record = ledger.record("embeddings", ledger.shards[0])
    assert record is not None
    ledger.store.delete(f"embeddings/{record.shard}/{record.fingerprint}")
    with pytest.raises(UsageError, match="embeddings are not up to date; run `clipplot build` first"):
        compact(project, say_nothing)
