"""Change costs itself: what a build materializes after each kind of change, read from the event log."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from clipplot_pipeline.drive.instance import open_instance
from clipplot_pipeline.errors import ClipplotError, SettingsError, SourceError, TableError, UsageError
from clipplot_pipeline.ledger import Ledger
from clipplot_pipeline.settings import load_settings
from clipplot_pipeline.site.verify import verify_site
from tests.drive.building import OPTIONS, made, run
from tests.pictures import draw_picture, write_table

pytestmark = pytest.mark.pipeline


def logged(project: Path) -> Counter[str]:
    """Count the materializations in the event log, by asset."""
    slug = load_settings(project).slug
    with open_instance(project) as instance:
        counts: Counter[str] = Counter()
        for name in Ledger(load_settings(project)).graph:
            query = dg.AssetRecordsFilter(asset_key=dg.AssetKey([slug, name]))
            counts[name] = len(instance.fetch_materializations(query, limit=1000).records)
        return counts


def test_every_asset_tells_numbers_that_are_plotted(project: Path) -> None:
    settings = load_settings(project)
    with open_instance(project) as instance:
        for name in Ledger(settings).graph:
            records = instance.fetch_materializations(dg.AssetKey([settings.slug, name]), limit=1).records
            event = records[0].asset_materialization
            assert event is not None
            assert isinstance(event.metadata["seconds"], dg.FloatMetadataValue), name
            assert isinstance(event.metadata["bytes_kept"], dg.IntMetadataValue), name
            if "images" in event.metadata:
                assert isinstance(event.metadata["images_per_s"], dg.FloatMetadataValue), name
        counted = {
            "inventory",
            "images",
            "catalog",
            "embeddings",
            "neighbors",
            "layout_umap",
            "clusters",
            "site",
        }
        for name in counted:
            records = instance.fetch_materializations(dg.AssetKey([settings.slug, name]), limit=1).records
            event = records[0].asset_materialization
            assert event is not None
            assert isinstance(event.metadata["images"], dg.IntMetadataValue), name


def read_manifest(project: Path) -> Any:
    return json.loads((project / "site" / "manifest.json").read_text(encoding="utf-8"))


def words(project: Path) -> str:
    """Return all metadata that the site shows."""
    folder = project / "site" / Path(read_manifest(project)["words"]["path"]).parent
    return "".join(path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.json")))


def test_a_build_ends_in_a_site_that_verifies(project: Path) -> None:
    verification = verify_site(str(project / "site"))
    assert verification.problems == ()
    assert read_manifest(project)["image_count"] == 24
    assert logged(project)["images"] == 2
    assert "No. 7" in words(project)


def test_nothing_changed_materializes_nothing(project: Path) -> None:
    before = logged(project)
    report = run(project)
    assert report.materialized == []
    assert report.images == 24
    assert logged(project) == before


def test_new_images_cost_themselves(project: Path) -> None:
    for number in range(100, 110):
        draw_picture(project / "images" / f"new{number}.jpg", number)
    before = logged(project)
    report = run(project)
    assert report.originals_opened == 10
    assert report.images == 34
    grown = logged(project) - before
    assert (grown["images"], grown["embeddings"]) == (1, 1)
    assert grown["embedder"] == grown["metadata"] == 0
    assert grown["site"] == 1
    assert read_manifest(project)["image_count"] == 34


def test_a_new_image_moves_no_other(project: Path) -> None:
    before = read_positions(project)
    draw_picture(project / "images" / "one more.jpg", 400)
    run(project)
    after = read_positions(project)
    assert len(after) == len(before) + 1
    assert {image_id: after[image_id] for image_id in before} == before


def test_a_drop_encodes_no_tile_of_a_segment_that_is_kept(project: Path) -> None:
    site = project / "site"
    before = {path: path.stat().st_mtime_ns for path in sorted((site / "s").rglob("*.webp"))}
    (segment,) = read_manifest(project)["segments"]
    draw_picture(project / "images" / "one more.jpg", 401)
    report = run(project)
    (atlases,) = [done for done in report.materialized if done.asset == "atlases"]
    assert (atlases.facts["images_encoded"], atlases.facts["segments"]) == (1, 2)
    assert read_manifest(project)["segments"][0] == segment
    assert {path: path.stat().st_mtime_ns for path in before} == before
    assert verify_site(str(site)).problems == ()
    (project / "images" / "one more.jpg").unlink()
    assert made(run(project))["site"] == 1
    assert read_manifest(project)["segments"] == [segment]


def read_positions(project: Path) -> dict[str, tuple[float, float]]:
    table = Ledger(load_settings(project)).folder("layout_umap").read_table("layout.parquet")
    return {row["image_id"]: (row["x"], row["y"]) for row in table.to_pylist()}


def test_a_new_title_rebuilds_the_site_alone(project: Path) -> None:
    toml = project / "clipplot.toml"
    lines = toml.read_text(encoding="utf-8").splitlines()
    toml.write_text(
        "\n".join('title = "Another title"' if line.startswith("title = ") else line for line in lines),
        encoding="utf-8",
    )
    assert made(run(project)) == {"site": 1}
    assert read_manifest(project)["title"] == "Another title"


def test_another_map_of_similarity_costs_itself(project: Path) -> None:
    lines = ("min_dist=0.5", "target=category, title=By category", "target=school")
    report = run(project, **{"layouts.umap.variants": lines})
    names = ("umap_d0_5", "umap_by_category", "umap_by_school")
    assert made(report) == {**{f"layout_{name}": 1 for name in names}, "site": 1}
    shown = {entry["name"]: entry["title"] for entry in read_manifest(project)["layouts"][:4]}
    titles = ("Similarity", "Similarity, distance 0.5", "By category", "Similarity by school")
    assert shown == dict(zip(("umap", *names), titles, strict=True))
    assert verify_site(str(project / "site")).problems == ()
    # A column that is not there is told, and no reason to stop.
    assert [text for text in report.warnings if "the table has no field 'school'" in text]


def test_neighbours_of_an_index_are_told_and_no_ground_to_build_exact_ones_on(project: Path) -> None:
    searched = search(project, exact_up_to=0)
    assert (searched["method"], searched["searched"]) == ("exact", 0)  # they are known, and exactly
    searched = search(project, exact_up_to=0, k=20)
    assert (searched["method"], searched["searched"], searched["recall_sample"]) == ("approximate", 24, 24)
    about = (project / "site" / read_manifest(project)["about"]).read_text(encoding="utf-8")
    assert "Similar pictures were sought by an index" in about
    searched = search(project, exact_up_to=24, k=20)
    assert (searched["method"], searched["searched"], searched["recall"]) == ("exact", 24, 1)


def search(project: Path, exact_up_to: int, k: int = 32) -> dict[str, Any]:
    """Build with other settings of the search; return its facts."""
    report = run(project, **{"neighbors.exact_up_to": exact_up_to, "neighbors_k": k})
    (facts,) = (dict(done.facts) for done in report.materialized if done.asset == "neighbors")
    return facts


def test_an_edited_table_reaches_the_site_and_computes_no_vector(project: Path) -> None:
    table = project / "metadata.csv"
    table.write_text(table.read_text(encoding="utf-8").replace("No. 7,", "Number seven,"), encoding="utf-8")
    report = run(project)
    computed = made(report)
    assert computed["site"] == computed["metadata"] == computed["catalog"] == 1
    assert not computed.keys() & {"images", "embedder", "embeddings", "neighbors", "layout_umap", "atlases"}
    assert report.originals_opened == 0
    assert "Number seven" in words(project)


def test_a_removed_image_is_removed(project: Path) -> None:
    victim = project / "images" / "picture03.jpg"
    victim.unlink()
    report = run(project)
    assert report.images == 23
    assert report.originals_opened == 0
    assert "embeddings" not in made(report)
    assert "picture03" not in words(project)
    assert verify_site(str(project / "site")).problems == ()
    pictures = list((project / "site" / "p").rglob("*.jpg"))
    assert len(pictures) == 23


def test_a_changed_image_is_taken_anew(project: Path) -> None:
    draw_picture(project / "images" / "picture05.jpg", 555, size=(80, 80))
    report = run(project)
    assert report.originals_opened == 1
    assert report.images == 24
    assert '"width_px":80' in words(project).replace(" ", "")


def test_added_and_removed_at_once(project: Path) -> None:
    (project / "images" / "picture01.jpg").unlink()
    draw_picture(project / "images" / "more.jpg", 77)
    assert run(project).images == 24
    assert "more.jpg" in words(project)


def test_a_broken_picture_is_a_reject_with_a_reason(project: Path) -> None:
    broken = project / "images" / "broken.jpg"
    broken.write_bytes(b"\xff\xd8\xff\xe0 this is no picture")
    report = run(project)
    assert report.failed == []
    assert (report.images, report.rejects) == (24, 1)
    about = (project / "site" / read_manifest(project)["about"]).read_text(encoding="utf-8")
    assert "broken.jpg" in about
    draw_picture(broken, 99)
    mended = run(project)
    assert mended.failed == []
    assert (mended.images, mended.rejects) == (25, 0), "what it was in its earlier shard counts no more"


def test_options_hold_for_one_run(project: Path) -> None:
    assert made(run(project, title="For one run")) == {"site": 1}
    assert read_manifest(project)["title"] == "For one run"
    assert made(run(project)) == {"site": 1}
    assert read_manifest(project)["title"] == "Archive"


def test_a_lost_site_is_published_again(project: Path) -> None:
    (project / "site" / "manifest.json").unlink()
    assert made(run(project)) == {"site": 1}
    assert verify_site(str(project / "site")).problems == ()


def test_an_output_lost_from_the_store_is_made_again(project: Path) -> None:
    ledger = Ledger(load_settings(project))
    record = ledger.record("layout_grid")
    assert record is not None
    ledger.store.delete(f"layout_grid/{record.fingerprint}")
    assert made(run(project))["layout_grid"] == 1


def test_a_failed_step_keeps_what_was_complete(project: Path) -> None:
    table = project / "metadata.csv"
    good = table.read_bytes()
    table.write_bytes(b"")
    report = run(project)
    assert [failure.asset for failure in report.failed] == ["metadata"]
    assert "metadata.csv" in report.failed[0].reason
    assert read_manifest(project)["image_count"] == 24
    table.write_bytes(good)
    assert run(project).failed == []


@pytest.mark.parametrize("count", [1, 2, 3])
def test_tiny_collections_are_legal(tmp_path: Path, count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    images = tmp_path / "images"
    images.mkdir()
    for number in range(count):
        draw_picture(images / f"{number}.png", number)
    report = run(tmp_path / "project", source=str(images), **OPTIONS)
    assert report.failed == []
    assert read_manifest(tmp_path / "project")["image_count"] == count
    assert verify_site(str(tmp_path / "project" / "site")).problems == ()
    if count == 1:  # a collection that is emptied is an empty map; an empty folder to begin with is a mistake
        (images / "0.png").unlink()
        assert run(tmp_path / "project").failed == []
        assert read_manifest(tmp_path / "project")["image_count"] == 0
        assert verify_site(str(tmp_path / "project" / "site")).problems == ()


def test_what_is_wrong_stops_before_work(tmp_path: Path, collection: Path) -> None:
    project = tmp_path / "p"
    (tmp_path / "empty").mkdir()
    wrong: list[tuple[dict[str, Any], type[ClipplotError]]] = [
        ({}, UsageError),
        ({"source": str(tmp_path / "nowhere"), **OPTIONS}, SourceError),
        ({"source": str(tmp_path / "empty"), **OPTIONS}, SourceError),
        (
            {"source": str(collection / "images"), "metadata": str(tmp_path / "none.csv"), **OPTIONS},
            TableError,
        ),
        (
            {"source": str(collection / "images"), "brand.logo": str(tmp_path / "none.svg"), **OPTIONS},
            SettingsError,
        ),
    ]
    for options, error in wrong:
        with pytest.raises(error):
            run(project, **options)
    assert not project.exists()


def test_two_collections_in_one_instance_do_not_touch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "dagster"))
    for name, first in (("herbarium", 0), ("portraits", 50)):
        names = [draw_picture(tmp_path / name / f"{n}.png", n).name for n in range(first, first + 6)]
        write_table(tmp_path / f"{name}.csv", names)
        report = run(tmp_path / f"project_{name}", source=str(tmp_path / name), **OPTIONS)
        assert report.images == 6
    for name in ("herbarium", "portraits"):
        assert run(tmp_path / f"project_{name}").materialized == []
    with open_instance(tmp_path) as instance:
        assert len(instance.get_dynamic_partitions("herbarium__shards")) == 1
        assert len(instance.get_dynamic_partitions("portraits__shards")) == 1
