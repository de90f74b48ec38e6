"""Text of others as text alone: what is marked up as HTML loses its marks.

Belongs here: one value to plain text, and the choice among languages. Does not belong here: where values come from
(``iiif_manifest``).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from html.parser import HTMLParser

_MARKED = re.compile(r"<[a-zA-Z/!][^>]*>|&(?:#\d+|#x[\da-fA-F]+|[a-zA-Z][a-zA-Z\d]+);")
_BREAKS = frozenset({"br", "p", "div", "li", "tr", "h1", "h2", "h3", "h4", "h5", "h6", "dd", "dt"})
_UNSEEN = frozenset({"script", "style", "template", "head", "title"})
#: A longer value is cut: it is no word about a picture.
MOST_CHARACTERS = 20_000


class _Reader(HTMLParser):
    """Gathers the text of a piece of HTML."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._unseen = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        self._unseen += tag in _UNSEEN
        if tag in _BREAKS:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self._unseen -= tag in _UNSEEN and self._unseen > 0
        if tag in _BREAKS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self.parts.append(data)


def read_text(value: str) -> str:
    """Return a value that may be HTML as plain text: blanks made one, lines kept, no control characters."""
    value = value[:MOST_CHARACTERS]
    if _MARKED.search(value):
        reader = _Reader()
        reader.feed(value)
        reader.close()
        value = "".join(reader.parts)
    lines = ["".join(c if c.isprintable() else " " for c in line) for line in value.splitlines()]
    return "\n".join(filter(None, (" ".join(line.split()) for line in lines)))


def choose_language(values: Mapping[str, Sequence[str]], wanted: str) -> Sequence[str]:
    """Return the values in the language that fits best.

    Parameters
    ----------
    values : mapping of str to sequence of str
        By language tag (BCP 47); ``none`` and ``@none``: of no language.
    wanted : str
        The site's language. After it (``pt`` also stands for ``pt-BR``, and the other way round) come values of no
        language, English, and the first that there is.
    """
    filled = {tag.casefold(): texts for tag, texts in values.items() if any(texts)}
    main = wanted.casefold().partition("-")[0]
    kin = [tag for tag in filled if tag.partition("-")[0] == main]
    for tag in (wanted.casefold(), main, *kin, "none", "@none", "", "en", "en-us", "en-gb", *filled):
        if tag in filled:
            return filled[tag]
    return ()
