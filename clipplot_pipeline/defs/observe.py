"""A look at everything outside: the source's listing and the version of every input file.

Belongs here: what `inventory` compares with what it remembers. Does not belong here: opening a picture or a table.
"""

import dataclasses
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from clipplot_pipeline.defs.own_concepts import tag_own_concepts
from clipplot_pipeline.errors import SettingsError, SourceError
from clipplot_pipeline.ledger import Ledger
from clipplot_pipeline.model import Scan
from clipplot_pipeline.settings import Settings
from clipplot_pipeline.sources import OF_FILES, find_kind, split_pattern
from clipplot_pipeline.sources.http_secrets import hide_in_table
from clipplot_pipeline.sources.local import hold_back
from clipplot_pipeline.sources.names import TABLES
from clipplot_pipeline.sources.own_folders import make_patterns
from clipplot_pipeline.sources.table_inputs import TableInput, find_tables, find_tables_among
from clipplot_pipeline.sources.vector_files import VectorFile, find_vectors
from clipplot_pipeline.storage import hash_json, hash_table
from clipplot_pipeline.takedown import SKIPPED, Forgotten


@dataclass(frozen=True)
class Observation:
    """What lies outside now.

    Attributes
    ----------
    inputs : dict of str to str
        ``listing``: hash of all paths, sizes and versions; ``metadata``: version of the tables and of
        what the source says itself, empty without either. ``own_clusters``, ``own_concepts``: version of that file, or
        empty.
    tables : tuple of TableInput
        The tables that are named, or lie among the images.
    vectors : tuple of VectorFile
        Ready-made vectors; ``inputs["vectors"]`` is their version, and only there if they are to be used.
    """

    scan: Scan
    inputs: dict[str, str]
    tables: tuple[TableInput, ...] = ()
    vectors: tuple[VectorFile, ...] = ()


def observe(settings: Settings, before_ns: int | None = None) -> Observation:
    """List the source and look at the input files.

    Parameters
    ----------
    settings : Settings
    before_ns : int, optional
        Files of a local folder that changed at this time or later are held back. Unit: ns since 1970.

    Raises
    ------
    SourceError
        If no source is named, or it is not there.
    SettingsError
        If vectors are to be imported, and none are named.
    TableError
        If a table that is named is not there.
    """
    if not settings.source:
        raise SourceError(
            "source: no folder of images is named; expected `source` in clipplot.toml, or `clipplot build FOLDER`"
        )
    kind = find_kind(settings)
    scan = _leave_out_forgotten(
        kind.make(settings).scan((*settings.exclude, *make_patterns(settings)), settings.include),
        Ledger(settings).forgotten(),
    )
    if settings.metadata:
        tables, version = find_tables(settings.metadata)
    else:
        tables, version = find_tables_among(split_pattern(settings.source)[0], scan.tables)
        scan = _take_tables_out(scan, len(tables))
    if before_ns is not None and kind in OF_FILES and "://" not in settings.source:
        scan = hold_back(scan, before_ns)
    if scan.about is not None:
        scan = dataclasses.replace(scan, about=hide_in_table(scan.about))  # what it says is published
        version = hash_json([version, hash_table(scan.about)])[:16]
    own = find_tables([settings.own_clusters], "own_clusters")[1] if settings.own_clusters else ""
    listing = hash_json([[image.path, image.size_bytes, image.version] for image in scan.images])
    words = tag_own_concepts(settings.own_concepts)
    inputs = {"listing": listing, "metadata": version, "own_clusters": own, "own_concepts": words}
    vectors, tag = look_at_vectors(settings)
    return Observation(scan, inputs | ({"vectors": tag} if vectors else {}), tables, vectors)


def look_at_vectors(settings: Settings) -> tuple[tuple[VectorFile, ...], str]:
    """Return the files of ready-made vectors, and a tag that changes with any; nothing unless they are to be used.

    Raises
    ------
    SettingsError
        They are to be used, and none are named.
    SourceError
        There are none, or not all of what belongs to them.
    """
    if settings.embedder != "imported":
        return (), ""
    if not settings.vectors:
        raise SettingsError(
            "vectors: `embedder` is `imported`, and no vectors are named; expected a folder of "
            "clip-retrieval, or files of "
            "vectors: `clipplot build FOLDER --vectors FILES`"
        )
    return find_vectors(settings.vectors)


def _take_tables_out(scan: Scan, count: int) -> Scan:
    """Return the scan with tables that are used no longer among what is left out."""
    skipped = {**scan.skipped, TABLES: scan.skipped.get(TABLES, 0) - count}
    return dataclasses.replace(scan, skipped={reason: n for reason, n in skipped.items() if n > 0})


def _leave_out_forgotten(scan: Scan, forgotten: Forgotten) -> Scan:
    """Return the scan without the files that were taken down: they are not even opened again."""
    kept = tuple(
        image for image in scan.images if not forgotten.has_place(image.path, image.size_bytes, image.version)
    )
    count = len(scan.images) - len(kept)
    skipped = {**scan.skipped, SKIPPED: count}
    if not count:
        return scan
    about = scan.about
    if about is not None:
        names = pa.array([image.path for image in kept], pa.string())
        about = about.filter(pc.is_in(about["path"], value_set=names))
    return dataclasses.replace(scan, images=kept, skipped=skipped, about=about)
