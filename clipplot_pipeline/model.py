"""The dataclasses that the stages exchange; each checks its own shapes.

Belongs here: frozen dataclasses without behaviour beyond checking and (de)serialising themselves.
Does not belong here: Parquet schemas (``schemas``), reading and writing (``storage``), any computation.

Arrays of one run share one order, that of the catalog: rows sorted by ``image_id``. Rows mean something
within one run only: what is stored is joined by ``image_id``; ranks exist in the site alone.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from clipplot_pipeline.findings import Concepts, Duplicates, Measure, no_concepts
from clipplot_pipeline.originals import ImageFacts, NoOriginalError, Reject, RejectKind, Scan, SourceImage

__all__ = [
    "CellArea",
    "ClusterLevel",
    "Clusters",
    "Concepts",
    "Duplicates",
    "Field",
    "FieldKind",
    "ImageFacts",
    "Label",
    "Layout",
    "Measure",
    "ModelCard",
    "Neighbors",
    "NoOriginalError",
    "Reject",
    "RejectKind",
    "Scan",
    "Segment",
    "Shape",
    "SourceImage",
    "Spread",
    "no_concepts",
]

FieldKind = Literal["category", "tags", "number", "date", "text", "url", "boolean"]


@dataclass(frozen=True, slots=True)
class Field:
    """A metadata field of the user's table.

    ``name`` is the column's key, ``title`` what is shown, ``kind`` how it is read and shown.
    """

    name: str
    title: str
    kind: FieldKind


@dataclass(frozen=True, slots=True)
class ModelCard:
    """What made the vectors: two matrices may be joined only if their cards are equal.

    Attributes
    ----------
    embedder, model, weights : str
        Family, architecture, and what identifies the weights (tag and sha256, or the fitted basis' hash).
    preprocessing, rendition : str
        What was done to the pixels, and the recipe of the rendition they came from.
    dim : int
        Components of a vector.
    libraries : mapping of str to str
        Name and version of what computed the vectors.
    notes : str
        What the model cannot see; known biases; licence.
    precision : str
        Number format that the model computed in (``fp32``, ``bf16``, ``fp16``); empty where there is no choice.
    """

    embedder: str
    model: str
    weights: str
    preprocessing: str
    rendition: str
    dim: int
    libraries: Mapping[str, str] = field(default_factory=dict)
    notes: str = ""
    precision: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return the card as plain JSON values."""
        return dataclasses.asdict(self) | {"libraries": dict(self.libraries)}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> ModelCard:
        """Return the card that ``to_json`` wrote."""
        return cls(**value)

    def digest(self) -> str:
        """Return 16 hex digits over what decides the vectors (libraries and notes do not, nor what is not said)."""
        passed_over = {"libraries", "notes"} | (set() if self.precision else {"precision"})
        deciding = {k: v for k, v in self.to_json().items() if k not in passed_over}
        return hashlib.sha256(json.dumps(deciding, sort_keys=True).encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Neighbors:
    """The k nearest neighbours of every image, nearest first, without the image itself.

    Attributes
    ----------
    rows : ndarray of int32, shape (n, k)
        Catalog rows; -1 where fewer than k others exist.
    similarities : ndarray of float32, shape (n, k)
        Cosine, within [-1, 1], falling along a row; NaN where ``rows`` is -1.
    """

    rows: NDArray[np.int32]
    similarities: NDArray[np.float32]

    def __post_init__(self) -> None:
        if self.rows.shape != self.similarities.shape or self.rows.ndim != 2:
            raise ValueError(
                f"neighbors: rows are {self.rows.shape} and similarities {self.similarities.shape}; "
                "both must be (n, k)"
            )

    def __len__(self) -> int:
        return len(self.rows)


@dataclass(frozen=True, slots=True)
class Label:
    """A text that stands on the map (site format §5); ``x, y, size, height`` in world units.

    Of an ``area`` (x, y) is the middle of the upper edge, of a ``tick`` or a ``gap`` the middle of a stretch of the
    axis; ``size`` is then the width, ``height`` the height. An axis whose stretches have a height is vertical, left of
    the images; else it is horizontal, below them. A height of 0 says nothing.
    """

    text: str
    x: float
    y: float
    size: float
    level: int
    kind: Literal["cluster", "axis", "area", "tick", "gap"]
    count: int
    height: float = 0.0

    def to_json(self) -> dict[str, Any]:
        """Return the label as plain JSON values; a height that says nothing is left out."""
        value = dataclasses.asdict(self)
        return value if self.height else {k: v for k, v in value.items() if k != "height"}


@dataclass(frozen=True, slots=True)
class Shape:
    """Something that is drawn below the images of a layout.

    Attributes
    ----------
    kind : str
        ``sea``, ``land`` and ``block`` are areas: their parts, one after the other, go round them. ``line`` and
        ``scale``: each part is a line.
    parts : tuple of ndarray of float32, shape (m, 2)
        World units, within [-2, 2]. What joins two parts of an area is filled but not stroked; by the even-odd rule
        they hold the area.
    """

    kind: Literal["sea", "land", "line", "scale", "block"]
    parts: tuple[NDArray[np.float32], ...]

    def __post_init__(self) -> None:
        for part in self.parts:
            if part.ndim != 2 or part.shape[1] != 2 or len(part) < 1:
                raise ValueError(f"shape {self.kind}: a part is {part.shape}; expected (m, 2), m at least 1")
            if not (np.isfinite(part).all() and np.abs(part).max() <= 2.0):
                raise ValueError(f"shape {self.kind}: its points must be finite and within [-2, 2]")

    def to_json(self) -> dict[str, Any]:
        """Return the shape as plain JSON values, the points rounded to 0.00001."""
        return {"kind": self.kind, "parts": [np.round(part.astype(float), 5).tolist() for part in self.parts]}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Shape:
        """Return the shape that ``to_json`` wrote."""
        return cls(value["kind"], tuple(np.array(part, np.float32) for part in value["parts"]))


@dataclass(frozen=True, slots=True)
class CellArea:
    """A part of the world where every image has a square cell of its own, of this side; world units."""

    min_x: float
    min_y: float
    max_x: float
    max_y: float
    side: float

    def __post_init__(self) -> None:
        if not (self.side > 0 and self.min_x <= self.max_x and self.min_y <= self.max_y):
            raise ValueError(f"cells: {self}; expected a side above 0, and an area")


@dataclass(frozen=True, slots=True)
class Spread:
    """A second arrangement of a layout, in which pictures have room.

    Attributes
    ----------
    positions : ndarray of float32, shape (n, 2)
        World coordinates, within [-1, 1], y upwards, in catalog order.
    picture_size : float
        Side of the square of the same area as each picture, world units: drawn so, pictures hardly touch.
    aspect : float
        Width over height of the window that it is made for.
    """

    positions: NDArray[np.float32]
    picture_size: float
    aspect: float

    def __post_init__(self) -> None:
        p = self.positions
        if p.ndim != 2 or p.shape[1] != 2:
            raise ValueError(f"spread: positions are {p.shape}; they must be (n, 2)")
        if len(p) and not (np.isfinite(p).all() and np.abs(p).max() <= 1.0):
            raise ValueError("spread: positions must be finite and within [-1, 1]")
        if not (self.picture_size > 0 and self.aspect > 0):
            raise ValueError(f"spread: size {self.picture_size}, aspect {self.aspect}; both must be above 0")


@dataclass(frozen=True, slots=True)
class Layout:
    """Positions of all images, with what stands beside them.

    Attributes
    ----------
    positions : ndarray of float32, shape (n, 2)
        World coordinates, within [-1, 1], y upwards, in catalog order; shape (0, 2) if there is a ``reason``.
    labels : tuple of Label
        Most important first.
    reason : str or None
        Why the layout is empty though there are images; None if it is not.
    facts : mapping
        Plain JSON values worth keeping: transform, parameters, explained variance, scores.
    spreads : tuple of Spread
        The same images with room for pictures, for windows of different shape; may be empty.
    ground : tuple of Shape
        What is drawn below the images, the lowest first.
    cells : tuple of CellArea
        Where images stand in cells of known size; the first that holds a position counts.
    tall : Layout or None
        The same for windows that are higher than wide, if it is to be another one there: its own positions, labels,
        ground and cells.
    """

    name: str
    positions: NDArray[np.float32]
    labels: tuple[Label, ...] = ()
    reason: str | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    spreads: tuple[Spread, ...] = ()
    ground: tuple[Shape, ...] = ()
    cells: tuple[CellArea, ...] = ()
    tall: Layout | None = None

    def __post_init__(self) -> None:
        p = self.positions
        if p.ndim != 2 or p.shape[1] != 2:
            raise ValueError(f"layout {self.name}: positions are {p.shape}; they must be (n, 2)")
        if self.reason is not None and len(p):
            raise ValueError(f"layout {self.name}: it has {len(p)} positions and a reason to have none")
        if len(p) and not (np.isfinite(p).all() and np.abs(p).max() <= 1.0):
            raise ValueError(f"layout {self.name}: positions must be finite and within [-1, 1]")
        for spread in self.spreads:
            if len(spread.positions) != len(p):
                raise ValueError(
                    f"layout {self.name}: {len(p)} positions, but {len(spread.positions)} spread out"
                )
        if self.tall is not None and len(self.tall.positions) != len(p):
            raise ValueError(
                f"layout {self.name}: {len(p)} positions, but {len(self.tall.positions)} when tall"
            )


@dataclass(frozen=True, slots=True)
class ClusterLevel:
    """One level of clusters, numbered 0 … without gaps.

    Attributes
    ----------
    cluster : ndarray of int32, shape (n,)
        Cluster of every image; -1: in none.
    membership : ndarray of float32, shape (n,)
        Strength of belonging, within [0, 1]; 0 where ``cluster`` is -1.
    names : tuple of str
        One a cluster; unique, or empty where no words are known.
    representatives : tuple of tuple of int
        Catalog rows, the medoid first.
    outlines : tuple of ndarray of float32, shape (m, 2)
        A closed polygon round each cluster in the primary layout (world units); may be empty, shape (0, 2).
    """

    cluster: NDArray[np.int32]
    membership: NDArray[np.float32]
    names: tuple[str, ...]
    representatives: tuple[tuple[int, ...], ...]
    outlines: tuple[NDArray[np.float32], ...] = ()

    def __post_init__(self) -> None:
        count = len(self.names)
        if self.cluster.shape != self.membership.shape or self.cluster.ndim != 1:
            raise ValueError(
                f"clusters: {self.cluster.shape} clusters for {self.membership.shape} memberships; both must be (n,)"
            )
        if len(self.representatives) != count or (self.outlines and len(self.outlines) != count):
            raise ValueError(f"clusters: {count} names, but {len(self.representatives)} representatives")
        present = np.unique(self.cluster[self.cluster >= 0])
        if not np.array_equal(present, np.arange(count)):
            raise ValueError(f"clusters: {count} names, but the numbers in use are {present.tolist()[:9]} …")

    @property
    def count(self) -> int:
        """Number of clusters at this level."""
        return len(self.names)


@dataclass(frozen=True, slots=True)
class Clusters:
    """Levels of clusters, from few and large to many and small; may have no level at all."""

    levels: tuple[ClusterLevel, ...]
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Segment:
    """Consecutive ranks whose tiles were encoded together (site format §3)."""

    id: str
    first_rank: int
    count: int

    def to_json(self) -> dict[str, Any]:
        """Return the segment as the manifest holds it."""
        return dataclasses.asdict(self)
