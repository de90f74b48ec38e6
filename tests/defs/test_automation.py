"""Automation carries every change to the site exactly once: the lifecycle, tick by tick, in process."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from clipplot_pipeline.definitions import build_definitions
from clipplot_pipeline.defs.partitions import asset_key
from clipplot_pipeline.defs.resources import ProjectResource
from clipplot_pipeline.drive.instance import open_instance
from clipplot_pipeline.ledger import Ledger
from clipplot_pipeline.project_file import write_project_file
from clipplot_pipeline.settings import Settings, load_settings
from clipplot_pipeline.site.verify import verify_site
from tests.defs.ticks import tick
from tests.pictures import draw_picture


class Daemon:
    """Plays the daemon: evaluates the conditions and materializes what they ask for."""

    def __init__(self, project: Path, instance: dg.DagsterInstance) -> None:
        self.project, self.instance = project, instance
        self.cursor: dg.AssetDaemonCursor | None = None
        self.reload()

    def reload(self) -> None:
        """Load the definitions anew, as a daemon does after the settings changed."""
        self.settings = load_settings(self.project)
        self.definitions = build_definitions(self.project)

    def materialize(self, names: list[str], shard: str | None = None) -> bool:
        result = dg.materialize(
            list(self.definitions.assets or []),
            selection=dg.AssetSelection.assets(*(asset_key(self.settings, name) for name in names)),
            partition_key=shard,
            instance=self.instance,
            resources={"project": ProjectResource(folder=str(self.project))},
            raise_on_error=False,
        )
        return result.success

    def settle(self) -> Counter[str]:
        """Tick until two ticks in a row ask for nothing; return how often each asset was asked for."""
        asked: Counter[str] = Counter()
        idle = 0
        for _ in range(60):
            requests, self.cursor = tick(self.definitions, self.instance, self.cursor)
            wanted = [
                (key.path[-1], run.partition_key) for run in requests for key in run.asset_selection or ()
            ]
            asked.update(name for name, _ in wanted)
            whole = [name for name, shard in wanted if shard is None]
            parts = sorted((name, shard) for name, shard in wanted if shard is not None)
            if whole and not self.materialize(whole):
                asked["failed"] += 1
            for name, shard in parts:
                self.materialize([name], shard)
            idle = 0 if whole or parts else idle + 1
            if idle == 2:
                return asked
        raise AssertionError(f"automation does not come to rest: {asked}")


@pytest.fixture
def daemon(collection: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Daemon]:
    """Return a daemon on a collection of 24 pictures, nothing materialized."""
    monkeypatch.setenv("DAGSTER_HOME", str(collection / "dagster"))
    project = collection / "project"
    write_project_file(
        project,
        {
            "slug": "lifecycle",
            "source": str(collection / "images"),
            "metadata": str(collection / "metadata.csv"),
            "embedder": "descriptor",
            "shard_size": 12,
        },
    )
    with open_instance(project) as instance:
        yield Daemon(project, instance)


def stale(daemon: Daemon) -> list[str]:
    return [found.asset for found in Ledger(daemon.settings).stale()]


def change_setting(settings: Settings, project: Path, key: str, value: object) -> None:
    kept = {
        name: getattr(settings, name) for name in ("slug", "source", "metadata", "embedder", "shard_size")
    }
    write_project_file(project, {**kept, key: value})


def count_images(daemon: Daemon) -> int:
    manifest = Path(daemon.settings.site) / "manifest.json"
    return int(json.loads(manifest.read_text(encoding="utf-8"))["image_count"])


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_the_lifecycle_of_a_collection(daemon: Daemon) -> None:
    images = Path(daemon.settings.source)
    assert daemon.settle() == {}, "before the first scan nothing is asked for"

    assert daemon.materialize(["inventory"])
    first = daemon.settle()
    assert stale(daemon) == []
    assert (first["images"], first["embeddings"]) == (2, 2)
    assert {
        name: count for name, count in first.items() if name not in {"images", "embeddings"}
    } == dict.fromkeys(set(Ledger(daemon.settings).graph) - {"inventory", "images", "embeddings"}, 1)
    assert count_images(daemon) == 24
    assert verify_site(daemon.settings.site).problems == ()

    assert daemon.materialize(["inventory"])
    assert daemon.settle() == {}, "an equal scan wakes nobody"

    draw_picture(images / "drop.jpg", 300)
    assert daemon.materialize(["inventory"])
    drop = daemon.settle()
    assert set(drop.values()) == {1}, f"a drop asks for everything once, and nothing fails: {drop}"
    assert drop.keys() >= {"images", "embeddings", "catalog", "neighbors", "layout_umap", "atlases", "site"}
    assert (count_images(daemon), stale(daemon)) == (25, [])

    (images / "drop.jpg").unlink()
    assert daemon.materialize(["inventory"])
    removal = daemon.settle()
    assert (removal["images"], removal["embeddings"], removal["site"]) == (0, 0, 1)
    assert set(removal.values()) == {1}, removal
    assert (count_images(daemon), stale(daemon)) == (24, [])

    draw_picture(images / "picture02.jpg", 301)
    (images / "picture03.jpg").unlink()
    assert daemon.materialize(["inventory"])
    both = daemon.settle()
    assert (both["images"], both["site"]) == (1, 1)
    assert set(both.values()) == {1}, both
    assert (count_images(daemon), stale(daemon)) == (23, [])

    change_setting(daemon.settings, daemon.project, "title", "Another title")
    daemon.reload()
    assert daemon.settle() == {"site": 1}
    assert stale(daemon) == []


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_a_failed_shard_blocks_what_is_below_until_it_is_mended(
    daemon: Daemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    from clipplot_pipeline.defs.assets import catalog

    def refuse(settings: object) -> object:
        raise PermissionError("the source is not to be opened")

    with monkeypatch.context() as patch:
        patch.setattr(catalog, "make_source", refuse)
        assert daemon.materialize(["inventory"])
        asked = daemon.settle()
    assert "site" not in asked
    assert {found.asset for found in Ledger(daemon.settings).stale() if found.is_ready} == {"images"}
    for shard in Ledger(daemon.settings).shards:
        assert daemon.materialize(["images"], shard)
    assert daemon.settle()["site"] == 1
    assert stale(daemon) == []


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_pressing_materialize_again_changes_nothing_below(daemon: Daemon) -> None:
    assert daemon.materialize(["inventory"])
    daemon.settle()
    assert daemon.materialize(["layout_umap"])
    assert daemon.materialize(["images"], Ledger(daemon.settings).shards[0])
    assert daemon.settle() == {}
