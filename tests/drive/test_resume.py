"""A build that is killed while it embeds: nothing half-done counts, nothing done is done again."""

from __future__ import annotations

import json
import signal
import sys
from pathlib import Path

import pytest

from clipplot_pipeline.ledger import Ledger
from clipplot_pipeline.settings import load_settings
from clipplot_pipeline.site.verify import verify_site
from tests.cli.conftest import Result, run_program
from tests.pictures import draw_picture

pytestmark = [
    pytest.mark.pipeline,
    pytest.mark.slow,
    pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="Windows ends processes in another way"),
]

#: Six pictures a shard, in batches of two: the embedder dies with the second batch of the second shard.
PICTURES, SHARD, BATCH, DEADLY = 18, 6, 2, 10
PLUGIN = f"""
import os, signal
from pathlib import Path
import numpy as np

class Fragile:
    dim, batch_size = 5, {BATCH}

    def __call__(self, pictures):
        log = Path(os.environ["FRAGILE_LOG"])
        done = int(log.read_text()) if log.exists() else 0
        log.write_text(str(done + len(pictures)))
        if os.environ.get("FRAGILE_DIES") and done + len(pictures) >= {DEADLY}:
            os.kill(os.getpid(), signal.SIGKILL)
        small = [np.asarray(p.resize((2, 1)), np.float32).ravel()[:5] + 1 for p in pictures]
        return np.stack(small)
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a folder with pictures of which a whole shard is broken, and an embedder installed beside it."""
    for number in range(PICTURES):
        draw_picture(tmp_path / "images" / f"picture{number:02}.jpg", number)
    for number in range(SHARD):
        (tmp_path / "images" / f"zz-broken{number}.jpg").write_bytes(
            b"\xff\xd8\xff\xe0 no picture %d" % number
        )
    info = tmp_path / "lib" / "fragile-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: fragile\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[clipplot.embedders]\nfragile = fragile:Fragile\n")
    (tmp_path / "lib" / "fragile.py").write_text(PLUGIN)
    return tmp_path


def run(project: Path, log: str, **environment: str) -> Result:
    where = f"{project / 'lib'}:{':'.join(sys.path)}"
    return run_program(
        "build", "images", "--embedder", "fragile", "--shard-size", str(SHARD), "--json",
        cwd=project, PYTHONPATH=where, FRAGILE_LOG=str(project / log), CLIPPLOT_SALT="same", **environment,
    )  # fmt: skip


def embedded(project: Path, log: str) -> int:
    return int((project / log).read_text())


def test_a_shard_killed_half_way_is_made_again_and_the_others_are_not(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(project / "lib")  # so that the settings can be read here as well
    killed = run(project, "first", FRAGILE_DIES="1")
    assert killed.returncode == -signal.SIGKILL
    assert embedded(project, "first") == DEADLY
    ledger = Ledger(load_settings(project))
    whole, half, last, broken = ledger.shards
    assert list(ledger.records("embeddings")) == [whole]
    assert ledger.why_stale("embeddings", half) == "not made yet"
    assert not [name for name in ledger.store.list_files(f"embeddings/{half}") if name.endswith(".parquet")]
    assert not (project / "site" / "manifest.json").exists()
    kept = ledger.record("embeddings", whole)

    again = run(project, "second")
    assert again.returncode == 0, again.stderr
    # What the killed run had made of the first shard is kept; the other two are computed.
    assert embedded(project, "second") == PICTURES - SHARD
    assert ledger.record("embeddings", whole) == kept
    made = {(done["asset"], done["partition"]) for done in json.loads(again.stdout)["materialized"]}
    assert {shard for asset, shard in made if asset.endswith("/embeddings")} == {half, last, broken}
    assert verify_site(str(project / "site")).problems == ()

    # A shard whose pictures all failed is empty and valid.
    empty = ledger.folder("embeddings", broken).read_table("embeddings.parquet")
    assert (empty.num_rows, str(empty.schema.field("vector").type)) == (
        0,
        "fixed_size_list<element: float>[5]",
    )

    # Nothing is left of the interruption: the vectors are those of a build that nobody killed.
    versions = {shard: record.data_version for shard, record in ledger.records("embeddings").items()}
    left = [name for name in ledger.store.list_files("embeddings") if name.endswith(".partial")]
    assert left == []
    third = run(
        project, "third", CLIPPLOT_STORE=str(project / "elsewhere"), CLIPPLOT_SITE=str(project / "other")
    )
    assert third.returncode == 0, third.stderr
    assert embedded(project, "third") == PICTURES
    fresh = Ledger(load_settings(project, {"store": str(project / "elsewhere")}))
    assert {s: r.data_version for s, r in fresh.records("embeddings").items()} == versions
