"""Tar files of webdataset and img2dataset: listed, opened where they lie, their words kept."""

from __future__ import annotations

import io
import json
import os
import pickle
import tarfile
from pathlib import Path
from typing import Any

import fsspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipplot_pipeline.errors import SourceError
from clipplot_pipeline.sources.names import NOT_PICTURES
from clipplot_pipeline.sources.tar_shards import BREAKS_OFF, NOT_FILES, TarSource, _Slice, claims
from clipplot_pipeline.sources.tar_words import FAILED, MOST_READ_BYTES

JPEG = b"\xff\xd8\xff\xe0 a picture "


def write_tar(path: Path, members: dict[str, bytes]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, "w") as tar:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return path


def note(**values: Any) -> bytes:
    return json.dumps(values).encode()


@pytest.fixture
def shards(tmp_path: Path) -> Path:
    """Return a folder as img2dataset writes it."""
    for shard in range(2):
        members = {}
        for n in range(3):
            key = f"{shard:05}{n:04}"
            members[f"{key}.jpg"] = JPEG + key.encode()
            members[f"{key}.txt"] = f"caption {key}\n".encode()
            members[f"{key}.json"] = note(
                key=key,
                status="success" if n else "failed_to_resize",
                url=f"https://x/{key}",
                width=9,
                year=1900 + n,
            )
        write_tar(tmp_path / f"{shard:05}.tar", members)
        (tmp_path / f"{shard:05}_stats.json").write_text("{}", "utf-8")
    return tmp_path


def test_a_folder_of_img2dataset_gives_what_succeeded_with_its_words(shards: Path) -> None:
    assert claims(str(shards))
    scan = TarSource(str(shards)).scan((), ())
    assert [image.path for image in scan.images] == [
        f"0000{shard}/0000{shard}000{n}.jpg" for shard in (0, 1) for n in (1, 2)
    ]
    assert scan.skipped == {FAILED: 2}
    assert scan.about is not None
    assert scan.about.to_pylist()[0] == {
        "path": "00000/000000001.jpg",
        "caption": "caption 000000001",
        "url": "https://x/000000001",
        "year": "1901",
    }
    with TarSource(str(shards)).open_files(scan.images) as opener:
        sent = pickle.loads(pickle.dumps(opener))
        for image in scan.images:
            with sent(image.path) as file:
                data = file.read()
                assert data == JPEG + Path(image.path).stem.encode()
                assert len(data) == image.size_bytes
                file.seek(-3, io.SEEK_END)
                assert file.read() == data[-3:]


def test_only_members_of_a_file_that_was_written_anew_change(shards: Path) -> None:
    before = {image.path: image.version for image in TarSource(str(shards)).scan((), ()).images}
    path = write_tar(shards / "00001.tar", {"a.jpg": JPEG})
    os.utime(path, ns=(5, 5))
    after = {image.path: image.version for image in TarSource(str(shards)).scan((), ()).images}
    assert {name for name in before if after.get(name) == before[name]} == {
        "00000/000000001.jpg",
        "00000/000000002.jpg",
    }


def test_members_that_are_no_pictures_are_counted(tmp_path: Path) -> None:
    write_tar(
        tmp_path / "w.tar",
        {
            "k.seg.png": JPEG,
            "noname": JPEG,
            "k.bin": b"nothing to see",
            "../out.jpg": JPEG,
            "./sub/k.jpg": JPEG + b"1",
            "drafts/k.jpg": JPEG,
        },
    )
    scan = TarSource(str(tmp_path / "w.tar")).scan(("drafts",), ())
    assert [image.path for image in scan.images] == ["w/k.seg.png", "w/noname", "w/sub/k.jpg"]
    assert scan.skipped == {NOT_FILES: 1, NOT_PICTURES: 1, "excluded by a pattern": 1}
    assert scan.about is None


def test_words_that_cannot_be_read_are_passed_over(tmp_path: Path) -> None:
    members = {
        "a.jpg": JPEG,
        "a.json": b"[" * 200_000,
        "b.jpg": JPEG,
        "b.json": note(caption="x" * (MOST_READ_BYTES + 1)),
        "c.jpg": JPEG,
        "c.txt": b"word " * MOST_READ_BYTES,
    }
    scan = TarSource(str(write_tar(tmp_path / "x.tar", members))).scan((), ())
    assert [image.path for image in scan.images] == ["x/a.jpg", "x/b.jpg", "x/c.jpg"]
    assert scan.about is not None
    assert scan.about["path"].to_pylist() == ["x/c.jpg"]


def test_a_file_that_breaks_off_gives_what_is_whole(tmp_path: Path) -> None:
    path = write_tar(tmp_path / "w.tar", {"a.jpg": JPEG, "b.jpg": JPEG * 400})
    path.write_bytes(path.read_bytes()[:2000])
    scan = TarSource(str(path)).scan((), ())
    assert [image.path for image in scan.images] == ["w/a.jpg"]
    assert scan.skipped[BREAKS_OFF] >= 1


def test_files_of_one_name_in_two_folders_are_told_apart(tmp_path: Path) -> None:
    for folder in ("train", "test"):
        write_tar(tmp_path / folder / "0.tar", {"a.jpg": JPEG})
    scan = TarSource(f"{tmp_path}/*/0.tar").scan((), ())
    assert [image.path for image in scan.images] == ["test/0/a.jpg", "train/0/a.jpg"]


def test_tar_files_behind_a_url(shards: Path) -> None:
    memory = fsspec.filesystem("memory")
    memory.put(str(shards / "00000.tar"), "/tars/00000.tar")
    try:
        source = TarSource("memory://tars/*.tar")
        scan = source.scan((), ())
        assert len(scan.images) == 2
        with source.open_files(scan.images) as opener, opener(scan.images[0].path) as file:
            assert file.read(3) == JPEG[:3]
    finally:
        memory.rm("/tars", recursive=True)


def test_what_is_no_tar_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "x.tar").write_bytes(b"not a tar file, but long enough" * 40)
    with pytest.raises(SourceError, match=r"x.tar: it cannot be read as a tar file"):
        TarSource(str(tmp_path / "x.tar")).scan((), ())
    with pytest.raises(SourceError, match="there is no tar file"):
        TarSource(str(tmp_path / "none.tar")).scan((), ())


def test_a_folder_of_pictures_with_a_backup_is_a_folder(tmp_path: Path) -> None:
    write_tar(tmp_path / "backup.tar", {"a.jpg": JPEG})
    assert claims(str(tmp_path))
    (tmp_path / "album").mkdir()
    assert not claims(str(tmp_path))
    (tmp_path / "album").rmdir()
    (tmp_path / "a.jpg").write_bytes(JPEG)
    assert not claims(str(tmp_path))
    assert not claims("s3://bucket/folder")
    assert claims("s3://bucket/*.tar")


@given(st.binary(max_size=60), st.integers(0, 9), st.integers(0, 9), st.lists(st.integers(0, 70), max_size=5))
def test_a_slice_reads_as_the_bytes_themselves(
    data: bytes, before: int, after: int, seeks: list[int]
) -> None:
    whole = io.BytesIO(b"b" * before + data + b"a" * after)
    own, plain = io.BufferedReader(_Slice(whole, before, len(data))), io.BytesIO(data)
    for place in seeks:
        assert own.seek(place) == plain.seek(place)
        assert own.read(7) == plain.read(7)
