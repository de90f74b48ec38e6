"""The graph as data: every asset, what it is made of, which settings shape it. Knows nothing of Dagster.

Belongs here: names, groups, inputs, settings slices and code versions. ``defs`` makes Dagster assets of it,
``ledger`` computes fingerprints from it. Does not belong here: how anything is computed.

An input is the name of an asset, or ``asset#part`` where only a part of its content matters: editing a table
changes the catalog, but not ``catalog#members``, so that neighbours and layouts stay as they are. ``asset#shard`` is
the part that an unsharded asset has for the shard in question.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from clipplot_pipeline import __version__
from clipplot_pipeline.embeddings import hash_packaged, plugin_version
from clipplot_pipeline.images import find_plugins
from clipplot_pipeline.layouts import LayoutSpec, list_layouts
from clipplot_pipeline.settings import Settings
from clipplot_pipeline.site.brand_files import tag_brand
from clipplot_pipeline.site.viewer_files import hash_viewer
from clipplot_pipeline.sources import find_kind

GROUPS = ("catalog", "embeddings", "layouts", "clusters", "atlases", "site")


@dataclass(frozen=True)
class Node:
    """One asset of the graph.

    Attributes
    ----------
    name, group : str
        Last part of the asset key, and the group it is shown in.
    description : str
        What exists once it is materialized.
    inputs : tuple of str
        Assets, or parts of assets, whose content shapes the output.
    after : tuple of str
        Assets that must be there first, though their later changes do not shape the output.
    sharded : bool
        One output a shard; its sharded inputs are those of the same shard.
    settings : tuple of str
        Dotted keys of the settings that shape the output.
    version : str
        Raised whenever the code makes another output of the same inputs.
    pool, kinds : str or None, tuple of str
        Dagster's pool, and the badges in its UI.
    """

    name: str
    group: str
    description: str
    inputs: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    sharded: bool = False
    settings: tuple[str, ...] = ()
    version: str = "1"
    pool: str | None = None
    kinds: tuple[str, ...] = ("python", "parquet")

    @property
    def upstream(self) -> tuple[str, ...]:
        """Names of the assets that must be there, each once, in order."""
        names = [name.split("#")[0] for name in (*self.inputs, *self.after)]
        return tuple(dict.fromkeys(names))


INVENTORY = "inventory"
SHARDS = "shards"
SITE = "site"
#: Settings that say which weights OpenCLIP loads.
WEIGHTS = ("open_clip.model", "open_clip.pretrained", "open_clip.trained_as")
VECTORS = "vectors"
#: Settings that shape the site beyond what it is made of.
PUBLISHED = (
    "title",
    "tagline",
    "description",
    "language",
    "site",
    "primary_layout",
    "layouts.umap.variants",  # their titles; the maps themselves are inputs
    "detail",
    "closeup",
    "plain_pages_below",
    "publish_embeddings",
    "sensitive",
    "brand",
    "takedown_max_age",
    "grace_hours",
)
#: Settings that say which close-ups are cut of the originals, and the part of `images` that depends on them alone.
CUTTING = ("closeup.kind", "closeup.long_side_px", "closeup.quality")
CLOSEUPS = "closeups"


def build_graph(settings: Settings) -> dict[str, Node]:
    """Return all assets by name, each after those it is made of (``shards`` is external and not among them)."""
    nodes = [
        *_first_nodes(settings),
        *_layout_nodes(settings),
        Node(
            "clusters",
            "clusters",
            "Groups of alike images at several levels, with names made of the collection's own words.",
            inputs=(
                "catalog",
                "embeddings",
                "neighbors",
                "concepts",
                _primary(settings),
                "inventory#own_clusters",
            ),
            settings=("clusters", "own_clusters"),
            version="5",
            kinds=("python", "hdbscan", "parquet"),
        ),
        Node(
            "atlases",
            "atlases",
            "The order of the images on the map, and thumbnails of all sizes packed into tiles.",
            inputs=("catalog#members", "images", _primary(settings)),
            settings=("tile_quality",),
            version="3",
            kinds=("python", "pillow"),
        ),
    ]
    shown = (
        *(f"layout_{spec.name}" for spec in list_layouts(settings.layouts)),
        "quality",
        "clusters",
        "atlases",
    )
    nodes.append(
        Node(
            SITE,
            "site",
            "The published static site: a map that any browser opens.",
            inputs=(
                "catalog",
                "embedder",
                "embeddings",
                "neighbors",
                "duplicates",
                "concepts",
                *shown,
                *_closeup_inputs(settings),
            ),
            settings=PUBLISHED,
            # Whoever installs a new version gets the new viewer, without asking for it.
            version="-".join(filter(None, (__version__, hash_viewer(), tag_brand(settings.brand)))),
            kinds=("python", "webgl"),
        )
    )
    return {node.name: node for node in nodes}


def everything_above(graph: Mapping[str, Node], name: str) -> tuple[str, ...]:
    """Return all that an asset is made of, however far up, sorted; ``shards`` is among them."""
    found: set[str] = set()
    ahead = list(graph[name].upstream)
    while ahead:
        above = ahead.pop()
        if above not in found:
            found.add(above)
            ahead += graph[above].upstream if above in graph else (INVENTORY,)
    return tuple(sorted(found))


def _first_nodes(settings: Settings) -> list[Node]:
    """Return the nodes of catalog and embeddings; pictures without a ready-made vector are not in the catalog."""
    nodes = [*_catalog_nodes(settings), *_embedding_nodes(settings)]
    if settings.embedder == "imported":  # inputs first
        nodes.sort(key=lambda node: "catalog" in (node.name, *(name.split("#")[0] for name in node.inputs)))
    return nodes


def _catalog_nodes(settings: Settings) -> list[Node]:
    kind = find_kind(settings)
    is_imported = settings.embedder == "imported"
    return [
        Node(
            INVENTORY,
            "catalog",
            "One row per source image: where it lies, version, shard. Lists the source, cuts new shards.",
            settings=(
                "source",
                "include",
                "exclude",
                "metadata",
                "own_clusters",
                "own_concepts",
                *(("vectors",) if is_imported else ()),
                *kind.listing_settings,
            ),
            version="3",
            pool="scan",  # two scans at a time would cut the same files into shards twice
        ),
        Node(
            "images",
            "catalog",
            "What opening each original once yields: facts, colour, hash, one rendition; and the rejects.",
            inputs=(SHARDS,),
            sharded=True,
            settings=(
                "rendition_px",
                "max_pixels",
                "allow_truncated",
                "picture_timeout_s",
                "picture_memory_mb",
                *(CUTTING if settings.closeup.is_cut else ()),
                *kind.opening_settings,
            ),
            version="+".join(("2", *find_plugins())),  # a new plug-in may read what was rejected
            pool="decode",
            kinds=("python", "pillow", "parquet"),
        ),
        Node(
            "metadata",
            "catalog",
            "The user's table, typed: years, categories, tags, texts, places and any further column.",
            inputs=("inventory#metadata",),
            version="2",
            kinds=("python", "csv", "parquet"),
        ),
        Node(
            "catalog",
            "catalog",
            "The live images with their metadata; identical files folded; rejects and unmatched rows listed.",
            inputs=("inventory#listing", "images", "metadata", *(("embeddings",) if is_imported else ())),
            settings=("publish_coordinates", "id_column"),
            version="2",
        ),
    ]


def _imported_nodes(settings: Settings) -> list[Node]:
    return [
        Node(
            VECTORS,
            "embeddings",
            "Which row of the ready-made vectors is whose, by name; what is left over on either side.",
            inputs=("inventory#listing", "inventory#vectors"),
            settings=("vectors_model",),
        ),
        Node(
            "embedder",
            "embeddings",
            "What is known of the model that made the vectors.",
            inputs=("vectors#card",),
            settings=("embedder",),
        ),
        Node(
            "embeddings",
            "embeddings",
            "The ready-made vectors of the shard's images, scaled to length 1; images without a usable one.",
            inputs=("images", "embedder", "vectors#shard"),
            sharded=True,
        ),
        *_neighbor_nodes(settings),
        _concepts_node(settings),
    ]


def _neighbor_nodes(settings: Settings) -> list[Node]:
    is_widened = count_neighbors(settings) > settings.neighbors_k
    return [
        Node(
            "neighbors",
            "embeddings",
            "The nearest neighbours of every image, computed once for layouts, clusters and viewer.",
            inputs=("catalog#members", "embeddings"),
            settings=("neighbors_k", "neighbors", *(("layouts.umap.most_neighbors",) if is_widened else ())),
            version=_version_remembering("1", settings),
        ),
        Node(
            "duplicates",
            "embeddings",
            "Groups of near-duplicates: pictures that lie on each other, with the earliest and the largest of each.",
            inputs=("catalog", "images", "neighbors"),
            version=_version_remembering("1", settings),
            kinds=("python", "opencv", "parquet"),
        ),
    ]


def _embedding_nodes(settings: Settings) -> list[Node]:
    if settings.embedder == "imported":
        return _imported_nodes(settings)
    is_neural = settings.embedder == "open_clip"
    weights = (*WEIGHTS, "open_clip.precision") if is_neural else ()
    is_fitted = settings.embedder == "descriptor"
    return [
        Node(
            "embedder",
            "embeddings",
            "What turns pictures into vectors: a model card and, for the descriptor, a basis fitted once.",
            after=("inventory", "images") if is_fitted else ("inventory",),
            settings=("embedder", "rendition_px", *weights),
            version="+".join(filter(None, ("1", plugin_version(settings.embedder)))),
        ),
        Node(
            "embeddings",
            "embeddings",
            "A unit vector for every image of the shard.",
            inputs=("images", "embedder"),
            sharded=True,
            pool="gpu",
            kinds=("python", "pytorch" if is_neural else "opencv", "parquet"),
        ),
        *_neighbor_nodes(settings),
        _concepts_node(settings),
    ]


def _concepts_node(settings: Settings) -> Node:
    is_told = settings.embedder == "imported" and settings.concepts.imported_from_open_clip
    is_neural = settings.embedder == "open_clip" or is_told
    return Node(
        "concepts",
        "embeddings",
        "Words of a vocabulary that the model guesses of each image, where it knows words; nobody wrote them.",
        inputs=("catalog#members", "embedder", "embeddings", "inventory#own_concepts"),
        settings=("embedder", "concepts", "own_concepts", *(WEIGHTS if is_told else ())),
        version=f"1-{hash_packaged()}",
        pool="gpu",  # the model is loaded for words that are not known yet
        kinds=("python", *(("pytorch",) if is_neural else ()), "parquet"),
    )


def _layout_nodes(settings: Settings) -> list[Node]:
    sources = {
        "vectors": "embeddings",
        "neighbors": "neighbors",
        "primary": _primary(settings),
    }
    nodes = []
    for spec in list_layouts(settings.layouts):
        members = "catalog" if spec.needs & {"fields", "names"} else "catalog#members"
        needed = tuple(sources[need] for need in sorted(spec.needs) if need in sources)
        nodes.append(
            Node(
                f"layout_{spec.name}",
                "layouts",
                spec.description,
                inputs=(members, *needed),
                settings=_shaping(settings, spec),
                version=_version_remembering(spec.code_version, settings)
                if "previous" in spec.needs
                else spec.code_version,
                kinds=("python", "umap", "parquet")
                if spec.name.startswith("umap")
                else ("python", "parquet"),
            )
        )
    quality = Node(
        "quality",
        "layouts",
        "How far the place of each image on the primary layout may be trusted.",
        inputs=("catalog", "embeddings", "neighbors", _primary(settings)),
    )
    # The primary layout comes first: the others may be made of it.
    return [*sorted(nodes, key=lambda node: node.name != _primary(settings)), quality]


def _shaping(settings: Settings, spec: LayoutSpec) -> tuple[str, ...]:
    """Return the dotted keys of the settings that shape a layout."""
    section = spec.section or spec.name
    if not hasattr(settings.layouts, section):
        return ()
    own = f"layouts.{section}"
    return tuple(f"{own}.{key}" for key in spec.keys if key not in spec.overrides) or (own,)


def _version_remembering(version: str, settings: Settings) -> str:
    """Return the code version of what takes over from its output of before, with what a user's ids stood for."""
    return f"{version}+contents" if settings.id_column else version


def count_neighbors(settings: Settings) -> int:
    """Return how many neighbours are kept of every image: as many as the widest map looks at, too."""
    return max(settings.neighbors_k, settings.layouts.umap.most_neighbors)


def _closeup_inputs(settings: Settings) -> tuple[str, ...]:
    """Return what the site is made of for the sake of close-ups: cut ones, or what the source's manifests name."""
    if settings.closeup.is_cut:
        return (f"images#{CLOSEUPS}",)
    is_named = settings.closeup.kind == "iiif" and not settings.closeup.link
    return (f"{INVENTORY}#listing",) if is_named else ()


def _primary(settings: Settings) -> str:
    return f"layout_{settings.primary_layout}"
