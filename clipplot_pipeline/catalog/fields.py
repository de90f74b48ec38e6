"""Metadata fields as JSON values, and their names beside the catalog's own columns.

Belongs here: what is true of any list of fields. Does not belong here: finding out what kind a column is (``sources``).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence

from clipplot_pipeline import schemas
from clipplot_pipeline.model import Field


def fields_to_json(fields: Iterable[Field]) -> list[dict[str, str]]:
    """Return fields as plain JSON values, in their order."""
    return [dataclasses.asdict(field) for field in fields]


def fields_from_json(values: Iterable[Mapping[str, str]]) -> tuple[Field, ...]:
    """Return the fields that ``fields_to_json`` wrote."""
    return tuple(Field(**value) for value in values)  # type: ignore[arg-type]


def rename_fields(fields: Sequence[Field]) -> tuple[Field, ...]:
    """Return the fields as the catalog holds them, in their order.

    A name that one of the catalog's own columns has (``shard``, ``sha256`` …) gets ``_`` at its end, as often as
    is needed to be alone; the title stays as it is.
    """
    taken = {*schemas.CATALOG.names, *(f.name for f in fields if f.name not in schemas.CATALOG.names)}
    renamed = []
    for field in fields:
        name = field.name
        if name in schemas.CATALOG.names:
            while name in taken:
                name += "_"
            taken.add(name)
        renamed.append(dataclasses.replace(field, name=name))
    return tuple(renamed)
