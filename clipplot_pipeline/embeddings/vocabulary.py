"""The words that pictures are compared with: the packaged ones, and those of the user.

Belongs here: reading lists of words, and the sentences in which a word is put to a model. Does not belong here: their
vectors (``texts``), scores (``concepts``).

A list is plain text. Words lie between commas and ends of lines; ``[heading]`` holds until the next one and may name
sentences, ``[heading: a photo of {}. | {}]``; a line that begins with ``#`` is a remark; ``- word`` leaves a packaged
word out.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from clipplot_pipeline.errors import SettingsError

#: Sentences of words whose heading names none.
TEMPLATES = ("a photo of {}.", "a picture of {}.", "{}")
OWN_HEADING = "own words"
#: Characters of a word or heading, and words of a list, at most.
LONGEST, MOST = 80, 20_000
_HEADING = re.compile(r"\[([^\]:]*)(?::([^\]]*))?\]")


@dataclass(frozen=True, slots=True)
class Concept:
    """A word with its heading and the sentences in which it is put to a model."""

    word: str
    heading: str
    sentences: tuple[str, ...]

    @property
    def key(self) -> str:
        """20 hex digits over the sentences: equal ones have equal vectors."""
        return hashlib.sha256("\n".join(self.sentences).encode()).hexdigest()[:20]


def read_packaged() -> str:
    """Return the packaged list as text."""
    return _packaged_text()


@cache
def _packaged_text() -> str:
    return (files(__package__) / "vocabulary.txt").read_text(encoding="utf-8")


def hash_packaged() -> str:
    """Return 8 hex digits over the packaged list."""
    return hashlib.sha256(read_packaged().encode()).hexdigest()[:8]


def compose_vocabulary(packaged: str, own: str = "") -> tuple[Concept, ...]:
    """Return the words of two lists, the user's first, each once.

    Parameters
    ----------
    packaged, own : str
        Texts of lists; either may be empty. What is said of a word in ``own`` goes before.

    Raises
    ------
    SettingsError
        If a list has a sentence without its place for the word, a word that is too long, or too many of them.
    """
    said = list(_parse(own, OWN_HEADING))
    dropped = {_fold(c.word[1:]) for c in said if c.word.startswith("-")}
    wanted = [c for c in said if not c.word.startswith("-")]
    wanted += [c for c in _parse(packaged, "") if _fold(c.word) not in dropped]
    first: dict[str, Concept] = {}
    for concept in wanted:
        first.setdefault(_fold(concept.word), concept)
    concepts = tuple(first.values())
    if len(concepts) > MOST:
        raise SettingsError(
            f"own_concepts: {len(concepts):,} words; expected at most {MOST:,}; shorten the list"
        )
    return concepts


def _fold(word: str) -> str:
    return " ".join(word.casefold().split())


def _parse(text: str, heading: str) -> Iterator[Concept]:
    templates: tuple[str, ...] = TEMPLATES
    lines = [line for line in text.removeprefix("\ufeff").splitlines() if not line.lstrip().startswith("#")]
    parts = _HEADING.split("\n".join(lines))
    # Text, then heading, sentences and text again and again.
    for number in range(0, len(parts), 3):
        if number:
            heading = " ".join(parts[number - 2].split())
            templates = _read_templates(parts[number - 1], heading)
        yield from (Concept(w, heading, _fill(templates, w)) for w in _split_words(parts[number]))


def _split_words(text: str) -> Iterator[str]:
    for piece in re.split(r"[,;\n]", text):
        word = " ".join(piece.split())
        if len(word) > LONGEST:
            raise SettingsError(
                f"own_concepts: {word[:40]!r} … has {len(word)} characters; expected words of at most {LONGEST}, "
                "with commas or ends of lines between them"
            )
        if word and word != "-":
            yield word


def _read_templates(text: str | None, heading: str) -> tuple[str, ...]:
    templates = tuple(filter(None, (" ".join(part.split()) for part in (text or "").split("|"))))
    wrong = [template for template in templates if template.count("{}") != 1]
    if wrong:
        raise SettingsError(
            f"own_concepts: heading [{heading}] has the sentence {wrong[0]!r}; expected {{}} once, for the word"
        )
    return templates or TEMPLATES


def _fill(templates: tuple[str, ...], word: str) -> tuple[str, ...]:
    """Return the sentences; an article before a vowel gets its n."""
    said = (re.sub(r"\b([Aa]) \{\}", rf"\1{'n' * _has_vowel(word)} {{}}", t) for t in templates)
    return tuple(sentence.replace("{}", word) for sentence in said)


def _has_vowel(word: str) -> bool:
    return word[:1].casefold() in "aeio" and not word.casefold().startswith(("eu", "one"))
