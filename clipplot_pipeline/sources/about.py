"""What a source says of its pictures in a table of its own: cells put beside the paths that pictures have here.

Belongs here: what lists of addresses, Parquet and img2dataset share. Does not belong here: reading tables
(``table_delimited``, ``table_parquet`` …), what columns mean (``table``).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from clipplot_pipeline.sources.table import KEYS
from clipplot_pipeline.sources.table_cells import Cells, join_lists
from clipplot_pipeline.sources.table_text import fold_header


def make_about(cells: Cells, rows: Mapping[str, int], left_out: Collection[str] = ()) -> pa.Table:
    """Return what a table says of pictures, sorted by path, under its own headers; see ``Scan.about``.

    Parameters
    ----------
    cells : Cells
    rows : mapping of str to int
        Row of every picture in question, by its path.
    left_out : collection of str
        Headers to pass over.
    """
    paths = sorted(rows)
    taken = pa.array(np.array([rows[path] for path in paths], np.int64))
    columns: dict[str, Any] = {"path": pa.array(paths, pa.string())}
    for header, column in _name_columns(cells, left_out):
        columns[header] = column.take(taken)
    return pa.table(columns)


def join_about(tables: Sequence[pa.Table]) -> pa.Table | None:
    """Return tables about different pictures as one; None where there is none, or none says anything."""
    told = [table for table in tables if table.num_rows and table.num_columns > 1]
    if not told:
        return None
    is_text = {name for table in told for name in table.column_names if table[name].type == pa.string()}
    alike = []
    for table in told:
        columns = {
            name: join_lists(table[name]) if name in is_text else table[name] for name in table.column_names
        }
        alike.append(pa.table(columns))
    return pa.concat_tables(alike, promote_options="default").sort_by("path")


def _name_columns(cells: Cells, left_out: Collection[str]) -> Iterator[tuple[str, Any]]:
    """Yield the columns under headers that are each there once, and that do not name files."""
    met: Counter[str] = Counter(["path"])
    for number, (header, column) in enumerate(zip(cells.headers, cells.columns, strict=True), start=1):
        if header in left_out:
            continue
        name = header.strip() or f"column {number}"
        name = f"{name} (list)" if fold_header(name) in KEYS else name
        met[name] += 1
        yield (name if met[name] == 1 else f"{name} {met[name]}"), column
