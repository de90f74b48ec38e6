"""A publisher that is killed: whoever reads meanwhile sees a whole site, and the next publish clears up."""

import json
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from clipplot_pipeline.site.manifest import read_manifest
from clipplot_pipeline.site.publish import publish
from clipplot_pipeline.site.verify import iterate_names, verify_site
from clipplot_pipeline.site.verify_pictures import name_tiles
from clipplot_pipeline.storage import Store

ROOT = Path(__file__).resolve().parents[2]
COUNT = 39


class Reader(threading.Thread):
    """Reads the manifest and all that it names, again and again, as a visitor does; notes what is not as it was."""

    def __init__(self, folder, detail_ids):
        super().__init__(daemon=True)
        self.folder, self.detail_ids = folder, detail_ids
        self.is_over = threading.Event()
        self.rounds, self.builds, self.problems = 0, set(), []
        self.known = {}

    def run(self):
        while not self.is_over.is_set() or not self.rounds:
            self.read_once()
            self.rounds += 1

    def read_once(self):
        manifest = read_manifest((self.folder / "manifest.json").read_bytes())
        self.builds.add(manifest.build_id)
        names = {*iterate_names(manifest), *name_tiles(manifest)}
        names |= {manifest.details.path.format(xx=i[:2], id=i) for i in self.detail_ids}
        for name in sorted(names):
            try:
                data = (self.folder / name).read_bytes()
            except OSError as error:
                self.problems.append(f"{manifest.build_id}: {name}: {error}")
                continue
            key = (manifest.build_id if name in {"index.html", "loader.js"} else "", name)
            if not data or ("/" in name and self.known.setdefault(key, data) != data):
                self.problems.append(f"{name}: half a file")


def _publish_and_die(tmp_path, viewer, folder, survived):
    script = [sys.executable, "-m", "tests.site.publish_and_die"]
    arguments = [tmp_path / f"tiles{survived}", viewer, folder, COUNT, survived]
    done = subprocess.run(
        [*script, *map(str, arguments)], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode in {-9, 9}, done.stderr
    return done


# The lock, then the files, the files at the root, the note of what is unnamed, and the manifest.
@pytest.mark.parametrize("survived", [3, 40, -2, -1])
def test_killed_at_any_point_nobody_sees_half_a_site(site, tmp_path, plan, viewer, make_smaller, survived):
    folder = Path(site.root)
    smaller, fewer = make_smaller(COUNT)
    new = [f.path for f in fewer.files if not (folder / f.path).exists()]
    total = len(new) + len(fewer.root_files) + 2  # with the note and the manifest
    survived %= total
    before = (folder / "manifest.json").read_bytes()
    reader = Reader(folder, fewer.image_ids)
    reader.start()
    _publish_and_die(tmp_path, viewer, folder, survived)
    assert (folder / "manifest.json").read_bytes() == before
    assert len(list(folder.rglob("*.partial"))) == 1
    assert (folder / "publish.lock").exists()
    assert verify_site(site.url).problems == ()

    later = datetime.now(UTC) + timedelta(hours=1)
    publish(fewer, site, smaller.details, now=lambda: later)
    reader.is_over.set()
    reader.join()
    assert reader.problems == []
    assert reader.builds <= {plan.build_id, fewer.build_id}
    assert reader.rounds > 1
    assert verify_site(site.url).is_whole
    assert not list(folder.rglob("*.partial"))
    assert not (folder / "publish.lock").exists()
    note = json.loads((folder / "garbage.json").read_bytes())
    assert {moment[:13] for moment in note["since"].values()} == {later.strftime("%Y-%m-%dT%H")}

    much_later = later + timedelta(hours=24)
    publish(fewer, site, smaller.details, now=lambda: much_later)
    named = {f.path for f in (*fewer.files, *fewer.root_files)} | {"manifest.json"}
    assert {p for p in Store(site.url).list_files() if not p.startswith("p/")} == named
