"""Variants of the map of similarity, as one line of the settings says them.

Belongs here: reading such a line, the name and the title of what it asks for. Does not belong here: the settings that
hold the lines (``sections``), making maps (``layouts``).
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

#: The keys that a line may hold, with what they are.
KEYS = {
    "n_neighbors": "2 to 200",
    "min_dist": "0 to 1",
    "target": "the name of a field, or nothing",
    "title": "what the menu calls it",
}
#: Characters of a field that the name of a variant repeats.
_MOST_NAMED = 24


@dataclass(frozen=True, slots=True)
class Variant:
    """What a variant has of its own; None: as the map itself.

    Attributes
    ----------
    n_neighbors : int or None
        Within [2, 200].
    min_dist : float or None
        Within [0, 1], in thousandths.
    target : str or None
        Field whose values are drawn together; empty: none, even if the map itself has one.
    title : str
        What the menu calls it; empty: made of the others. It does not shape the layout.
    """

    n_neighbors: int | None = None
    min_dist: float | None = None
    target: str | None = None
    title: str = ""

    @property
    def name(self) -> str:
        """The layout's name: letters, digits and ``_``; different ones for different maps."""
        parts = ["umap"]
        if self.n_neighbors is not None:
            parts.append(f"n{self.n_neighbors}")
        if self.min_dist is not None:
            parts.append(f"d{self.min_dist:g}".replace(".", "_"))
        if self.target is not None:
            parts += ["by", _slug(self.target) if self.target else "nothing"]
        return "_".join(parts)

    @property
    def label(self) -> str:
        """The layout's title."""
        if self.title:
            return self.title
        numbers = []
        if self.n_neighbors is not None:
            numbers.append(f"{self.n_neighbors} neighbours")
        if self.min_dist is not None:
            numbers.append(f"distance {self.min_dist:g}")
        guided = {None: "", "": " alone"}.get(self.target, f" by {self.target}")
        return ", ".join([f"Similarity{guided}", *numbers])

    @property
    def overrides(self) -> dict[str, int | float | str]:
        """The settings of the map that it replaces."""
        own = {"n_neighbors": self.n_neighbors, "min_dist": self.min_dist, "target": self.target}
        return {key: value for key, value in own.items() if value is not None}


def parse_variant(line: str) -> Variant:
    """Return what a line such as ``n_neighbors = 50, min_dist = 0.5`` asks for.

    Raises
    ------
    ValueError
        Saying what is wrong and what was expected.
    """
    said: dict[str, str] = {}
    for part in line.split(","):
        key, equals, value = (piece.strip() for piece in part.partition("="))
        if not equals or key not in KEYS or key in said:
            known = "; ".join(f"{name} ({what})" for name, what in KEYS.items())
            raise ValueError(
                f"{line!r}: expected `key = value` pairs, each once, with commas between them, of {known}"
            )
        said[key] = value
    if not said.keys() - {"title"}:
        raise ValueError(f"{line!r}: a title alone makes no other map; add n_neighbors, min_dist or target")
    return Variant(
        n_neighbors=_read_count(said.get("n_neighbors")),
        min_dist=_read_distance(said.get("min_dist")),
        target=said.get("target"),
        title=said.get("title", "")[:60],
    )


def _read_count(text: str | None) -> int | None:
    if text is None:
        return None
    if not re.fullmatch(r"\d{1,3}", text) or not 2 <= int(text) <= 200:
        raise ValueError(f"n_neighbors is {text!r}; expected a whole number, 2 to 200")
    return int(text)


def _read_distance(text: str | None) -> float | None:
    if text is None:
        return None
    if not re.fullmatch(r"[01]|[01]?\.\d{1,3}", text) or float(text) > 1:
        raise ValueError(f"min_dist is {text!r}; expected 0 to 1, with three decimals at most")
    return float(text)


def _slug(field: str) -> str:
    """Return a field's name as letters, digits and ``_``; a hash tells apart what looks alike then."""
    plain = field.casefold()
    slug = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[:_MOST_NAMED]
    return slug if slug == plain else f"{slug}_{hashlib.sha256(plain.encode()).hexdigest()[:6]}".lstrip("_")
