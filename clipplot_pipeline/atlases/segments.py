"""Segments: runs of consecutive ranks whose tiles are encoded together and never change.

Belongs here: which segments a build has, and what they are called. Does not belong here: encoding.
One segment holds all images for now; appending and merging segments come into this module.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from clipplot_pipeline.model import Segment
from clipplot_pipeline.zorder import LEVELS

#: Rises whenever equal pictures and settings would give other tiles.
ENCODER_VERSION = 1


@dataclass(frozen=True, slots=True)
class TileSettings:
    """What decides the bytes of a tile, besides its pictures.

    Attributes
    ----------
    levels : tuple of int
        Sides of the cells, rising. Unit: px.
    quality : int
        WebP quality, within [1, 100].
    method : int
        Effort of the WebP encoder, within [0, 6].
    rendition : str
        The recipe of the renditions that the cells are cut from.
    """

    levels: tuple[int, ...] = LEVELS
    quality: int = 70
    method: int = 4
    rendition: str = ""

    def __post_init__(self) -> None:
        if not self.levels or list(self.levels) != sorted(set(self.levels) & set(LEVELS)):
            raise ValueError(f"tiles: levels are {self.levels}; expected some of {LEVELS}, rising")
        if not (1 <= self.quality <= 100 and 0 <= self.method <= 6):
            raise ValueError(
                f"tiles: quality {self.quality} and method {self.method}; expected 1 to 100 and 0 to 6"
            )


def segment_id(image_ids: Iterable[str], picture_hashes: Iterable[str], settings: TileSettings) -> str:
    """Return the name of a segment: 20 hex digits over all that decides its tiles.

    Parameters
    ----------
    image_ids, picture_hashes : iterable of str
        In rank order, one an image. The hash of the original serves, since the recipe of the rendition is part
        of ``settings``.
    settings : TileSettings
        Of the encoder.
    """
    deciding = {"encoder": ENCODER_VERSION, **dataclasses.asdict(settings)}
    content = hashlib.sha256(json.dumps(deciding, sort_keys=True).encode())
    for image_id, picture_hash in zip(image_ids, picture_hashes, strict=True):
        content.update(f"\n{image_id} {picture_hash}".encode())
    return content.hexdigest()[:20]


def plan_segments(
    image_ids: Sequence[str], picture_hashes: Sequence[str], settings: TileSettings
) -> tuple[Segment, ...]:
    """Return the segments of a build: one with all images, none if there are no images.

    Parameters
    ----------
    image_ids, picture_hashes : sequence of str
        In rank order, one an image.
    """
    if not image_ids:
        return ()
    return (Segment(segment_id(image_ids, picture_hashes, settings), 0, len(image_ids)),)
