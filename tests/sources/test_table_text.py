"""Encodings, delimiters and quotes of text tables."""

from __future__ import annotations

import csv
import gzip
import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clipplot_pipeline.errors import TableError
from clipplot_pipeline.sources.table_text import TextForm, find_form, iterate_records

KEYS = frozenset({"filename"})
WORDS = "filename;Titel\na.jpg;Zürich – Café, naïve Øre\n"


def write(folder: Path, data: bytes, name: str = "table.csv") -> str:
    path = folder / name
    path.write_bytes(data)
    return str(path)


def read(url: str) -> tuple[TextForm, list[list[str]]]:
    form = find_form(url, KEYS)
    return form, [cells for cells, _ in iterate_records(url, form)]


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"]
)
def test_every_encoding_gives_the_same_cells(tmp_path: Path, encoding: str) -> None:
    _, records = read(write(tmp_path, WORDS.encode(encoding)))
    assert records == [["filename", "Titel"], ["a.jpg", "Zürich – Café, naïve Øre"]]


def test_windows_1252_is_found_after_a_long_stretch_of_ascii(tmp_path: Path) -> None:
    plain = "".join(f"{n}.jpg,plain words\n" for n in range(100_000))
    form, records = read(write(tmp_path, ("filename,text\n" + plain + "z.jpg,Café\n").encode("cp1252")))
    assert form.encoding == "cp1252"
    assert records[-1] == ["z.jpg", "Café"]


def test_one_damaged_cell_does_not_make_utf8_something_else(tmp_path: Path) -> None:
    good = "".join(f"{n}.jpg,Žluťoučký kůň\n" for n in range(20)).encode()
    form, records = read(write(tmp_path, b"filename,text\n" + good + b"x.jpg,caf\xe9\n"))
    assert form.encoding == "utf-8"
    assert records[1][1] == "Žluťoučký kůň"
    assert records[-1] == ["x.jpg", "caf\ufffd"]


def test_other_scripts_are_recognised(tmp_path: Path) -> None:
    text = "filename,text\n" + "".join(f"{n}.jpg,Вид на Кремль со стороны реки\n" for n in range(20))
    assert read(write(tmp_path, text.encode("cp1251")))[1][1][1] == "Вид на Кремль со стороны реки"


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiters_are_found_even_if_others_are_more_frequent(tmp_path: Path, delimiter: str) -> None:
    rows = [["filename", "a,b,c;d|e\tf"], ["x.jpg", "1,2,3,4;5;6|7|8\t9"]]
    buffer = io.StringIO()
    csv.writer(buffer, delimiter=delimiter).writerows(rows)
    form, records = read(write(tmp_path, buffer.getvalue().encode()))
    assert form.delimiter == delimiter
    assert records == rows


def test_excels_first_line_names_the_delimiter(tmp_path: Path) -> None:
    form, records = read(write(tmp_path, b"sep=;\r\nfilename;a,b\r\nx.jpg;1,5\r\n"))
    assert form.delimiter == ";"
    assert records == [["filename", "a,b"], ["x.jpg", "1,5"]]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_of_every_machine(tmp_path: Path, end: str) -> None:
    assert len(read(write(tmp_path, end.join(["filename,a", "x.jpg,1", "y.jpg,2"]).encode()))[1]) == 3


def test_cells_may_be_huge(tmp_path: Path) -> None:
    huge = "word " * 100_000
    assert read(write(tmp_path, f'filename,text\nx.jpg,"{huge}"\n'.encode()))[1][1][1] == huge


def test_a_quote_in_the_headers_that_is_never_closed_swallows_nothing(tmp_path: Path) -> None:
    rows = b"".join(b"%d.jpg,1900\n" % n for n in range(20_000))
    for headers in (b'filename,"note\n', b'"filename,year\n'):
        url = write(tmp_path, headers + rows)
        csv.field_size_limit(131_072)  # as another part of the process may have left it
        assert len(read(url)[1]) == 20_001


def test_packed_tables_are_unpacked(tmp_path: Path) -> None:
    url = write(tmp_path, gzip.compress(WORDS.encode()), "table.csv.gz")
    assert len(read(url)[1]) == 2


def test_names_with_marks_of_patterns_are_names(tmp_path: Path) -> None:
    assert len(read(write(tmp_path, WORDS.encode(), "table [1].csv"))[1]) == 2


def test_a_quote_that_is_never_closed_swallows_nothing(tmp_path: Path) -> None:
    url = write(tmp_path, b'filename,text\na.jpg,"open\nb.jpg,two\nc.jpg,three\n')
    found = list(iterate_records(url, TextForm("utf-8", ",")))
    assert [cells for cells, _ in found] == [
        ["filename", "text"],
        ["a.jpg", '"open'],
        ["b.jpg", "two"],
        ["c.jpg", "three"],
    ]
    assert [bool(trouble) for _, trouble in found] == [False, True, False, False]


def test_a_quote_that_is_closed_by_the_next_opening_one_swallows_nothing(tmp_path: Path) -> None:
    rows = ['a.jpg,"one', "b.jpg,two", 'c.jpg,"x, y"', 'd.jpg,"', 'e.jpg,"two', 'lines"', "f.jpg,z"]
    url = write(tmp_path, "\n".join(["filename,text", *rows, ""]).encode())
    found = list(iterate_records(url, TextForm("utf-8", ",")))
    assert [cells for cells, _ in found[1:]] == [
        ["a.jpg", '"one'],
        ["b.jpg", "two"],
        ["c.jpg", "x, y"],
        ["d.jpg", '"'],
        ["e.jpg", "two\nlines"],
        ["f.jpg", "z"],
    ]
    assert [bool(trouble) for _, trouble in found] == [False, True, False, False, True, False, False]


def test_blanks_after_a_cell_of_several_lines_do_no_harm(tmp_path: Path) -> None:
    url = write(tmp_path, b'filename,text,b\na.jpg,"one\ntwo" ,"x, y"\nb.jpg,1,2\n')
    assert [cells for cells, _ in iterate_records(url, TextForm("utf-8", ","))][2] == ["b.jpg", "1", "2"]


def test_a_stray_quote_in_every_line_costs_a_line_each(tmp_path: Path) -> None:
    rows = "".join(f'{n}.jpg,"{n}\n' for n in range(5_001))
    url = write(tmp_path, b"filename,text\n" + rows.encode())
    assert sum(1 for _ in iterate_records(url, TextForm("utf-8", ","))) == 5_002


def test_many_quotes_that_are_never_closed_end_all_the_same(tmp_path: Path) -> None:
    rows = "".join(f'{n}.jpg,"{n}\n' for n in range(101))
    url = write(tmp_path, b"filename,text\n" + rows.encode())
    text = "".join(",".join(cells) for cells, _ in iterate_records(url, TextForm("utf-8", ",")))
    assert all(f"{n}.jpg" in text for n in range(101))


@settings(max_examples=50)
@given(
    st.lists(
        st.lists(
            st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12),
            min_size=2,
            max_size=2,
        ),
        max_size=8,
    )
)
def test_what_a_spreadsheet_writes_is_read_as_it_was(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]]
) -> None:
    buffer = io.StringIO(newline="")
    csv.writer(buffer).writerows([["filename", "text"], *rows])
    url = write(tmp_path_factory.getbasetemp(), buffer.getvalue().encode())
    assert read(url)[1] == [["filename", "text"], *rows]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b" \r\n\n", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        (b"PK\x03\x04rest of a workbook", "workbook"),
        (b"<html><body>", "HTML"),
        (bytes(range(256)) * 20 + bytes(2000), "no text"),
    ],
)
def test_what_is_no_table_is_named(tmp_path: Path, data: bytes, words: str) -> None:
    url = write(tmp_path, data)
    with pytest.raises(TableError, match=words) as raised:
        find_form(url, KEYS)
    assert "table.csv" in str(raised.value)


def test_a_missing_file_and_a_folder_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(TableError, match="no such file"):
        find_form(str(tmp_path / "none.csv"), KEYS)
    with pytest.raises(TableError, match=r"folder|opened"):
        find_form(str(tmp_path), KEYS)
    with pytest.raises(TableError, match="opened"):
        find_form("nosuchstore://bucket/table.csv", KEYS)


def test_a_damaged_archive_is_an_error_of_the_table(tmp_path: Path) -> None:
    packed = gzip.compress(WORDS.encode() * 1000)
    with pytest.raises(TableError, match="read to its end"):
        read(write(tmp_path, packed[: len(packed) // 2], "table.csv.gz"))
