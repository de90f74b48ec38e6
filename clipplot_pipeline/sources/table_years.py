"""Years in words: ``c. 1890``, ``1930s``, ``18th century``, ``44 BC``.

Belongs here: one year for a cell, by rules that invent nothing. Does not belong here: full dates.
"""

from __future__ import annotations

import re

EARLIEST, LATEST = -10_000, 2200
_BC = re.compile(r"\b(b\.?\s?c\.?(\s?e\.?)?)(?![a-z])", re.IGNORECASE)
_CENTURY = re.compile(
    r"\b(\d{1,2})(?:st|nd|rd|th|\.|e|è|ème)?\s*(?:century|cent\.?|c\.|jh\.?|jahrhundert|siècle|siglo)",
    re.IGNORECASE,
)
_ISO = re.compile(r"([+-]?\d{4,5})-\d{2}(-\d{2})?([T ].*)?\Z")
_YEAR = re.compile(r"(?<![\d.,])(\d{3,4})(?:s\b|(?![\d.,]*\d))")
_SHORT = re.compile(r"[+-]?\d{1,5}(\.0+)?\Z")


def read_year(cell: str) -> int | None:
    """Return the year that a cell names; of a range or a decade the first; None if it names none.

    Years before Christ are negative. A cell with several years that is no range names its first.

    Examples
    --------
    >>> [read_year(cell) for cell in ("1907", "c. 1890", "1930s", "1912-1915", "44 BC", "18th century", "n.d.")]
    [1907, 1890, 1930, 1912, -44, 1700, None]
    """
    text = cell.strip()
    is_before = bool(_BC.search(text))
    year: int | None = None
    if _SHORT.match(text):
        year = int(float(text))
    elif iso := _ISO.match(text):
        year = int(iso[1])
    elif century := _CENTURY.search(text):
        year = int(century[1]) * 100 if is_before else (int(century[1]) - 1) * 100
    elif plain := _YEAR.search(text):
        year = int(plain[1])
    elif is_before and (small := re.search(r"\d{1,2}", text)):
        year = int(small[0])
    if year is None:
        return None
    year = -year if is_before and year > 0 else year
    return year if EARLIEST <= year <= LATEST else None
