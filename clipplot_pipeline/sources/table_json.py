"""JSON tables as cells: a list of objects, an object of lists, objects by file name, JSON Lines, an object a file.

Belongs here: finding the rows in whatever shape. Does not belong here: flattening one (``table_cells``), what columns
mean (``table``). Numbers keep the digits of the file. JSON Lines are read in pieces, other files as one text.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import PurePosixPath
from typing import Any

from clipplot_pipeline.errors import TableError
from clipplot_pipeline.sources.table_cells import Note, NumberText, RecordCells, flatten_record
from clipplot_pipeline.sources.table_text import SAMPLE_BYTES, find_encoding, fold_header, open_bytes

_DECODER = json.JSONDecoder(parse_float=NumberText, parse_int=NumberText, parse_constant=lambda _: None)
_EXPECTED = (
    "expected a list of objects, an object of lists, objects by file name, or JSON Lines, with a column that names the "
    "image files"
)
_BLANKS = " \t\r\n"
_LINES = (".jsonl", ".ndjson", ".jsonlines")


@dataclass(frozen=True, slots=True)
class JsonFile:
    """One file of JSON.

    Attributes
    ----------
    url : str
    number : int
        Of the file among those that are read into the same cells.
    key_names : frozenset of str
        Headers that name the picture, as ``fold_header`` spells them.
    is_of_many : bool
        Whether it lies in a folder of such files: an object that names no picture is then about the one of its name.
    """

    url: str
    number: int
    key_names: frozenset[str]
    is_of_many: bool = False

    @property
    def picture(self) -> str:
        """The name of the picture that a file ``x.json`` or ``x.jpg.json`` stands beside."""
        return PurePosixPath(self.url.replace("\\", "/")).stem


def collect_json(file: JsonFile, into: RecordCells, note: Note) -> None:
    """Add the rows of a JSON file to ``into``.

    Raises
    ------
    TableError
        The file is not there, is not valid JSON, or holds no rows in any shape that is known.
    """
    with open_bytes(file.url) as opened:
        sample = opened.read(SAMPLE_BYTES)
    encoding = find_encoding(file.url, sample)
    if file.url.lower().split(".gz")[0].endswith(_LINES) or _are_lines(sample.decode(encoding, "replace")):
        _collect_lines(file, encoding, into, note)
        return
    with open_bytes(file.url) as opened:
        text = opened.read().decode(encoding, "replace").lstrip("\ufeff")
    try:
        for number, record in _iterate_records(file, text, note):
            _add(file, record, number, into, note)
    except json.JSONDecodeError as error:
        raise TableError(
            f"{file.url}: it is no valid JSON from line {error.lineno:,}, column {error.colno:,} on ({error.msg}); "
            f"{_EXPECTED}; export or copy it anew"
        ) from error
    except RecursionError as error:
        raise TableError(
            f"{file.url}: its lists and objects lie in one another too deeply to be read; {_EXPECTED}; export it anew"
        ) from error


def _add(file: JsonFile, record: Mapping[str, Any], number: int, into: RecordCells, note: Note) -> None:
    try:
        cells = flatten_record(record, partial(note, number))
    except RecursionError:
        note(number, "", "its lists and objects lie in one another too deeply; the row is left out")
        return
    into.add(cells, number, file.number)


def _are_lines(text: str) -> bool:
    """Tell whether the first line is an object, and another line follows."""
    first, _, rest = text.lstrip("\ufeff" + _BLANKS).partition("\n")
    return first.startswith("{") and isinstance(_read_line(first), dict) and bool(rest.strip())


def _collect_lines(file: JsonFile, encoding: str, into: RecordCells, note: Note) -> None:
    rows = 0
    with (
        open_bytes(file.url) as opened,
        io.TextIOWrapper(opened, encoding=encoding, errors="replace", newline="\n") as lines,
    ):
        for number, line in enumerate(lines, start=1):
            plain = line.strip("\ufeff" + _BLANKS)
            if not plain:
                continue
            record = _read_line(plain)
            if isinstance(record, dict):
                _add(file, record, number, into, note)
                rows += 1
            else:
                note(number, "", "it is no JSON object; the line is left out")
    if not rows:
        raise TableError(
            f"{file.url}: none of its lines is a JSON object; {_EXPECTED}; export or copy it anew"
        )


def _read_line(text: str) -> Any:
    try:
        return _DECODER.decode(text)
    except (json.JSONDecodeError, RecursionError):
        return None


def _iterate_records(file: JsonFile, text: str, note: Note) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Yield every row of a text with its number; 0 where the file is one row."""
    if not text.startswith("[", len(text) - len(text.lstrip(_BLANKS))):
        value = _DECODER.decode(text)
        yield from _iterate_object(file, value, note)
        return
    found = 0
    for number, value in _iterate_list(text):
        if isinstance(value, dict):
            found += 1
            yield number, value
        else:
            note(number, "", "it is no JSON object; the row is left out")
    if not found:
        raise TableError(f"{file.url}: its list holds no object; {_EXPECTED}")


def _iterate_list(text: str) -> Iterator[tuple[int, Any]]:
    """Yield the entries of a list one by one, so that not all are held at once."""
    place, number = text.index("[") + 1, 0
    while True:
        place = _skip(text, place)
        if text[place : place + 1] == "]" and not number:
            break
        value, place = _DECODER.raw_decode(text, place)
        number += 1
        yield number, value
        place = _skip(text, place)
        mark = text[place : place + 1]
        if mark == "]":
            break
        if mark != ",":
            raise json.JSONDecodeError(
                "the list breaks off" if not mark else "expected `,` or `]`", text, place
            )
        place += 1
    rest = _skip(text, place + 1)
    if rest < len(text):
        raise json.JSONDecodeError("the list ended, and more follows", text, rest)


def _skip(text: str, place: int) -> int:
    while text[place : place + 1] and text[place] in _BLANKS:
        place += 1
    return place


def _iterate_object(file: JsonFile, value: Any, note: Note) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Yield the rows of one object, by its shape."""
    if not isinstance(value, dict) or not value:
        raise TableError(f"{file.url}: it holds {'nothing' if not value else 'a single value'}; {_EXPECTED}")
    key = next((name for name in value if _is_key(file, name)), None)
    lists = [name for name, part in value.items() if _has_rows(file, part)]
    if isinstance(value.get("columns"), list) and isinstance(
        value.get("data"), list
    ):  # pandas' orient="split"
        headers = [str(header) for header in value["columns"]]
        yield from enumerate((dict(zip(headers, row, strict=False)) for row in value["data"]), start=1)
    elif key is not None and isinstance(value[key], list | dict):
        yield from _turn_columns(file, value, key, note)
    elif key is not None:
        yield 0, value
    elif lists:
        if len(value) > 1:
            note(0, "", f"the rows under {lists[0]!r} are read, what stands beside them is not")
        yield from enumerate((row for row in value[lists[0]] if isinstance(row, dict)), start=1)
    elif all(isinstance(part, dict) for part in value.values()):
        yield from enumerate(({"filename": name} | part for name, part in value.items()), start=1)
    elif file.is_of_many:
        yield 0, {"filename": file.picture} | value
    else:
        raise TableError(
            f"{file.url}: no column names the image files. It holds: {', '.join(list(value)[:20])}; {_EXPECTED}"
        )


def _is_key(file: JsonFile, name: str) -> bool:
    return fold_header(name) in file.key_names


def _has_rows(file: JsonFile, value: Any) -> bool:
    """Tell whether a value is a list of objects that name pictures (as COCO's ``images``)."""
    return (
        isinstance(value, list)
        and bool(value)
        and isinstance(value[0], dict)
        and any(_is_key(file, name) for name in value[0])
    )


def _turn_columns(
    file: JsonFile, value: Mapping[str, Any], key: str, note: Note
) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Yield the rows of an object of columns: lists, or objects by row as pandas writes them."""
    keys = value[key]
    if isinstance(keys, dict):
        by_row = {name: part for name, part in value.items() if isinstance(part, dict)}
        names = set(by_row)
        rows = [{name: part.get(index) for name, part in by_row.items()} for index in keys]
    else:
        columns = {name: part for name, part in value.items() if isinstance(part, list)}
        names = set(columns)
        odd = {name: len(part) for name, part in columns.items() if len(part) != len(keys)}
        if odd:
            told = ", ".join(f"{name} has {count:,}" for name, count in odd.items())
            raise TableError(
                f"{file.url}: its columns differ in length: {key} has {len(keys):,} entries, {told}; expected as many "
                "in each; export it anew"
            )
        rows = [dict(zip(columns, cells, strict=True)) for cells in zip(*columns.values(), strict=True)]
    for name in value:
        if name not in names:
            note(0, name, "it is no list like the others and is left out")
    yield from enumerate(rows, start=1)
