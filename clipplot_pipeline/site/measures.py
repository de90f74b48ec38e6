"""Measures in the site: a column each, and what the manifest says of them.

Belongs here: how a measure is stored. Does not belong here: measuring (``layouts``, another room).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clipplot_pipeline.model import Measure
from clipplot_pipeline.site.columns import Column

#: Steps between 0 and 1: finer is not told apart by colour, and would not be true either.
_STEPS = 100


def describe_measures(
    measures: Sequence[Measure],
    ranks: NDArray[np.int64],
    rank_order: str,
    add: Callable[[str, Column], str],
) -> list[dict[str, Any]]:
    """Plan the columns and return what the manifest says.

    Parameters
    ----------
    add : callable
        Given a name and a column, plans its file and returns the name.
    """
    entries = []
    for measure in measures:
        stored = (np.round(measure.values[ranks] * _STEPS) / _STEPS).astype(np.float32)
        entries.append(
            {
                "name": measure.name,
                "title": measure.title,
                "description": measure.description,
                "column": add(f"measure-{measure.name}", Column(stored.reshape(-1, 1), rank_order)),
            }
        )
    return entries
