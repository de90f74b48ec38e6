"""Several tables, patterns and folders of them, and tables among the pictures."""

from __future__ import annotations

import os
from pathlib import Path

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from clipplot_pipeline.errors import TableError
from clipplot_pipeline.sources.table import MetadataTable, read_tables
from clipplot_pipeline.sources.table_inputs import TableInput, find_tables, find_tables_among


def write(path: Path, text: str) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return str(path)


def read(*entries: str) -> MetadataTable:
    return read_tables(find_tables(entries)[0])


def test_columns_of_one_name_are_one_field_in_several_tables(tmp_path: Path) -> None:
    table = read(
        write(tmp_path / "a.csv", "filename,year,note\na.jpg,1890,1\nb.jpg,soon,2\n"),
        write(tmp_path / "b.json", '[{"file_name": "b.jpg", "Year": 1900, "tags": ["x"], "note": "three"}]'),
    )
    assert [(part.count, part.key_kind) for part in table.parts] == [(2, "filename"), (1, "file_name")]
    assert {field.name: field.kind for field in table.fields} == {
        "year": "number",
        "note": "text",
        "tags": "tags",
    }
    assert table.rows.to_pylist() == [
        {"key": "a.jpg", "year": 1890, "note": "1", "tags": None},
        {"key": "b.jpg", "year": None, "note": "2", "tags": None},
        {"key": "b.jpg", "year": 1900, "note": "three", "tags": ["x"]},
    ]
    assert str(table.problems[0]).startswith("a.csv, row 3, year: 'soon'")


def test_a_pattern_and_a_folder_are_one_table(tmp_path: Path) -> None:
    for n in range(3):
        pq.write_table(pa.table({"path": [f"{n}.jpg"], "n": [n]}), tmp_path / f"part-{n}.parquet")
    write(tmp_path / "notes.txt", "no table")
    write(tmp_path / ".hidden.csv", "no table")
    for entry in (str(tmp_path), f"{tmp_path}/part-*.parquet"):
        table = read(entry)
        assert table.rows["n"].to_pylist() == [0, 1, 2]
        assert [part.count for part in table.parts] == [3]


def test_a_name_with_wildcards_in_it_is_itself(tmp_path: Path) -> None:
    entry = write(tmp_path / "table [1890].csv", "path,n\na.jpg,1\n")
    assert read(entry).rows.num_rows == 1


def test_nothing_there_is_said(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for entry in ("none.csv", "empty", "*.csv"):
        with pytest.raises(TableError, match="there is no file"):
            find_tables([str(tmp_path / entry)])
    assert find_tables([]) == ((), "")


def test_the_tag_changes_with_any_file(tmp_path: Path) -> None:
    first = Path(write(tmp_path / "a.json", "[]"))
    write(tmp_path / "b.json", "[]")
    tags = [find_tables([str(tmp_path)])[1]]
    os.utime(first, ns=(1, 1))
    tags.append(find_tables([str(tmp_path)])[1])
    write(tmp_path / "c.json", "[]")
    tags.append(find_tables([str(tmp_path)])[1])
    assert len(set(tags)) == 3
    assert find_tables([str(tmp_path)])[1] == tags[-1]


def test_tables_on_other_stores_are_named_by_their_address() -> None:
    fs = fsspec.filesystem("memory")
    fs.pipe("/tables/a.csv", b"path,n\na.jpg,1\n")
    fs.pipe("/tables/b.csv", b"path,n\nb.jpg,2\n")
    try:
        for entry in ("memory://tables", "memory://tables/*.csv"):
            assert read(entry).rows["n"].to_pylist() == [1, 2]
        assert find_tables(["memory://tables/a.csv"])[0][0].files == ("memory:///tables/a.csv",)
    finally:
        fs.rm("/tables", recursive=True)


def test_tables_among_the_pictures_start_at_their_folder(tmp_path: Path) -> None:
    write(tmp_path / "train" / "metadata.csv", "file_name,text\na.jpg,one\n")
    write(tmp_path / "test" / "metadata.jsonl", '{"file_name": "a.jpg", "text": "two"}\n')
    write(tmp_path / "test" / "metadata.parquet", "passed over")
    found = {"train/metadata.csv": "1", "test/metadata.jsonl": "1", "test/metadata.parquet": "1"}
    inputs, tag = find_tables_among(str(tmp_path), found)
    assert [table.name for table in inputs] == ["test/metadata.jsonl", "train/metadata.csv"]
    assert read_tables(inputs).rows["key"].to_pylist() == ["test/a.jpg", "train/a.jpg"]
    assert tag != find_tables_among(str(tmp_path), found | {"train/metadata.csv": "2"})[1]
    assert [TableInput.from_json(table.to_json()) for table in inputs] == list(inputs)


def test_only_file_name_starts_at_the_folder(tmp_path: Path) -> None:
    write(tmp_path / "in" / "metadata.csv", "filename,text\na.jpg,one\n")
    inputs, _ = find_tables_among(str(tmp_path), {"in/metadata.csv": "1"})
    assert read_tables(inputs).rows["key"].to_pylist() == ["a.jpg"]


def test_a_found_table_that_is_none_is_left_out_and_told(tmp_path: Path) -> None:
    write(tmp_path / "metadata.csv", "file_name,text\na.jpg,one\n")
    write(tmp_path / "sub" / "metadata.csv", "photo,text\na.jpg,one\n")
    inputs, _ = find_tables_among(str(tmp_path), {"metadata.csv": "1", "sub/metadata.csv": "1"})
    table = read_tables(inputs)
    assert table.rows["key"].to_pylist() == ["a.jpg"]
    assert "sub/metadata.csv" in str(table.problems[0])
    assert "left out" in str(table.problems[0])
    with pytest.raises(TableError, match="photo"):
        read_tables(inputs[1:])


def test_a_table_in_an_archive_among_its_pictures(tmp_path: Path) -> None:
    import zipfile

    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("metadata.csv", "file_name,text\na.jpg,one\n")
    inputs, _ = find_tables_among(f"zip://::{tmp_path}/a.zip", {"metadata.csv": "1"})
    assert read_tables(inputs).rows["text"].to_pylist() == ["one"]
