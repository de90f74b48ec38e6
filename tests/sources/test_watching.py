"""A cheap look at a source shows that something came or went, and whether it is still coming."""

from __future__ import annotations

import os
from pathlib import Path

import fsspec
import pytest

from clipplot_pipeline.errors import SourceError
from clipplot_pipeline.sources import scan_folder
from clipplot_pipeline.sources.local import UNSETTLED, hold_back
from clipplot_pipeline.sources.watching import MOST_LISTED, Watch

LONG_AGO = 1_600_000_000


def age(*places: Path) -> None:
    """Give files and folders a time of their own, so that no test depends on how fine the clock is."""
    for number, place in enumerate(places):
        os.utime(place, (LONG_AGO + number, LONG_AGO + number))


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Return a folder with pictures in two folders, all of them old."""
    for name in ("a/one.jpg", "a/two.jpg", "b/deep/three.jpg"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"picture")
        age(path)
    age(tmp_path / "a", tmp_path / "b" / "deep", tmp_path / "b", tmp_path)
    return tmp_path


def test_two_looks_at_the_same_are_equal(source: Path) -> None:
    watch = Watch(str(source))
    first = watch.look()
    assert watch.look() == first == Watch(str(source)).look()
    assert first.words == "4 folders; the last change is in ."


@pytest.mark.parametrize("place", ["new.jpg", "a/new.jpg", "b/deep/new.jpg", "c/d/new.jpg"])
def test_what_comes_and_goes_changes_the_mark(source: Path, place: str) -> None:
    watch = Watch(str(source))
    before = watch.look()
    new = source / place
    new.parent.mkdir(parents=True, exist_ok=True)
    new.write_bytes(b"picture")
    after = watch.look()
    assert after.mark != before.mark
    assert after.state != before.state
    new.unlink()
    age(new.parent)
    assert watch.look().mark != after.mark


def test_a_file_that_grows_changes_the_state_alone(source: Path) -> None:
    watch = Watch(str(source))
    before = watch.look()
    with (source / "a" / "one.jpg").open("ab") as file:
        file.write(b"more")
    after = watch.look()
    assert after.mark == before.mark
    assert after.state != before.state


def test_a_table_that_is_saved_changes_the_mark(source: Path) -> None:
    (source / "metadata.csv").write_text("file_name,year\n", encoding="utf-8")
    watch = Watch(str(source))
    before = watch.look()
    (source / "metadata.csv").write_text("file_name,year\na/one.jpg,1900\n", encoding="utf-8")
    assert watch.look().mark != before.mark
    assert watch.look(tables="another version of a table elsewhere").mark != watch.look().mark


def test_what_is_left_out_does_not_count(source: Path) -> None:
    for folder in (".clipplot", "site"):
        (source / folder).mkdir()
    age(source)
    watch = Watch(str(source), exclude=("site/*", "site"))
    before = watch.look()
    for folder in (".clipplot", "site"):
        (source / folder / "picture.jpg").write_bytes(b"picture")
    assert watch.look() == before


def test_a_folder_behind_a_url_is_listed_while_it_is_small() -> None:
    fs = fsspec.filesystem("memory")
    fs.pipe("/watched/one.jpg", b"picture")
    try:
        watch = Watch("memory://watched")
        before = watch.look()
        assert before.words == "1 file"
        assert watch.look() == before
        fs.pipe("/watched/two.jpg", b"picture")
        assert watch.look().mark != before.mark
        with pytest.raises(SourceError, match=r"10,001 files.*automation\.watch"):
            watch.look(known_files=MOST_LISTED + 1)
    finally:
        fs.rm("/watched", recursive=True)


def test_a_notification_is_a_file(tmp_path: Path) -> None:
    notification = tmp_path / "last-drop.txt"
    notification.write_text("monday", encoding="utf-8")
    watch = Watch(str(notification))
    before = watch.look(known_files=10)
    notification.write_text("tuesday", encoding="utf-8")
    assert watch.look(known_files=10).mark != before.mark


def test_a_place_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="there is nothing to look at"):
        Watch(str(tmp_path / "nowhere")).look()


def test_files_that_changed_lately_are_held_back(source: Path) -> None:
    os.utime(source / "a" / "two.jpg", (LONG_AGO + 100, LONG_AGO + 100))
    scan = scan_folder(str(source))
    held = hold_back(scan, (LONG_AGO + 50) * 10**9)
    assert [image.path for image in held.images] == ["a/one.jpg", "b/deep/three.jpg"]
    assert held.unsettled == ("a/two.jpg",)
    assert held.skipped == {UNSETTLED: 1}
    assert hold_back(scan, (LONG_AGO + 200) * 10**9) == scan
