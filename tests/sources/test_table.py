"""The metadata table: columns, kinds, blanks and problems."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clipplot_pipeline.errors import TableError
from clipplot_pipeline.sources.table import MetadataTable, read_table
from clipplot_pipeline.sources.table_columns import MOST_TOLD


def write(folder: Path, text: str) -> str:
    path = folder / "table.csv"
    path.write_text(text, encoding="utf-8", newline="")
    return str(path)


def read(folder: Path, text: str) -> MetadataTable:
    return read_table(write(folder, text))


def kinds(table: MetadataTable) -> dict[str, str]:
    return {field.name: field.kind for field in table.fields}


def column(folder: Path, header: str, cells: list[str]) -> tuple[str, list[Any], MetadataTable]:
    """Read a table of one column beside the key; return its kind and values."""
    path = folder / "table.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(
            [["filename", header], *([f"{n}.jpg", cell] for n, cell in enumerate(cells))]
        )
    table = read_table(str(path))
    return table.fields[0].kind, table.rows[table.fields[0].name].to_pylist(), table


def test_a_whole_table(tmp_path: Path) -> None:
    table = read(
        tmp_path,
        "filename,category,tags,description,permalink,year,label,lat,lng,x,y,artist\n"
        'a.jpg,007,one| two ||one,"He said ""hi"", left",https://example.org/a,c. 1890,cat,0,-0.5,0,1,X\n'
        "b.jpg,,,,,,cat,,,,,X\n",
    )
    assert table.key_kind == "filename"
    assert table.problems == ()
    assert kinds(table) == {
        "category": "category",
        "tags": "tags",
        "description": "text",
        "permalink": "url",
        "year": "number",
        "label": "category",
        "lat": "number",
        "lng": "number",
        "x": "number",
        "y": "number",
        "artist": "category",
    }
    first, second = table.rows.to_pylist()
    assert first == {
        "key": "a.jpg",
        "category": "007",
        "tags": ["one", "two"],
        "description": 'He said "hi", left',
        "permalink": "https://example.org/a",
        "year": 1890,
        "label": "cat",
        "lat": 0.0,
        "lng": -0.5,
        "x": 0.0,
        "y": 1.0,
        "artist": "X",
    }
    assert {name for name, value in second.items() if value is not None} == {"key", "label", "artist"}


@pytest.mark.parametrize("key", ["filename", "file_name", "image_path", "path", " FileName ", "File Name"])
def test_the_key_may_have_any_of_its_names(tmp_path: Path, key: str) -> None:
    table = read(tmp_path, f"year,{key}\n1890,a.jpg\n")
    assert table.rows["key"].to_pylist() == ["a.jpg"]
    assert kinds(table) == {"year": "number"}


def test_keys_are_text_as_the_user_spelled_them(tmp_path: Path) -> None:
    table = read(tmp_path, "filename,a\n0012,x\n1e5,x\ntrue,x\nÅ.JPG,x\n")
    assert table.rows["key"].to_pylist() == ["0012", "1e5", "true", "Å.JPG"]


def test_a_second_key_is_no_field(tmp_path: Path) -> None:
    table = read(tmp_path, "path,filename,a\n/home/me/a.jpg,a.jpg,x\n")
    assert table.key_kind == "filename"
    assert table.rows.column_names == ["key", "a"]


def test_no_key_names_what_is_there_and_what_was_wanted(tmp_path: Path) -> None:
    with pytest.raises(TableError, match=r"photo, year.*filename, file_name, image_path, path"):
        read(tmp_path, "photo,year\na.jpg,1890\n")


def test_headers_are_known_in_any_case_and_equals_are_told_apart(tmp_path: Path) -> None:
    table = read(
        tmp_path, "filename, Category ,LATITUDE,lon,note,note,,key,Year,year\na,b,1,2,c,d,e,f,1890,1891\n"
    )
    assert table.rows.column_names == [
        "key",
        "category",
        "lat",
        "lng",
        "note",
        "note_2",
        "column 7",
        "key_2",
        "year",
        "year_2",
    ]
    assert [field.title for field in table.fields][:4] == ["Category", "Latitude", "Longitude", "Note"]


@pytest.mark.parametrize(
    ("cells", "kind", "values"),
    [
        (["1", "-2.5", "", "0"], "number", [1, -2.5, None, 0]),
        (["007", "012", "a"], "text", ["007", "012", "a"]),
        (["007", "007"], "category", ["007", "007"]),
        (["12345678901234567890", "2"], "text", ["12345678901234567890", "2"]),
        (["yes", "No", ""], "boolean", [True, False, None]),
        (["1890-05-17", "1890-06"], "date", ["1890-05-17", "1890-06"]),
        (["1890-06-01T25:61", "1890-06-01"], "text", ["1890-06-01T25:61", "1890-06-01"]),
        (["1890-02-30", "1890-06-01"], "text", ["1890-02-30", "1890-06-01"]),
        (["http://a.org/x", "https://b.org"], "url", ["http://a.org/x", "https://b.org"]),
        (["http://a.org/x", "javascript:alert(1)"], "text", ["http://a.org/x", "javascript:alert(1)"]),
        (["a|b", "b", ""], "tags", [["a", "b"], ["b"], None]),
        (["red", "red", "blue", "blue"], "category", ["red", "red", "blue", "blue"]),
        (["nan", "1"], "text", ["nan", "1"]),
        (["inf", "1"], "text", ["inf", "1"]),
        (["one", "two"], "text", ["one", "two"]),
        (["", ""], "text", [None, None]),
    ],
)
def test_other_columns_are_what_all_their_cells_are(
    tmp_path: Path, cells: list[str], kind: str, values: list[Any]
) -> None:
    assert column(tmp_path, "other", cells)[:2] == (kind, values)


def test_numbers_in_categories_and_labels_stay_text(tmp_path: Path) -> None:
    assert column(tmp_path, "category", ["0", "1", "1e5"])[:2] == ("category", ["0", "1", "1e5"])
    assert column(tmp_path, "label", ["1e5", "1e5"])[:2] == ("category", ["1e5", "1e5"])


def test_years_that_cannot_be_read_are_blank_and_told(tmp_path: Path) -> None:
    _, years, table = column(tmp_path, "Year", ["1890", "soon", "n.d.", "0"])
    assert years == [1890, None, None, None]
    assert [(problem.row, problem.column) for problem in table.problems] == [(3, "Year"), (5, "Year")]
    assert str(table.problems[0]) == "row 3, Year: 'soon' is no year that can be read; left blank"


def test_places_out_of_range_and_half_pairs_are_blank_and_told(tmp_path: Path) -> None:
    table = read(
        tmp_path,
        'filename,lat,lng\na,91,2\nb,48.85,\nc,nan,inf\nd,0,0\ne,-90,180\nf,48°51\'N,2\ng,"48,85","2,35"\n',
    )
    pairs = list(zip(table.rows["lat"].to_pylist(), table.rows["lng"].to_pylist(), strict=True))
    assert pairs == [(None, None)] * 3 + [(0, 0), (-90, 180)] + [(None, None)] * 2
    assert {problem.row for problem in table.problems} == {2, 3, 4, 7, 8}


def test_decimal_commas_are_numbers_where_semicolons_part_the_cells(tmp_path: Path) -> None:
    table = read(tmp_path, "filename;lat;lng;x\na;48,85;2,35;1,5\n")
    assert table.rows.select(["lat", "lng"]).to_pylist() == [{"lat": 48.85, "lng": 2.35}]


def test_links_are_only_http(tmp_path: Path) -> None:
    cells = ["https://a.org", "javascript:alert(1)", "//b.org", "http://", "http://[broken"]
    _, links, table = column(tmp_path, "permalink", cells)
    assert links == ["https://a.org", None, None, None, None]
    assert len(table.problems) == 4


def test_tags_are_parted_by_semicolons_where_there_are_no_bars(tmp_path: Path) -> None:
    assert column(tmp_path, "tags", ["a; b", "Lange, Dorothea"])[1] == [["a", "b"], ["Lange, Dorothea"]]
    assert column(tmp_path, "tags", ["a|b", "c;d"])[1] == [["a", "b"], ["c;d"]]


def test_ragged_rows_are_kept_and_told(tmp_path: Path) -> None:
    table = read(tmp_path, "filename,a,b\nx.jpg,1\ny.jpg,1,2,3\nz.jpg,1,2,,,\n\n,9,9\nw.jpg,3,4\n")
    assert table.rows["key"].to_pylist() == ["x.jpg", "y.jpg", "z.jpg", "w.jpg"]
    assert table.rows["b"].to_pylist() == [None, 2, 2, 4]
    assert [problem.row for problem in table.problems] == [2, 3, 6]


def test_rows_are_numbered_as_a_spreadsheet_does(tmp_path: Path) -> None:
    table = read(tmp_path, 'filename,text,year\na,"two\nlines",1890\n\nb,x,soon\n')
    assert [problem.row for problem in table.problems] == [4]


def test_headers_that_come_again_are_no_row(tmp_path: Path) -> None:
    table = read(tmp_path, "filename,n\na,1\n\nfilename,n\nb,2\n")
    assert table.rows.to_pylist() == [{"key": "a", "n": 1.0}, {"key": "b", "n": 2.0}]
    assert [problem.row for problem in table.problems] == [4]


def test_line_breaks_in_cells_are_one_kind(tmp_path: Path) -> None:
    assert column(tmp_path, "description", ["a\r\nb\rc\nd"])[1] == ["a\nb\nc\nd"]


def test_headers_alone_are_a_table_without_rows(tmp_path: Path) -> None:
    table = read(tmp_path, "filename,year,tags,other\n")
    assert table.rows.num_rows == 0
    assert table.rows.schema.field("year").type == pa.int32()
    assert table.rows.schema.field("tags").type == pa.list_(pa.string())


def test_endless_problems_are_counted(tmp_path: Path) -> None:
    _, _, table = column(tmp_path, "year", ["soon"] * (MOST_TOLD + 7))
    assert len(table.problems) == MOST_TOLD + 1
    assert "7 more" in str(table.problems[-1])


def test_guessed_encodings_are_told(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_bytes("filename,a\nx.jpg,Café\n".encode("cp1252"))
    table = read_table(str(path))
    assert table.rows["a"].to_pylist() == ["Café"]
    assert "cp1252" in str(table.problems[0])


cells_ = st.text(st.characters(exclude_characters="\0"), max_size=8)


def test_a_stray_zero_byte_is_left_out(tmp_path: Path) -> None:
    assert column(tmp_path, "description", ["a\0b"])[1] == ["ab"]


@settings(max_examples=50)
@given(st.lists(st.tuples(cells_, cells_, cells_), max_size=12))
def test_no_cell_stops_a_table(
    tmp_path_factory: pytest.TempPathFactory, cells: list[tuple[str, str, str]]
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.csv"
    with path.open("w", newline="", encoding="utf-8", errors="replace") as file:
        rows = ([f"{n}.jpg", *row] for n, row in enumerate(cells))
        csv.writer(file).writerows([["filename", "year", "lat", "other"], *rows])
    table = read_table(str(path))
    assert table.rows["key"].to_pylist() == [f"{n}.jpg" for n in range(len(cells))]
    latitudes = [value for value in table.rows["lat"].to_pylist() if value is not None]
    assert all(-90 <= value <= 90 for value in latitudes)


@pytest.mark.packs
def test_every_awkward_variant_comes_out_as_expected(packs: Path) -> None:
    folder = packs / "awkward_metadata"
    with (folder / "expected.csv").open(encoding="utf-8", newline="") as file:
        expected = list(csv.DictReader(file))
    assert len(expected) == 26
    for row in expected:
        try:
            read_table(str(folder / "variants" / row["filename"]))
            outcome = "ok"
        except TableError:
            outcome = "clear error"
        assert outcome in row["expected"].split("|"), row


def test_the_guard_of_a_formula_is_no_part_of_a_cell(tmp_path: Path) -> None:
    table = read(tmp_path, "filename,note\n'-001.jpg,'=1+1 is two\n'+2.jpg,'tis a ship\n\"'@3.jpg\",'\n")
    assert table.rows["key"].to_pylist() == ["-001.jpg", "+2.jpg", "@3.jpg"]
    assert table.rows["note"].to_pylist() == ["=1+1 is two", "'tis a ship", "'"]
