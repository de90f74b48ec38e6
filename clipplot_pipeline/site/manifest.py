"""The manifest as a reader takes it: every key's type, and only addresses that the format allows.

Belongs here: the shape of ``manifest.json``. Does not belong here: other JSON (``parts``), whether the files hold what
they should (``verify``).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, model_validator

from clipplot_pipeline.errors import SiteError
from clipplot_pipeline.model import FieldKind, Segment
from clipplot_pipeline.site.format import FORMAT_MAJOR, FORMAT_NAME, is_path
from clipplot_pipeline.site.parts import Count, Finite, Part, read_part


def _allow_path(path: str) -> str:
    # A template's {…} stands for digits.
    if not is_path(path.replace("{xx}", "0").replace("{id}", "0").replace("{n}", "0")):
        raise ValueError("not a path that the format allows")
    return path


SitePath = Annotated[str, AfterValidator(_allow_path)]


class ColumnEntry(Part):
    """Where a column lies."""

    path: SitePath


class SegmentEntry(Part):
    """A segment of the tiles."""

    id: str = Field(pattern=r"^[0-9a-f]{20}$")
    first_rank: Count
    count: int = Field(ge=1)


class ViewerEntry(Part):
    """The viewer's files that the loader starts."""

    script: SitePath
    style: SitePath


class SmallTilesEntry(Part):
    """Tiles of another size than most: that size, and the sides of the cells that lie in such."""

    tile_px: int = Field(ge=1)
    levels: list[int] = Field(min_length=1)


class TilesEntry(Part):
    """Size of a tile and of its cells."""

    tile_px: int = Field(ge=1)
    levels: list[int] = Field(min_length=1)
    small: SmallTilesEntry | None = None

    @property
    def sides(self) -> dict[int, int]:
        """Side of a full tile of every level, by the side of its cells, rising. Unit: px."""
        small = dict.fromkeys(self.small.levels, self.small.tile_px) if self.small else {}
        return dict(sorted((dict.fromkeys(self.levels, self.tile_px) | small).items()))


class MicroEntry(Part):
    """The micro-thumbnails: a file for each chunk of ranks."""

    ranks_per_chunk: int = Field(ge=1)
    paths: list[SitePath]


class OverviewEntry(Part):
    """Tiles of the foremost images of ``boot``: all of one level."""

    segment: str = Field(pattern=r"^[0-9a-f]{20}$")
    level: int = Field(ge=1)
    count: int = Field(ge=1)


class BootEntry(Part):
    """What is shown first of a large site."""

    path: SitePath
    count: int = Field(ge=1)
    overview: OverviewEntry


class DetailsEntry(Part):
    """The large pictures."""

    path: SitePath
    short_side_px: int = Field(ge=1)


class CloseupsEntry(Part):
    """What opens when a picture is enlarged: files of the site, or another server."""

    kind: Literal["picture", "tiles", "link", "iiif"]
    path: SitePath | None = None
    origin: str | None = Field(None, pattern=r"^https://[a-z0-9.-]+(:\d{1,5})?$")

    @model_validator(mode="after")
    def _has_place(self) -> CloseupsEntry:
        is_own = self.kind in ("picture", "tiles")
        if (self.path is None) is is_own or (self.origin is None) is not is_own:
            raise ValueError("expected `path` for pictures and tiles, `origin` for others")
        return self


class WordsEntry(Part):
    """The blocks of words."""

    path: SitePath
    ranks_per_block: int = Field(ge=1)


class SearchEntry(Part):
    """The search index: its folder, and how many dictionaries it has."""

    folder: str = Field(pattern=r"^q/[0-9a-f]{16}$")
    dictionaries: Count
    reversed_dictionaries: Count


class ConceptsEntry(Part):
    """Guessed words: their folder, how many words and files of postings it has, and what guessed them."""

    folder: str = Field(pattern=r"^k/[0-9a-f]{16}$")
    words: int = Field(ge=1)
    files: int = Field(ge=1)
    model: str


class LinkEntry(Part):
    """A link of the publisher's."""

    title: str
    url: str = Field(pattern=r"^(https?://|mailto:)")


class BrandEntry(Part):
    """The looks of the site: its style, its logo, all its files, and the publisher's links."""

    style: SitePath
    logo: SitePath | None = None
    files: list[SitePath]
    links: list[LinkEntry] = Field(default_factory=list)


class SpreadEntry(Part):
    """A layout's positions with room for pictures, for windows of one shape."""

    positions: str
    picture_size: Annotated[float, Field(gt=0, le=2)]
    aspect: Annotated[float, Field(gt=0, allow_inf_nan=False)]


class PagesEntry(Part):
    """The plain pages that list every image: their folder, and how many there are."""

    folder: SitePath
    count: Count


class CellsEntry(Part):
    """A part of the world where images stand in square cells; ``min`` and ``max`` are corners, x and y."""

    min: tuple[Finite, Finite] = Field(strict=False)
    max: tuple[Finite, Finite] = Field(strict=False)
    side: Annotated[float, Field(gt=0, le=2)]


class TallEntry(Part):
    """A layout's arrangement for tall windows."""

    positions: str
    labels: SitePath | None
    ground: SitePath | None = None
    cells: list[CellsEntry] = Field(default_factory=list)


class LayoutEntry(Part):
    """One layout; without positions it has a reason."""

    name: str
    title: str
    description: str
    positions: str | None
    labels: SitePath | None
    reason: str | None = None
    spreads: list[SpreadEntry] = Field(default_factory=list)
    ground: SitePath | None = None
    cells: list[CellsEntry] = Field(default_factory=list)
    tall: TallEntry | None = None

    @property
    def arrangements(self) -> Sequence[LayoutEntry | TallEntry]:
        """The layout itself, and as it is in tall windows."""
        return (self, self.tall) if self.tall else (self,)


class LevelEntry(Part):
    """One level of clusters."""

    column: str
    labels: SitePath


class LevelsEntry(Part):
    """All levels of clusters."""

    levels: list[LevelEntry]


class DuplicatesEntry(Part):
    """Near-duplicates: the columns of groups and of roles, and how many groups and images in them there are."""

    column: str
    roles: str
    groups: Annotated[int, Field(ge=1)]
    images: Annotated[int, Field(ge=2)]


class MeasureEntry(Part):
    """A number about every image, made by clipplot."""

    name: str = Field(pattern=r"^[a-z]+$")
    title: str
    description: str
    column: str


class FieldEntry(Part):
    """One metadata field."""

    name: str
    title: str
    kind: FieldKind
    column: str | None = None
    values: SitePath | None = None


class Manifest(Part):
    """``manifest.json`` (site format §2)."""

    build_id: str = Field(pattern=r"^[0-9a-f]{12}$")
    title: str
    tagline: str
    brand: BrandEntry | None = None
    image_count: Count
    rank_order: str = Field(pattern=r"^[0-9a-f]{16}$")
    viewer: ViewerEntry
    about: SitePath
    pages: PagesEntry | None = None
    tiles: TilesEntry
    segments: list[SegmentEntry]
    details: DetailsEntry | None
    closeups: CloseupsEntry | None = None
    micro: MicroEntry | None = None
    boot: BootEntry | None = None
    words: WordsEntry
    search: SearchEntry | None = None
    concepts: ConceptsEntry | None = None
    columns: dict[str, ColumnEntry]
    home_layout: str
    layouts: list[LayoutEntry] = Field(min_length=1)
    clusters: LevelsEntry
    duplicates: DuplicatesEntry | None = None
    measures: list[MeasureEntry] = Field(default_factory=list)
    fields: list[FieldEntry]
    exports: dict[str, SitePath] = Field(default_factory=dict)
    counts: dict[str, Count]
    tombstones: list[Count] = Field(default_factory=list)

    @property
    def overview(self) -> Segment | None:
        """The overview's tiles, as if they were those of a segment."""
        shown = self.boot.overview if self.boot else None
        return Segment(shown.segment, 0, shown.count) if shown else None

    @property
    def tile_segments(self) -> tuple[Segment, ...]:
        """The segments as the model has them."""
        return tuple(Segment(s.id, s.first_rank, s.count) for s in self.segments)


def read_manifest(value: Mapping[str, Any] | bytes, name: str = "manifest.json") -> Manifest:
    """Return a manifest, given as JSON text or as its value.

    Raises
    ------
    SiteError
        If its major version is newer than this reader, or a key is missing or wrong.
    """
    try:
        plain = json.loads(value) if isinstance(value, bytes) else dict(value)
    except ValueError as error:
        raise SiteError(f"{name}: not JSON ({error}); publish the site again") from error
    version = plain.get("format") if isinstance(plain, dict) else None
    if not isinstance(version, dict) or version.get("name") != FORMAT_NAME:
        raise SiteError(
            f"{name}: format {version!r}; expected the name {FORMAT_NAME!r}: this is no clipplot site"
        )
    major = version.get("major")
    if not isinstance(major, int) or major > FORMAT_MAJOR:
        raise SiteError(
            f"{name}: {FORMAT_NAME} {major}.{version.get('minor')}; this reader knows up to "
            f"{FORMAT_MAJOR}.x; update clipplot"
        )
    return read_part(Manifest, json.dumps(plain).encode(), name)
