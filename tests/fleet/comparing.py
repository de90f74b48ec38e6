"""Projects that suffered, compared with one that did not: the same site, and nothing complete computed twice."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import dagster as dg

from clipplot_pipeline.drive.build import build
from clipplot_pipeline.drive.instance import open_instance
from clipplot_pipeline.drive.report import BuildReport
from clipplot_pipeline.ledger import Ledger
from clipplot_pipeline.settings import load_settings
from clipplot_pipeline.site.verify import verify_site

SLUG = "faults"


def run(project: Path, **options: Any) -> BuildReport:
    return build(project, options, lambda _: None)


def read_site(project: Path) -> dict[str, bytes]:
    site = project / "site"
    return {str(p.relative_to(site)): p.read_bytes() for p in sorted(site.rglob("*")) if p.is_file()}


def count_computed(project: Path) -> Counter[tuple[str, str, object]]:
    """Count in the event log how often each output (asset, shard, fingerprint) was computed, not just found there."""
    computed: Counter[tuple[str, str, object]] = Counter()
    with open_instance(project) as instance:
        for name in Ledger(load_settings(project)).graph:
            for record in instance.fetch_materializations(dg.AssetKey([SLUG, name]), limit=1000).records:
                event = record.asset_materialization
                assert event is not None
                if not event.metadata["reused"].value:
                    computed[name, event.partition or "", event.metadata["fingerprint"].value] += 1
    return computed


def check(project: Path, whole: Path) -> None:
    """Assert what every fault must leave: the same site, whole, and nothing complete that was computed twice."""
    assert verify_site(str(project / "site")).problems == ()
    assert read_site(project) == read_site(whole)
    ledger = Ledger(load_settings(project))
    assert ledger.stale() == []
    assert [name for name in ledger.store.list_files() if name.endswith(".partial")] == []
    computed = count_computed(project)
    assert {name for name, _, _ in computed} >= {"images", "neighbors", "site"}
    assert set(computed.values()) == {1}, [what for what, times in computed.items() if times > 1]
