"""The About page: what the collection is, how the map was made, what is missing from it.

Belongs here: gathering what the page says. Does not belong here: its look (``templates``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from clipplot_pipeline.model import Concepts, Reject
from clipplot_pipeline.site.alt_text import Captions
from clipplot_pipeline.site.content import SiteContent
from clipplot_pipeline.site.fields import clean_cell
from clipplot_pipeline.site.format import detail_path, detail_template
from clipplot_pipeline.site.pages import environment
from clipplot_pipeline.site.sensitive import flag_sensitive

#: Names listed of one kind (of rejects with one reason, of rows); the rest is counted.
MAX_LISTED = 500
#: Pictures shown at the head of the page.
MAX_PICTURES = 8
#: Guessed words listed.
MAX_COMMON = 24


def render_about(
    content: SiteContent, brand: Mapping[str, Any] | None = None
) -> tuple[tuple[str, bytes], ...]:
    """Return the About page and its style, as (name, bytes): ``about.html`` and ``about.css``.

    Parameters
    ----------
    content : SiteContent
        Of the site.
    brand : mapping, optional
        What the manifest says of the site's looks.
    """
    about = content.about
    paragraphs = [p.strip() for p in about.description.split("\n\n") if p.strip()]
    page = environment.get_template("about.html.j2").render(
        content=content,
        brand=brand,
        about=about,
        image_count=content.catalog.num_rows,
        paragraphs=paragraphs,
        reject_groups=_group_rejects(about.rejects),
        cluster_counts=[level.count for level in content.clusters.levels],
        layouts=[(page, _flatten_facts(page.layout.facts)) for page in content.layouts],
        filled_count=sum(page.layout.reason is None for page in content.layouts),
        pictures=_pick_pictures(content),
        guessed_words=_count_guesses(content.concepts),
        max_listed=MAX_LISTED,
    )
    style = environment.get_template("about.css").render()
    return ("about.html", page.encode()), ("about.css", style.encode())


def _count_guesses(concepts: Concepts | None) -> dict[str, Any]:
    """Return what the page says of guessed words; empty if there are none."""
    if concepts is None or not (concepts.best >= 0).any():
        return {}
    firsts = concepts.best[:, 0]
    counts = np.bincount(firsts[firsts >= 0], minlength=len(concepts.words))
    common = [concepts.words[k] for k in np.argsort(-counts, kind="stable")[:MAX_COMMON] if counts[k]]
    return {"common": common}


class _Picture(NamedTuple):
    """A detail picture to show: its address in the site, words in its place, and the size of the original."""

    path: str
    alt: str
    width_px: int
    height_px: int


def _pick_pictures(content: SiteContent) -> list[_Picture]:
    """Return pictures that stand for the largest clusters of the first level that has several."""
    levels = [level for level in content.clusters.levels if level.count >= 4] or list(content.clusters.levels)
    if not levels or not content.rendition:
        return []
    level = levels[0]
    sizes = np.bincount(level.cluster[level.cluster >= 0], minlength=level.count)
    largest = [level.representatives[k] for k in np.argsort(-sizes, kind="stable")]
    rows = _find_harmless(content, largest)[:MAX_PICTURES]
    template = detail_template(content.rendition)
    fields, captions = content.fields, Captions(content.fields)
    columns = ["image_id", "paths", "width_px", "height_px", *(field.name for field in fields)]
    cells = content.catalog.select(list(dict.fromkeys(columns))).take(pa.array(rows, pa.int64()))
    pictures = []
    for row in cells.to_pylist():
        alt = captions.describe(
            {field.name: clean_cell(field, row[field.name]) for field in fields}, row["paths"][0]
        )
        path = detail_path(template, row["image_id"])
        pictures.append(_Picture(path, alt, row["width_px"], row["height_px"]))
    return pictures


def _find_harmless(content: SiteContent, groups: Sequence[Sequence[int]]) -> list[int]:
    """Return of every group the first row that is not sensitive: the page has no veil. A group may have none."""
    rows = sorted({row for group in groups for row in group})
    table = content.catalog.take(pa.array(rows, pa.int64()))
    flags = flag_sensitive(table, content.fields, content.sensitive)
    hidden = {row for row, flag in zip(rows, flags.tolist(), strict=True) if flag}
    firsts = (next((row for row in group if row not in hidden), None) for group in groups)
    return [row for row in firsts if row is not None]


def _group_rejects(rejects: tuple[Reject, ...]) -> list[tuple[str, str, list[str]]]:
    """Return (kind, reason, paths), sorted."""
    ordered = sorted(rejects, key=lambda r: (r.kind, r.reason, r.path))
    groups = groupby(ordered, key=lambda r: (r.kind, r.reason))
    return [(kind, reason, [r.path for r in group]) for (kind, reason), group in groups]


def _flatten_facts(facts: Mapping[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    """Return facts as (name, text), nested ones with dots; long lists are left out, numbers rounded."""
    rows: list[tuple[str, str]] = []
    for name, value in sorted(facts.items()):
        if isinstance(value, Mapping):
            rows += _flatten_facts(value, f"{prefix}{name}.")
        elif isinstance(value, list | tuple):
            if len(value) <= 8:
                rows.append((prefix + name, ", ".join(_show(v) for v in value)))
        else:
            rows.append((prefix + name, _show(value)))
    return rows


def _show(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


environment.filters["show"] = _show
