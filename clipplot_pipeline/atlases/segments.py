"""Segments: runs of consecutive ranks whose tiles are encoded together and never change.

Belongs here: which segments a build has, when they merge, and what they are called. Does not belong here: encoding.
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
ENCODER_VERSION = 2
#: Segments there may be, and how many neighbours merge into one beyond that.
MOST_SEGMENTS = 10
MERGED = (4, 5, 6)


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
    image_ids: Sequence[str],
    picture_hashes: Sequence[str],
    settings: TileSettings,
    before: Sequence[Sequence[str]] = (),
) -> tuple[list[str], tuple[Segment, ...]]:
    """Return all images in rank order, and the segments of a build; none if there are no images.

    Segments are kept as long as all their images are there. New images form a segment of their own at the end; where
    there are too many, neighbours merge, as in a log-structured tree (O'Neil et al. 1996).

    Parameters
    ----------
    image_ids, picture_hashes : sequence of str
        All images along the curve, each once, and the hashes of their originals.
    settings : TileSettings
        Of the encoder.
    before : sequence of sequence of str
        The ids of the segments of the build before, each in its order; empty if the curve is another one now.
    """
    place = {image_id: number for number, image_id in enumerate(image_ids)}
    runs = [[place[image_id] for image_id in run if image_id in place] for run in before]
    # What lost an image is encoded anew anyway: then it may as well follow the curve.
    runs = [run if len(run) == len(old) else sorted(run) for run, old in zip(runs, before, strict=True)]
    known = {number for run in runs for number in run}
    runs.append([number for number in range(len(image_ids)) if number not in known])
    ordered: list[str] = []
    segments = []
    for run in _merge([run for run in runs if run]):
        ids = [image_ids[number] for number in run]
        name = segment_id(ids, (picture_hashes[number] for number in run), settings)
        segments.append(Segment(name, len(ordered), len(run)))
        ordered += ids
    return ordered, tuple(segments)


def _merge(runs: list[list[int]]) -> list[list[int]]:
    """Return the runs with neighbours made one, until there are no more than a few.

    Of all groups of neighbours the one is taken that costs little to encode and whose runs are of like size: a small
    run on top of a large one does not pay. Found by simulation: at most 4.6 encodings an image in a year of drops,
    equal or wildly different; strict tiers need up to ten, or more segments.
    """
    while len(runs) > MOST_SEGMENTS:
        groups = [(at, width) for width in MERGED for at in range(len(runs) - width + 1)]
        at, width = min(groups, key=lambda group: _cost([len(run) for run in runs[group[0] : sum(group)]]))
        together = sorted(number for run in runs[at : at + width] for number in run)
        runs = [*runs[:at], together, *runs[at + width :]]
    return runs


def _cost(sizes: list[int]) -> float:
    largest, total = max(sizes), sum(sizes)
    return total * largest / (total - largest)
