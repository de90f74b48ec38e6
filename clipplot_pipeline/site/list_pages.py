"""The site without its map: plain pages that list every picture by group, to read and print, without a script.

Belongs here: which pictures stand on which page, and what is said of them. Does not belong here: their look
(``templates``), choosing words (``alt_text``).
"""

from __future__ import annotations

import hashlib
import re
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import groupby
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from clipplot_pipeline.model import ClusterLevel
from clipplot_pipeline.site.alt_text import Captions
from clipplot_pipeline.site.content import SiteContent
from clipplot_pipeline.site.fields import clean_cell
from clipplot_pipeline.site.format import detail_path, detail_template
from clipplot_pipeline.site.pages import environment
from clipplot_pipeline.site.search_postings import Spool
from clipplot_pipeline.site.sensitive import flag_sensitive
from clipplot_pipeline.zorder import bound_prefix, cells_per_tile, decode_morton, tile_path

PER_PAGE = 200
#: The finest level of groups that has no more than so many of them.
MAX_GROUPS = 400
#: Height of a thumbnail, and bounds of its width. Unit: px.
HEIGHT_PX = 128
MIN_WIDTH_PX, MAX_WIDTH_PX, MIN_HEIGHT_PX = 48, 288, 24
#: Pictures that stand for a group in the overview.
MAX_REPRESENTATIVES = 4
FOLDER = "list"
INDEX_PAGE = "index.html"
STYLE = "list.css"

_IMAGE_ID = re.compile(rb'<li id="i([0-9a-f]{20})">')


class Thumbnail(NamedTuple):
    """A cell of a tile, drawn as a picture: tile, its size, the cell's box, the size to draw it at. Unit: px."""

    path: str
    tile_width: int
    tile_height: int
    left: int
    top: int
    side: int
    width: int
    height: int


class Entry(NamedTuple):
    """One picture of a page."""

    image_id: str
    name: str
    alt: str
    facts: tuple[str, ...]
    path: str
    detail: str | None
    larger: str | None
    is_sensitive: bool
    thumbnail: Thumbnail


class Group(NamedTuple):
    """A group of the overview: number, name, size, the page where it begins, and some of its pictures."""

    number: int
    name: str
    size: int
    page: int
    entries: tuple[Entry, ...]


class Section(NamedTuple):
    """The part of a group that is on one page."""

    number: int
    name: str
    size: int
    is_continued: bool
    entries: tuple[Entry, ...]


@dataclass(frozen=True)
class ListPages:
    """The pages of a site; each is made when it is asked for.

    Attributes
    ----------
    content : SiteContent
        Of the site.
    ranked : pyarrow.Table
        Its catalog in rank order.
    brand : mapping or None
        What the manifest says of the site's looks.
    """

    content: SiteContent
    ranked: pa.Table
    brand: Mapping[str, Any] | None = None

    @property
    def count(self) -> int:
        """Number of pages, beside the overview."""
        return -(-int(self.ranked.num_rows) // PER_PAGE)

    @cached_property
    def _captions(self) -> Captions:
        return Captions(self.content.fields)

    @cached_property
    def _level(self) -> ClusterLevel | None:
        levels = [level for level in self.content.clusters.levels if level.count <= MAX_GROUPS]
        return levels[-1] if levels else None

    @cached_property
    def _groups(self) -> NDArray[np.int64]:
        """Number of the group of every rank; -1: none."""
        if self._level is None:
            return np.zeros(self.ranked.num_rows, np.int64)
        groups: NDArray[np.int64] = self._level.cluster[self.content.ranks].astype(np.int64)
        return groups

    @cached_property
    def _order(self) -> NDArray[np.int64]:
        """Ranks in the order of the pages: groups by where they lie on the map, those in none last."""
        ranks = np.arange(len(self._groups))
        count = int(self._groups.max(initial=-1)) + 1
        sizes = np.bincount(self._groups + 1, minlength=count + 1)
        middles = np.bincount(self._groups + 1, weights=ranks, minlength=count + 1) / np.maximum(sizes, 1)
        middles[0] = np.inf
        order: NDArray[np.int64] = np.lexsort((ranks, self._groups, middles[self._groups + 1]))
        return order

    def render(self, name: str) -> bytes:
        """Return a file by its name."""
        if name == STYLE:
            return environment.get_template("list.css").render().encode()
        common: dict[str, Any] = {"content": self.content, "brand": self.brand, "page_count": self.count}
        common["image_count"] = self.ranked.num_rows
        if name == INDEX_PAGE:
            template = environment.get_template("list_index.html.j2")
            return template.render(**common, groups=self._describe_groups()).encode()
        number = int(name.partition(".")[0])
        places = range((number - 1) * PER_PAGE, min(number * PER_PAGE, self.ranked.num_rows))
        template = environment.get_template("list.html.j2")
        page = template.render(
            **common,
            number=number,
            first=places[0] + 1,
            last=places[-1] + 1,
            sections=self._describe_page(places),
        )
        return page.encode()

    def _name_group(self, number: int) -> str:
        if self._level is None:
            return ""
        return (self._level.names[number] or f"Group {number + 1}") if number >= 0 else "In no group"

    def _describe_page(self, places: range) -> list[Section]:
        ranks = self._order[places.start : places.stop]
        entries = iter(self._describe_entries(ranks))
        sizes = np.bincount(self._groups + 1)
        sections: list[Section] = []
        for number, members in groupby(self._groups[ranks].tolist()):
            part = tuple(next(entries) for _ in members)
            before = self._groups[self._order[places.start - 1]] if places.start and not sections else None
            name = self._name_group(number)
            sections.append(Section(number, name, int(sizes[number + 1]), before == number, part))
        return sections

    def _describe_groups(self) -> list[Group]:
        """Return the groups in the order of the pages."""
        if self._level is None:
            return []
        ordered = self._groups[self._order]
        starts = np.flatnonzero(np.diff(ordered, prepend=-2))
        groups = []
        for start, end in zip(starts.tolist(), [*starts[1:].tolist(), len(ordered)], strict=True):
            number = int(ordered[start])
            rows = self._level.representatives[number][:MAX_REPRESENTATIVES] if number >= 0 else ()
            ranks = (
                self._rank_of_row[list(rows)] if rows else self._order[start : start + MAX_REPRESENTATIVES]
            )
            entries = tuple(self._describe_entries(np.asarray(ranks)))
            groups.append(
                Group(number, self._name_group(number), end - start, start // PER_PAGE + 1, entries)
            )
        return groups

    @cached_property
    def _rank_of_row(self) -> NDArray[np.int64]:
        return np.argsort(self.content.ranks)

    @cached_property
    def _sensitive(self) -> NDArray[np.uint8]:
        return flag_sensitive(self.ranked, self.content.fields, self.content.sensitive)

    def _describe_entries(self, ranks: NDArray[np.int64]) -> list[Entry]:
        fields, captions = self.content.fields, self._captions
        columns = ["image_id", "paths", "width_px", "height_px", *(field.name for field in fields)]
        rows = self.ranked.select(list(dict.fromkeys(columns))).take(pa.array(ranks)).to_pylist()
        template = detail_template(self.content.rendition) if self.content.rendition else None
        closeups = self.content.closeups
        entries = []
        for rank, cell, row in zip(ranks.tolist(), self._find_cells(ranks), rows, strict=True):
            words = {field.name: clean_cell(field, row[field.name]) for field in fields}
            path = row["paths"][0]
            name = captions.name(words, path)
            entries.append(
                Entry(
                    row["image_id"],
                    name,
                    captions.describe(words, path),
                    tuple(captions.facts(words, name)),
                    path,
                    detail_path(template, row["image_id"]) if template else None,
                    closeups.link(int(self.content.ranks[rank]), row["image_id"]) if closeups else None,
                    bool(self._sensitive[rank]),
                    Thumbnail(*cell, *_fit(row["width_px"] / row["height_px"])),
                )
            )
        return entries

    def _find_cells(self, ranks: NDArray[np.int64]) -> list[tuple[str, int, int, int, int, int]]:
        """Return, for every rank, its tile, the tile's size, and the cell's place and side in it."""
        level, segments = max(self.content.levels), self.content.segments
        number = np.searchsorted([s.first_rank for s in segments], ranks, side="right") - 1
        places = ranks - np.array([s.first_rank for s in segments])[number]
        cells = cells_per_tile(level)
        columns, rows = decode_morton(places % cells)
        found = []
        for k, place, column, row in zip(number, places, columns.tolist(), rows.tolist(), strict=True):
            segment, tile = segments[int(k)], int(place) // cells
            width, height = _measure_tile(min(cells, segment.count - tile * cells))
            path = tile_path(segment.id, level, tile)
            found.append((path, width * level, height * level, column * level, row * level, level))
        return found


_measure_tile = lru_cache(maxsize=4_096)(bound_prefix)


def _fit(aspect: float) -> tuple[int, int]:
    """Return the size at which to draw a picture. Unit: px."""
    width = min(max(round(HEIGHT_PX * aspect), MIN_WIDTH_PX), MAX_WIDTH_PX)
    return width, min(HEIGHT_PX, max(MIN_HEIGHT_PX, round(width / aspect)))


class ListFile(NamedTuple):
    """One file: its name, its size, and where its bytes wait, compressed."""

    name: str
    size_bytes: int
    start: int
    packed_bytes: int


@dataclass(frozen=True, slots=True)
class PlannedList:
    """All pages, made once.

    Attributes
    ----------
    count : int
        Pages beside the overview.
    files : tuple of ListFile
        Overview, style and pages.
    digest : str
        Over all of them.
    spool : Spool
        Holds their bytes.
    """

    count: int
    files: tuple[ListFile, ...]
    digest: str
    spool: Spool

    def read_later(self, file: ListFile) -> Callable[[], bytes]:
        """Return what gives a file's bytes when it is called."""
        return lambda: zlib.decompress(self.spool.read(file.start, file.packed_bytes))


def plan_list(content: SiteContent, ranked: pa.Table, brand: Mapping[str, Any] | None = None) -> PlannedList:
    """Make all pages of a site; they wait on disk.

    Parameters
    ----------
    content : SiteContent
        Of the site.
    ranked : pyarrow.Table
        Its catalog in rank order.
    brand : mapping, optional
        What the manifest says of the site's looks.
    """
    pages, spool = ListPages(content, ranked, brand), Spool()
    files, digest = [], hashlib.sha256()
    for name in name_pages(pages.count):
        data = pages.render(name)
        packed = zlib.compress(data, 1)
        digest.update(f"{name} {len(data)}\n".encode() + data)
        files.append(ListFile(name, len(data), spool.append(packed), len(packed)))
    return PlannedList(pages.count, tuple(files), digest.hexdigest(), spool)


def name_pages(count: int) -> Iterator[str]:
    """Yield the names of all files of so many pages."""
    yield STYLE
    yield INDEX_PAGE
    yield from (f"{number}.html" for number in range(1, count + 1))


def find_images(page: bytes) -> list[str]:
    """Return the image ids that a page lists."""
    return [found.decode() for found in _IMAGE_ID.findall(page)]
