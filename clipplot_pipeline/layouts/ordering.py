"""The order in which people expect names: the same on every machine, whatever its locale.

Belongs here: sort keys and initials of names. Does not belong here: positions.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

#: Letters that Unicode does not take apart into a base and a mark, but people sort by the base.
UNMARKED = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h"}
)
_DIGITS = re.compile(r"(\d+)")
_SOUND = re.compile(r"[^\w]+|_+")


@dataclass(frozen=True, slots=True)
class Span:
    """A run of names that begin alike: ``text`` names it, ``first`` and ``count`` say where it lies."""

    text: str
    first: int
    count: int


def fold_name(name: str) -> str:
    """Return a name without case, accents and punctuation, words parted by one blank."""
    plain = unicodedata.normalize("NFKD", name.casefold()).translate(UNMARKED)
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    return _SOUND.sub(" ", plain).strip()


def natural_key(name: str) -> tuple[tuple[int, int, str], ...]:
    """Return a key that sorts ``Plate 9`` before ``Plate 10``, ``Élan`` beside ``elan``; blanks come last."""
    folded = fold_name(name)
    if not folded:
        return ((2, 0, ""),)
    parts = [part for part in _DIGITS.split(folded) if part]
    # int() of a digit that is not decimal (as in superscripts) would fail: \d matches decimal digits only.
    return tuple((0, int(p), p) if _DIGITS.fullmatch(p) else (1, 0, p) for p in parts)


def sort_names(names: Sequence[str], ties: Sequence[str]) -> list[int]:
    """Return the rows of names in natural order; equal names by ``ties``."""
    keys = [natural_key(name) for name in names]
    return sorted(range(len(names)), key=lambda row: (keys[row], names[row], ties[row]))


def find_spans(sorted_names: Sequence[str], wanted: int = 40) -> list[Span]:
    """Cut sorted names into runs that begin alike, for labels along an axis.

    A run is named by its first letter. What all names begin with says nothing: where they share a beginning
    (``IMG_``), the letters after it are taken; a number is taken whole. Where there are more than ``wanted``
    runs, neighbouring ones are joined to a range (``K – M``).

    Parameters
    ----------
    sorted_names : sequence of str
        In the order of ``sort_names``.
    wanted : int
        Largest number of runs.

    Returns
    -------
    list of Span
        In order; they cover everything. Names without a letter or digit are called ``…``.
    """
    folded = [fold_name(name) for name in sorted_names]
    beginning = _shared_beginning([name for name in folded if name])
    initials = [_take_initial(name, beginning) for name in folded]
    spans: list[Span] = []
    for row, initial in enumerate(initials):
        if spans and spans[-1].text == initial:
            spans[-1] = Span(initial, spans[-1].first, spans[-1].count + 1)
        else:
            spans.append(Span(initial, row, 1))
    return spans if len(spans) <= wanted else _join_spans(spans, wanted)


def _shared_beginning(folded: Sequence[str]) -> str:
    """Return the words that all names begin with, as in ``img 0001``, ``img 0002``; none for a single name."""
    if len(set(folded)) < 2:
        return ""
    low, high = min(folded), max(folded)
    length = next(
        (i for i, (a, b) in enumerate(zip(low, high, strict=False)) if a != b), min(len(low), len(high))
    )
    shared = low[:length]
    if length == len(low):  # one name is the beginning of the others: keep its last letter as its initial
        shared = shared[:-1]
    # A number is one thing: never begin in the middle of it.
    return shared.rstrip("0123456789")


def _take_initial(name: str, beginning: str) -> str:
    if not name:
        return "…"
    rest = name[len(beginning) :].lstrip() or name
    number = _DIGITS.match(rest)
    if number:
        return number.group().lstrip("0")[:12] or "0"
    return rest[0].upper()


def _join_spans(spans: Sequence[Span], wanted: int) -> list[Span]:
    total = sum(span.count for span in spans)
    joined: list[list[Span]] = []
    for span in spans:
        filled = sum(s.count for s in joined[-1]) if joined else total
        if filled + span.count / 2 > total / wanted and len(joined) < wanted:
            joined.append([span])
        else:
            joined[-1].append(span)
    return [
        Span(
            run[0].text if len(run) == 1 else f"{run[0].text} – {run[-1].text}",
            run[0].first,
            sum(span.count for span in run),
        )
        for run in joined
    ]
