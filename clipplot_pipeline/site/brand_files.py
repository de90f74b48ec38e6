"""The files of a brand: reading them, and a tag that changes with them.

Belongs here: the way from settings to a ``Brand``. Does not belong here: what becomes of it (``brand``).
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import fsspec

from clipplot_pipeline.errors import SettingsError
from clipplot_pipeline.sections import BRAND_FILES, BrandSettings
from clipplot_pipeline.site.brand import Brand, Look, parse_links
from clipplot_pipeline.site.format import hash_bytes

#: Every reader of the site fetches them.
MOST_BYTES = 2_000_000
#: The tag of a brand that cannot be read.
UNREADABLE = "unreadable"


def read_brand(settings: BrandSettings) -> Brand:
    """Return the brand that the settings describe.

    Raises
    ------
    SettingsError
        If a file is missing, too large or not what it should be, a link is none, or colours are too alike.
    """
    files = {key: _read(key, getattr(settings, key)) for key in BRAND_FILES}
    try:
        style = files["css"].decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SettingsError(
            f"brand.css: {settings.css} is not UTF-8 ({error}); save it as UTF-8 text"
        ) from None
    return Brand(
        dark=Look(settings.ground, settings.ink, settings.accent),
        light=Look(settings.ground_light, settings.ink_light, settings.accent_light),
        logo=files["logo"],
        heading_font=files["heading_font"],
        text_font=files["text_font"],
        style=style,
        links=parse_links(settings.links),
    )


def tag_brand(settings: BrandSettings) -> str:
    """Return a tag that changes with the content of the files; empty: there is no brand.

    Of one that cannot be read, too: only who publishes needs it, and what is wrong is told then (``read_brand``).
    """
    try:
        return _tag(settings, tuple(_look_at(getattr(settings, key)) for key in BRAND_FILES))
    except SettingsError:
        return UNREADABLE


@lru_cache(maxsize=8)
def _tag(settings: BrandSettings, seen: tuple[tuple[int, int], ...]) -> str:  # noqa: ARG001 - part of the key
    if read_brand(settings).is_plain:
        return ""
    return hash_bytes(*(_read(key, getattr(settings, key)) for key in BRAND_FILES), digits=8)


def _look_at(place: str) -> tuple[int, int]:
    """Return size and time of a file on this machine, so that it is read again only when it changed."""
    try:
        state = Path(place).stat() if place and "://" not in place else None
    except OSError:
        state = None
    return (state.st_size, state.st_mtime_ns) if state else (0, 0)


def _read(key: str, place: str) -> bytes:
    if not place:
        return b""
    try:
        with fsspec.open(place, "rb") as file:
            data: bytes = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise SettingsError(
            f"brand.{key}: {place} cannot be read ({type(error).__name__}); expected a file, or leave the setting empty"
        ) from None
    if not data or len(data) > MOST_BYTES:
        found = "is empty" if not data else "has more than 2 MB"
        raise SettingsError(f"brand.{key}: {place} {found}; expected a file of at most 2 MB")
    return data
