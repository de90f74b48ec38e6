"""The ground of a layout: what is drawn below its images (site format §11), written, read and checked.

Belongs here: the file, and what a reader may expect of it. Does not belong here: what is drawn (``layouts``).
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator, Sequence
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from clipplot_pipeline.errors import SiteError
from clipplot_pipeline.model import Shape
from clipplot_pipeline.site.format import dump_json
from clipplot_pipeline.site.manifest import Manifest
from clipplot_pipeline.storage import Store

#: A coordinate is a whole number of these: a sixteenth of a pixel where the world fills a large window.
UNITS_PER_WORLD = 32_768
#: How far from the middle a point may lie. Unit: world.
FURTHEST = 2.0
#: A ground is loaded with its layout: it is to be no weight.
MOST_POINTS = 200_000

Points = NDArray[np.float32]


class ShapeEntry(BaseModel):
    """One shape: of each part the first point, then differences, x and y in turn."""

    model_config = ConfigDict(extra="ignore", frozen=True, strict=True)

    kind: str
    parts: list[Annotated[list[int], Field(min_length=2)]]


class GroundFile(BaseModel):
    """What is drawn, the lowest first."""

    model_config = ConfigDict(extra="ignore", frozen=True, strict=True)

    units_per_world: int = Field(ge=1)
    shapes: list[ShapeEntry]


def encode_ground(shapes: Sequence[Shape]) -> bytes:
    """Return the file of a ground: points that rounding makes equal are left out, and parts without points."""
    entries = [
        {"kind": shape.kind, "parts": [part for points in shape.parts if (part := _difference(points))]}
        for shape in shapes
    ]
    value = {"units_per_world": UNITS_PER_WORLD, "shapes": entries}
    return gzip.compress(dump_json(value), compresslevel=9, mtime=0)


def _difference(points: Points) -> list[int]:
    steps = np.rint(points.astype(np.float64) * UNITS_PER_WORLD).astype(np.int64)
    moves = np.diff(steps, axis=0)
    moves = moves[moves.any(axis=1)]
    first: list[int] = steps[:1].ravel().tolist()
    return first + [int(step) for step in moves.ravel()]


def decode_ground(data: bytes, name: str) -> tuple[Shape, ...]:
    """Return the shapes of a file.

    Raises
    ------
    SiteError
        That names the file and what is wrong with it.
    """
    try:
        file = GroundFile.model_validate(json.loads(gzip.decompress(data)))
    except (OSError, EOFError, zlib.error) as error:
        raise SiteError(f"{name}: not gzip ({error}); publish the site again") from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        key = ".".join(str(part) for part in first["loc"])
        raise SiteError(f"{name}: {key}: {first['msg']}; publish the site again") from error
    except ValueError as error:
        raise SiteError(f"{name}: not JSON ({error}); publish the site again") from error
    shapes = []
    for entry in file.shapes:
        if entry.kind not in _KINDS:
            raise SiteError(f"{name}: a shape of kind {entry.kind!r}; expected one of {', '.join(_KINDS)}")
        if any(len(part) % 2 for part in entry.parts):
            raise SiteError(f"{name}: a part of an odd number of numbers; expected pairs")
        parts = [np.cumsum(np.array(part).reshape(-1, 2), axis=0) for part in entry.parts]
        worlds = [part / file.units_per_world for part in parts]
        if any(np.abs(world).max() > FURTHEST for world in worlds):
            raise SiteError(f"{name}: a point is further than {FURTHEST:g} from the middle of the world")
        shapes.append(Shape(_KINDS[entry.kind], tuple(world.astype(np.float32) for world in worlds)))
    return tuple(shapes)


_KINDS: dict[str, Literal["sea", "land", "line", "scale", "block"]] = {
    "sea": "sea",
    "land": "land",
    "line": "line",
    "scale": "scale",
    "block": "block",
}


def check_grounds(store: Store, manifest: Manifest) -> Iterator[str]:
    """Yield what is wrong with the grounds of layouts, and with what is said of their cells."""
    for layout in manifest.layouts:
        for arrangement in layout.arrangements:
            for area in arrangement.cells:
                if area.max[0] < area.min[0] or area.max[1] < area.min[1]:
                    yield f"layout {layout.name}: cells from {area.min} to {area.max}; expected an area"
            if arrangement.ground is not None:
                yield from _check_ground(store, arrangement.ground)


def _check_ground(store: Store, path: str) -> Iterator[str]:
    try:
        shapes = decode_ground(store.read_bytes(path), path)
    except SiteError as error:
        yield str(error)
        return
    points = sum(len(part) for shape in shapes for part in shape.parts)
    if points > MOST_POINTS:
        yield f"{path}: {points:,} points; expected at most {MOST_POINTS:,}"
