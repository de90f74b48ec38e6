"""When: cells of the metadata as moments, with how exactly each is known.

Belongs here: years and ISO 8601 dates, as the catalog holds them, on one line of time. Does not belong here: words in
which people date things (``sources.table_years`` has made years of them), bins (``time_bins``).

Moments are what the clock on the wall said: a zone is left out. A span stands for its beginning. Years are counted as
astronomers do: the year before 1 is 0, which people call 1 BC.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

#: The further past is a matter of geology.
MOST_YEARS = 99_999
_ISO = re.compile(
    r"(?P<year>[-−]?\d{4,5})"
    r"(?:-(?P<month>0[1-9]|1[0-2])(?!\d)(?:-(?P<day>0[1-9]|[12]\d|3[01])(?!\d)"
    r"(?:[T ](?P<hour>[01]\d|2[0-3]):(?P<minute>[0-5]\d)(?::(?P<second>[0-5]\d)(?:[.,]\d+)?)?"
    r"(?:\s*Z|\s*[+-]\d{2}:?\d{2})?)?)?)?"
    r"(?:\s*[-–—/]\s*(?:\d{4}.*|(?P<last>\d\d)|\.\.)?)?"
)
_DAY_S = 86_400
_DAYS_OF_MONTH = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


class Precision(IntEnum):
    """How exactly a moment is known, from rough to fine."""

    YEAR = 0
    MONTH = 1
    DAY = 2
    TIME = 3


@dataclass(frozen=True, slots=True)
class Moments:
    """When each of several things was.

    Attributes
    ----------
    when : ndarray of datetime64[s], shape (n,)
        The beginning of what is known; NaT where nothing is.
    precision : Precision
        The roughest of them all: to see more in them would be invented.
    """

    when: NDArray[np.datetime64]
    precision: Precision

    @property
    def is_known(self) -> NDArray[np.bool_]:
        """Which have a date, shape (n,)."""
        return ~np.isnat(self.when)


def read_moments(cells: pa.ChunkedArray) -> Moments:
    """Return the moments of a column of numbers (years) or of text (ISO 8601, from a year to a second).

    Parameters
    ----------
    cells : pyarrow.ChunkedArray
        What is null or cannot be read has no date. A year with a fraction counts whole.
    """
    if pa.types.is_integer(cells.type) or pa.types.is_floating(cells.type):
        years = cells.cast(pa.float64()).to_numpy(zero_copy_only=False).astype(np.float64)
        return Moments(_begin_years(years), Precision.YEAR)
    distinct = cells.cast(pa.string()).unique().drop_null()
    read = [_read_iso(cell) for cell in distinct.to_pylist()]
    known = np.array([when for when, _ in read] + [np.datetime64("NaT", "s")], "datetime64[s]")
    place = pc.index_in(cells.cast(pa.string()), value_set=distinct).fill_null(len(read))
    when = known[place.to_numpy(zero_copy_only=False).astype(np.int64)]
    precisions = [precision for moment, precision in read if not np.isnat(moment)]
    precision = min(precisions, default=Precision.YEAR)
    # Midnight throughout is how databases write days.
    if precision is Precision.TIME and not (known[:-1].astype(np.int64) % _DAY_S).any():
        precision = Precision.DAY
    return Moments(when, precision)


def _begin_years(years: NDArray[np.float64]) -> NDArray[np.datetime64]:
    """Return the beginnings of years as people count them (-1 is 1 BC); NaT beyond what is kept."""
    is_year = np.isfinite(years) & (np.abs(years) <= MOST_YEARS)
    whole = np.where(is_year, np.floor(np.where(is_year, years, 0)), 0).astype(np.int64)
    astronomical = np.where(whole < 0, whole + 1, whole)
    when = (astronomical - 1970).astype("datetime64[Y]").astype("datetime64[s]")
    return np.where(is_year, when, np.datetime64("NaT", "s"))


def _read_iso(cell: str) -> tuple[np.datetime64, Precision]:
    """Return the moment of a cell (ISO 8601 counts years as astronomers do), NaT if it is none."""
    found = _ISO.fullmatch(cell.strip())
    if not found:
        return np.datetime64("NaT", "s"), Precision.YEAR
    year = int(found["year"].replace("−", "-"))
    if found["last"] and int(found["last"]) <= year % 100:  # no span, and no month
        return np.datetime64("NaT", "s"), Precision.YEAR
    month, day = int(found["month"] or 1), int(found["day"] or 1)
    if day > _DAYS_OF_MONTH[month - 1] or (month == 2 and day == 29 and not _is_leap(year)):
        return np.datetime64("NaT", "s"), Precision.YEAR
    days = (np.datetime64(year - 1970, "Y").astype("datetime64[M]") + (month - 1)).astype("datetime64[D]")
    seconds = int(found["hour"] or 0) * 3600 + int(found["minute"] or 0) * 60 + int(found["second"] or 0)
    when = (days + (day - 1)).astype("datetime64[s]") + seconds
    if found["hour"]:
        return when, Precision.TIME
    return when, Precision.DAY if found["day"] else Precision.MONTH if found["month"] else Precision.YEAR


def _is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
