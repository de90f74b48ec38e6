"""Capture facts: what the camera wrote beside the picture.

Belongs here: EXIF → time, place and camera, or None where a value is missing or insane.
Does not belong here: which facts are published (private by default: settled elsewhere).
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from PIL import ExifTags, Image

_EXIF_TIME = re.compile(r"\s*(\d{4})[:\-/.](\d\d)[:\-/.](\d\d)[ T](\d\d):(\d\d)(?::(\d\d))?")
#: No photograph is older; a clock that says more is wrong.
_FIRST_YEAR, _LAST_YEAR = 1826, 2199


@dataclass(frozen=True, slots=True)
class CaptureFacts:
    """When, where and with what a picture was taken; see ``model.ImageFacts``."""

    taken_at: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    camera: str | None = None


def read_exif(picture: Image.Image) -> Image.Exif | None:
    """Return a picture's EXIF block, None where there is none or it is damaged."""
    try:
        return picture.getexif()
    except Exception:  # noqa: BLE001 - a damaged block raises nearly anything, and the picture is fine
        return None


def orientation(exif: Image.Exif | None) -> int:
    """Return the EXIF orientation, 1 to 8; 1 where it is missing or invalid."""
    value = exif.get(ExifTags.Base.Orientation) if exif else None
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def capture_facts(exif: Image.Exif | None) -> CaptureFacts:
    """Return when, where and with what a picture was taken, as far as its EXIF block is sane."""
    if not exif:
        return CaptureFacts()
    details = _block(exif, ExifTags.IFD.Exif)
    taken_at = _time(details.get(ExifTags.Base.DateTimeOriginal)) or _time(
        details.get(ExifTags.Base.DateTimeDigitized)
    )
    latitude, longitude = _place(_block(exif, ExifTags.IFD.GPSInfo))
    return CaptureFacts(taken_at, latitude, longitude, _camera(exif))


def _block(exif: Image.Exif, tag: int) -> Mapping[int, Any]:
    try:
        return exif.get_ifd(tag)
    except Exception:  # noqa: BLE001 - as in read_exif
        return {}


def _camera(exif: Image.Exif) -> str | None:
    """Return make and model, such as ``Canon EOS 5D``; never a serial number, which would name its owner."""
    make, model = (_words(exif.get(tag)) for tag in (ExifTags.Base.Make, ExifTags.Base.Model))
    if make and model.casefold().startswith(make.split()[0].casefold()):
        make = ""
    return f"{make} {model}".strip() or None


def _words(value: object) -> str:
    """Return a text's printable characters, single-spaced, at most 60; nothing if it is no text."""
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    if not isinstance(value, str):
        return ""
    printable = (c if c.isprintable() and c != "\ufffd" else " " for c in value.split("\0", 1)[0])
    return " ".join("".join(printable).split())[:60].rstrip()


def _time(value: object) -> str | None:
    """Return EXIF's ``1999:12:31 23:59:59`` as ISO 8601 without zone, None if it is no moment."""
    found = _EXIF_TIME.match(value) if isinstance(value, str) else None
    if not found:
        return None
    try:
        moment = datetime(*(int(part or 0) for part in found.groups()))  # type: ignore[arg-type]
    except ValueError:
        return None
    return moment.isoformat() if _FIRST_YEAR <= moment.year <= _LAST_YEAR else None


def _place(block: Mapping[int, Any]) -> tuple[float, float] | tuple[None, None]:
    """Return latitude and longitude in degrees; both or none; 0, 0 is a receiver without a fix."""
    latitude = _degrees(block.get(ExifTags.GPS.GPSLatitude), block.get(ExifTags.GPS.GPSLatitudeRef), "NS", 90)
    longitude = _degrees(
        block.get(ExifTags.GPS.GPSLongitude), block.get(ExifTags.GPS.GPSLongitudeRef), "EW", 180
    )
    if latitude is None or longitude is None or (latitude == 0 and longitude == 0):
        return None, None
    return latitude, longitude


def _degrees(value: object, reference: object, letters: str, limit: float) -> float | None:
    if isinstance(reference, bytes):
        reference = reference.decode("ascii", "replace")
    letter = reference.strip("\0 ").upper()[:1] if isinstance(reference, str) else ""
    if not letter or letter not in letters or not isinstance(value, tuple) or not 1 <= len(value) <= 3:
        return None
    try:
        parts = [float(part) for part in value]
    except (TypeError, ValueError, ZeroDivisionError, OverflowError):
        return None
    degrees = math.fsum(part / 60.0**place for place, part in enumerate(parts))
    if not math.isfinite(degrees) or not 0 <= degrees <= limit or min(parts) < 0:
        return None
    return round(-degrees if letter == letters[1] else degrees, 7)
