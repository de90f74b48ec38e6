"""Which size of a picture to ask an image server for (IIIF Image API 1 to 3).

Belongs here: pure planning over what ``info.json`` says. Does not belong here: requests (``iiif``).
Sources: https://iiif.io/api/image/2.1/ and https://iiif.io/api/image/3.0/, sections *Size* and *Image Information*.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

#: No rendition is longer (see ``images.rendition``).
MOST_PX = 4096
#: A size that the server has ready is taken while it has at most so many times the pixels that are needed.
_READY_PIXELS = 4.0
_LEVEL = re.compile(r"level([012])")
_VERSION = re.compile(r"image/([123])/|image-api/1|ImageService([123])", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ImageInfo:
    """What a server says of a picture.

    Attributes
    ----------
    id : str
        Base of its addresses.
    version, level : int
        Of the Image API, 1 to 3; of compliance, 0 to 2: at 0 nothing but the listed sizes can be had.
    width_px, height_px : int
        Of the whole picture.
    sizes : tuple of (int, int)
        Widths and heights that are ready, smallest first.
    max_width_px, max_height_px, max_area_px : int
        Largest that is given; 0: no limit.
    """

    id: str
    version: int
    level: int
    width_px: int
    height_px: int
    sizes: tuple[tuple[int, int], ...] = ()
    max_width_px: int = 0
    max_height_px: int = 0
    max_area_px: int = 0


def read_info(document: Any, url: str) -> ImageInfo | None:
    """Return what an ``info.json`` says; None if it is none.

    Parameters
    ----------
    document : object
        Parsed JSON.
    url : str
        Base address that was asked; behind a proxy the document may call itself something else, which nobody can reach.
    """
    if not isinstance(document, dict):
        return None
    width, height = _number(document.get("width")), _number(document.get("height"))
    if not width or not height:
        return None
    profiles = document.get("profile")
    listed = profiles if isinstance(profiles, list) else [profiles]
    limits = next((one for one in listed if isinstance(one, dict)), {})
    named = " ".join(one for one in listed if isinstance(one, str))
    level = _LEVEL.search(named)
    told = f"{document.get('@context') or ''} {document.get('type') or ''} {named}"
    sizes = document.get("sizes")
    pairs = [
        (_number(size.get("width")), _number(size.get("height")))
        for size in (sizes if isinstance(sizes, list) else [])
        if isinstance(size, Mapping)
    ]
    most_width = _number(document.get("maxWidth") or limits.get("maxWidth"))
    return ImageInfo(
        id=url,
        version=_read_version(told),
        level=int(level[1]) if level else 0,
        width_px=width,
        height_px=height,
        sizes=tuple(sorted(pair for pair in pairs if all(pair))),
        max_width_px=most_width,
        max_height_px=_number(document.get("maxHeight") or limits.get("maxHeight")) or most_width,
        max_area_px=_number(document.get("maxArea") or limits.get("maxArea")),
    )


def plan_requests(info: ImageInfo, short_px: int) -> tuple[str, ...]:
    """Return addresses of the picture, the best first: the next is for servers that do not give it.

    Parameters
    ----------
    info : ImageInfo
    short_px : int
        Short side that is needed; the picture is never enlarged.
    """
    wanted = _fit(info, short_px)
    needed = wanted[0] * wanted[1]
    ready = [size for size in info.sizes if size[0] >= wanted[0] - 1 and size[1] >= wanted[1] - 1]
    best = min(ready, default=None)
    plans: list[str] = []
    if best and (info.level == 0 or best[0] * best[1] <= _READY_PIXELS * needed):
        plans += _spell(info, best)
    if info.level > 0:
        plans += _spell(info, wanted)
    plans.append("max" if info.version == 3 else "full")
    if info.version == 2:
        plans.append("max")  # since 2.1
    if info.sizes:
        plans += _spell(info, info.sizes[-1])
    quality = "native" if info.version == 1 else "default"
    return tuple(f"{info.id}/full/{size}/0/{quality}.jpg" for size in dict.fromkeys(plans))


def _fit(info: ImageInfo, short_px: int) -> tuple[int, int]:
    """Return the size to ask for: as large as needed, no larger than there is and than is given."""
    width, height = info.width_px, info.height_px
    scale = min(1.0, short_px / min(width, height), MOST_PX / max(width, height))
    if info.max_width_px:
        scale = min(scale, info.max_width_px / width, info.max_height_px / height)
    if info.max_area_px:
        scale = min(scale, math.sqrt(info.max_area_px / (width * height)))
    limited = scale < min(1.0, short_px / min(width, height))
    rounded = math.floor if limited else math.ceil
    return max(1, rounded(width * scale - 1e-9 * (not limited))), max(
        1, rounded(height * scale - 1e-9 * (not limited))
    )


def _spell(info: ImageInfo, size: tuple[int, int]) -> list[str]:
    """Return a size as requests have it, in the canonical form first: files of level 0 are called so."""
    if info.level > 0 and size == (info.width_px, info.height_px) and not info.max_width_px:
        return ["max" if info.version == 3 else "full"]
    forms = [f"{size[0]},{size[1]}", f"{size[0]},"]
    return forms if info.version == 3 else forms[::-1]


def _read_version(told: str) -> int:
    found = _VERSION.search(told)
    if found is None:
        return 1 if "library.stanford.edu" in told else 2
    return int(found[1] or found[2] or 1)


def _number(value: Any) -> int:
    """Return a number of pixels, 0 if it is none."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < 2**31
    return int(value) if is_number else 0
