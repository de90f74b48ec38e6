"""Fields as JSON values, the way they lie between assets."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Any

from clipplot_pipeline.model import Field


def fields_to_json(fields: Iterable[Field]) -> list[dict[str, Any]]:
    """Return fields as plain JSON values."""
    return [dataclasses.asdict(field) for field in fields]


def fields_from_json(values: Iterable[Mapping[str, Any]]) -> tuple[Field, ...]:
    """Return the fields that ``fields_to_json`` wrote."""
    return tuple(Field(**value) for value in values)
