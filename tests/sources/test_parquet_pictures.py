"""Parquet with pictures in it: recognised, listed, opened by row group, its words kept; vectors beside them."""

from __future__ import annotations

import errno
import json
import pickle
from pathlib import Path
from typing import Any

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipplot_pipeline.defs.observe import observe
from clipplot_pipeline.errors import SourceError, StoreError
from clipplot_pipeline.model import SourceImage
from clipplot_pipeline.settings import Settings
from clipplot_pipeline.sources import find_kind
from clipplot_pipeline.sources.parquet_columns import find_picture_column, name_rows
from clipplot_pipeline.sources.parquet_pictures import BLANK, ParquetSource, claims
from clipplot_pipeline.sources.tar_words import FAILED
from clipplot_pipeline.sources.vector_files import find_vectors
from clipplot_pipeline.sources.vector_listing import list_vectors

IMAGE = pa.struct([("bytes", pa.binary()), ("path", pa.string())])


def jpeg(name: str) -> bytes:
    return b"\xff\xd8\xff\xe0" + name.encode()


def write(
    path: Path, columns: dict[str, Any], features: dict[str, Any] | None = None, group: int = 2
) -> Path:
    table = pa.table(columns)
    if features:
        told = {"info": {"features": features}}
        table = table.replace_schema_metadata({"huggingface": json.dumps(told)})
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, path, row_group_size=group)
    return path


def pictures(*names: str | None) -> pa.Array:
    return pa.array([name and {"bytes": jpeg(name), "path": name} for name in names], IMAGE)


def source(address: Path | str) -> ParquetSource:
    return ParquetSource(Settings(source=str(address)))


def read_all(of: ParquetSource, images: tuple[SourceImage, ...]) -> dict[str, bytes | str]:
    found: dict[str, bytes | str] = {}
    with of.open_files(images) as opener:
        sent = pickle.loads(pickle.dumps(opener))
        assert sent.is_local
        for image in images:
            try:
                with sent(image.path) as file:
                    found[image.path] = file.read()
            except OSError as error:
                found[image.path] = str(error)
    return found


def test_a_dataset_of_hugging_face_gives_pictures_and_words(tmp_path: Path) -> None:
    features = {
        "image": {"_type": "Image"},
        "label": {"_type": "ClassLabel", "names": ["cat", "dog"]},
        "marks": {"_type": "Sequence", "feature": {"_type": "ClassLabel", "names": ["x", "y"]}},
    }
    for part, names in enumerate((("a.jpg", None, "c.jpg"), ("a.jpg", "sub/b.jpg", "/data/mine/d.jpg"))):
        columns = {
            "image": pictures(*names),
            "label": [0, 1, -1],
            "marks": [[0, 1], [], [1]],
            "text": ["one", "two", None],
            "embedding": [[0.1, 0.2]] * 3,
        }
        write(tmp_path / "data" / f"train-{part}.parquet", columns, features)
    (tmp_path / "README.md").write_text("a card", "utf-8")
    assert claims(str(tmp_path))
    of = source(tmp_path)
    scan = of.scan((), ())
    assert [image.path for image in scan.images] == [
        "data/train-0/a.jpg",
        "data/train-0/c.jpg",
        "data/train-1/a.jpg",
        "data/train-1/d.jpg",
        "data/train-1/sub/b.jpg",
    ]
    assert scan.skipped == {BLANK: 1}
    assert read_all(of, scan.images)["data/train-1/d.jpg"] == jpeg("/data/mine/d.jpg")
    assert scan.about is not None
    assert scan.about.to_pylist()[:2] == [
        {"path": "data/train-0/a.jpg", "label": "cat", "marks": ["x", "y"], "text": "one"},
        {"path": "data/train-0/c.jpg", "label": None, "marks": ["y"], "text": None},
    ]


def test_img2dataset_in_parquet_leaves_out_what_failed(tmp_path: Path) -> None:
    write(
        tmp_path / "00000.parquet",
        {
            "key": ["000000000", "000000001", "000000002"],
            "status": ["success", "failed_to_download", "success"],
            "caption": ["one", "two", "three"],
            "url": ["https://x/1", "https://x/2", "https://x/3"],
            "width": [9, None, 9],
            "jpg": pa.array([jpeg("0"), None, jpeg("2")], pa.binary()),
        },
    )
    (tmp_path / "00000_stats.json").write_text("{}", "utf-8")
    assert claims(str(tmp_path))
    scan = source(tmp_path).scan((), ())
    assert [image.path for image in scan.images] == ["00000/000000000", "00000/000000002"]
    assert scan.skipped == {FAILED: 1}
    assert scan.about is not None
    assert scan.about.to_pylist()[1] == {
        "path": "00000/000000002",
        "caption": "three",
        "url": "https://x/3",
    }


def test_rows_are_opened_from_their_groups_and_a_damaged_one_is_a_reject(tmp_path: Path) -> None:
    names = [f"p{n:03}.jpg" for n in range(60)]
    path = write(tmp_path / "x.parquet", {"image": pictures(*names)}, group=7)
    of = source(path)
    images = of.scan((), ()).images
    chosen = tuple(image for n, image in enumerate(images) if n % 11 == 3)
    assert read_all(of, chosen) == {image.path: jpeg(image.path.rpartition("/")[2]) for image in chosen}

    blank = pa.array([{"bytes": b"", "path": "e.jpg"}], IMAGE)
    empty = source(write(tmp_path / "e.parquet", {"image": blank}))
    (told,) = read_all(empty, empty.scan((), ()).images).values()
    assert "no bytes of a picture" in str(told)


def test_a_file_written_anew_is_never_read_for_the_old_listing(tmp_path: Path) -> None:
    path = write(tmp_path / "x.parquet", {"image": pictures("a.jpg", "b.jpg")})
    of = source(path)
    before = of.scan((), ()).images
    write(path, {"image": pictures("b.jpg", "a.jpg", "c.jpg")})
    assert all("has changed since it was listed" in str(told) for told in read_all(of, before).values())
    after = of.scan((), ()).images
    assert not {image.version for image in before} & {image.version for image in after}
    write(tmp_path / "y.parquet", {"image": pictures("d.jpg")})
    grown = source(tmp_path).scan((), ()).images
    assert {image.version for image in after} < {image.version for image in grown}


def test_of_a_damaged_file_the_reason_tells_its_name_and_not_where_it_lies(tmp_path: Path) -> None:
    path = write(tmp_path / "x.parquet", {"image": pa.array([jpeg("0")], pa.binary())})
    data = bytearray(path.read_bytes())
    data[4:40] = b"\xff" * 36  # its pages, not what is told of them at the end
    path.write_bytes(data)
    of = source(path)
    (told,) = read_all(of, of.scan((), ()).images).values()
    assert str(told).startswith("x.parquet: it cannot be read as Parquet")
    assert str(tmp_path) not in str(told)


def test_a_full_disk_leaves_no_picture_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    of = source(write(tmp_path / "x.parquet", {"image": pictures("a.jpg", "b.jpg")}))
    images = of.scan((), ()).images

    def refuse(_path: Path, _data: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", refuse)
    with pytest.raises(StoreError, match=r"No space left.*TMPDIR"), of.open_files(images):
        pass


def test_patterns_choose_rows_and_files_without_pictures_are_counted(tmp_path: Path) -> None:
    write(tmp_path / "x.parquet", {"image": pictures("a.jpg", "b.jpg", "drafts/c.jpg")})
    write(tmp_path / "y.parquet", {"text": ["no picture"]})
    scan = source(tmp_path).scan(("drafts",), ())
    assert [image.path for image in scan.images] == ["x/a.jpg", "x/b.jpg"]
    assert scan.skipped == {"excluded by a pattern": 1, "text and tables": 1}
    assert [image.path for image in source(tmp_path).scan((), ("b.jpg",)).images] == ["x/b.jpg"]


def test_a_site_that_is_published_beside_the_pictures_changes_no_path(tmp_path: Path) -> None:
    write(tmp_path / "data" / "train.parquet", {"image": pictures("a.jpg")})
    settings = Settings(source=str(tmp_path), store=str(tmp_path / "store"), site=str(tmp_path / "site"))
    before = observe(settings).scan
    write(tmp_path / "site" / "images.parquet", {"path": ["train/a.jpg"]})
    write(tmp_path / "store" / "vectors.parquet", {"vector": [[1.0]]})
    after = observe(settings).scan
    assert (after.images, after.skipped) == (before.images, before.skipped)
    assert [image.path for image in after.images] == ["data/train/a.jpg"]
    write(tmp_path / "more" / "test.parquet", {"image": pictures("b.jpg")})
    grown = observe(settings).scan.images
    assert [image.path for image in grown] == ["data/train/a.jpg", "more/test/b.jpg"]
    assert grown[:1] == before.images, "nor does what is added in another folder"


def test_which_sources_are_parquet_with_pictures(tmp_path: Path) -> None:
    inside = write(tmp_path / "in" / "x.parquet", {"image": pictures("a.jpg")})
    links = write(tmp_path / "links.parquet", {"url": ["https://x/1.jpg"]})
    assert claims(str(inside))
    assert claims(f"{inside.parent}/*.parquet")
    assert claims("s3://bucket/data/*.parquet")
    assert not claims(str(links))
    assert find_kind(Settings(source=str(links))).name == "lists of addresses"
    assert not claims("https://server/x.parquet")
    (inside.parent / "b.jpg").write_bytes(jpeg("b"))
    assert not claims(str(inside.parent)), "a folder of pictures with a table beside them"
    memory = fsspec.filesystem("memory")
    memory.put(str(links), "/lists/links.parquet")
    try:
        remote = source("memory://lists/links.parquet")
        scan = remote.scan((), ())
        assert [image.path for image in scan.images] == ["x/1.jpg"], (
            "a list of addresses, found out by its content"
        )
    finally:
        memory.rm("/lists", recursive=True)


def test_a_file_behind_a_url(tmp_path: Path) -> None:
    memory = fsspec.filesystem("memory")
    memory.put(str(write(tmp_path / "x.parquet", {"image": pictures("a.jpg")})), "/sets/x.parquet")
    try:
        of = source("memory://sets/*.parquet")
        assert read_all(of, of.scan((), ()).images) == {"x/a.jpg": jpeg("a.jpg")}
    finally:
        memory.rm("/sets", recursive=True)


def test_which_column_holds_the_pictures(tmp_path: Path) -> None:
    audio = {"sound": {"_type": "Audio"}, "scan": {"_type": "Image"}}
    table = pq.read_schema(
        write(tmp_path / "a.parquet", {"sound": pictures("a"), "scan": pictures("b")}, audio)
    )
    column = find_picture_column("a", table)
    assert column is not None
    assert (column.name, column.leaf) == ("scan", "scan.bytes")
    both = pa.schema([("mask", IMAGE), ("image", IMAGE)])
    assert getattr(find_picture_column("a", both), "name", None) == "image"
    assert find_picture_column("a", pa.schema([("hash", pa.binary())])) is None
    with pytest.raises(SourceError, match=r"several of its columns hold pictures \(left, right\)"):
        find_picture_column("a", pa.schema([("left", IMAGE), ("right", IMAGE)]))
    unclear = write(tmp_path / "u.parquet", {"left": pictures("a"), "right": pictures("b")})
    assert claims(str(unclear)), "what is unclear is told, and not taken for a list"


def test_vectors_in_the_same_file_go_to_its_pictures(tmp_path: Path) -> None:
    vectors = pa.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]], pa.list_(pa.float32(), 2))
    path = write(tmp_path / "x.parquet", {"image": pictures("a.jpg", "a.jpg", "b.jpg"), "embedding": vectors})
    files, _ = find_vectors([str(path)])
    names = list_vectors(files).names["key"].to_pylist()
    assert names == ["000000-a.jpg", "000001-a.jpg", "b.jpg"]
    assert [f"x/{name}" for name in names] == [image.path for image in source(path).scan((), ()).images]
    write(tmp_path / "y.parquet", {"image": pictures("b.jpg", "c.jpg"), "embedding": vectors[:2]})
    files, _ = find_vectors([str(tmp_path)])
    assert list_vectors(files).names["key"].to_pylist()[2:] == ["x/b.jpg", "y/b.jpg", "c.jpg"]
    for folder in ("train", "test"):
        write(
            tmp_path / "split" / folder / "0.parquet", {"image": pictures("b.jpg"), "embedding": vectors[:1]}
        )
    files, _ = find_vectors([str(tmp_path / "split")])
    told = list_vectors(files).names["key"].to_pylist()
    assert told == [image.path for image in source(tmp_path / "split").scan((), ()).images]


def test_what_is_no_parquet_is_named(tmp_path: Path) -> None:
    (tmp_path / "x.parquet").write_bytes(b"PAR1 and nothing more")
    with pytest.raises(SourceError, match=r"x.parquet: it cannot be read as Parquet"):
        source(tmp_path / "x.parquet").scan((), ())
    with pytest.raises(SourceError, match="there is no Parquet file"):
        source(tmp_path / "none").scan((), ())


@given(st.lists(st.none() | st.text(st.characters(), max_size=8), max_size=12))
def test_rows_have_names_that_are_each_there_once_and_stay_inside(told: list[str | None]) -> None:
    names = name_rows(told)
    assert len(set(names)) == len(names) == len(told)
    for name in names:
        assert name
        assert not any(part in {"", ".", ".."} for part in name.split("/"))
        name.encode()
