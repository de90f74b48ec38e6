"""All 139 difficult files of the pack, against what is expected of each."""

import csv
import tarfile
from pathlib import Path

import pytest

from clipplot_pipeline.images import Limits, find_plugins, open_images
from clipplot_pipeline.model import ImageFacts, Reject
from clipplot_pipeline.sources import open_source, scan_folder

pytestmark = pytest.mark.packs

#: Where the project takes another outcome that the pack allows ("also"): it looks into files that have no
#: extension, and its default limit on pixels lets 280 million through.
CHOSEN = {"names/no_extension": "ok", "size/giant-image.jpg": "ok"}
if "HEIF" in find_plugins():
    CHOSEN |= {"unsupported/zPug_3.heic": "ok", "unsupported/RGB_8__128x128.heif": "ok"}
UPRIGHT = tuple(f"exif/landscape_{number}.jpg" for number in range(1, 9))


@pytest.fixture(scope="module")
def rows(packs: Path) -> dict[str, dict[str, str]]:
    with (packs / "awkward" / "expected.csv").open(encoding="utf-8", newline="") as file:
        return {row["filename"]: row for row in csv.DictReader(file)}


@pytest.fixture(scope="module")
def outcomes(packs: Path, tmp_path_factory) -> dict[str, ImageFacts | Reject]:
    folder = tmp_path_factory.mktemp("awkward")
    with tarfile.open(packs / "awkward" / "files.tar.gz") as archive:
        archive.extractall(folder, filter="data")
    source = str(folder / "files")
    scan, limits = scan_folder(source), Limits(rendition_px=512, max_pixels=400_000_000)
    found = {
        outcome.path: outcome for outcome in open_images(scan.images, open_source(source), limits, workers=2)
    }
    assert list(found) == [image.path for image in scan.images]
    assert sum(scan.skipped.values()) >= 14
    return found


def test_every_file_comes_out_as_expected(rows, outcomes):
    assert len(rows) == 139
    assert outcomes.keys() <= rows.keys()
    wrong = {}
    for name, row in rows.items():
        outcome = outcomes.get(name)
        kind = "skipped" if outcome is None else outcome.kind if isinstance(outcome, Reject) else "ok"
        if name in CHOSEN:
            assert CHOSEN[name] in row["also"].split("|")
        if kind != CHOSEN.get(name, row["expected"]):
            wrong[name] = (kind, row["expected"], outcome if isinstance(outcome, Reject) else None)
    assert wrong == {}


def test_sizes_formats_and_hashes_are_as_expected(rows, outcomes):
    for name, outcome in outcomes.items():
        if isinstance(outcome, ImageFacts) and rows[name]["width"]:
            row = rows[name]
            assert (outcome.width_px, outcome.height_px) == (int(row["width"]), int(row["height"])), name
            assert (outcome.format, outcome.sha256) == (row["format"], row["sha256"]), name
            assert outcome.size_bytes == int(row["bytes"]), name


def test_reasons_are_sentences_that_name_no_path(outcomes):
    for outcome in outcomes.values():
        if isinstance(outcome, Reject):
            assert 15 < len(outcome.reason) < 300
            assert "Traceback" not in outcome.reason
            assert "/tmp" not in outcome.reason
            assert "<_io" not in outcome.reason


def test_all_eight_orientations_look_the_same(outcomes):
    hashes = [outcomes[name].phash for name in UPRIGHT]
    assert max((one ^ hashes[0]).bit_count() for one in hashes) <= 6


def test_capture_facts(outcomes):
    north_east, south_west = outcomes["exif/gps_good_north_east.jpg"], outcomes["exif/gps_south_west.jpg"]
    assert (north_east.latitude, north_east.longitude) == pytest.approx((48.8582, 2.3522), abs=1e-4)
    assert (south_west.latitude, south_west.longitude) == pytest.approx((-22.952, -43.2105), abs=1e-4)
    for name in ("gps_zero_denominator", "gps_out_of_range", "exif_gps_typeerror", "empty_gps_ifd"):
        assert outcomes[f"exif/{name}.jpg"].latitude is None
    assert outcomes["exif/year_1850.jpg"].taken_at == "1850-01-01T00:00:00"
    assert outcomes["exif/zero_date.jpg"].taken_at is None
    assert outcomes["exif/impossible_date.jpg"].taken_at is None
