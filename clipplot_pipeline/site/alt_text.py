"""What to call a picture, and what to say in its place to those who do not see it.

Belongs here: choosing among the user's words, the same way as the viewer's ``data/alt_text.ts``; both are held to
``tests/site/alt_text_vectors.json``. Does not belong here: cleaning cells (``fields``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from clipplot_pipeline.model import Field

#: Names of fields, in lower case, by what they are for; those that come first count most.
ALT_NAMES = (
    "alt",
    "alt_text",
    "alttext",
    "alt text",
    "alternative text",
    "alternative_text",
    "alternativtext",
)
TITLE_NAMES = ("title", "name", "titel", "titre", "título", "titolo", "caption", "label")
DESCRIPTION_NAMES = (
    "description", "caption", "abstract", "summary", "beschreibung", "descripción", "descrição", "descrizione",
    "beschrijving", "beskrivning", "beskrivelse", "описание", "說明", "説明",
)  # fmt: skip
YEAR_NAMES = ("year", "date", "jahr", "datum", "année", "annee", "año", "anno", "jaar", "год")
#: A title longer than this is no name.
MAX_NAME_CHARS = 160
#: Longer texts are cut at a word.
MAX_ALT_CHARS = 300
#: Categories beside a name.
MAX_CATEGORIES = 1


class Captions:
    """Chooses words for the pictures of a site.

    Parameters
    ----------
    fields : sequence of Field
        The metadata fields, in the manifest's order.
    """

    def __init__(self, fields: Sequence[Field]) -> None:
        self._alt, self._title, self._description = (
            _order(fields, names) for names in (ALT_NAMES, TITLE_NAMES, DESCRIPTION_NAMES)
        )
        self._categories = [field.name for field in fields if field.kind == "category"]
        self._years = [
            field.name
            for field in fields
            if field.kind == "date" or (field.kind == "number" and field.name.lower() in YEAR_NAMES)
        ]

    def name(self, cells: Mapping[str, Any], path: str) -> str:
        """Return what to call a picture: its title, else the name of its file.

        Parameters
        ----------
        cells : mapping
            By the field's name, as the site shows them; blank ones absent or None.
        path : str
            Of the file.
        """
        return self._find_title(cells) or path.rpartition("/")[2]

    def describe(self, cells: Mapping[str, Any], path: str) -> str:
        """Return the alternative text: the user's own, else title and description, else name and facts."""
        own = _find(self._alt, cells)
        if own is not None:
            return _cut(own)
        title = self._find_title(cells)
        description = _find(self._description, cells)
        if description is not None:
            return _cut(description if title is None or title in description else f"{title}. {description}")
        name = self.name(cells, path)
        facts = self.facts(cells, name)
        return _cut(f"{name} ({', '.join(facts)})" if facts else name)

    def facts(self, cells: Mapping[str, Any], name: str) -> list[str]:
        """Return the few words that stand beside a name: a year or date, and a category."""
        categories = [text for field in self._categories if (text := cells.get(field)) and text != name]
        years = [str(cells[field]) for field in self._years if cells.get(field) is not None]
        return [*years[:1], *list(dict.fromkeys(categories))[:MAX_CATEGORIES]]

    def _find_title(self, cells: Mapping[str, Any]) -> str | None:
        return _find(self._title, cells, MAX_NAME_CHARS)


def _order(fields: Sequence[Field], names: Sequence[str]) -> list[str]:
    """Return the fields that have one of the names, in the order of the names."""
    texts = [field.name for field in fields if field.kind in {"text", "category"}]
    return [field for name in names for field in texts if field.lower() == name]


def _find(names: Sequence[str], cells: Mapping[str, Any], max_chars: int | None = None) -> str | None:
    for name in names:
        cell = cells.get(name)
        if isinstance(cell, str) and cell.strip() and (max_chars is None or len(cell) <= max_chars):
            return " ".join(cell.split())
    return None


def _cut(text: str) -> str:
    """Return a text that is cut at a word if it is long."""
    if len(text) <= MAX_ALT_CHARS:
        return text
    start = text[:MAX_ALT_CHARS]
    return (start.rpartition(" ")[0] or start) + "…"
