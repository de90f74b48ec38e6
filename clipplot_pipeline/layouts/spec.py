"""What a layout is given and what a layout is: the one interface of this room.

Belongs here: ``LayoutInput``, ``LayoutSpec`` and the checks that hold for every layout.
Does not belong here: any arrangement (one module each), the list of layouts (the package itself).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from clipplot_pipeline.layouts.memory import Previous
from clipplot_pipeline.model import Field, Layout, Neighbors

#: What a layout may ask for beyond the ids and aspects, which it always gets.
NEEDS = frozenset({"vectors", "neighbors", "primary", "names", "fields", "previous"})


@dataclass(frozen=True, slots=True)
class LayoutInput:
    """Everything that an arrangement may look at; all rows are in catalog order.

    Attributes
    ----------
    image_ids : ndarray of str, shape (n,)
        Sorted and unique: what ties are broken by.
    aspects : ndarray of float32, shape (n,)
        Width over height of the upright pictures.
    vectors : ndarray of float32, shape (n, D), or None
        Unit length; may be a memory map: read it in blocks.
    neighbors : Neighbors or None
        Rows are catalog rows.
    primary : ndarray of float32, shape (n, 2), or None
        Positions of the primary layout, world coordinates.
    names : sequence of str or None
        What the images are called: to sort by, to be read by people. May hold blanks.
    fields : pyarrow.Table or None
        The user's fields: a column each.
    described : tuple of Field
        What these columns are, in the order to show them.
    previous : Previous or None
        The layout as it was before, if there was one.
    space : str
        Tells vectors of different models apart.
    """

    image_ids: NDArray[np.str_]
    aspects: NDArray[np.float32]
    vectors: NDArray[np.float32] | None = None
    neighbors: Neighbors | None = None
    primary: NDArray[np.float32] | None = None
    names: Sequence[str] | None = None
    fields: pa.Table | None = None
    described: tuple[Field, ...] = ()
    previous: Previous | None = None
    space: str = ""

    def __post_init__(self) -> None:
        n = len(self.image_ids)
        rows = {
            "aspects": len(self.aspects),
            "vectors": n if self.vectors is None else len(self.vectors),
            "neighbors": n if self.neighbors is None else len(self.neighbors),
            "primary": n if self.primary is None else len(self.primary),
            "names": n if self.names is None else len(self.names),
            "fields": n if self.fields is None else self.fields.num_rows,
            "previous": n if self.previous is None else len(self.previous.positions),
        }
        for part, count in rows.items():
            if count != n:
                raise ValueError(f"layout input: {n} image ids, but {part} has {count} rows; they must agree")

    def __len__(self) -> int:
        return len(self.image_ids)


Arrange = Callable[[LayoutInput, Mapping[str, Any]], Layout]


@dataclass(frozen=True, slots=True)
class LayoutSpec:
    """One kind of layout.

    Attributes
    ----------
    name : str
        Key of the layout: asset ``layout_<name>``, column ``layout-<name>``, settings ``layouts.<name>``.
    title, description : str
        What people read in the viewer's menu.
    needs : frozenset of str
        The parts of ``LayoutInput`` that must be there, out of ``NEEDS``.
    code_version : str
        Raised whenever the arrangement gives other positions for the same input.
    arrange : callable
        ``(LayoutInput, settings) -> Layout``; pure and deterministic. Missing settings take the defaults.
    section : str
        Section of the settings that it is handed, if that is not ``layouts.<name>``: its last part.
    keys : tuple of str
        Those of the section that shape it; empty: all.
    overrides : mapping
        Values that go before those of the section; the name says them.
    """

    name: str
    title: str
    description: str
    needs: frozenset[str]
    code_version: str
    arrange: Arrange
    section: str = ""
    keys: tuple[str, ...] = ()
    overrides: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if unknown := self.needs - NEEDS:
            raise ValueError(f"layout {self.name}: it needs {sorted(unknown)}; known are {sorted(NEEDS)}")
