"""A small collection, the same every time, and the site made of it."""

import hashlib
import io
import shutil
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from PIL import Image, ImageDraw

from clipplot_pipeline import schemas
from clipplot_pipeline.atlases.rank import order_images
from clipplot_pipeline.atlases.segments import TileSettings, plan_segments
from clipplot_pipeline.atlases.tiles import encode_segment
from clipplot_pipeline.model import (
    CellArea,
    ClusterLevel,
    Clusters,
    Duplicates,
    Field,
    Label,
    Layout,
    Measure,
    ModelCard,
    Neighbors,
    Reject,
    Shape,
    Spread,
)
from clipplot_pipeline.site.build import build_site
from clipplot_pipeline.site.content import AboutFacts, SiteContent, SiteLayout
from clipplot_pipeline.site.publish import publish
from clipplot_pipeline.storage import Store

COUNT = 40
SAMPLES = Path(__file__).parent / "samples"
VIEWER = {
    "index.html": '<!doctype html><html lang="{{ language }}"><meta name="generator" content="clipplot">'
    '<title>{{ title }}</title><meta name="description" content="{{ description }}"><p>{{ tagline }}</p>'
    '<noscript><a href="{{ list_path }}">List</a></noscript>'
    '<script type="module" src="loader.js"></script></html>\n',
    "loader.js": "// stands in for the loader\n",
    "main.js": "// stands in for the viewer\n",
    "main.css": "/* stands in for the style */\n",
    "chunks/panel.js": "// loads later\n",
    "main.js.map": "{}",
}
FIELDS = (
    Field("category", "Category", "category"),
    Field("tags", "Tags", "tags"),
    Field("year", "Année", "number"),
    Field("drawn", "Drawn", "boolean"),
    Field("date", "Date", "date"),
    Field("description", "Description", "text"),
    Field("permalink", "Permalink", "url"),
)


@dataclass(frozen=True)
class Collection:
    """Content of a site and the pictures to go with it."""

    content: SiteContent
    renditions: dict[str, bytes]

    def details(self, wanted):
        for image_id in sorted(wanted):
            yield image_id, self.renditions[image_id]


def _sizes(number):
    return [(96, 64), (64, 96), (64, 64), (160, 40)][number % 4]


def draw(number):
    """Return a small picture: a disc on a ground, told apart by their colours."""
    width, height = _sizes(number)
    ground = tuple(int(c) for c in np.array([37, 101, 53]) * number % 200 + 30)
    picture = Image.new("RGB", (width, height), ground)
    disc = (width // 4, height // 4, 3 * width // 4, 3 * height // 4)
    ImageDraw.Draw(picture).ellipse(disc, fill=(255 - ground[0], 255 - ground[1], 255 - ground[2]))
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=90, subsampling=0)
    return out.getvalue()


def _catalog(ids, count):
    cells = {
        "image_id": ids,
        "sha256": [hashlib.sha256(f"picture {k}".encode()).hexdigest() for k in range(count)],
        "paths": [
            [f"shelf {k % 3}/picture {k:02d} é.jpg", f"copy/{k}.jpg"][: 1 + k % 2] for k in range(count)
        ],
        "shard": ["0000"] * count,
        "width_px": [10 * _sizes(k)[0] for k in range(count)],
        "height_px": [10 * _sizes(k)[1] for k in range(count)],
        "mean_rgb": [[(37 * k) % 200 + 30, (101 * k) % 200 + 30, (53 * k) % 200 + 30] for k in range(count)],
        "category": [[None, "fruit", "portrait", "<b>map</b>"][k % 4] for k in range(count)],
        "tags": [[["red", "rôti"], [], None][k % 3] for k in range(count)],
        "year": [None if k % 5 == 0 else 1890.0 + k / 2 for k in range(count)],
        "drawn": [[True, False, None][k % 3] for k in range(count)],
        "date": [["1901", "1901-05", "1901-05-06", ""][k % 4] for k in range(count)],
        "description": [
            'He said "no" & <script>alert(1)</script> \u202e' if k == 3 else f"Nº {k}" for k in range(count)
        ],
        "permalink": [f"https://example.org/{k}" if k % 2 else None for k in range(count)],
    }
    kinds = {"tags": pa.list_(pa.string()), "year": pa.float64(), "drawn": pa.bool_()}
    extra = [pa.field(f.name, kinds.get(f.name, pa.string())) for f in FIELDS]
    return pa.table(cells, schema=pa.schema([*schemas.CATALOG, *extra]))


def _layouts(count):
    angle = np.arange(count) * 2.399963
    spiral = (
        np.stack([np.cos(angle), np.sin(angle)], axis=1)
        * np.sqrt((np.arange(count) + 1) / (count + 1))[:, None]
    )
    grid = np.stack([np.arange(count) % 8 / 4 - 0.875, 0.875 - np.arange(count) // 8 / 4], axis=1).clip(-1, 1)
    labels = (
        Label("A–É", -0.5, 0.9, 0.4, 0, "axis", 20),
        Label("F–Z", 0.5, -0.9, 0.4, 1, "axis", 20),
        Label("all", 0.0, 1.0, 2.0, 0, "area", 40, 2.0),
        Label("1890s", -0.5, -1.0, 0.8, 0, "tick", 20),
        Label("20 years", 0.2, -1.0, 0.2, 0, "gap", 0),
    )
    corner = np.array([(-1, 0), (-1, -1), (0, -1)], np.float32)
    ground = (
        Shape("sea", (np.array([(-1, -1), (1, -1), (1, 1), (-1, 1), (-1, -1)], np.float32),)),
        Shape(
            "land", (corner, np.array([(0.1, -1)], np.float32), np.array([(0.1, 0), (0, 0.2)], np.float32))
        ),
        Shape("line", (np.array([(-1, 0.5), (1, 0.5)], np.float32),)),
    )
    spreads = tuple(
        Spread((spiral * scale).astype(np.float32), 0.2, aspect)
        for scale, aspect in (((0.9, 0.5), 1.9), ((0.5, 0.9), 0.53))
    )
    return (
        SiteLayout(
            "Similarity",
            "Alike is near.",
            Layout("umap", spiral.astype(np.float32), facts={"seed": 1}, spreads=spreads),
        ),
        SiteLayout(
            "Alphabet",
            "By name.",
            Layout(
                "alphabetical",
                grid.astype(np.float32),
                labels,
                ground=ground,
                cells=(CellArea(-1, -1, 1, 1, 0.25),),
                tall=Layout(
                    "alphabetical",
                    (grid[:, ::-1] * (0.5, -1)).astype(np.float32),
                    (Label("1890s", -0.5, 0.2, 0.0, 0, "tick", 20, 0.4),),
                    cells=(CellArea(-0.5, -1, 0.5, 1, 0.125),),
                ),
            ),
        ),
        SiteLayout(
            "Places", "", Layout("geography", np.zeros((0, 2), np.float32), reason="no image has coordinates")
        ),
    )


def _clusters(count):
    if count < 5:
        return Clusters((), reason="too few images")
    coarse = (np.arange(count) % 2).astype(np.int32)
    fine = (np.arange(count) % 5).astype(np.int32) - 1
    return Clusters(
        (
            ClusterLevel(coarse, np.ones(count, np.float32), ("apples, pears", ""), ((0, 2), (1,))),
            ClusterLevel(
                fine, (fine >= 0).astype(np.float32), ("w", "x", "y", "z"), ((1,), (2,), (3,), (4,))
            ),
        )
    )


def _duplicates(count):
    """Return three groups: rows 0, 5, 10 … of 2, 3 and 4."""
    group = np.full(count, -1, np.int32)
    if count < 30:
        return Duplicates(group, np.zeros(0, np.int32), np.zeros(0, np.int32))
    for number, rows in enumerate(((0, 5), (6, 10, 20), (1, 2, 3, 4))):
        group[list(rows)] = number
    return Duplicates(group, np.array([5, 6, 2], np.int32), np.array([0, 6, 4], np.int32))


def make_collection(folder, count=COUNT, title="A sample & more"):
    """Return a collection of drawn pictures, its tiles encoded into a folder."""
    ids = sorted(hashlib.sha256(f"id {k}".encode()).hexdigest()[:20] for k in range(count))
    renditions = {image_id: draw(k) for k, image_id in enumerate(ids)}
    catalog = _catalog(ids, count)
    layouts = _layouts(count)
    ranks = order_images(layouts[0].layout.positions, ids)
    hashes = catalog["sha256"].to_pylist()
    settings = TileSettings(rendition="sample")
    _, segments = plan_segments([ids[r] for r in ranks], [hashes[r] for r in ranks], settings)
    tiles = Store(str(folder))
    for segment in segments:
        encode_segment(tiles, segment, ((k, renditions[ids[r]]) for k, r in enumerate(ranks)), settings)
    near = (np.arange(count)[:, None] + np.arange(1, 6)) % max(count, 1)
    near = np.where(count > 5, near, -1)
    content = SiteContent(
        title=title,
        tagline="Forty discs",
        language="fr",
        catalog=catalog,
        fields=FIELDS,
        ranks=ranks,
        layouts=layouts,
        home_layout="umap",
        clusters=_clusters(count),
        duplicates=_duplicates(count),
        measures=(
            Measure(
                "kept",
                "Neighbours kept",
                "Share of the nearest that are alike.",
                np.where(np.arange(count) == 3, np.nan, np.arange(count) % 17 / 16).astype(np.float32),
            ),
        ),
        neighbors=Neighbors(
            near.astype(np.int32), np.linspace(1, 0.5, 5, dtype=np.float32)[None].repeat(count, 0)
        ),
        segments=segments,
        tiles=tiles,
        rendition="sample",
        rendition_px=64,
        boot_images=16,
        about=AboutFacts(
            description="Discs on grounds.\n\nDrawn, <not> found.",
            rejects=(Reject("bröken.jpg", "unreadable", "the file ends too early"),),
            skipped={"hidden files": 2},
            unmatched_rows=("lost.jpg",),
            unmatched_count=1,
            model_card=ModelCard(
                "descriptor", "colour", "w1", "64 px", "sample", 3, {"numpy": "2"}, "Sees no meaning."
            ),
            scores={"trustworthiness": 0.91234},
        ),
    )
    return Collection(content, renditions)


def write_viewer(folder):
    """Write a viewer's folder that stands in for the built one."""
    for name, text in VIEWER.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8", newline="\n")
    return folder


def write_sample(folder, scratch):
    """Publish the sample site into a folder."""
    collection = make_collection(scratch / "tiles")
    plan = build_site(collection.content, write_viewer(scratch / "viewer"))
    return publish(plan, str(folder), collection.details)


@pytest.fixture(scope="session")
def viewer(tmp_path_factory):
    return write_viewer(tmp_path_factory.mktemp("viewer"))


@pytest.fixture(scope="session")
def collection(tmp_path_factory):
    return make_collection(tmp_path_factory.mktemp("tiles"))


@pytest.fixture(scope="session")
def plan(collection, viewer):
    return build_site(collection.content, viewer)


@pytest.fixture
def retitled(collection, viewer):
    """The same collection under another title."""
    return build_site(replace(collection.content, title="Another"), viewer)


@pytest.fixture(scope="session")
def published(tmp_path_factory, plan, collection):
    """The folder of a published site, not to be changed."""
    folder = tmp_path_factory.mktemp("published")
    publish(plan, str(folder), collection.details)
    return folder


@pytest.fixture
def site(tmp_path, published):
    """A published site of the test's own, as a store."""
    shutil.copytree(published, tmp_path / "site")
    return Store(str(tmp_path / "site"))


@pytest.fixture(scope="session")
def make_smaller(tmp_path_factory, viewer):
    """Make the collection and plan of the first few pictures."""

    def make(count):
        smaller = make_collection(tmp_path_factory.mktemp("smaller"), count)
        return smaller, build_site(smaller.content, viewer)

    return make


@pytest.fixture(name="write_sample", scope="session")
def write_sample_fixture():
    """Return the function that publishes the sample."""
    return write_sample
