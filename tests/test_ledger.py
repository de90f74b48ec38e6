"""The ledger: what is stale and why, without Dagster."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from clipplot_pipeline import schemas
from clipplot_pipeline.errors import StoreError
from clipplot_pipeline.graph import INVENTORY, build_graph
from clipplot_pipeline.ledger import Ledger
from clipplot_pipeline.records import Record
from clipplot_pipeline.settings import Settings, load_settings
from clipplot_pipeline.storage import Store

SEEN = {"listing": "l1", "metadata": "m1"}
FACTS = {"images": 3, "skipped": {}, "build_id": "b1", "fitted_images": 3}


def settings(tmp_path: Path, **options: Any) -> Settings:
    return load_settings(tmp_path, {"embedder": "descriptor", "source": "in", **options})


def make(ledger: Ledger, asset: str, shard: str | None = None, content: str = "1") -> Record:
    """Pretend to have made an output: commit its record, with what else the ledger reads."""
    fingerprint = ledger.fingerprint(asset, shard)
    assert not fingerprint.missing
    out = ledger.new_folder(asset, shard, fingerprint)
    if asset == INVENTORY:
        rows = [
            {"path": f"{key}.jpg", "bytes": 1, "version": "v", "shard": key, "live": True, "place": ""}
            for key in content.split(",")
        ]
        out.write_table("inventory.parquet", pa.Table.from_pylist(rows, schema=schemas.INVENTORY))
    record = Record(
        asset=asset,
        shard=shard,
        fingerprint=fingerprint.digest,
        data_version=f"{asset}-{shard}-{content}",
        version=ledger.graph[asset].version,
        parts={"members": "same", "listing": content, "metadata": fingerprint.inputs.get("metadata", "")},
        inputs=dict(fingerprint.inputs),
        settings=dict(fingerprint.settings),
        facts=FACTS,
    )
    ledger.commit(record)
    return record


def make_all(ledger: Ledger, shards: str = "00000-a,00001-b", content: str = "1") -> None:
    """Make whatever is stale and ready until nothing is."""
    site = Path(ledger.settings.site)
    site.mkdir(parents=True, exist_ok=True)
    (site / "manifest.json").write_text('{"build_id": "b1"}')
    for _ in range(50):
        ready = [stale for stale in ledger.stale() if stale.is_ready]
        if not ready:
            return
        first = ready[0]
        make(ledger, first.asset, first.shard, shards if first.asset == INVENTORY else content)
    raise AssertionError(f"never current: {ledger.stale()}")


def names(ledger: Ledger) -> set[str]:
    return {stale.asset for stale in ledger.stale() if stale.is_ready}


def test_one_question_reads_every_record_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_all(Ledger(settings(tmp_path), SEEN))
    read: list[str] = []
    look = Store.read_present_json

    def count(store: Store, paths: Sequence[str]) -> dict[str, Any]:
        read.extend(paths)
        return look(store, paths)

    monkeypatch.setattr(Store, "read_present_json", count)
    ledger = Ledger(settings(tmp_path), SEEN)
    assert ledger.stale() == []
    outputs = sum(len(ledger.shards) if node.sharded else 1 for node in ledger.graph.values())
    assert len(set(read)) == len(read)
    # The record in force and the one beside the output; the inventory was read once before, for its shards.
    assert len(read) <= 2 * outputs + 1


def test_a_question_sees_what_others_have_made_since(tmp_path: Path) -> None:
    ledger = Ledger(settings(tmp_path), SEEN)
    assert names(ledger) == {"inventory"}
    make_all(Ledger(settings(tmp_path), SEEN))
    assert names(ledger) == set()


def test_a_brand_that_cannot_be_read_concerns_the_site_alone(tmp_path: Path) -> None:
    logo = tmp_path / "logo.svg"
    logo.write_text("<svg></svg>")
    branded = settings(tmp_path, **{"brand.logo": str(logo)})
    make_all(Ledger(branded, SEEN))
    assert Ledger(branded, SEEN).stale() == []
    logo.unlink()
    assert names(Ledger(branded, SEEN)) == {"site"}


def test_an_empty_store_waits_for_the_inventory(tmp_path: Path) -> None:
    ledger = Ledger(settings(tmp_path), SEEN)
    stale = ledger.stale()
    assert [s.asset for s in stale if s.is_ready] == [INVENTORY]
    assert {s.asset for s in stale if not s.is_ready} == {
        name for name, node in ledger.graph.items() if name != INVENTORY and not node.sharded
    }


def test_made_once_everything_is_current(tmp_path: Path) -> None:
    make_all(Ledger(settings(tmp_path), SEEN))
    assert Ledger(settings(tmp_path), SEEN).stale() == []
    assert Ledger(settings(tmp_path)).stale() == []


@pytest.mark.parametrize(
    ("option", "asset"),
    [
        ({"title": "New"}, {"site"}),
        ({"layouts.umap.min_dist": 0.5}, {"layout_umap"}),
        ({"clusters.levels": 2}, {"clusters"}),
        ({"tile_quality": 50}, {"atlases"}),
        ({"neighbors_k": 8}, {"neighbors"}),
        ({"embedder": "open_clip"}, {"embedder"}),
        ({"shard_size": 5}, set()),
        ({"workers": 3}, set()),
    ],
)
def test_a_setting_touches_its_own_asset(tmp_path: Path, option: dict[str, Any], asset: set[str]) -> None:
    make_all(Ledger(settings(tmp_path), SEEN))
    ledger = Ledger(settings(tmp_path, **option), SEEN)
    assert names(ledger) == asset
    for stale in ledger.stale():
        if stale.is_ready:
            assert next(iter(option)).split(".")[0] in stale.reason


def test_an_equal_result_wakes_nobody(tmp_path: Path) -> None:
    make_all(Ledger(settings(tmp_path), SEEN))
    ledger = Ledger(settings(tmp_path, **{"layouts.umap.seed": 9}), SEEN)
    make(ledger, "layout_umap", content="1")
    assert ledger.stale() == []
    make(Ledger(settings(tmp_path, **{"layouts.umap.seed": 8}), SEEN), "layout_umap", content="2")
    assert {"layout_grid", "clusters", "atlases"} <= names(
        Ledger(settings(tmp_path, **{"layouts.umap.seed": 8}), SEEN)
    )


def test_a_new_shard_asks_for_itself_alone(tmp_path: Path) -> None:
    make_all(Ledger(settings(tmp_path), SEEN))
    seen = SEEN | {"listing": "l2"}
    ledger = Ledger(settings(tmp_path), seen)
    assert names(ledger) == {INVENTORY}
    make(ledger, INVENTORY, content="00000-a,00001-b,00002-c")
    ready = [(s.asset, s.shard) for s in ledger.stale() if s.is_ready]
    assert ready == [("images", "00002-c")]
    waiting = {(s.asset, s.shard) for s in ledger.stale() if s.shard}
    assert ("embeddings", "00000-a") not in waiting
    assert ("embeddings", "00002-c") in waiting


def test_going_back_takes_up_what_was_made_before(tmp_path: Path) -> None:
    ledger = Ledger(settings(tmp_path), SEEN)
    make_all(ledger)
    other = Ledger(settings(tmp_path, **{"layouts.umap.seed": 9}), SEEN)
    make(other, "layout_umap", content="2")
    back = ledger.adopt("layout_umap", None, ledger.fingerprint("layout_umap"))
    assert back is not None
    assert ledger.is_current("layout_umap")


def test_old_outputs_go(tmp_path: Path) -> None:
    make_all(Ledger(settings(tmp_path), SEEN))
    for seed in range(2, 7):
        ledger = Ledger(settings(tmp_path, **{"layouts.umap.seed": seed}), SEEN)
        make(ledger, "layout_umap")
    assert len(ledger.store.list_folders("layout_umap")) == 2


def test_two_first_processes_make_one_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CLIPPLOT_SALT", raising=False)
    one, other = (Ledger(settings(tmp_path)) for _ in range(2))
    look = Store.exists
    told: list[bytes] = []

    def be_late(store: Store, path: str) -> bool:
        is_there = look(store, path)
        if not told:
            told.append(b"")
            told[:] = [other.salt()]
        return is_there

    monkeypatch.setattr(Store, "exists", be_late)
    assert one.salt() == told[0] == other.salt()
    one.store.write_bytes("salt", b"")
    with pytest.raises(StoreError, match="secret is empty"):
        one.salt()


def test_two_processes_make_one_output_and_neither_fails(tmp_path: Path) -> None:
    one, other = (Ledger(settings(tmp_path), SEEN) for _ in range(2))
    fingerprint = one.fingerprint(INVENTORY)
    schema = pa.schema([("number", pa.int64())])

    def write_and_be_overtaken() -> Iterator[pa.RecordBatch]:
        yield pa.record_batch([pa.array([1])], schema=schema)
        make(one, INVENTORY, content="00000-a")

    out = other.new_folder(INVENTORY, None, fingerprint)
    out.write_batches("late.parquet", schema, write_and_be_overtaken())
    assert out.read_table("late.parquet").num_rows == 1
    assert not [name for name in one.store.list_files() if name.endswith(".partial")]


def test_what_killed_writers_left_goes(tmp_path: Path) -> None:
    ledger = Ledger(settings(tmp_path), SEEN)
    record = make(ledger, INVENTORY, content="00000-a")
    out = ledger.folder(INVENTORY).local_path("inventory.parquet")
    kept = ledger.store.local_path(f"records/{INVENTORY}.json")
    assert out is not None
    assert kept is not None
    left = [file.with_name(f"{file.name}.0badf00d.partial") for file in (out, kept)]
    other = kept.with_name("site.json.0badf00d.partial")
    for file in (*left, other):
        file.write_bytes(b"half")
    ledger.commit(record)
    assert not [file for file in left if file.exists()]
    assert other.exists(), "somebody may be writing it"


def test_the_graph_has_one_root_and_an_order(tmp_path: Path) -> None:
    graph = build_graph(settings(tmp_path))
    seen = {"shards"}
    for node in graph.values():
        assert set(node.upstream) <= seen, f"{node.name} comes before what it is made of"
        assert bool(node.upstream) == (node.name != INVENTORY)
        seen.add(node.name)


def test_the_salt_is_made_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CLIPPLOT_SALT", raising=False)
    assert Ledger(settings(tmp_path)).salt() == Ledger(settings(tmp_path)).salt()
    assert Ledger(settings(tmp_path, slug="other")).salt() != Ledger(settings(tmp_path)).salt()
    monkeypatch.setenv("CLIPPLOT_SALT", "given")
    assert Ledger(settings(tmp_path)).salt() == b"given"
