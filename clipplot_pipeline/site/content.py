"""What a site is made of, as the other stages hand it over.

Belongs here: dataclasses that check that their parts fit together. Does not belong here: files.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sized
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from clipplot_pipeline.errors import SiteError
from clipplot_pipeline.model import (
    Clusters,
    Concepts,
    Duplicates,
    Field,
    Layout,
    Measure,
    ModelCard,
    Neighbors,
    Reject,
    Segment,
)
from clipplot_pipeline.site.boot import BOOT_IMAGES
from clipplot_pipeline.site.brand import Brand
from clipplot_pipeline.site.closeups import Closeups
from clipplot_pipeline.site.format import is_image_id, is_path
from clipplot_pipeline.storage import Store
from clipplot_pipeline.zorder import LEVELS, find_cover_problems

#: Given the ids wanted, yields (image_id, JPEG) of each once, in any order.
DetailSource = Callable[[frozenset[str]], Iterable[tuple[str, bytes]]]


@dataclass(frozen=True, slots=True)
class SiteLayout:
    """A layout with the words that present it."""

    title: str
    description: str
    layout: Layout


@dataclass(frozen=True, slots=True)
class NeighborSearch:
    """How the neighbours were found.

    Attributes
    ----------
    k : int
        Neighbours of an image.
    recall : float
        Share of the true nearest that were found, within [0, 1].
    sample : int
        Images that it was measured with; 0: every image was compared with every other.
    """

    k: int
    recall: float
    sample: int


@dataclass(frozen=True, slots=True)
class AboutFacts:
    """What the About page says beside what the map shows.

    Attributes
    ----------
    description : str
        What the collection is; plain text, blank lines between paragraphs.
    rejects : tuple of Reject
        Files that could not become images.
    skipped : mapping of str to int
        Clutter left out quietly: a reason and how many files.
    unmatched_count : int
        Rows of the user's table without an image.
    unmatched_rows : tuple of str
        Rows of the user's table without an image, as the user knows them (file names).
    folded : int
        Files left out because they are identical to another.
    model_card : ModelCard or None
        What made the vectors.
    scores : mapping of str to float
        Quality scores worth showing: a name in words and a number.
    search : NeighborSearch or None
        How the neighbours were found.
    software : str
        Name and version of what made the site.
    """

    description: str = ""
    rejects: tuple[Reject, ...] = ()
    skipped: Mapping[str, int] = field(default_factory=dict)
    unmatched_rows: tuple[str, ...] = ()
    unmatched_count: int = 0
    folded: int = 0
    model_card: ModelCard | None = None
    scores: Mapping[str, float] = field(default_factory=dict)
    search: NeighborSearch | None = None
    software: str = "clipplot"


@dataclass(frozen=True, slots=True)
class SiteContent:
    """All of a site.

    Attributes
    ----------
    title, tagline, language : str
        Plain text; language as in HTML.
    catalog : pyarrow.Table
        ``schemas.CATALOG`` and a column for each field; in catalog order.
    fields : tuple of Field
        The metadata fields, in the order to show them.
    ranks : ndarray of int64, shape (n,)
        Catalog row of every rank.
    layouts : tuple of SiteLayout
        In the order to offer them; positions in catalog order.
    home_layout : str
        Name of the layout to open with; the first with positions if that one is empty.
    clusters, neighbors : Clusters, Neighbors
        In catalog rows.
    duplicates : Duplicates or None
        Near-duplicates in catalog rows; None: they were not sought.
    concepts : Concepts or None
        Words that a model guesses of the images, in catalog rows.
    measures : tuple of Measure
        What is known of every image's place on the map, in catalog order.
    segments : tuple of Segment
        They cover all ranks.
    tiles : Store
        Holds ``s/<segment_id>/<level>/<n>.webp``.
    levels : tuple of int
        Sides of the tiles' cells, rising. Unit: px.
    rendition : str
        The recipe of the detail pictures: part of their address. Empty: the site has none.
    rendition_px : int
        Their short side. Unit: px.
    closeups : Closeups or None
        What opens when a picture is enlarged; None: the detail picture.
    takedown_max_age_s : int
        How long a browser may keep a picture. Unit: s.
    boot_images : int
        Images that readers show before all others; a site without more needs no such file.
    has_plain_pages : bool
        Whether every image is also listed on pages that need no script.
    vectors : ndarray of float32, shape (n, D), or None
        Embeddings to publish in ``images.parquet``, in catalog order.
    sensitive : tuple of str
        Categories and tags whose pictures are blurred at first (``site/sensitive.py``).
    brand : Brand
        Colours, fonts, logo, links, a style of one's own.
    about : AboutFacts
        For the About page.
    """

    title: str
    catalog: pa.Table
    ranks: NDArray[np.int64]
    layouts: tuple[SiteLayout, ...]
    home_layout: str
    clusters: Clusters
    neighbors: Neighbors
    segments: tuple[Segment, ...]
    tiles: Store
    tagline: str = ""
    language: str = "en"
    fields: tuple[Field, ...] = ()
    levels: tuple[int, ...] = LEVELS
    rendition: str = "rendition"
    rendition_px: int = 512
    closeups: Closeups | None = None
    takedown_max_age_s: int = 3600
    boot_images: int = BOOT_IMAGES
    has_plain_pages: bool = True
    vectors: NDArray[np.float32] | None = None
    duplicates: Duplicates | None = None
    concepts: Concepts | None = None
    measures: tuple[Measure, ...] = ()
    sensitive: tuple[str, ...] = ()
    brand: Brand = field(default_factory=Brand)
    about: AboutFacts = field(default_factory=AboutFacts)

    def __post_init__(self) -> None:
        count = self.catalog.num_rows
        if not np.array_equal(np.sort(self.ranks), np.arange(count)):
            raise SiteError(
                f"site: {len(self.ranks)} ranks for {count} images; expected each catalog row exactly once; "
                "run `clipplot build` to order the images again"
            )
        problems = find_cover_problems(self.segments, count)
        ids = self.catalog["image_id"].to_pylist()
        problems += [f"image id {i!r}: expected 20 hex digits" for i in ids if not is_image_id(i)][:3]
        for page in self.layouts:
            rows = len(page.layout.positions)
            if rows != count and page.layout.reason is None:
                problems.append(f"layout {page.layout.name}: {rows} positions for {count} images")
            if not is_path(page.layout.name):
                problems.append(f"layout {page.layout.name!r}: its name is not fit for a file name")
        for level, clusters in enumerate(self.clusters.levels):
            if len(clusters.cluster) != count:
                problems.append(f"clusters of level {level}: {len(clusters.cluster)} for {count} images")
        parts: tuple[tuple[str, Sized | None], ...] = (
            ("neighbors", self.neighbors),
            ("duplicates", None if self.duplicates is None else self.duplicates.group),
            ("concepts", self.concepts),
            ("close-ups", self.closeups),
            ("vectors", self.vectors),
        )
        problems += [
            f"{name}: {len(part)} for {count} images"
            for name, part in parts
            if part is not None and len(part) != count
        ]
        problems += [
            f"measure {measure.name}: {len(measure.values)} for {count} images"
            for measure in self.measures
            if len(measure.values) != count
        ]
        missing = {f.name for f in self.fields} - set(self.catalog.column_names)
        problems += [f"field {name!r}: the catalog has no such column" for name in sorted(missing)]
        if not any(page.layout.reason is None for page in self.layouts):
            problems.append("layouts: none has positions; expected at least one")
        if problems:
            raise SiteError("site: " + "; ".join(problems))

    @property
    def ranked_ids(self) -> list[str]:
        """The image ids in rank order."""
        ids: list[str] = self.catalog["image_id"].take(pa.array(self.ranks)).to_pylist()
        return ids

    @property
    def home(self) -> Layout:
        """The layout to open with."""
        filled = [page.layout for page in self.layouts if page.layout.reason is None]
        return next((layout for layout in filled if layout.name == self.home_layout), filled[0])
