"""Near-duplicates in the site: two columns, and what the manifest and the exported table say of them.

Belongs here: roles of images in their groups. Does not belong here: finding duplicates (``duplicates``, another room).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from clipplot_pipeline.model import Duplicates
from clipplot_pipeline.site.columns import Column, narrow_integers

#: What an image is in its group; an image may be both.
EARLIEST, LARGEST = 1, 2
GROUPS_COLUMN, ROLES_COLUMN = "duplicates", "duplicate-roles"


def describe_duplicates(
    duplicates: Duplicates | None,
    ranks: NDArray[np.int64],
    rank_order: str,
    add: Callable[[str, Column], str],
) -> dict[str, Any] | None:
    """Plan the columns and return what the manifest says; None if there are no near-duplicates.

    Parameters
    ----------
    add : callable
        Given a name and a column, plans its file and returns the name.
    """
    if duplicates is None or not duplicates.count:
        return None
    roles = _find_roles(duplicates)[ranks].reshape(-1, 1)
    return {
        "column": add(GROUPS_COLUMN, narrow_integers(duplicates.group[ranks], rank_order)),
        "roles": add(ROLES_COLUMN, Column(roles, rank_order)),
        "groups": duplicates.count,
        "images": int((duplicates.group >= 0).sum()),
    }


def tabulate_duplicates(duplicates: Duplicates | None) -> dict[str, pa.Array]:
    """Return the columns of the exported table, in catalog order; none where duplicates were not sought."""
    if duplicates is None:
        return {}
    group, roles = duplicates.group, _find_roles(duplicates)
    return {
        "duplicate_group": pa.array(group, mask=group < 0),
        "is_earliest_duplicate": pa.array((roles & EARLIEST) > 0),
        "is_largest_duplicate": pa.array((roles & LARGEST) > 0),
    }


def _find_roles(duplicates: Duplicates) -> NDArray[np.uint8]:
    roles = np.zeros(len(duplicates.group), np.uint8)
    roles[duplicates.earliest] |= EARLIEST
    roles[duplicates.largest] |= LARGEST
    return roles
