"""Building collections in tests: without a word, and what came of it."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from clipplot_pipeline.drive.build import build
from clipplot_pipeline.drive.report import BuildReport

OPTIONS = {"embedder": "descriptor", "shard_size": 16}


def run(project: Path, **options: Any) -> BuildReport:
    """Build; a setting of a section is an option with two underscores, as in ``closeup__kind``."""
    return build(project, {key.replace("__", "."): value for key, value in options.items()}, lambda _: None)


def succeed(project: Path, **options: Any) -> BuildReport:
    """Build; nothing may fail."""
    report = run(project, **options)
    assert report.failed == []
    return report


def made(report: BuildReport) -> Counter[str]:
    """Count what a build materialized, by asset."""
    return Counter(done.asset for done in report.materialized)


def read_ids(project: Path) -> list[str]:
    """Return the ids of the published images, sorted."""
    table = pq.read_table(project / "site" / "images.parquet", columns=["image_id"])
    return sorted(table["image_id"].to_pylist())


def keep_copy(folder: Path) -> tuple[Path, Path]:
    """Copy a built project; return it, and the copy that the fixture ``project`` restores it from."""
    copy = folder.with_name(f"{folder.name} as it was")
    shutil.copytree(folder, copy)
    return folder, copy
