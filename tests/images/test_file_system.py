"""Links, pipes, closed files and a sparse giant, from the listing to the outcome, in worker processes."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from clipplot_pipeline.images import Limits, open_images
from clipplot_pipeline.model import Reject
from clipplot_pipeline.sources import open_source, scan_folder

pytestmark = [
    pytest.mark.packs,
    pytest.mark.skipif(sys.platform != "linux", reason="the cases are made with Linux's calls"),
]
#: As root every file can be read, whatever its mode.
READABLE_FOR_ROOT = {"no_permission.jpg"}


@pytest.fixture
def folder(packs: Path, tmp_path, photo, encode):
    (tmp_path / "good.jpg").write_bytes(encode(photo))
    made = tmp_path / "cases"
    command = [
        sys.executable,
        str(packs / "awkward" / "make_fs_cases.py"),
        str(made),
        str(tmp_path / "good.jpg"),
    ]
    subprocess.run(command, check=True, capture_output=True)
    yield made
    (made / "closed_folder").chmod(0o700)


def test_file_system_cases(folder):
    scan = scan_folder(str(folder))
    limits = Limits(rendition_px=512, max_pixels=400_000_000, memory_mb=256)
    outcomes = {o.path: o for o in open_images(scan.images, open_source(str(folder)), limits, workers=2)}
    assert list(outcomes) == [image.path for image in scan.images]
    rejects = {path for path, outcome in outcomes.items() if isinstance(outcome, Reject)}
    expected = {"dangling_link.jpg", "loop_a.jpg", "loop_b.jpg", "sparse_5GB.jpg", "no_permission.jpg"}
    assert rejects == expected - (READABLE_FOR_ROOT if os.geteuid() == 0 else set())
    assert "zeros" in outcomes["sparse_5GB.jpg"].reason
    good = outcomes.keys() - rejects
    assert {"real/photo.jpg", "real/link_to_photo.jpg", "old.jpg", "future.jpg"} <= good
    assert len([path for path in good if path.endswith(".jpg") and "/" not in path]) >= 6
    assert "pipe.jpg" not in outcomes
