"""Close-ups that the source's own IIIF manifests name: from the places of the inventory to addresses of the site."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pytest

from clipplot_pipeline import schemas
from clipplot_pipeline.defs.closeups import collect_closeups
from clipplot_pipeline.errors import SettingsError
from clipplot_pipeline.graph import build_graph
from clipplot_pipeline.settings import Settings
from clipplot_pipeline.sources import read_image_service
from clipplot_pipeline.storage import Store


def place(service: str) -> str:
    return json.dumps({"key": "k", "service": service, "url": "https://a.org/full.jpg"})


def make_step(folder: Path, places: dict[str, str], **closeup: Any) -> Any:
    """Return what stands in for a step of `site`: an inventory, of which the first row of a path is out of date."""
    store = Store(str(folder))
    rows = [
        {"path": path, "bytes": 0, "version": live, "shard": "0", "live": live == "new", "place": found}
        for path, there in places.items()
        for live, found in (("old", place("https://old.org/1")), ("new", there))
    ]
    store.write_table("inventory.parquet", pa.Table.from_pylist(rows, schema=schemas.INVENTORY))
    settings = Settings.model_validate({"closeup": {"kind": "iiif", **closeup}})
    return SimpleNamespace(settings=settings, ledger=SimpleNamespace(folder=lambda _: store))


def catalog_of(paths: list[str]) -> pa.Table:
    return pa.table(
        {"image_id": [f"{n:020}" for n in range(len(paths))], "paths": [[path] for path in paths]}
    )


def test_services_of_manifests_become_close_ups_in_the_order_of_the_catalog(tmp_path: Path) -> None:
    places = {"a": place("https://iiif.org/a"), "b": place(""), "c": place("https://iiif.org/c/")}
    closeups, doubts = collect_closeups(make_step(tmp_path, places), catalog_of(["c", "b", "a"]), ())
    assert closeups is not None
    assert closeups.addresses == ("https://iiif.org/c", None, "https://iiif.org/a")
    assert closeups.origin == "https://iiif.org"
    assert len(doubts) == 1
    assert "1 of 3 images" in doubts[0]


def test_manifests_of_two_servers_need_a_choice(tmp_path: Path) -> None:
    places = {"a": place("https://one.org/a"), "b": place("https://two.org/b")}
    with pytest.raises(SettingsError, match=r"one\.org"):
        collect_closeups(make_step(tmp_path, places), catalog_of(["a", "b"]), ())
    closeups, _ = collect_closeups(make_step(tmp_path, places, host="two.org"), catalog_of(["a", "b"]), ())
    assert closeups is not None
    assert closeups.addresses == (None, "https://two.org/b")


@pytest.mark.parametrize("text", ["", "no JSON", "[1]", '{"service": 3}', '{"service": ""}', "{}"])
def test_places_without_a_service_name_none(text: str) -> None:
    assert read_image_service(text) is None


def test_only_what_shapes_close_ups_makes_them_anew() -> None:
    """Cutting belongs to `images`, addresses to the site: what reads other servers opens no original."""
    plain = build_graph(Settings())
    for how in ({"kind": "link", "link": "https://a.org/{id}"}, {"kind": "iiif"}):
        graph = build_graph(Settings.model_validate({"closeup": how}))
        assert graph["images"] == plain["images"]
        assert graph["embeddings"] == plain["embeddings"]
    tiles = build_graph(Settings.model_validate({"closeup": {"kind": "tiles"}}))
    assert set(tiles["images"].settings) - set(plain["images"].settings) == {
        "closeup.kind",
        "closeup.long_side_px",
        "closeup.quality",
    }
    assert {node for node in tiles if tiles[node].inputs != plain[node].inputs} == {"site"}
