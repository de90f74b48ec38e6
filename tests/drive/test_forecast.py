"""What a build says before it begins: how much there is to do, and what stops it."""

from __future__ import annotations

from pathlib import Path

import pytest

from clipplot_pipeline.drive.forecast import (
    SPREAD,
    check_pictures,
    check_space,
    forecast,
    tell_bytes,
    tell_time,
)
from clipplot_pipeline.errors import SourceError, StoreError
from clipplot_pipeline.model import Scan, SourceImage
from clipplot_pipeline.settings import Settings


def make_settings(folder: Path, **more: object) -> Settings:
    return Settings.model_validate({"source": "pictures", "store": str(folder / "store"), **more})


def make_scan(count: int, size_bytes: int = 1_000_000) -> Scan:
    return Scan(tuple(SourceImage(f"{n}.jpg", size_bytes, "1") for n in range(count)), {"other files": 3})


def test_more_pictures_take_more_of_everything(tmp_path: Path) -> None:
    settings = make_settings(tmp_path)
    few, many = (forecast(settings, make_scan(count), cores=2) for count in (100, 10_000))
    assert few.new == 100
    assert few.new_bytes == 100_000_000
    assert few.seconds < many.seconds
    assert few.disk_bytes < many.disk_bytes
    assert few.memory_bytes < many.memory_bytes
    assert forecast(settings, make_scan(10_000), cores=16).seconds < many.seconds


def test_a_network_takes_longer_than_the_descriptor(tmp_path: Path) -> None:
    times = [
        forecast(make_settings(tmp_path, embedder=name), make_scan(1_000), cores=2).seconds
        for name in ("descriptor", "open_clip")
    ]
    assert times[0] < times[1]


def test_it_contains_what_was_measured(tmp_path: Path) -> None:
    """993 photographs of 23 MB took 46.7 s on two cores with the descriptor (docs/benchmarks.md)."""
    settings = make_settings(tmp_path, embedder="descriptor")
    ahead = forecast(settings, make_scan(993, 23_000), cores=2)
    assert ahead.seconds <= 50
    assert ahead.seconds * SPREAD >= 47


def test_a_source_without_pictures_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"pictures: it holds no pictures \(left out: 3 other files\)"):
        check_pictures(make_settings(tmp_path), make_scan(0))
    check_pictures(make_settings(tmp_path), make_scan(1))


def test_too_little_space_is_a_sentence(tmp_path: Path) -> None:
    check_space(make_settings(tmp_path), 1)
    with pytest.raises(StoreError, match=r"free, about 1,000,000,000\.0 GB are needed"):
        check_space(make_settings(tmp_path), 10**18)
    check_space(Settings(source="pictures", store="s3://bucket/store"), 10**18)


def test_sizes_and_times_in_words() -> None:
    assert [tell_bytes(n) for n in (10, 23_400_000, 1_240_000_000)] == ["1 MB", "23 MB", "1.2 GB"]
    assert [tell_time(s) for s in (1, 100, 4_000, 7_200, 1e6)] == [
        "1 minute",
        "2 minutes",
        "67 minutes",
        "2 hours",
        "12 days",
    ]
