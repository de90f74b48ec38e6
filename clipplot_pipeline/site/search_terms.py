"""Text to terms: what the search index holds of a text (site format §9).

Belongs here: folding and splitting, the same to the letter as the viewer's ``data/search_terms.ts``; both are held
to ``tests/site/search_vectors.json``. Does not belong here: where the terms are kept (``search_index``).

Nothing here depends on the version of Unicode beyond normalisation and the general categories.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

#: A term's characters beyond these are cut off.
MAX_TERM_CHARS = 40
#: A mixed run such as ``img2034a`` is also kept in parts if it has no more than these; hashes are not.
MAX_PARTS = 4
#: Begins a term that mixes letters and digits, and an image id.
CODE_MARK = "#"

#: Marks that are dropped: Latin, Greek and Cyrillic accents, Hebrew points, Arabic vowels.
_DROPPED_MARKS = (
    (0x0300, 0x036F), (0x0483, 0x0487), (0x0591, 0x05BD), (0x05BF, 0x05BF), (0x05C1, 0x05C2),
    (0x05C4, 0x05C5), (0x05C7, 0x05C7), (0x0610, 0x061A), (0x064B, 0x065F), (0x0670, 0x0670),
    (0x06D6, 0x06DC), (0x06DF, 0x06E4), (0x06E7, 0x06E8), (0x06EA, 0x06ED), (0x1AB0, 0x1AFF),
    (0x1DC0, 0x1DFF), (0x20D0, 0x20FF), (0xFE20, 0xFE2F),
)  # fmt: skip
#: Characters that show nothing: soft hyphen, joiners, directions; and the Arabic tatweel, which only stretches.
_INVISIBLE = (
    (0x00AD, 0x00AD), (0x061C, 0x061C), (0x0640, 0x0640), (0x180E, 0x180E), (0x200B, 0x200F),
    (0x202A, 0x202E), (0x2060, 0x2064), (0x2066, 0x206F), (0xFEFF, 0xFEFF),
)  # fmt: skip
#: Scripts written without spaces between words: Thai, Lao, Burmese, Khmer, kana, Chinese characters.
_UNSPACED = (
    (0x0E00, 0x0EFF), (0x1000, 0x109F), (0x1780, 0x17FF), (0x2E80, 0x2FDF), (0x3005, 0x3007),
    (0x3041, 0x309F), (0x30A1, 0x30FA), (0x30FC, 0x30FF), (0x31F0, 0x31FF), (0x3400, 0x4DBF),
    (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x323AF),
)  # fmt: skip
#: Where ten digits of other scripts begin: Arabic, Persian, Devanagari, Bengali, Thai.
_ZEROS = (0x0660, 0x06F0, 0x0966, 0x09E6, 0x0E50)
#: Letters that no normalisation takes apart, as people without them type them.
_LETTERS = {
    "ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "ł": "l", "ħ": "h", "ŋ": "n",
    "ı": "i", "ĸ": "k", "ŧ": "t", "ς": "σ", "ى": "ي", "ٱ": "ا", "ی": "ي", "ک": "ك", "ة": "ه",
}  # fmt: skip
#: How German, Danish, Norwegian and Swedish write their letters out.
_WRITTEN_OUT = (
    ("a\u0308", "ae"),
    ("o\u0308", "oe"),
    ("u\u0308", "ue"),
    ("a\u030a", "aa"),
    ("ø", "oe"),
)


def _within(code: int, ranges: tuple[tuple[int, int], ...]) -> bool:
    return any(low <= code <= high for low, high in ranges)


class _Fold(dict[int, str]):
    """What becomes of each character, worked out when it is first met."""

    def __missing__(self, code: int) -> str:
        self[code] = folded = _fold_character(code)
        return folded


def _fold_character(code: int) -> str:
    character = chr(code)
    if character in _LETTERS:
        return _LETTERS[character]
    if _within(code, _DROPPED_MARKS) or _within(code, _INVISIBLE):
        return ""
    for zero in _ZEROS:
        if zero <= code < zero + 10:
            return str(code - zero)
    return character if unicodedata.category(character)[0] in "LMN" else " "


_FOLD = _Fold()
_SEGMENT = re.compile(
    "[0-9]+|([{0}]+)|[^0-9{0}]+".format("".join(f"{chr(low)}-{chr(high)}" for low, high in _UNSPACED))
)
#: Where a new word begins inside one, as in file names: ``MonaLisa``.
_HUMP = re.compile("(?<=[a-z])(?=[A-Z])|(?<=[a-z][\u0300-\u036f])(?=[A-Z])")
_IMAGE_ID = re.compile("[0-9a-f]{20}")


def extract_terms(text: str) -> frozenset[str]:
    """Return the terms of a text.

    Parameters
    ----------
    text : str
        Anything a user wrote.

    Returns
    -------
    frozenset of str
        Words (folded; with umlauts both bare and written out; ``MonaLisa`` whole and in parts), runs of digits, pairs
        of characters of scripts without spaces (and the last character of a run), and runs that mix letters and
        digits, after ``#``.
    """
    return _extract_short(text) if len(text) <= 80 else _extract(text)


def _extract(text: str) -> frozenset[str]:
    plain = unicodedata.normalize("NFKD", text)
    lowered = unicodedata.normalize("NFKD", plain.lower())
    written = lowered
    for letter, spelling in _WRITTEN_OUT:
        written = written.replace(letter, spelling)
    parted = unicodedata.normalize("NFKD", _HUMP.sub(" ", plain).lower())
    terms: set[str] = set()
    for spelling in dict.fromkeys((lowered, written, parted)):
        for run in unicodedata.normalize("NFC", spelling.translate(_FOLD)).split():
            _add_run(run, terms)
    return frozenset(terms)


# Categories, tags and folders come again and again.
_extract_short = lru_cache(maxsize=16_384)(_extract)


def _add_run(run: str, terms: set[str]) -> None:
    group: list[str] = []
    for match in _SEGMENT.finditer(run):
        if match.group(1) is None:
            group.append(match.group())
            continue
        _add_group(group, terms)
        group = []
        characters = match.group()
        terms.update(characters[k : k + 2] for k in range(len(characters)))
    _add_group(group, terms)


def _add_group(group: list[str], terms: set[str]) -> None:
    """Add the letters and digits that stand together."""
    if not group:
        return
    whole = "".join(group)
    is_image_id = _IMAGE_ID.fullmatch(whole) is not None
    if len(group) > 1 or is_image_id:
        terms.add((CODE_MARK + whole)[:MAX_TERM_CHARS])
    if len(group) == 1 or (len(group) <= MAX_PARTS and not is_image_id):
        terms.update(part[:MAX_TERM_CHARS] for part in group)


def is_word(term: str) -> bool:
    """Tell whether a term is a word: letters of a script with spaces."""
    match = _SEGMENT.match(term)
    is_spaced = match is not None and match.group(1) is None
    return is_spaced and term[0] != CODE_MARK and not "0" <= term[0] <= "9"
