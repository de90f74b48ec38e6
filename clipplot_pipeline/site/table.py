"""``images.parquet``: everything published about every image in one wide table, for other tools.

Belongs here: which columns the table has. Nothing private enters it: no hash of an original, no shard, and
vectors only if they are asked for.
"""

from __future__ import annotations

import io

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from clipplot_pipeline.site.concepts import tabulate_concepts
from clipplot_pipeline.site.content import SiteContent
from clipplot_pipeline.site.duplicates import tabulate_duplicates


def build_images_table(content: SiteContent) -> pa.Table:
    """Return one row an image, in catalog order.

    Columns: ``image_id``, ``path``, ``width_px``, ``height_px``, ``mean_rgb``; ``<layout>_x`` and ``<layout>_y``
    of every layout that has positions, and ``<layout>_spread_x`` and ``<layout>_spread_y`` where it is spread out for
    wide windows; ``cluster_<k>`` (-1: none) and ``cluster_<k>_name`` of every level;
    ``duplicate_group`` (null: no near-duplicates), ``is_earliest_duplicate`` and ``is_largest_duplicate``;
    ``measure_<name>`` of every measure; ``guessed_words``, where a model guessed some;
    the metadata fields under their own names (``field_<name>`` where that name is taken); ``vector`` if published.
    """
    catalog = content.catalog
    columns: dict[str, pa.ChunkedArray | pa.Array] = {
        "image_id": catalog["image_id"],
        "path": pc.list_element(catalog["paths"], 0),
        "width_px": catalog["width_px"],
        "height_px": catalog["height_px"],
        "mean_rgb": catalog["mean_rgb"],
    }
    for page in content.layouts:
        if page.layout.reason is None:
            columns[f"{page.layout.name}_x"] = pa.array(page.layout.positions[:, 0])
            columns[f"{page.layout.name}_y"] = pa.array(page.layout.positions[:, 1])
        for spread in page.layout.spreads[:1]:
            columns[f"{page.layout.name}_spread_x"] = pa.array(spread.positions[:, 0])
            columns[f"{page.layout.name}_spread_y"] = pa.array(spread.positions[:, 1])
    for number, level in enumerate(content.clusters.levels):
        columns[f"cluster_{number}"] = pa.array(level.cluster)
        names = [level.names[k] if k >= 0 else None for k in level.cluster.tolist()]
        columns[f"cluster_{number}_name"] = pa.array(names, pa.string())
    columns |= tabulate_duplicates(content.duplicates)
    columns |= {f"measure_{m.name}": pa.array(m.values, from_pandas=True) for m in content.measures}
    columns |= tabulate_concepts(content.concepts)
    if content.vectors is not None:
        flat = pa.array(content.vectors.reshape(-1))
        columns["vector"] = pa.FixedSizeListArray.from_arrays(flat, content.vectors.shape[1])
    for field in content.fields:
        name = field.name if field.name not in columns else f"field_{field.name}"
        columns[name] = catalog[field.name]
    return pa.table(columns)


def write_images_table(content: SiteContent) -> bytes:
    """Return the Parquet file of ``build_images_table``."""
    out = io.BytesIO()
    pq.write_table(build_images_table(content), out, compression="zstd", row_group_size=65_536)
    return out.getvalue()
