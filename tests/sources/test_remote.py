"""Listing and opening a folder behind an fsspec URL."""

import uuid
import zipfile
from pathlib import Path

import fsspec
import pytest

from clipplot_pipeline.errors import SourceError
from clipplot_pipeline.sources import open_source, scan_folder

JPEG = b"\xff\xd8\xff\xe0 and more"


@pytest.fixture
def bucket():
    fs = fsspec.filesystem("memory")
    name = uuid.uuid4().hex
    yield fs, f"memory://{name}/pictures", f"/{name}/pictures"
    if fs.exists(f"/{name}"):
        fs.rm(f"/{name}", recursive=True)


def test_it_lists_opens_and_counts_as_a_local_folder_does(bucket, tmp_path):
    fs, url, root = bucket
    files = dict.fromkeys(
        [
            "b.jpg",
            "a/z.png",
            "a/a.jpg",
            "scan_0001",
            ".x.jpg",
            "__MACOSX/1.jpg",
            "__MACOSX/2.jpg",
            "drafts/q/1.jpg",
        ],
        JPEG,
    ) | {"notes.txt": b"x", "README": b"plain", "drafts/2.jpg": JPEG, "empty.jpg": b"", "nothing": b""}
    for path, data in files.items():
        fs.pipe(f"{root}/{path}", data)
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(data)
    scan, here = scan_folder(url, ["drafts"]), scan_folder(str(tmp_path), ["drafts"])
    assert [(image.path, image.size_bytes) for image in scan.images] == [
        (image.path, image.size_bytes) for image in here.images
    ]
    assert [image.path for image in scan.images] == ["a/a.jpg", "a/z.png", "b.jpg", "empty.jpg", "scan_0001"]
    assert scan.skipped == here.skipped
    with open_source(url)("a/z.png") as file:
        assert file.read() == JPEG


def test_what_cannot_be_looked_into_is_listed_and_judged_when_it_is_opened(bucket, monkeypatch):
    fs, url, root = bucket
    fs.pipe({f"{root}/scan_0001": JPEG, f"{root}/scan_0002": JPEG})
    read = fs.cat_file

    def refuse_one(path, *range_, **options):
        if path.endswith("0002"):
            raise PermissionError("archived: restore it first")
        return read(path, *range_, **options)

    monkeypatch.setattr(fs, "cat_file", refuse_one)
    scan = scan_folder(url)
    assert [image.path for image in scan.images] == ["scan_0001", "scan_0002"]
    assert scan.skipped == {}


def test_the_version_changes_with_the_object(bucket):
    fs, url, root = bucket
    fs.pipe(f"{root}/a.jpg", JPEG)
    (first,) = scan_folder(url).images
    assert scan_folder(url).images == (first,)
    fs.pipe(f"{root}/a.jpg", JPEG + b"!")
    (second,) = scan_folder(url).images
    assert first.version != second.version


def test_a_missing_folder_and_an_unknown_scheme_name_the_remedy(bucket):
    _, url, _ = bucket
    with pytest.raises(SourceError, match="check the address"):
        scan_folder(url)
    with pytest.raises(SourceError, match="nonsense"):
        scan_folder("nonsense://x/y")


def test_an_archive_is_a_folder(tmp_path: Path):
    archive = tmp_path / "pictures.zip"
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("x/a.jpg", JPEG)
        file.writestr("x/notes.txt", "x")
    url = f"zip://::{archive.as_posix()}"
    scan = scan_folder(url)
    assert [image.path for image in scan.images] == ["x/a.jpg"]
    opener = open_source(url)
    with opener("x/a.jpg") as file:
        assert file.read() == JPEG


@pytest.mark.parametrize("path", ["../a.jpg", "/a.jpg", "", "x/../../a.jpg", "a\0b"])
def test_paths_never_leave_the_source(bucket, path):
    fs, url, root = bucket
    fs.pipe(f"{root}/x/b.jpg", JPEG)
    with pytest.raises(SourceError, match="leads out"):
        open_source(url)(path)


def test_keys_that_lead_out_are_counted_and_not_listed(bucket):
    fs, url, root = bucket
    fs.pipe(f"{root}/a.jpg", JPEG)
    fs.store[f"{root}/../evil.jpg"] = fs.store[f"{root}/a.jpg"]
    scan = scan_folder(url)
    assert [image.path for image in scan.images] == ["a.jpg"]
    del fs.store[f"{root}/../evil.jpg"]


def test_patterns_and_tables_on_a_store():
    fs = fsspec.filesystem("memory")
    for path in ("a.jpg", "x/b.jpg", "x/metadata.csv", "c.png"):
        fs.pipe(f"/patterns/{path}", JPEG)
    try:
        scan = scan_folder("memory://patterns/**/*.jpg")
        assert [image.path for image in scan.images] == ["a.jpg", "x/b.jpg"]
        assert list(scan.tables) == ["x/metadata.csv"]
        assert [image.path for image in scan_folder("memory://patterns", include=["*.png"]).images] == [
            "c.png"
        ]
        with open_source("memory://patterns/**/*.jpg")("x/b.jpg") as file:
            assert file.read() == JPEG
    finally:
        fs.rm("/patterns", recursive=True)
