"""Bins of time, from minutes to millennia: which suit a collection, and what they are called.

Belongs here: the ladder of units, the choice among them, the words for a stretch of time (in English, as dates are
written in catalogues). Does not belong here: reading dates (``dates``), positions (``timeline``).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clipplot_pipeline.layouts.dates import Moments, Precision

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
#: So many bins suit n images: n to this power …
TARGET_POWER = 0.46
#: … within these bounds: fewer say nothing, more cannot be read at once.
FEWEST, MOST = 3, 40
_DAY_S = 86_400

_LENGTHS_S = (("day", _DAY_S), ("hour", 3600), ("minute", 60))
_LENGTHS_MONTHS = (("year", 12), ("month", 1))
#: More empty bins than this in a row are left out and become a gap.
MOST_EMPTY = 3

Numbers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit of time that bins are made of; bins are numbered from a common origin, without gaps.

    Attributes
    ----------
    name : str
        In the singular: ``15 minutes``, ``decade``.
    precision : Precision
        What a date must be known by to have its bin.
    seconds, months : int
        Length: one of the two is above 0.
    group : callable
        From the number of a bin to a key, equal for the bins that one larger unit holds, and that unit's name.
    write : callable
        From the number of a bin to its name within its group.
    """

    name: str
    precision: Precision
    seconds: int
    months: int
    group: Callable[[int], tuple[int, str]]
    write: Callable[[int], str]

    def number(self, when: NDArray[np.datetime64]) -> Numbers:
        """Return the number of the bin of each moment (none may be NaT), shape (n,)."""
        if self.months:
            return _count_months(when) // self.months
        # Weeks begin on Mondays; the first of January 1970 was a Thursday.
        origin = 3 * _DAY_S if self.seconds == 7 * _DAY_S else 0
        seconds: Numbers = (when.astype("datetime64[s]").astype(np.int64) + origin) // self.seconds
        return seconds

    def measure(self, count: int) -> str:
        """Return how long so many bins are, in words: ``60 years``, ``1 day``."""
        sizes = _LENGTHS_MONTHS if self.months else _LENGTHS_S
        length = count * (self.months or self.seconds)
        name, size = next((name, size) for name, size in sizes if length % size == 0)
        return f"{length // size:,} {name}{'' if length == size else 's'}"


def _count_months(when: NDArray[np.datetime64]) -> Numbers:
    """Return months since the beginning of the year 0."""
    months: Numbers = when.astype("datetime64[M]").astype(np.int64) + 1970 * 12
    return months


def write_year(year: int) -> str:
    """Return an astronomical year as people write it."""
    return str(year) if year > 0 else f"{1 - year} BC"


def write_years(first: int, count: int) -> str:
    """Return a stretch of astronomical years: ``1893``, ``1890–94``, ``1890s``, ``1800–1899``, ``50–41 BC``."""
    last = first + count - 1
    if count == 1:
        return write_year(first)
    if last <= 0:
        return f"{1 - first}–{1 - last} BC"
    if first <= 0:
        return f"{1 - first} BC – {last}"
    if count == 10 and first >= 10:
        return f"{first}s"
    is_short = count < 100 and first >= 1000 and first // 100 == last // 100
    return f"{max(first, 1)}–{last % 100:02d}" if is_short else f"{max(first, 1)}–{last}"


def _years(count: int, group: int) -> Unit:
    """Return the unit of so many years, in groups of years; 0: it is the largest that is read at once."""
    name = {1: "year", 10: "decade", 100: "century", 1000: "millennium"}.get(count, f"{count} years")

    def gather(number: int) -> tuple[int, str]:
        if not group:
            return 0, ""
        first = number * count // group * group
        return first, write_years(first, group)

    return Unit(
        name, Precision.YEAR, 0, 12 * count, gather, lambda number: write_years(number * count, count)
    )


def _split_day(seconds: int) -> tuple[np.datetime64, int]:
    return np.datetime64(seconds // _DAY_S, "D"), seconds % _DAY_S


def _write_day(day: np.datetime64, with_year: bool = True) -> str:
    month = int(day.astype("datetime64[M]").astype(np.int64)) + 1970 * 12
    number = int((day - day.astype("datetime64[M]").astype("datetime64[D]")).astype(np.int64)) + 1
    text = f"{number} {MONTHS[month % 12]}"
    return f"{text} {write_year(month // 12)}" if with_year else text


def _clock(name: str, seconds: int) -> Unit:
    """Return a unit shorter than a day; groups are days."""

    def gather(number: int) -> tuple[int, str]:
        day, _ = _split_day(number * seconds)
        return int(day.astype(np.int64)), _write_day(day)

    def write(number: int) -> str:
        _, second = _split_day(number * seconds)
        return f"{second // 3600:02d}:{second % 3600 // 60:02d}"

    return Unit(name, Precision.TIME, seconds, 0, gather, write)


def _gather_month(day: np.datetime64) -> tuple[int, str]:
    month = int(day.astype("datetime64[M]").astype(np.int64)) + 1970 * 12
    return month, f"{MONTHS[month % 12]} {write_year(month // 12)}"


def _write_week(number: int) -> str:
    first = np.datetime64(number * 7 - 3, "D")
    last = first + np.timedelta64(6, "D")
    is_one_month = first.astype("datetime64[M]") == last.astype("datetime64[M]")
    start = _write_day(first, with_year=False)
    return f"{start.split()[0] if is_one_month else start}–{_write_day(last, with_year=False)}"


def _months(name: str, count: int) -> Unit:
    """Return a unit of months within a year; groups are years."""

    def write(number: int) -> str:
        first = number * count % 12
        return MONTHS[first] if count == 1 else f"{MONTHS[first]}–{MONTHS[first + count - 1]}"

    def gather(number: int) -> tuple[int, str]:
        year = number * count // 12
        return year, write_year(year)

    return Unit(name, Precision.MONTH, 0, count, gather, write)


#: From fine to coarse.
UNITS: tuple[Unit, ...] = (
    _clock("minute", 60),
    _clock("5 minutes", 300),
    _clock("15 minutes", 900),
    _clock("hour", 3600),
    _clock("6 hours", 6 * 3600),
    Unit(
        "day",
        Precision.DAY,
        _DAY_S,
        0,
        lambda number: _gather_month(np.datetime64(number, "D")),
        lambda number: _write_day(np.datetime64(number, "D"), with_year=False).split()[0],
    ),
    Unit(
        "week",
        Precision.DAY,
        7 * _DAY_S,
        0,
        lambda number: _gather_month(np.datetime64(number * 7 - 3, "D")),
        _write_week,
    ),
    _months("month", 1),
    _months("quarter", 3),
    _years(1, 10),
    _years(5, 50),
    _years(10, 100),
    _years(50, 0),
    _years(100, 0),
    _years(500, 0),
    _years(1000, 0),
    _years(5000, 0),
    _years(10_000, 0),
)


def choose_unit(moments: Moments, wanted: str = "auto") -> Unit:
    """Return the unit whose number of bins with images suits their number best.

    Parameters
    ----------
    moments : Moments
        At least one is known. No unit is finer than the roughest of them is known.
    wanted : str
        Name of a unit, if it is the user's choice; where it is finer than the dates are known, the finest that
        is not. ``auto``: chosen from the data.

    Notes
    -----
    Bins are compared by the ratio of their number to the target. Between equals a day goes before longer units, these
    before shorter ones: what all falls into one bin is told by its day, or its year.
    """
    allowed = [unit for unit in UNITS if unit.precision <= moments.precision]
    names = [unit.name for unit in UNITS]
    if wanted in names:
        finest = names.index(allowed[0].name)
        return UNITS[max(names.index(wanted), finest)]
    when = moments.when[moments.is_known]
    target = min(MOST, max(FEWEST, len(when) ** TARGET_POWER))
    is_long = [unit for unit in allowed if unit.precision < Precision.TIME]
    is_short = [unit for unit in allowed if unit.precision is Precision.TIME]
    ordered = [*is_long, *reversed(is_short)]
    scores = [abs(np.log(len(np.unique(unit.number(when))) / target)) for unit in ordered]
    return ordered[int(np.argmin(np.round(scores, 9)))]


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of the axis: a bin with images, one without, or a gap of several that are left out.

    Attributes
    ----------
    first, last : int
        Numbers of bins, both included.
    rows : ndarray of int64
        Whose moment is in the bin.
    starts_group : bool
        Whether a larger unit begins here.
    """

    first: int
    last: int
    rows: NDArray[np.int64]
    starts_group: bool

    @property
    def is_gap(self) -> bool:
        """Whether bins are left out here."""
        return self.last > self.first


def cut_axis(moments: Moments, unit: Unit) -> list[Stretch]:
    """Return the stretches of the axis in order, from the first bin with images to the last."""
    known = np.flatnonzero(moments.is_known)
    numbers = unit.number(moments.when[known])
    bins, counts = np.unique(numbers, return_counts=True)
    order = known[np.argsort(numbers, kind="stable")]
    ends, start = np.cumsum(counts), 0
    spans: list[tuple[int, int, NDArray[np.int64]]] = []
    nobody = np.empty(0, np.int64)
    for number, end in zip(bins.tolist(), ends.tolist(), strict=True):
        if spans:
            before = spans[-1][1]
            missing = number - before - 1
            if missing > MOST_EMPTY:
                spans.append((before + 1, number - 1, nobody))
            else:
                spans += [(empty, empty, nobody) for empty in range(before + 1, number)]
        spans.append((number, number, order[start:end]))
        start = end
    groups = [unit.group(first)[0] for first, _, _ in spans]
    return [
        Stretch(first, last, rows, place > 0 and groups[place] != groups[place - 1])
        for place, (first, last, rows) in enumerate(spans)
    ]
