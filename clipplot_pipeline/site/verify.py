"""The reader of a site that trusts nothing: it tells where files do not hold what the manifest says.

Belongs here: the order of checks and their result. Does not belong here: what is checked in columns and words
(``verify_data``) and in pictures (``verify_pictures``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from clipplot_pipeline.errors import SiteError, UsageError
from clipplot_pipeline.site.destination import list_sizes
from clipplot_pipeline.site.format import IMAGES_TABLE, INDEX, LOADER, MANIFEST, count_blocks, words_path
from clipplot_pipeline.site.ground import check_grounds
from clipplot_pipeline.site.list_pages import name_pages
from clipplot_pipeline.site.manifest import Manifest, read_manifest
from clipplot_pipeline.site.verify_closeups import check_closeups, name_closeups
from clipplot_pipeline.site.verify_concepts import check_concepts, name_concepts
from clipplot_pipeline.site.verify_data import check_columns, check_labels, check_table, check_words
from clipplot_pipeline.site.verify_duplicates import check_duplicates
from clipplot_pipeline.site.verify_far import check_boot, check_micro
from clipplot_pipeline.site.verify_list import check_list
from clipplot_pipeline.site.verify_pictures import check_details, check_tiles, name_details, name_tiles
from clipplot_pipeline.site.verify_search import check_search, name_search
from clipplot_pipeline.storage import Store

#: Problems told at most: a broken site has thousands.
MAX_PROBLEMS = 50


@dataclass(frozen=True, slots=True)
class Verification:
    """What reading a site found.

    Attributes
    ----------
    problems : tuple of str
        Each names a file, what was found and what was expected; empty if the site is whole.
    images, files, bytes : int
        Images of the site; files that the manifest names, pictures included, and their size together.
    """

    problems: tuple[str, ...]
    images: int = 0
    files: int = 0
    bytes: int = 0

    @property
    def is_whole(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems


def verify_site(url: str, *, sample: int | None = None) -> Verification:
    """Read a published site and return what is wrong with it.

    Parameters
    ----------
    url : str
        A folder or fsspec URL that can be listed.
    sample : int, optional
        Pictures of each kind to decode; all by default.
    """
    if url.startswith(("http:", "https:")):
        raise UsageError(
            f"{url}: a web address cannot be listed; verify the folder or bucket behind it, or a copy"
        )
    store = Store(url)
    try:
        manifest = store.fs.cat_file(store.locate(MANIFEST))
    except FileNotFoundError:
        return Verification(
            (f"{url}/{MANIFEST}: missing; expected a site: publish one with `clipplot build`",)
        )
    except OSError as error:
        return Verification((f"{url}/{MANIFEST}: cannot be read ({error}); expected a site",))
    try:
        return verify_manifest(store, read_manifest(manifest, f"{url}/{MANIFEST}"), sample=sample)
    except SiteError as error:
        return Verification((str(error),))


def verify_manifest(
    store: Store,
    manifest: Manifest | Mapping[str, Any],
    *,
    sample: int | None = None,
    has_root_files: bool = True,
    sizes: Mapping[str, int] | None = None,
) -> Verification:
    """Check a manifest, published or not yet, against the files in a folder.

    Parameters
    ----------
    store : Store
        Where the files lie.
    manifest : Manifest or mapping
        What names them.
    sample : int, optional
        Pictures of each kind to decode; all by default.
    has_root_files : bool
        Whether ``index.html`` and the other files that change in place are there already.
    sizes : mapping of str to int, optional
        Size of every file in the folder, if known; else the folder is listed.
    """
    if not isinstance(manifest, Manifest):
        manifest = read_manifest(manifest)
    sizes = list_sizes(store) if sizes is None else sizes
    named = set(iterate_names(manifest))
    ids: list[str] = []
    problems = []
    for problem in _iterate_problems(store, manifest, sizes, named, ids, sample, has_root_files):
        problems.append(problem)
        if len(problems) == MAX_PROBLEMS:
            problems.append(f"and perhaps more: verification stopped after {MAX_PROBLEMS}")
            break
    named.update(name_tiles(manifest), name_details(manifest, ids), name_closeups(manifest, ids))
    there = [sizes[path] for path in named if path in sizes]
    return Verification(tuple(problems), manifest.image_count, len(there), sum(there))


def iterate_names(manifest: Manifest) -> Iterator[str]:
    """Yield every path that a manifest names outright, without pictures and words."""
    yield from (INDEX, LOADER, manifest.about, manifest.viewer.script, manifest.viewer.style)
    yield from manifest.brand.files if manifest.brand else ()
    yield from (column.path for column in manifest.columns.values())
    arrangements = [part for layout in manifest.layouts for part in layout.arrangements]
    yield from (part.labels for part in arrangements if part.labels)
    yield from (part.ground for part in arrangements if part.ground)
    yield from manifest.micro.paths if manifest.micro else ()
    yield from [manifest.boot.path] if manifest.boot else ()
    yield from (level.labels for level in manifest.clusters.levels)
    yield from (field.values for field in manifest.fields if field.values)
    yield from manifest.exports.values()
    if any("/" in path for path in manifest.exports.values()):
        yield IMAGES_TABLE  # the copy at the root
    yield from (words_path(manifest.words.path, n) for n in range(count_blocks(manifest.image_count)))
    yield from name_search(manifest)
    yield from name_concepts(manifest)
    if manifest.pages:
        yield from (f"{manifest.pages.folder}/{name}" for name in name_pages(manifest.pages.count))


def _iterate_problems(
    store: Store,
    manifest: Manifest,
    sizes: Mapping[str, int],
    named: set[str],
    ids: list[str],
    sample: int | None,
    has_root_files: bool,
) -> Iterator[str]:
    root = {path for path in named if "/" not in path}
    missing = sorted(path for path in named - sizes.keys() if has_root_files or path not in root)
    yield from (f"{path}: missing; the manifest names it" for path in missing)
    yield from (f"{path}: empty" for path in sorted(named & sizes.keys()) if not sizes[path])
    if missing:
        return  # what lies in a missing file would only repeat it
    yield from check_columns(store, manifest, ids)
    yield from check_duplicates(store, manifest)
    yield from check_micro(store, manifest, sample)
    yield from check_boot(store, manifest)
    yield from check_labels(store, manifest)
    yield from check_grounds(store, manifest)
    yield from check_words(store, manifest, ids)
    yield from check_search(store, manifest, sample)
    yield from check_concepts(store, manifest, sample)
    yield from check_list(store, manifest, ids, sample)
    yield from check_tiles(store, manifest, sizes, sample)
    yield from check_details(store, manifest, ids, sizes, sample)
    yield from check_closeups(store, manifest, sizes, sample)
    if has_root_files or "/" in manifest.exports.get("images", ""):
        yield from check_table(store, manifest, ids)
