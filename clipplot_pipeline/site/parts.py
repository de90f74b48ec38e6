"""The JSON files of a site other than its manifest, as a reader takes them: every key's type.

Belongs here: what all of them share, labels, clusters, values, words. Does not belong here: the manifest
(``manifest``), whether they hold what they should (``verify``).
"""

from __future__ import annotations

from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from clipplot_pipeline.errors import SiteError

Finite = Annotated[float, Field(allow_inf_nan=False)]
Count = Annotated[int, Field(ge=0)]
Read = TypeVar("Read", bound="Part")


class Part(BaseModel):
    """An object of a site's JSON: keys that are not known are passed over, types are not bent."""

    model_config = ConfigDict(extra="ignore", frozen=True, strict=True)


class LabelEntry(Part):
    """One label of a layout (site format §5)."""

    text: str
    x: Finite
    y: Finite
    size: Finite
    level: Count
    kind: str
    count: Count
    height: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.0


class LabelsFile(Part):
    """The labels of a layout."""

    labels: list[LabelEntry]


class ExtentEntry(Part):
    """Where a cluster lies in a spread of the home layout."""

    x: Finite
    y: Finite
    size: Finite


class ClusterEntry(Part):
    """One cluster of a level."""

    name: str
    count: Count
    representatives: list[Count]
    x: Finite
    y: Finite
    size: Finite
    spreads: list[ExtentEntry] = Field(default_factory=list)


class ClustersFile(Part):
    """The clusters of a level, in the order of their numbers."""

    clusters: list[ClusterEntry]


class ValuesFile(Part):
    """The words that a category column indexes."""

    values: list[str]


class WordsRow(Part):
    """The words of one image (site format §7)."""

    id: str
    path: str
    width_px: int = Field(ge=1)
    height_px: int = Field(ge=1)
    fields: dict[str, Any]
    neighbors: list[Count]
    closeup: bool | str | None = None
    concepts: list[Count] = Field(default_factory=list)


class WordsFile(Part):
    """A block of words."""

    first_rank: Count
    rows: list[WordsRow]


def read_part(kind: type[Read], data: bytes, name: str) -> Read:
    """Return a JSON file of a site as one of the classes of this room.

    Raises
    ------
    SiteError
        That names the file, the first wrong key and what is wrong with it.
    """
    try:
        return kind.model_validate_json(data)
    except ValidationError as error:
        raise SiteError(_explain(error, name)) from error


def _explain(error: ValidationError, name: str) -> str:
    first = error.errors(include_url=False)[0]
    key = ".".join(str(part) for part in first["loc"]) or "(all)"
    return f"{name}: {key}: {first['msg']}; found {str(first['input'])[:80]!r}; publish the site again"
