"""Words of IIIF documents: labels, pairs of label and value, rights, homepages, in the language that fits best.

Belongs here: what becomes which field. Does not belong here: pictures (``iiif_manifest``).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from clipplot_pipeline.sources.plain_text import choose_language, read_text
from clipplot_pipeline.sources.table import KEYS
from clipplot_pipeline.sources.table_text import fold_header

TITLE, YEAR, AUTHOR = "Title", "year", "Author"
ATTRIBUTION, RIGHTS, LINK, DESCRIPTION = "Attribution", "Rights", "permalink", "description"
#: What a date and an author are called, in the languages that the dates are read in.
_DATES = frozenset(
    ("date", "dates", "year", "created", "published", "issued", "date created", "date issued", "date of creation",
     "date of publication", "publication date", "date published", "creation date", "date made", "production date",
     "date statement", "datum", "jahr", "entstehungszeit", "datierung", "erscheinungsjahr", "année", "date de création",
     "fecha", "año", "data", "anno", "ano", "jaar")
)  # fmt: skip
_AUTHORS = frozenset(
    ("author", "authors", "author(s)", "creator", "creators", "creator(s)", "artist", "artists", "photographer",
     "painter", "maker", "maker(s)", "composer", "autor", "verfasser", "künstler", "urheber", "fotograf", "auteur",
     "créateur", "artiste", "autore", "artista", "creador", "kunstenaar")
)  # fmt: skip
_NAV_DATE = re.compile(r"-?\d{4}(?=-\d{2})")
#: A field is called by few words; a longer label is a text itself.
_LONGEST_LABEL = 80


@dataclass(frozen=True)
class IiifText:
    """Reads words; ``language`` is the site's."""

    language: str

    def read(self, value: Any) -> list[str]:
        """Return a value as plain texts, in the best language, without empty ones."""
        by_language: dict[str, list[str]] = defaultdict(list)
        for language, text in _spread(value):
            by_language[language].append(read_text(text))
        return [text for text in choose_language(by_language, self.language) if text]

    def read_pairs(self, thing: Mapping[str, Any]) -> dict[str, list[str]]:
        """Return the pairs of label and value that a thing has, dates and authors under names of their own."""
        found: dict[str, list[str]] = {}
        for pair in thing.get("metadata") or [] if isinstance(thing.get("metadata"), list) else []:
            if not isinstance(pair, dict):
                continue
            labels = {" ".join(read_text(text).split()) for _, text in _spread(pair.get("label"))}
            label = " ".join(" ".join(self.read(pair.get("label"))).split()).rstrip(" :")[:_LONGEST_LABEL]
            values = self.read(pair.get("value"))
            if not label or not values:
                continue
            folded = {one.rstrip(" :").casefold() for one in labels}
            if folded & _AUTHORS:
                label = AUTHOR
            elif folded & _DATES:
                found.setdefault(YEAR, values[:1])
                label = "Date"
            _add(found, label, values)
        return found

    def read_fields(self, manifest: Mapping[str, Any]) -> dict[str, list[str]]:
        """Return all that a manifest says of its object, by name of the field."""
        label, pairs = self.read(manifest.get("label")), self.read_pairs(manifest)
        if label:  # it is what viewers show; a pair that is called a title mostly repeats it
            pairs = {name: values for name, values in pairs.items() if name.casefold() != TITLE.casefold()}
        found = {TITLE: label, **pairs}
        description = self.read(manifest.get("summary")) or self.read(manifest.get("description"))
        if description:
            found[DESCRIPTION] = ["\n".join(description)]
        if YEAR not in found and (date := _NAV_DATE.match(str(manifest.get("navDate") or ""))):
            found[YEAR] = [date[0]]
        _add(found, ATTRIBUTION, self._read_attribution(manifest))
        rights = [manifest.get("rights"), manifest.get("license")]
        _add(found, RIGHTS, [link for value in rights for link in self._read_links(value)][:1])
        for key in ("homepage", "related"):
            links = [link for link in self._read_links(manifest.get(key)) if LINK not in found]
            _add(found, LINK, links[:1])
        return {label: values for label, values in found.items() if values}

    def _read_attribution(self, manifest: Mapping[str, Any]) -> list[str]:
        """Return what must be shown with the pictures, and whose they are."""
        required = manifest.get("requiredStatement")
        words = self.read(required.get("value")) if isinstance(required, dict) else []
        words = words or self.read(manifest.get("attribution"))
        if not words:
            provider = manifest.get("provider")
            for one in provider if isinstance(provider, list) else []:
                words += self.read(one.get("label")) if isinstance(one, dict) else []
        return ["\n".join(words)] if words else []

    def _read_links(self, value: Any) -> Iterator[str]:
        for one in value if isinstance(value, list) else [value]:
            link = (one.get("id") or one.get("@id")) if isinstance(one, dict) else one
            if isinstance(link, str) and link.startswith(("http://", "https://")):
                yield link.strip()


def free_label(label: str) -> str:
    """Return a label that is not taken for a column that names files."""
    return f"{label} (IIIF)" if fold_header(label) in KEYS else label


def _add(found: dict[str, list[str]], label: str, values: list[str]) -> None:
    """Add values to a field, each once; labels that differ by case alone are the same."""
    known = next((name for name in found if name.casefold() == label.casefold()), label)
    own = found.setdefault(known, []) if values else []
    own += [value for value in dict.fromkeys(values) if value not in own]


def _spread(value: Any) -> Iterator[tuple[str, str]]:
    """Yield language and text of a value, however it is written down.

    Presentation 3 has languages with lists of texts; Presentation 2 a text, an object with ``@value``, or several of
    these.
    """
    if isinstance(value, str):
        yield "none", value
    elif isinstance(value, bool) or value is None:
        return
    elif isinstance(value, int | float):
        yield "none", str(value)
    elif isinstance(value, list):
        for one in value:
            yield from _spread(one) if not isinstance(one, list) else ()
    elif isinstance(value, dict) and "@value" in value:
        for _, text in _spread(value["@value"]) if not isinstance(value["@value"], dict) else ():
            yield str(value.get("@language") or "none"), text
    elif isinstance(value, dict):
        for language, texts in value.items():
            for text in texts if isinstance(texts, list) else [texts]:
                if isinstance(text, str | int | float) and not language.startswith("@"):
                    yield str(language), str(text)
