"""Years out of the words in which people date things.

Belongs here: one cell to one year. Does not belong here: columns (``table_columns``).

A span stands for its first year: ``1890-1900`` and ``1890s`` are 1890, the 18th century is 1700 (as in ISO 8601-2,
where it is written ``17``), the middle and the end of a century begin 40 and 70 years into it. Years before Christ are
negative; there is no year 0. What is not understood is never guessed at.
"""

from __future__ import annotations

import re
from collections.abc import Callable

#: Beyond it are the placeholders of databases (9999) and slips of the finger (20231).
LAST_YEAR = 2100
_EARLIEST = -99_999
#: A last digit that is not known: ``189-`` and ``189?`` are the 1890s to one, the year 189 to another.
_UNKNOWN_DIGIT = re.compile(r"(?<!\d)\d{3}[-–—?_*][?\])\s]*$")
#: A longer cell is a text about dates.
_LONGEST = 100
_NO_DATE = re.compile(
    r"[?\-–—./]+|n\.? ?d\.?|s\.? ?d\.?|s\.? ?a\.?|o\. ?j\.?|undated|no date|unknown|date unknown|unbekannt|"
    r"ohne jahr|sans date|sin fecha|senza data|none|null|n/a|na|nan"
)
_CIRCA = re.compile(
    r"^(?:(?:c|ca|circa|cca|approx|approximately|about|around|probably|possibly|perhaps|likely|estimated|est|um|gegen|"
    r"etwa|wohl|vermutlich|vers|env|environ|hacia|verso|dated|copyright|printed|published|issued|made|painted|begun|completed|before|after|by|until|since|vor|nach|ab|bis|"
    r"avant|apr[eè]s|between|from|zwischen|entre|in|year|the|©|~|≈|<|>)(?:\b|(?<=\W))[.\s]*)+"
)
# English, German, French, Spanish, Italian, Portuguese, Dutch; abbreviations of three or four letters
_MONTH = (
    r"(?:jan(?:uary|uar|vier|uari)?|enero|gennaio|janeiro|ene|gen|feb(?:ruary|ruar|rero|braio|ruari)?|fév(?:rier)?"
    r"|fev(?:ereiro|rier)?|mar(?:ch|s|zo|ço)?|mär(?:z)?|mrz|maart|mrt|apr(?:il|ile)?|avr(?:il)?|abr(?:il)?|may|mai|mayo"
    r"|maggio|maio|mei|mag|jun[ei]?|juin|jun(?:io|ho)|giu(?:gno)?|jul[yi]?|juil(?:let)?|jul(?:io|ho)|lug(?:lio)?"
    r"|aug(?:ust|ustus)?|août|aout|ago(?:sto)?|sept?(?:ember|embre|tembre|iembre)?|set(?:tembre|embro)?"
    r"|oct(?:ober|obre|ubre)?|okt(?:ober)?|ott(?:obre)?|out(?:ubro)?|nov(?:ember|embre|iembre|embro)?"
    r"|dec(?:ember)?|déc(?:embre)?|dez(?:ember|embro)?|dic(?:iembre|embre)?|spring|summer|autumn|fall|winter)\.?"
)
_BC = r"(?:b\.? ?c\.?(?: ?e\.?)?|v\.? ?chr\.?|av\.? ?j\.?-?c\.?|a\. ?c\.)"
_AD = r"(?:a\.? ?d\.?|c\.? ?e\.?|n\.? ?chr\.?)"
_TO = r"\s*(?:-|–|—|/|to|and|or|bis|und|oder|à|et|ou)\s*"
_NUMBER = r"\d{1,3}(?:,\d{3})+|\d+"
_DAY = r"(?:\d{1,2}(?:st|nd|rd|th|\.)?,?\s*)"

_YEAR = re.compile(rf"(?P<minus>[-−]?)(?P<year>{_NUMBER})(?:\.0+)?")
_BEFORE = re.compile(rf"(?P<year>{_NUMBER})(?:{_TO}(?:{_NUMBER}))?\s*{_BC}")
_AFTER = re.compile(rf"(?:{_AD}\s*(?P<a>\d{{1,4}})|(?P<b>\d{{1,4}})\s*{_AD})")
_DECADE = re.compile(
    rf"(?:(?:early|mid|late|anfang|mitte|ende)[\s-]+)?(?P<year>\d{{3}}0)['’]?(?:s|er(?: jahre)?)(?:{_TO}.*)?"
)
_SPAN = re.compile(rf"(?P<first>\d{{3,4}}){_TO}(?:ca?\.?\s*)?(?P<last>\d{{1,4}})")
_ISO = re.compile(
    r"(?P<year>-?\d{4})[-/.](?:0?[1-9]|1[0-2])(?:[-/.](?:0?[1-9]|[12]\d|3[01])(?:[t ]\d{1,2}:\d{2}.*)?)?"
    r"(?:\s*/\s*\d{4}-.*)?|(?P<basic>\d{4})(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
)
_DAY_FIRST = re.compile(r"\d{1,2}\s*[./-]\s*(?:\d{1,2}\s*[./-]\s*)?(?P<year>\d{4})")
_WITH_MONTH = re.compile(
    rf"{_DAY}?(?:(?:de|of)\s+)?{_MONTH}(?:{_TO}(?:{_DAY}?{_MONTH}|\d{{1,2}}))?[\s.,]*{_DAY}?(?:(?:de|of)\s+)?(?P<year>\d{{4}})"
    rf"|(?P<first>\d{{4}})[\s,]+{_MONTH}(?:\s*\d{{1,2}})?"
)
_CENTURY = re.compile(
    rf"(?:(?P<part>early|mid|middle|late|first|last|anfang|mitte|ende|beginning|end|debut|début|fin)?"
    rf"(?: of)?(?: the)?[\s-]*)?"
    rf"(?P<number>\d{{1,2}})(?:st|nd|rd|th|\.|e|ème|eme|er|de)?(?:{_TO}\d{{1,2}}(?:st|nd|rd|th|\.|e)?)?"
    rf"[\s-]*(?:centur(?:y|ies)|cent\.?|c\.|jahrhunderts?|jhd?t?\.?|si[eè]cles?|eeuw)\s*(?:(?P<bc>{_BC})|{_AD})?"
)
_MIDDLE, _END = {"mid", "middle", "mitte"}, {"late", "last", "ende", "end", "fin"}


def says_no_date(text: str) -> bool:
    """Tell whether a cell says that there is no date: ``n.d.``, ``?``, ``unknown``."""
    return _NO_DATE.fullmatch(text.strip().casefold()) is not None


def read_year(text: str) -> int | None:
    """Return the first year that a cell may mean, None if it is not understood.

    Parameters
    ----------
    text : str
        A year, an ISO date, a day or month with its year, a span, a decade or a century; ``c.``, brackets and question
        marks around it do not matter.

    Returns
    -------
    int or None
        Within [-99999, 2100], not 0. A number of one or two digits is a year only beside ``AD`` or ``BC``.
    """
    if len(text) > _LONGEST or _UNKNOWN_DIGIT.search(text):
        return None
    plain = _strip_doubts(text.partition(";")[0])
    for candidate in (plain, plain.rstrip(" .-–")):
        for pattern, read in _FORMS:
            found = pattern.fullmatch(candidate)
            year = read(found) if found else None
            if year and _EARLIEST <= year <= LAST_YEAR:
                return year
    return None


def _strip_doubts(text: str) -> str:
    """Return a cell without what says that its date is not sure."""
    plain = re.sub(r"[\[\](){}?*\"“”]", " ", text.casefold().replace("−", "-"))
    plain = " ".join(plain.split()).strip(" ,;:")
    plain = re.sub(r"^(?:c|ca|p)(?=\d{3})", "", plain)
    return _CIRCA.sub("", plain).strip(" ,;:")


def _whole(digits: str) -> int:
    return int(digits.replace(",", ""))


def _read_number(found: re.Match[str]) -> int | None:
    if found["minus"]:
        return -_whole(found["year"])
    return int(found["year"]) if len(found["year"]) in {3, 4} else None


def _read_span(found: re.Match[str]) -> int | None:
    """Return the first year; the last may be short: ``1890/91``. A span that runs backwards is none."""
    first, last = found["first"], found["last"]
    end = int(first[: len(first) - len(last)] + last)
    return int(first) if end >= int(first) else None


def _read_century(found: re.Match[str]) -> int | None:
    number, part = int(found["number"]), found["part"] or ""
    if not 1 <= number <= 21:
        return None
    into = 40 if part in _MIDDLE else 70 if part in _END else 0
    if found["bc"]:
        return -100 * number + into
    return 100 * (number - 1) + into or 1


def _read_first(found: re.Match[str]) -> int | None:
    """Return the only group that was found."""
    return int(next(group for group in found.groups() if group))


_FORMS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], int | None]], ...] = (
    (_YEAR, _read_number),
    (_CENTURY, _read_century),
    (_BEFORE, lambda found: -_whole(found["year"])),
    (_AFTER, _read_first),
    (_DECADE, _read_first),
    (_DAY_FIRST, _read_first),
    (_ISO, _read_first),
    (_SPAN, _read_span),
    (_WITH_MONTH, _read_first),
)
