"""What an output takes over from the one before it, it takes over of pictures: an id alone does not tell one.

Belongs here: noting which picture each id stands for, and telling which ids stand for the same one still. Does not
belong here: what is taken over (neighbours, pairs, places, published pictures).

An id that clipplot makes is made of the picture. One that is taken from a column (`id_column`) stays when the picture
is replaced, and what was known of the old one must not be said of the new.
"""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from clipplot_pipeline import schemas
from clipplot_pipeline.defs.step import Step
from clipplot_pipeline.storage import Store

CONTENTS = "contents.parquet"


def note_contents(step: Step, catalog: pa.Table) -> None:
    """Keep beside the output which picture each id of the catalog stands for, where the id does not say so itself."""
    if step.settings.id_column:
        step.out.write_table(CONTENTS, catalog.select(schemas.CONTENTS.names).cast(schemas.CONTENTS))


def recall_ids(folder: Store, catalog: pa.Table) -> pa.ChunkedArray:
    """Return the ids by which an output of before knows the catalog's images; null: the id stood for another picture.

    Parameters
    ----------
    folder : Store
        Of the output of before.
    catalog : pyarrow.Table
        With ``image_id`` and ``sha256``.
    """
    ids = catalog["image_id"]
    if not folder.exists(CONTENTS):
        return ids
    noted = folder.read_table(CONTENTS)
    before = noted["sha256"].take(pc.index_in(ids, value_set=noted["image_id"]))
    is_replaced = pc.fill_null(pc.not_equal(before, catalog["sha256"]), False)
    return pc.if_else(is_replaced, pa.scalar(None, pa.string()), ids)
