"""Listing and opening a local folder."""

import os
import pickle
from pathlib import Path

import pytest

from clipplot_pipeline.errors import SourceError
from clipplot_pipeline.sources import local, open_source, scan_folder

JPEG = b"\xff\xd8\xff\xe0 and more"


def put(folder: Path, *paths: str, data: bytes = JPEG) -> None:
    for path in paths:
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)


def paths(folder: Path, *exclude: str) -> list[str]:
    return [image.path for image in scan_folder(str(folder), exclude).images]


def links_or_skip(link: Path, target: str) -> None:
    try:
        link.symlink_to(target)
    except OSError:
        pytest.skip("no links on this machine")


def test_it_lists_recursively_in_order(tmp_path):
    put(tmp_path, "b.jpg", "a/z.png", "a/y/1.tif", "B.jpg", "a.jpg", "folder.jpg/inside.jpg", "ä.jpg")
    assert paths(tmp_path) == sorted(
        ["b.jpg", "a/z.png", "a/y/1.tif", "B.jpg", "a.jpg", "folder.jpg/inside.jpg", "ä.jpg"]
    )


def test_one_basename_in_two_folders_is_two_images(tmp_path):
    put(tmp_path, "a/photo.jpg", "b/photo.jpg")
    assert paths(tmp_path) == ["a/photo.jpg", "b/photo.jpg"]


def test_clutter_is_counted_and_not_listed(tmp_path):
    put(tmp_path, "a.jpg", ".b.jpg", "Thumbs.db", "._a.jpg", "__MACOSX/a.jpg", "@eaDir/x/a.jpg", ".git/a.jpg")
    put(tmp_path, "notes.txt", "list.csv", "a.jpg.part", "film.mp4")
    scan = scan_folder(str(tmp_path))
    assert [image.path for image in scan.images] == ["a.jpg"]
    assert scan.skipped == {
        "hidden and system files": 3,
        "hidden and system folders": 3,
        "text and tables": 2,
        "unfinished downloads": 1,
        "video": 1,
    }


def test_what_claims_a_picture_is_listed_whatever_it_holds(tmp_path):
    put(tmp_path, "empty.jpg", data=b"")
    put(tmp_path, "page.png", data=b"<html>")
    assert paths(tmp_path) == ["empty.jpg", "page.png"]


def test_files_without_a_telling_extension_are_judged_by_their_first_bytes(tmp_path):
    put(tmp_path, "scan_0001", "scan.bin")
    put(tmp_path, "README", "data.bin", data=b"plain text")
    put(tmp_path, "nothing", data=b"")
    scan = scan_folder(str(tmp_path))
    assert [image.path for image in scan.images] == ["scan.bin", "scan_0001"]
    assert scan.skipped == {"other files that are no pictures": 3}


def test_patterns_leave_out_files_and_whole_folders(tmp_path):
    put(tmp_path, "a.jpg", "a_thumb.jpg", "x/drafts/b.jpg", "x/c.jpg")
    scan = scan_folder(str(tmp_path), ["*_thumb.jpg", "drafts"])
    assert [image.path for image in scan.images] == ["a.jpg", "x/c.jpg"]
    assert scan.skipped == {"excluded by a pattern": 2}


def test_only_what_a_pattern_includes_is_taken(tmp_path):
    put(tmp_path, "a.tif", "a.jpg", "x/b.tif", "x/c.jpg", "masters/d.jpg", "masters/sub/e.jpg", "notes.txt")
    scan = scan_folder(str(tmp_path), exclude=["b.*"], include=["*.tif", "masters"])
    assert [image.path for image in scan.images] == ["a.tif", "masters/d.jpg", "masters/sub/e.jpg"]
    assert scan.skipped == {
        "excluded by a pattern": 1,
        "not named by a pattern to include": 2,
        "text and tables": 1,
    }


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("pictures/*.jpg", ["a.jpg"]),
        ("pictures/**/*.jpg", ["a.jpg", "x/b.jpg"]),
        ("pictures/x/*", ["b.jpg", "c.png"]),
        ("pictures/[ab].*", ["a.jpg"]),
        ("pict*/x/?.jpg", ["pictures/x/b.jpg"]),
    ],
)
def test_a_source_may_be_a_pattern_as_a_shell_reads_it(tmp_path, pattern, found):
    put(tmp_path, "pictures/a.jpg", "pictures/x/b.jpg", "pictures/x/c.png", "other/a.jpg")
    source = str(tmp_path / pattern)
    assert [image.path for image in scan_folder(source).images] == found
    with open_source(source)(found[0]) as file:
        assert file.read() == JPEG


def test_a_folder_with_wildcards_in_its_name_is_itself(tmp_path):
    put(tmp_path, "1890 [maps]/a.jpg")
    assert paths(tmp_path / "1890 [maps]") == ["a.jpg"]
    with pytest.raises(SourceError, match="no such folder"):
        scan_folder(str(tmp_path / "none" / "*.jpg"))


def test_tables_among_the_pictures_are_noted(tmp_path):
    put(tmp_path, "metadata.csv", "x/metadata.jsonl", "y/metadata.parquet", "z/metadata.txt", "a.jpg")
    first = scan_folder(str(tmp_path), exclude=["y"]).tables
    assert list(first) == ["metadata.csv", "x/metadata.jsonl"]
    os.utime(tmp_path / "metadata.csv", ns=(1, 1))
    assert scan_folder(str(tmp_path)).tables["metadata.csv"] != first["metadata.csv"]


def test_the_version_changes_with_time_and_size(tmp_path):
    put(tmp_path, "a.jpg")
    (first,) = scan_folder(str(tmp_path)).images
    assert (first,) == scan_folder(str(tmp_path)).images
    assert first.size_bytes == len(JPEG)
    os.utime(tmp_path / "a.jpg", ns=(1, 1))
    (second,) = scan_folder(str(tmp_path)).images
    put(tmp_path, "a.jpg", data=JPEG + b"!")
    os.utime(tmp_path / "a.jpg", ns=(1, 1))
    (third,) = scan_folder(str(tmp_path)).images
    assert len({first.version, second.version, third.version}) == 3


def test_an_empty_folder_is_an_empty_scan(tmp_path):
    assert scan_folder(str(tmp_path)).images == ()


def test_a_missing_source_names_the_remedy(tmp_path):
    put(tmp_path, "a.zip", "b.jpg")
    with pytest.raises(SourceError, match=r"no such folder.*spelling"):
        scan_folder(str(tmp_path / "nowhere"))
    with pytest.raises(SourceError, match=r"it is a file.*zip://"):
        scan_folder(str(tmp_path / "a.zip"))
    with pytest.raises(SourceError, match="it is a file"):
        open_source(str(tmp_path / "b.jpg"))
    with pytest.raises(SourceError, match="clipplot build FOLDER"):
        scan_folder("")


def test_difficult_names_are_listed_and_opened(tmp_path):
    difficult = [
        "100% #1 ?q=a&b.jpg",
        "%2e%2e%2fescape.jpg",
        "été.jpg",
        "🌋.jpg",
        "a b;c'd.jpg",
        "x" * 200 + ".jpg",
    ]
    if os.name != "nt":
        difficult += ["new\nline.jpg", "back\\slash\\name.jpg", '<img src="x">.jpg', "CON.jpg"]
    for number, name in enumerate(difficult):
        put(tmp_path, name, data=JPEG + bytes([number]))
    assert set(paths(tmp_path)) == set(difficult)
    opener = open_source(str(tmp_path))
    for number, name in enumerate(difficult):
        with opener(name) as file:
            assert file.read()[-1] == number


@pytest.mark.skipif(os.name == "nt", reason="names are bytes on POSIX only")
def test_a_name_that_is_not_utf8_can_be_stored_and_opened(tmp_path):
    try:
        Path(os.fsdecode(bytes(tmp_path) + b"/bad_\xff\xfe.jpg")).write_bytes(JPEG + b"bad")
    except OSError:
        pytest.skip("this file system wants UTF-8")
    put(tmp_path, "good_%FF.jpg", data=JPEG + b"good")
    assert paths(tmp_path) == ["bad_%FF%FE.jpg", "good_%FF.jpg"]
    opener = open_source(str(tmp_path))
    for path, end in (("bad_%FF%FE.jpg", b"bad"), ("good_%FF.jpg", b"good")):
        with opener(path) as file:
            assert file.read().endswith(end)
    put(tmp_path, "bad_%FF%FE.jpg")  # now the spelling is taken
    scan = scan_folder(str(tmp_path))
    assert scan.skipped == {local.BAD_NAMES: 1}


def test_links_in_circles_end(tmp_path):
    put(tmp_path, "real/photo.jpg")
    links_or_skip(tmp_path / "real" / "parent", "..")
    links_or_skip(tmp_path / "self", ".")
    links_or_skip(tmp_path / "again", "real")
    scan = scan_folder(str(tmp_path))
    assert [image.path for image in scan.images] == ["real/photo.jpg"]
    assert scan.skipped == {local.LINKED_FOLDERS: 3}


def test_a_link_to_a_folder_elsewhere_is_followed_once(tmp_path):
    put(tmp_path, "source/a.jpg", "elsewhere/b.jpg", "elsewhere/deep/c.jpg")
    source = tmp_path / "source"
    links_or_skip(source / "one", "../elsewhere")
    links_or_skip(source / "two", "../elsewhere")
    links_or_skip(tmp_path / "elsewhere" / "back", "../source")
    scan = scan_folder(str(source))
    assert [image.path for image in scan.images] == ["a.jpg", "one/b.jpg", "one/deep/c.jpg"]
    assert scan.skipped == {local.LINKED_FOLDERS: 2}
    with open_source(str(source))("one/deep/c.jpg") as file:
        assert file.read() == JPEG


def test_links_to_files(tmp_path):
    put(tmp_path, "photo.jpg")
    links_or_skip(tmp_path / "good.jpg", "photo.jpg")
    links_or_skip(tmp_path / "dangling.jpg", "nowhere.jpg")
    links_or_skip(tmp_path / "loop.jpg", "loop.jpg")
    links_or_skip(tmp_path / "dangling", "nowhere")
    scan = scan_folder(str(tmp_path))
    assert [image.path for image in scan.images] == ["dangling.jpg", "good.jpg", "loop.jpg", "photo.jpg"]
    opener = open_source(str(tmp_path))
    for path in ("dangling.jpg", "loop.jpg"):
        with pytest.raises(OSError, match=r".+"):
            opener(path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_pipes_are_skipped_and_never_block(tmp_path):
    os.mkfifo(tmp_path / "pipe.jpg")
    os.mkfifo(tmp_path / "pipe")
    scan = scan_folder(str(tmp_path))
    assert scan.images == ()
    assert scan.skipped == {local.NOT_FILES: 2}
    with pytest.raises(OSError, match="not a regular file"):
        open_source(str(tmp_path))("pipe.jpg")


def test_a_folder_that_cannot_be_opened_is_counted(tmp_path, monkeypatch):
    put(tmp_path, "a.jpg", "closed/b.jpg")
    scandir = os.scandir

    def refuse(where):
        if str(where).endswith("closed"):
            raise PermissionError(13, "Permission denied")
        return scandir(where)

    monkeypatch.setattr(local.os, "scandir", refuse)
    scan = scan_folder(str(tmp_path))
    assert [image.path for image in scan.images] == ["a.jpg"]
    assert scan.skipped == {local.CLOSED_FOLDERS: 1}
    with pytest.raises(SourceError, match="permissions"):
        scan_folder(str(tmp_path / "closed"))


@pytest.mark.parametrize(
    "path", ["../secret", "a/../../secret", "/etc/hosts", "", "a//b", "a\0b", ".", "a/./b"]
)
def test_paths_never_leave_the_source(tmp_path, path):
    put(tmp_path, "secret", "source/a/b")
    with pytest.raises(SourceError, match="leads out"):
        open_source(str(tmp_path / "source"))(path)


def test_the_opener_can_be_sent_to_another_process(tmp_path):
    put(tmp_path, "a.jpg")
    opener = pickle.loads(pickle.dumps(open_source(str(tmp_path))))
    with opener("a.jpg") as file:
        assert file.read() == JPEG


def test_a_file_url_and_a_relative_path_mean_the_folder(tmp_path, monkeypatch):
    put(tmp_path, "pictures/a.jpg")
    monkeypatch.chdir(tmp_path)
    opener = open_source("pictures")
    assert [image.path for image in scan_folder("pictures").images] == ["a.jpg"]
    assert scan_folder((tmp_path / "pictures").as_uri()) == scan_folder("pictures")
    monkeypatch.chdir(tmp_path / "pictures")
    opener("a.jpg").close()
