"""A site whose pictures say which image they are: each has a colour of its own, and knows which side is up.

The mean colours in the site are all the same grey, so that a mark is never taken for a picture. The words hold what
a careless page would run or follow.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow as pa
from PIL import Image

from clipplot_pipeline import schemas
from clipplot_pipeline.atlases.rank import order_images
from clipplot_pipeline.atlases.segments import TileSettings, plan_segments
from clipplot_pipeline.atlases.tiles import encode_segment
from clipplot_pipeline.layouts.gridding import shape_grid
from clipplot_pipeline.model import ClusterLevel, Clusters, Concepts, Field, Label, Layout, Neighbors, Reject
from clipplot_pipeline.site.boot import BOOT_IMAGES
from clipplot_pipeline.site.build import build_site
from clipplot_pipeline.site.closeups import Closeups
from clipplot_pipeline.site.content import AboutFacts, SiteContent, SiteLayout
from clipplot_pipeline.site.publish import publish
from clipplot_pipeline.storage import Store

#: Four steps in each of red, green and blue.
COUNT = 64
STEPS = (30, 95, 160, 225)
SIZES = ((192, 128), (128, 192), (160, 160), (320, 120))
TITLE = "Colours & <b>codes</b>"
TAGLINE = "<script>window.hazard = 1</script>"
DESCRIPTION = "<img src=x onerror='window.hazard = 2'> & <script>window.hazard = 3</script> no. {}"
REASON = "no image has coordinates"
CLUSTERS = ("apples, pears", "<i>boats</i>", "", "a very long name for a cluster, and more of it")
FIELDS = (
    Field("title", "Title", "text"),
    Field("category", "Category", "category"),
    Field("tags", "Tags", "tags"),
    Field("year", "Year", "number"),
    Field("drawn", "Drawn", "boolean"),
    Field("date", "Date", "date"),
    Field("description", "Description", "text"),
    Field("permalink", "Permalink", "url"),
)


@dataclass(frozen=True)
class CodedSite:
    """The site, and the truth about it: everything by rank, known without the viewer."""

    folder: Path
    codes: list[int]
    ids: list[str]
    positions: dict[str, np.ndarray]

    @property
    def count(self) -> int:
        """Number of images."""
        return len(self.ids)


def color_of(code: int) -> tuple[int, int, int]:
    """Return the colour that stands for a number."""
    return STEPS[code % 4], STEPS[code // 4 % 4], STEPS[code // 16]


def code_of(color: np.ndarray) -> int:
    """Return the number that a colour stands for, or -1 if it is none of them."""
    steps = np.abs(np.asarray(STEPS)[None] - np.asarray(color, float)[:, None])
    if steps.min(axis=1).max() > 24:
        return -1
    return int(steps.argmin(axis=1) @ [1, 4, 16])


def tags_of(code: int) -> list[str]:
    """Return the tags of an image: both, the first, the second, or none."""
    return [["red", "<i>rôti</i>"], ["red"], ["<i>rôti</i>"], []][code % 8 // 2]


def date_of(code: int) -> str | None:
    """Return the date of an image: a month, or none."""
    return None if code % 16 == 15 else f"{1901 + code // 32}-{1 + code % 12:02d}"


def draw(code: int) -> bytes:
    """Return the picture of a number: its colour, with a white band along the top."""
    width, height = SIZES[code % len(SIZES)]
    pixels = np.full((height, width, 3), color_of(code), np.uint8)
    pixels[: height // 4] = 255
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "JPEG", quality=92, subsampling=0)
    return out.getvalue()


def aspects_of(count: int) -> np.ndarray:
    """Return width over height of the first so many pictures."""
    sizes = np.array(SIZES, np.float64)[np.arange(count) % len(SIZES)]
    aspects: np.ndarray = sizes[:, 0] / sizes[:, 1]
    return aspects


def image_ids(count: int) -> list[str]:
    """Return the ids of so many images: the first shows code 0, and so on."""
    return sorted(hashlib.sha256(f"coded {k}".encode()).hexdigest()[:20] for k in range(count))


def write_coded_site(
    folder: Path,
    count: int = COUNT,
    home: Layout | None = None,
    clusters: Clusters | None = None,
    more: Sequence[SiteLayout] = (),
    boot_images: int = BOOT_IMAGES,
    sensitive: tuple[str, ...] = (),
    concepts: Concepts | None = None,
    closeups: Closeups | None = None,
) -> CodedSite:
    """Publish the site of so many images into ``folder / "site"``; beyond ``COUNT`` the codes come again.

    With ``home`` that is the layout of similarity, with ``clusters`` those are its clusters; ``more`` layouts follow
    the usual ones, or stand for those of their names. Images are as ``image_ids`` has them. ``boot_images`` are shown
    before all others, if there are more; pictures with a ``sensitive`` value are blurred. ``concepts`` are
    guessed of the images, in the order of their codes, as are ``closeups``.
    """
    ids = image_ids(count)
    pictures = dict(zip(ids, [draw(k % COUNT) for k in range(count)], strict=True))
    layouts = _make_layouts(count)
    if home is not None:
        layouts = (replace(layouts[0], layout=home), *layouts[1:])
    names = {page.layout.name for page in more}
    layouts = (*(page for page in layouts if page.layout.name not in names), *more)
    ranks = order_images(layouts[0].layout.positions, ids)
    settings = TileSettings(rendition="coded")
    ranked = [ids[row] for row in ranks]
    # Three segments, as after two drops: neither their sizes nor their ends fit the tiles.
    hashes = [hashlib.sha256(pictures[i]).hexdigest() for i in ranked]
    drops = [ranked[: count // 3], ranked[count // 3 : count - 5]]
    _, segments = plan_segments(ranked, hashes, settings, drops)
    tiles = Store(str(folder / "tiles"))
    for segment in segments:
        own = ranked[segment.first_rank : segment.first_rank + segment.count]
        encode_segment(tiles, segment, enumerate(pictures[i] for i in own), settings)
    content = SiteContent(
        title=TITLE,
        tagline=TAGLINE,
        catalog=_make_catalog(ids),
        fields=FIELDS,
        ranks=ranks,
        layouts=layouts,
        home_layout="umap",
        clusters=clusters or _make_clusters(count),
        neighbors=_make_neighbors(count),
        segments=segments,
        tiles=tiles,
        rendition="c0ded",
        boot_images=boot_images,
        sensitive=sensitive,
        concepts=concepts,
        closeups=closeups,
        about=AboutFacts(
            description="What <em>this</em> is.\n\nA second paragraph.",
            rejects=(Reject("bröken <b>.jpg", "unreadable", "the file ends too early"),),
            unmatched_rows=("lost.jpg",),
            unmatched_count=1,
        ),
    )
    publish(
        build_site(content),
        str(folder / "site"),
        lambda wanted: ((i, pictures[i]) for i in sorted(wanted)),
    )
    positions = {
        page.layout.name: page.layout.positions[ranks] for page in layouts if page.layout.reason is None
    }
    for number, spread in enumerate(layouts[0].layout.spreads):
        positions[f"umap spread {number}"] = spread.positions[ranks]
    return CodedSite(folder / "site", [int(row) % COUNT for row in ranks], ranked, positions)


def _make_catalog(ids: list[str]) -> pa.Table:
    count = len(ids)
    cells = {
        "image_id": ids,
        "sha256": [hashlib.sha256(i.encode()).hexdigest() for i in ids],
        "paths": [[f"shelf {k % 3}/picture {k:02d} é.jpg"] for k in range(count)],
        "shard": ["0000"] * count,
        "width_px": [10 * SIZES[k % len(SIZES)][0] for k in range(count)],
        "height_px": [10 * SIZES[k % len(SIZES)][1] for k in range(count)],
        "mean_rgb": [[128, 128, 128]] * count,
        "title": [f"Picture <u>{k}</u>" for k in range(count)],
        "category": [["fruit", "<b>map</b>"][k % 2] for k in range(count)],
        "tags": [tags_of(k) for k in range(count)],
        "year": [1900.0 + k for k in range(count)],
        "drawn": [k % 2 == 0 for k in range(count)],
        "date": [date_of(k) for k in range(count)],
        "description": [DESCRIPTION.format(k) for k in range(count)],
        "permalink": [f"https://example.org/{k}" for k in range(count)],
    }
    kinds = {"tags": pa.list_(pa.string()), "year": pa.float64(), "drawn": pa.bool_()}
    extra = [pa.field(f.name, kinds.get(f.name, pa.string())) for f in FIELDS]
    return pa.table(cells, schema=pa.schema([*schemas.CATALOG, *extra]))


def _make_layouts(count: int) -> tuple[SiteLayout, ...]:
    angle = np.arange(count) * 2.399963
    spiral = (
        np.stack([np.cos(angle), 0.6 * np.sin(angle)], 1)
        * np.sqrt((angle + 1) / (angle.max(initial=0) + 2))[:, None]
    )
    if count > 8:
        spiral[:5] = 0.4 + 0.01 * spiral[:5]  # a heap
    shape = shape_grid(count)
    shuffled = np.random.default_rng(7).permutation(count)
    labels = (
        Label("A–É", -0.7, 0.9, 0.4, 0, "axis", count // 2),
        Label("F–Z", 0.7, -0.9, 0.4, 0, "axis", count // 2),
    )
    return (
        SiteLayout(
            "Similarity", "Alike is near.", Layout("umap", spiral.astype(np.float32), facts={"seed": 1})
        ),
        SiteLayout("Grid", "Side by side.", Layout("grid", shape.place_cells(shuffled))),
        SiteLayout("A to Z", "By name.", Layout("alphabetical", shape.place_cells(np.arange(count)), labels)),
        SiteLayout("Places", "", Layout("geography", np.zeros((0, 2), np.float32), reason=REASON)),
    )


def _make_clusters(count: int) -> Clusters:
    if count < 8:
        return Clusters((), reason="too few images")
    # Quarters of the spiral, so that their names lie apart.
    cluster = (np.arange(count) * 2.399963 % (2 * np.pi) // (np.pi / 2)).astype(np.int32)
    firsts = tuple((int(np.argmax(cluster == k)),) for k in range(4))
    return Clusters((ClusterLevel(cluster, np.ones(count, np.float32), CLUSTERS, firsts),))


def _make_neighbors(count: int) -> Neighbors:
    near = (np.arange(count)[:, None] + np.arange(1, 4)) % max(count, 1)
    near = np.where(count > 3, near, -1).astype(np.int32)
    return Neighbors(near, np.where(near < 0, np.nan, 0.9).astype(np.float32))
