"""What IIIF documents say of their pictures, as the table that a source hands on.

Belongs here: fields of manifests, canvases and collections to columns. Does not belong here: reading them
(``iiif_text``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pyarrow as pa

from clipplot_pipeline.sources.iiif_manifest import Canvas, Manifest
from clipplot_pipeline.sources.iiif_text import TITLE, free_label

_PAGE, _COLLECTION, _MANIFEST = "Page", "Collection", "Manifest"
#: Columns that come first, in this order; others follow as they were met.
_FIRST = (TITLE, _PAGE, "year", "Date", "Author", "description", _COLLECTION)
_LAST = ("Attribution", "Rights", "permalink", _MANIFEST)


def make_about(pages: Mapping[str, tuple[Canvas, Manifest, Sequence[str]]]) -> pa.Table | None:
    """Return a row a picture.

    Parameters
    ----------
    pages : mapping
        Path of each picture, in the order of the documents; its canvas, its manifest, and the labels of the collections
        that lead to it, from the outermost on.

    Returns
    -------
    pyarrow.Table or None
        Columns of text; of lists where a picture has several values. Sorted by path. None without pictures.
    """
    rows = {path: _read_row(*page) for path, page in pages.items()}
    if not rows:
        return None
    met = list(dict.fromkeys(name for row in rows.values() for name in row))
    middle = [name for name in met if name not in {*_FIRST, *_LAST}]
    order = [*(n for n in _FIRST if n in met), *middle, *(n for n in _LAST if n in met)]
    paths = sorted(rows)
    columns: dict[str, pa.Array] = {"path": pa.array(paths, pa.string())}
    for name in order:
        cells = [rows[path].get(name, []) for path in paths]
        # "2 of 3" is a list; a text of several paragraphs, or a name the same in all manifests, is none
        if any(len(cell) > 1 for cell in cells):
            columns[name] = pa.array([cell or None for cell in cells], pa.list_(pa.string()))
        else:
            columns[name] = pa.array([cell[0] if cell else None for cell in cells], pa.string())
    return pa.table(columns)


def _read_row(canvas: Canvas, manifest: Manifest, collections: Sequence[str]) -> dict[str, list[str]]:
    row = dict(manifest.fields)
    for name, values in canvas.fields.items():
        row[name] = values  # what is said of the page comes before what is said of the book
    if TITLE in row:
        row[TITLE] = ["; ".join(row[TITLE])]
    if len(manifest.canvases) > 1 and canvas.label:
        row[_PAGE] = [canvas.label]
    elif canvas.label and TITLE not in row:
        row[TITLE] = [canvas.label]
    inner = collections[1:] or collections[:1]  # the outermost is the whole map
    if inner and len(collections) > 1:
        row[_COLLECTION] = [inner[-1]]
    if manifest.id.startswith(("http://", "https://")):
        row[_MANIFEST] = [manifest.id]
    return {free_label(name): values for name, values in row.items()}
