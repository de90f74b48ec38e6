"""The plan of a site: every file it consists of, and the manifest that names them.

Belongs here: putting the parts together under content-hashed names. Does not belong here: what the parts say
(``columns``, ``labels``, ``fields``, ``words``, ``about``), writing anything (``publish``).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from clipplot_pipeline.errors import SiteError
from clipplot_pipeline.model import Layout
from clipplot_pipeline.site.about import render_about
from clipplot_pipeline.site.brand import plan_brand
from clipplot_pipeline.site.closeups import allow
from clipplot_pipeline.site.columns import (
    Column,
    encode_column,
    narrow_integers,
    quantize_aspects,
    quantize_positions,
)
from clipplot_pipeline.site.concepts import ConceptFiles, plan_concepts
from clipplot_pipeline.site.content import SiteContent
from clipplot_pipeline.site.destination import list_sizes
from clipplot_pipeline.site.duplicates import describe_duplicates
from clipplot_pipeline.site.far import FarFiles, plan_boot, plan_micro
from clipplot_pipeline.site.fields import build_field_column
from clipplot_pipeline.site.format import (
    FORMAT_MAJOR,
    FORMAT_MINOR,
    FORMAT_NAME,
    IMAGES_TABLE,
    IMMUTABLE,
    INDEX,
    NO_CACHE,
    RANKS_PER_BLOCK,
    check_path,
    count_blocks,
    detail_template,
    dump_json,
    hash_bytes,
    hash_rank_order,
    takedown_cache,
    words_path,
)
from clipplot_pipeline.site.ground import encode_ground
from clipplot_pipeline.site.labels import describe_cells, describe_clusters, describe_labels
from clipplot_pipeline.site.list_pages import FOLDER as LIST_FOLDER
from clipplot_pipeline.site.list_pages import INDEX_PAGE as LIST_INDEX
from clipplot_pipeline.site.list_pages import PlannedList, plan_list
from clipplot_pipeline.site.measures import describe_measures
from clipplot_pipeline.site.plan import SiteFile, SitePlan
from clipplot_pipeline.site.ragged import RaggedColumn, encode_ragged
from clipplot_pipeline.site.search_index import build_index, read_later
from clipplot_pipeline.site.sensitive import flag_sensitive
from clipplot_pipeline.site.table import write_images_table
from clipplot_pipeline.site.viewer_files import SCRIPT, STYLE, ViewerFiles, load_viewer
from clipplot_pipeline.site.words import build_block
from clipplot_pipeline.zorder import (
    SMALL_TILE_LEVELS,
    SMALL_TILE_PX,
    TILE_PX,
    count_tiles,
    tile_path,
)


def build_site(content: SiteContent, viewer: Path | None = None) -> SitePlan:
    """Return the plan of a site.

    Nothing is written. Pictures and words are read or made only when a file's ``read`` is called, so that
    memory stays at the columns: some numbers an image.

    Parameters
    ----------
    content : SiteContent
        What the other stages made.
    viewer : Path, optional
        Folder of the built viewer; by default the one inside the package.

    Raises
    ------
    SiteError
        If the viewer is not built, or tiles are missing.
    """
    parts = _Parts(content)
    description = content.about.description or content.tagline
    may_ask = allow(content.closeups)
    shell = load_viewer(content.title, content.tagline, description, content.language, viewer, may_ask)
    manifest = parts.describe(shell)
    table = write_images_table(content)
    about = render_about(content, manifest.get("brand"))
    pages = plan_list(content, parts.ranked, manifest.get("brand")) if content.has_plain_pages else None
    # The pages lie below the build's name, so their content goes into that name, not their addresses.
    digest = pages.digest.encode() if pages else b""
    own = [*(data for _, data in about), digest, table, *(f.read() for f in parts.root)]
    build_id = hash_bytes(dump_json(manifest), *own, digits=12)
    manifest = {"format": manifest.pop("format"), "build_id": build_id, **manifest}
    folder = f"b/{build_id}"
    manifest["about"] = f"{folder}/about.html"
    manifest["pages"] = parts.add_pages(f"{folder}/{LIST_FOLDER}", pages)
    for name, data in about:
        parts.add(f"{folder}/{name}", data)
    # The build's own is named by the manifest; that at the root has an address to remember.
    manifest["exports"] = {"images": parts.add(f"{folder}/{IMAGES_TABLE}", table)}
    index = shell.render_index(f"{folder}/{LIST_FOLDER}/{LIST_INDEX}" if pages else "")
    parts.root[[file.path for file in parts.root].index(INDEX)] = _hold(INDEX, index, NO_CACHE)
    parts.root.append(_hold(IMAGES_TABLE, table, NO_CACHE))
    return SitePlan(
        manifest,
        tuple(parts.files),
        tuple(parts.root),
        tuple(parts.ranked_ids),
        takedown_cache(content.takedown_max_age_s),
    )


def _hold(path: str, data: bytes, cache_control: str) -> SiteFile:
    return SiteFile(check_path(path), len(data), cache_control, lambda: data)


class _Parts:
    """Collects files while the manifest is written."""

    def __init__(self, content: SiteContent) -> None:
        self.content = content
        self.files: list[SiteFile] = []
        self.root: list[SiteFile] = []
        self.ranked_ids = content.ranked_ids
        self.rank_order = hash_rank_order(self.ranked_ids)
        self.rank_of_row: NDArray[np.int64] = np.argsort(content.ranks)
        self.ranked = content.catalog.combine_chunks().take(pa.array(content.ranks))
        self.columns: dict[str, dict[str, str]] = {}

    def add(self, path: str, data: bytes) -> str:
        """Plan a file that never changes; return its path."""
        self.files.append(_hold(path, data, IMMUTABLE))
        return path

    def add_picture(self, path: str, data: bytes) -> str:
        """Plan a file that shows pictures; return its path. None of them may be kept longer than others."""
        cache_control = takedown_cache(self.content.takedown_max_age_s)
        self.files.append(_hold(path, data, cache_control))
        return path

    def add_column(self, name: str, column: Column | RaggedColumn, file_name: str | None = None) -> str:
        data = encode_ragged(column) if isinstance(column, RaggedColumn) else encode_column(column)
        path = self.add(f"c/{file_name or name}.{hash_bytes(data)}.bin", data)
        self.columns[name] = {"path": path}
        return name

    def add_json(self, file_name: str, value: Any) -> str:
        data = dump_json(value)
        return self.add(f"c/{file_name}.{hash_bytes(data)}.json", data)

    def add_pages(self, folder: str, pages: PlannedList | None) -> dict[str, Any] | None:
        """Plan the plain pages, if there are any; return what the manifest says of them."""
        if pages is None:
            return None
        for file in pages.files:
            path = check_path(f"{folder}/{file.name}")
            self.files.append(SiteFile(path, file.size_bytes, IMMUTABLE, pages.read_later(file)))
        return {"folder": folder, "count": pages.count}

    def describe(self, viewer: ViewerFiles) -> dict[str, Any]:
        """Plan all files but those of the build's own folder and return the manifest without its name."""
        content = self.content
        self.root += [_hold(path, data, NO_CACHE) for path, data in viewer.root]
        for path, data in viewer.versioned:
            self.add(path, data)
        self._add_common_columns()
        layouts = [self._describe_layout(number) for number in range(len(content.layouts))]
        levels = [self._describe_level(number) for number in range(len(content.clusters.levels))]
        duplicates = describe_duplicates(content.duplicates, content.ranks, self.rank_order, self.add_column)
        measures = describe_measures(content.measures, content.ranks, self.rank_order, self.add_column)
        fields = [self._describe_field(number) for number in range(len(content.fields))]
        guessed = plan_concepts(content.concepts, content.ranks)
        words = self._plan_words(guessed)
        search = self._plan_search()
        self.files += self._plan_tiles()
        about = content.about
        return {
            "format": {"name": FORMAT_NAME, "major": FORMAT_MAJOR, "minor": FORMAT_MINOR},
            "title": content.title,
            "tagline": content.tagline,
            **plan_brand(content.brand, self.add),
            "image_count": len(content.ranks),
            "rank_order": self.rank_order,
            "viewer": {"script": f"{viewer.folder}/{SCRIPT}", "style": f"{viewer.folder}/{STYLE}"},
            "tiles": self._describe_tiles(),
            "segments": [segment.to_json() for segment in content.segments],
            "details": self._describe_details(),
            **self._add_closeups(),
            "micro": self._plan_far(plan_micro(content, self.rank_order)),
            "boot": self._plan_far(plan_boot(content, self.ranked, self.rank_order)),
            "words": {"path": words, "ranks_per_block": RANKS_PER_BLOCK},
            "search": search,
            **self._add_concepts(guessed),
            "columns": self.columns,
            "home_layout": content.home.name,
            "layouts": layouts,
            "clusters": {"levels": levels},
            "duplicates": duplicates,
            "measures": measures,
            "fields": fields,
            "exports": {},
            "counts": {
                "rejects": len(about.rejects),
                "skipped": sum(about.skipped.values()),
                "unmatched_rows": about.unmatched_count,
                "clusters": content.clusters.levels[-1].count if content.clusters.levels else 0,
            },
        }

    def _add_common_columns(self) -> None:
        ids = np.frombuffer(bytes.fromhex("".join(self.ranked_ids)), np.uint8).reshape(-1, 10)
        width, height = (self.ranked[name].to_numpy() for name in ("width_px", "height_px"))
        colors = np.array(self.ranked["mean_rgb"].to_pylist(), np.uint8).reshape(-1, 3)
        self.add_column("aspect", quantize_aspects(width, height, self.rank_order))
        self.add_column("color", Column(colors, self.rank_order))
        self.add_column("id", Column(ids, self.rank_order))
        flags = flag_sensitive(self.ranked, self.content.fields, self.content.sensitive)
        if flags.any():
            self.add_column("sensitive", Column(flags.reshape(-1, 1), self.rank_order))

    def _describe_layout(self, number: int) -> dict[str, Any]:
        page = self.content.layouts[number]
        layout = page.layout
        entry: dict[str, Any] = {
            "name": layout.name,
            "title": page.title,
            "description": page.description,
            "positions": None,
            "labels": None,
        }
        if layout.reason is not None:
            return entry | {"reason": layout.reason}
        entry |= self._describe_arrangement(layout, layout.name)
        if layout.spreads:
            entry["spreads"] = [
                self._describe_spread(layout, number) for number in range(len(layout.spreads))
            ]
        if layout.tall is not None:
            entry["tall"] = self._describe_arrangement(layout.tall, f"{layout.name}-tall")
        return entry

    def _describe_arrangement(self, layout: Layout, name: str) -> dict[str, Any]:
        """Plan positions and what stands round them; files and column are called by the name."""
        positions = quantize_positions(layout.positions[self.content.ranks], self.rank_order)
        described: dict[str, Any] = {
            "positions": self.add_column(f"layout-{name}", positions),
            "labels": None,
        }
        if layout.labels:
            described["labels"] = self.add_json(f"labels-{name}", describe_labels(layout))
        if layout.ground:
            data = encode_ground(layout.ground)
            described["ground"] = self.add(f"c/ground-{name}.{hash_bytes(data)}.bin", data)
        if layout.cells:
            described["cells"] = describe_cells(layout)
        return described

    def _describe_spread(self, layout: Layout, number: int) -> dict[str, Any]:
        spread = layout.spreads[number]
        positions = quantize_positions(spread.positions[self.content.ranks], self.rank_order)
        return {
            "positions": self.add_column(f"layout-{layout.name}-spread-{number}", positions),
            "picture_size": spread.picture_size,
            "aspect": spread.aspect,
        }

    def _describe_level(self, number: int) -> dict[str, Any]:
        content = self.content
        level = content.clusters.levels[number]
        clusters = describe_clusters(level, content.home, self.rank_of_row)
        column = narrow_integers(level.cluster[content.ranks], self.rank_order)
        return {
            "column": self.add_column(f"cluster-{number}", column),
            "labels": self.add_json(f"clusters-{number}", clusters),
        }

    def _describe_field(self, number: int) -> dict[str, Any]:
        """Plan one metadata field; its files are named by its number, for its name is the user's word."""
        entry = self.content.fields[number]
        described: dict[str, Any] = {"name": entry.name, "title": entry.title, "kind": entry.kind}
        column, values = build_field_column(entry, self.ranked[entry.name], self.rank_order)
        described["column"] = self.add_column(f"field-{entry.name}", column, f"field-{number}")
        if values is not None:
            described["values"] = self.add_json(f"values-{number}", {"values": values})
        return described

    def _describe_details(self) -> dict[str, Any] | None:
        recipe = self.content.rendition
        if not recipe:
            return None
        return {"path": detail_template(recipe), "short_side_px": self.content.rendition_px}

    def _add_closeups(self) -> dict[str, Any]:
        """Plan the close-ups that lie in the site; return what the manifest says of them, if there are any."""
        content, closeups = self.content, self.content.closeups
        if closeups is None:
            return {}
        cache_control = takedown_cache(content.takedown_max_age_s)
        self.files += closeups.plan_files(self.ranked_ids, content.ranks, cache_control)
        return closeups.describe()

    def _add_concepts(self, guessed: ConceptFiles | None) -> dict[str, Any]:
        """Plan the files of guessed words; return what the manifest says of them, if there are any."""
        if guessed is None or self.content.concepts is None:
            return {}
        for name, data in guessed.files:
            self.add(f"{guessed.folder}/{name}", data)
        entry = {"folder": guessed.folder, "words": guessed.words, "files": len(guessed.files) - 1}
        return {"concepts": {**entry, "model": self.content.concepts.model}}

    def _plan_words(self, guessed: ConceptFiles | None) -> str:
        """Plan the blocks of words; return the template of their addresses. Each is made again when read."""
        blocks = range(count_blocks(len(self.content.ranks)))
        shown = guessed.shown if guessed else None
        makers = [
            partial(build_block, self.content, self.ranked, self.rank_of_row, number, shown)
            for number in blocks
        ]
        digests, sizes = [], []
        for make in makers:
            data = make()
            digests.append(hash_bytes(data))
            sizes.append(len(data))
        template = f"w/{hash_bytes(''.join(digests).encode())}/{{n}}.json"
        for number, (make, size) in enumerate(zip(makers, sizes, strict=True)):
            self.files.append(SiteFile(words_path(template, number), size, IMMUTABLE, make))
        return template

    def _plan_search(self) -> dict[str, Any]:
        """Plan the search index, whose bytes wait on disk; return what the manifest says of it."""
        index = build_index(self.content.fields, self.ranked)
        for file in index.files:
            path = check_path(f"{index.folder}/{file.name}")
            self.files.append(SiteFile(path, file.size_bytes, IMMUTABLE, read_later(index, file)))
        return index.to_json()

    def _plan_far(self, planned: tuple[dict[str, Any] | None, FarFiles]) -> dict[str, Any] | None:
        """Plan what is seen from afar; return what the manifest says of it."""
        for path, data in planned[1]:
            self.add_picture(path, data)
        return planned[0]

    def _describe_tiles(self) -> dict[str, Any]:
        levels = self.content.levels
        small = [level for level in levels if level in SMALL_TILE_LEVELS]
        described = {"tile_px": TILE_PX, "levels": [level for level in levels if level not in small]}
        return described | ({"small": {"tile_px": SMALL_TILE_PX, "levels": small}} if small else {})

    def _plan_tiles(self) -> Iterator[SiteFile]:
        content = self.content
        cache_control = takedown_cache(content.takedown_max_age_s)
        for segment in content.segments:
            sizes = list_sizes(content.tiles, f"s/{segment.id}")
            for level in content.levels:
                for number in range(count_tiles(segment.count, level)):
                    path = tile_path(segment.id, level, number)
                    if path not in sizes:
                        raise SiteError(
                            f"{content.tiles.url}/{path}: the tile is missing; run `clipplot build` to make it again"
                        )
                    yield SiteFile(path, sizes[path], cache_control, partial(content.tiles.read_bytes, path))
