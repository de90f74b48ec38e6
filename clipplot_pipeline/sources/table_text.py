"""A delimited text file as records: encoding, delimiter, quotes that are never closed.

Belongs here: bytes of any spreadsheet's export to lists of cells. Does not belong here: what columns are called or
mean (``table``, ``table_columns``). The file is read in pieces, never as a whole.
"""

from __future__ import annotations

import codecs
import contextlib
import csv
import io
import itertools
import re
import zlib
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass
from typing import IO, Any

import charset_normalizer
import fsspec

from clipplot_pipeline.errors import TableError

DELIMITERS = (",", ";", "\t", "|")
#: As much of a file as is looked at to find out what it is.
SAMPLE_BYTES = 1 << 18
_BLOCK_BYTES = 1 << 20
#: Zero bytes that are slips in a text, and not the mark of something else.
_STRAY_ZEROS = 16
#: Quotes that are never closed, after which lines are read one by one.
_MOST_RECOVERIES = 20
_UNCLOSED = "a quote is opened and never closed; it is read as an ordinary character"
# the longest first: UTF-32's mark begins with UTF-16's
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_LONE_QUOTE = re.compile(r'(?<!")(?:"")*"(?!")')
_OTHER_FILES = (
    (b"PK\x03\x04", "an Excel or OpenDocument workbook, or an archive"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook"),
    (b"%PDF", "a PDF document"),
    (b"SQLite format 3", "a database"),
)
#: What charset-normalizer calls the small differences between Western European code pages.
_WESTERN = re.compile(
    r"cp(?:037|1026|1140|125[02478]|273|437|500|775|85[0-28]|86[0135]|1140)|latin_1"
    r"|iso8859_(?:2|3|4|9|10|13|14|15|16)|mac_(?:roman|latin2|iceland|turkish)|hp_roman8|johab"
)


@dataclass(frozen=True, slots=True)
class TextForm:
    """How a text table is written.

    Attributes
    ----------
    encoding : str
        Python's name of it.
    delimiter : str
        One of ``DELIMITERS``.
    first_line : int
        Lines to skip: 1 where Excel's ``sep=;`` comes first.
    """

    encoding: str
    delimiter: str
    first_line: int = 0


def find_form(url: str, key_names: frozenset[str]) -> TextForm:
    """Look at a file and find out its encoding and delimiter.

    Parameters
    ----------
    key_names : frozenset of str
        Headers, in lower case, by which the right delimiter is known.

    Raises
    ------
    TableError
        The file is not there, is empty, or is no text table.
    """
    with open_bytes(url) as file:
        sample = file.read(SAMPLE_BYTES)
    _check_is_table(url, sample)
    encoding = find_encoding(url, sample)
    text = sample.decode(encoding, errors="replace")
    if not text.strip("\ufeff\0 \t\r\n"):
        raise TableError(f"{url}: the table is empty; expected a line of headers and a row an image")
    if text.lstrip().startswith("<"):
        raise TableError(
            f"{url}: it looks like HTML or XML; expected a table with delimiters; save it as CSV (UTF-8)"
        )
    lines = text.splitlines()
    first = lines[0].strip().strip('"').lower()
    if first.startswith("sep=") and first[4:5] in DELIMITERS:
        return TextForm(encoding, first[4:5], first_line=1)
    return TextForm(encoding, _find_delimiter(text, key_names))


@contextlib.contextmanager
def open_bytes(url: str) -> Iterator[IO[bytes]]:
    """Open a file on any fsspec URL; ``.gz`` and its like are unpacked.

    Raises
    ------
    TableError
        It cannot be opened or read.
    """
    with contextlib.ExitStack() as stack:
        try:
            file = stack.enter_context(fsspec.open(url, "rb", compression="infer"))
        except FileNotFoundError as error:
            raise TableError(
                f"{url}: there is no such file; expected a table; check the spelling of `metadata`"
            ) from error
        except IsADirectoryError as error:
            raise TableError(f"{url}: it is a folder; expected a table; name the file in it") from error
        except Exception as error:  # every store's client raises errors of its own
            raise TableError(
                f"{url}: the table cannot be opened ({error}); check the address and the rights to it"
            ) from error
        try:
            yield file
        except (OSError, EOFError, zlib.error, csv.Error) as error:
            raise TableError(f"{url}: the table cannot be read to its end ({error}); copy it anew") from error


def iterate_records(url: str, form: TextForm) -> Iterator[tuple[list[str], str | None]]:
    """Yield the cells of every record, blank ones too (no cells), and what is wrong with it, or None.

    A quote that is never closed would swallow the rest of the file: it is taken as a character like any other.
    """
    start = form.first_line
    for _ in range(_MOST_RECOVERIES):
        unclosed = yield from _read_until_unclosed(url, form, start)
        if unclosed is None:
            return
        start = unclosed
    with _open_lines(url, form, start) as lines:
        for line in lines:
            yield _split_line(line, form), _UNCLOSED if '"' in line else None


def _read_until_unclosed(
    url: str, form: TextForm, start: int
) -> Generator[tuple[list[str], str | None], None, int | None]:
    """Yield records from a line on; return the line after an unclosed quote's, or None at the end."""
    with _open_lines(url, form, start) as lines:
        feed = _Feed(lines)
        reader = _read_csv(feed, form.delimiter)
        begun = 0
        while (cells := next(reader, None)) is not None:
            if feed.is_dry:
                break
            if len(feed.record) > 1 and _has_swallowed(feed.record, form):
                yield _split_line(feed.push_back_all_but_first(), form), _UNCLOSED
            else:
                yield cells, None
            begun += len(feed.record)
            feed.record.clear()
        else:
            return None
    with _open_lines(url, form, start + begun) as lines:
        yield _split_line(next(lines), form), _UNCLOSED
    return start + begun + 1


class _Feed:
    """Lines, those of the record that is being read, and whether the reader asked for more than there are.

    It does so within a quote only.
    """

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self._again: list[str] = []
        self.record: list[str] = []
        self.is_dry = False

    def push_back_all_but_first(self) -> str:
        """Return the record's first line; the others come again."""
        self._again += reversed(self.record[1:])
        del self.record[1:]
        return self.record[0]

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        try:
            line = self._again.pop() if self._again else next(self._lines)
        except StopIteration:
            self.is_dry = True
            raise
        self.record.append(line)
        return line


def _has_swallowed(record: list[str], form: TextForm) -> bool:
    """Tell whether the quote of a record of several lines was closed by one that opens a cell of a later line."""
    reader = _read_csv(record, form.delimiter, strict=True)
    try:
        next(reader)
    except csv.Error:
        line = record[reader.line_num - 1]
        closing = _LONE_QUOTE.search(line)
        return bool(
            reader.line_num > 1 and closing and line[: closing.end() - 1][-1:] in {"", form.delimiter}
        )
    return False


@contextlib.contextmanager
def _open_lines(url: str, form: TextForm, start: int) -> Iterator[Iterator[str]]:
    with (
        open_bytes(url) as file,
        io.TextIOWrapper(file, encoding=form.encoding, errors="replace", newline="") as text,
    ):
        yield itertools.islice(text, start, None)


def _split_line(line: str, form: TextForm) -> list[str]:
    return next(_read_csv([line], form.delimiter, quoting=csv.QUOTE_NONE), [])


def _read_csv(lines: Iterable[str], delimiter: str, **form: Any) -> Any:
    """Return a reader of records whose cells may be of any size: an unclosed quote makes one of all that follows."""
    csv.field_size_limit(2**31 - 1)  # what a long is everywhere
    return csv.reader(lines, delimiter=delimiter, **form)


def _check_is_table(url: str, sample: bytes) -> None:
    if not sample:
        raise TableError(f"{url}: the table is empty; expected a line of headers and a row an image")
    for mark, name in _OTHER_FILES:
        if sample.startswith(mark):
            raise TableError(f"{url}: it is {name}; expected a text table; save or export it as CSV (UTF-8)")


def find_encoding(url: str, sample: bytes) -> str:
    """Return Python's name of the encoding of a text file that begins with ``sample``.

    Raises
    ------
    TableError
        It is no text.
    """
    for mark, encoding in _MARKS:
        if sample.startswith(mark):
            return encoding
    # Text has no zero bytes, except every other one of UTF-16 without a mark.
    zeros = sample.count(0)
    if zeros:
        odd = sample[1::2].count(0)
        if zeros > len(sample) // 4 and odd in {zeros, 0}:
            return "utf-16-le" if odd else "utf-16-be"
    if zeros > _STRAY_ZEROS + len(sample) // 100:
        raise TableError(f"{url}: it is no text; expected a table with delimiters; save it as CSV (UTF-8)")
    strange = _find_strange(url)
    if strange is None or _is_mostly_utf8(strange):
        return "utf-8"
    best = charset_normalizer.from_bytes(strange[:SAMPLE_BYTES]).best()
    # Western code pages differ in so little that a guess among them is worth less than the commonest one.
    return "cp1252" if best is None or _WESTERN.fullmatch(best.encoding) else best.encoding


def _find_strange(url: str) -> bytes | None:
    """Return the first part of a file that is not UTF-8, None if all of it is."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    with open_bytes(url) as file:
        while block := file.read(_BLOCK_BYTES):
            try:
                decoder.decode(block)
            except UnicodeDecodeError:
                return block
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        return bytes(error.object)
    return None


def _is_mostly_utf8(part: bytes) -> bool:
    """Tell whether bytes are UTF-8 but for a few: a damaged cell must not spoil all others."""
    text = part.decode("utf-8", errors="replace")
    broken = text.count("\ufffd")
    return 4 * broken < sum(not character.isascii() for character in text) - broken


def _find_delimiter(text: str, key_names: frozenset[str]) -> str:
    """Return the delimiter that shows a known header, else the one that parts the header most often."""
    best, best_rank = DELIMITERS[0], (False, 0)
    for delimiter in DELIMITERS:
        records = _read_csv(io.StringIO(text, newline=""), delimiter)
        header: list[str] = next((cells for cells in records if any(cell.strip() for cell in cells)), [])
        rank = (any(fold_header(cell) in key_names for cell in header), len(header))
        if rank > best_rank:
            best, best_rank = delimiter, rank
    return best


def fold_header(header: str) -> str:
    """Return a header as it is compared: without case, ``_`` for blanks and hyphens, no blanks around it."""
    return "_".join(header.strip("\ufeff \t\r\n").casefold().replace("-", " ").replace("_", " ").split())
