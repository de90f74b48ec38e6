"""What `clipplot build` makes of a folder that clip-retrieval wrote, and of vectors that are named.

Belongs here: options into settings. Does not belong here: reading vectors (``sources``), using them (``defs``).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from clipplot_pipeline.catalog import assign_vectors
from clipplot_pipeline.defs.observe import Observation
from clipplot_pipeline.errors import UsageError
from clipplot_pipeline.graph import INVENTORY
from clipplot_pipeline.ledger import Ledger
from clipplot_pipeline.paths import quote_path
from clipplot_pipeline.settings import Settings
from clipplot_pipeline.sources.locations import join_url
from clipplot_pipeline.sources.vector_files import METADATA_FOLDER, holds_vectors
from clipplot_pipeline.sources.vector_listing import describe_folder, list_vectors

#: Option of `clipplot build` that is no setting: it says what the source is.
IMAGE_ROOT = "image_root"


def settle_vectors(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings that options mean: the pictures are the source, ready-made vectors are imported.

    Parameters
    ----------
    options : mapping
        Dotted keys, and ``image_root``: the folder that the pictures of a clip-retrieval folder lie in.

    Raises
    ------
    UsageError
        The source is a folder of clip-retrieval and it is not said where its pictures lie, or the other way round.
    """
    values = dict(options)
    root = values.pop(IMAGE_ROOT, "")
    source = str(values.get("source", ""))
    is_output = bool(source) and holds_vectors(source)
    if is_output and not root:
        example, _ = describe_folder(source)
        told = f", the first is called {example!r}" if example else ""
        raise UsageError(
            f"{source}: clip-retrieval wrote this folder: it holds vectors, and its pictures lie elsewhere{told}; "
            f"expected their folder: `clipplot build {quote_path(source)} --image-root DIR`"
        )
    if root and not is_output:
        raise UsageError(
            f"--image-root: it goes with a folder that clip-retrieval wrote, and {source or 'no source'} "
            "is none (it has "
            "no img_emb/*.npy); expected `clipplot build FOLDER --image-root DIR`, or `clipplot build DIR "
            "--vectors FILES`"
        )
    if is_output:
        _, has_words = describe_folder(source)
        values = {"vectors": [source], **values, "source": root}
        if has_words:
            values.setdefault("metadata", [join_url(source, METADATA_FOLDER)])
    if values.get("vectors"):
        values.setdefault("embedder", "imported")
    return values


def check_vectors(settings: Settings, seen: Observation) -> None:
    """Raise what is wrong with ready-made vectors before a picture is opened; those that are known already are good.

    Raises
    ------
    SourceError
        A file cannot be read, names and vectors do not go together, or no name is that of a picture.
    """
    record = Ledger(settings).record(INVENTORY)
    if not seen.vectors or (record is not None and record.parts.get("vectors") == seen.inputs["vectors"]):
        return
    listing = list_vectors(seen.vectors, settings.vectors)
    paths = pa.chunked_array([pa.array((image.path for image in seen.scan.images), pa.string())])
    assign_vectors(paths, listing.names, listing.key_kind)
