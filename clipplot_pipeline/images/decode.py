"""From a file's bytes to the rendition-sized, upright picture in sRGB.

Belongs here: the order of steps, memory limits. Does not belong here: each step's own matter
(``formats``, ``colour``, ``rendition``, ``facts``, ``strip``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import BinaryIO

from PIL import Image, UnidentifiedImageError

from clipplot_pipeline.images import colour, facts, formats, rendition
from clipplot_pipeline.images.formats import Refused
from clipplot_pipeline.images.strip import strip_jpeg

_JPEGS = frozenset({"JPEG", "MPO"})
#: Formats that hold one compressed picture, or that Pillow reads whole into memory as soon as it opens
#: them: a file of such a size is a sparse or damaged one.
_COMPACT = frozenset({"JPEG", "WEBP", "AVIF", "HEIF", "JXL"})
_COMPACT_MAX_BYTES = 1 << 30


@dataclass(frozen=True, slots=True)
class Decoded:
    """A picture and its rendition.

    Attributes
    ----------
    picture : Image
        Mode L or RGB, upright, of the rendition's size.
    rendition : bytes
        Baseline JPEG, or the original's own coefficients.
    format : str
        Pillow's name of the original's format.
    width_px, height_px : int
        Of the upright original.
    capture : CaptureFacts
    """

    picture: Image.Image
    rendition: bytes
    format: str
    width_px: int
    height_px: int
    capture: facts.CaptureFacts


@dataclass(frozen=True, slots=True)
class Original:
    """An opened original.

    Attributes
    ----------
    path : str
        For its extension, and for what is said of it.
    stream : binary file
        Seekable.
    size_bytes : int
    head : bytes
        Its first 64 kB.
    data : bytes or None
        The whole of it, where it is in memory: only then can a JPEG's coefficients be kept.
    """

    path: str
    stream: BinaryIO
    size_bytes: int
    head: bytes
    data: bytes | None


def decode(original: Original, names: Sequence[str], *, rendition_px: int, max_pixels: int) -> Decoded:
    """Decode the first frame of an original and make its rendition.

    Parameters
    ----------
    original : Original
    names : sequence of str
        Pillow's names of the formats that it may have, see ``formats.candidates``.
    rendition_px : int
        Short side of the rendition.
    max_pixels : int
        A picture with more is refused before it is decoded.

    Raises
    ------
    Refused
        The file becomes no image.
    """
    _check_bytes(names[0], original.size_bytes)
    try:
        with Image.open(original.stream, formats=list(names)) as picture:
            _check_pixels(picture, max_pixels)
            decoded = _decode_opened(picture, original.data, rendition_px)
            _check_frames(picture)
            return decoded
    except Refused:
        raise
    except UnidentifiedImageError as error:
        raise formats.explain_unidentified(original.path, original.data or original.head) from error
    except Exception as error:  # a damaged picture makes Pillow raise nearly anything
        raise formats.explain_error(error, names[0]) from error


def _check_bytes(name: str, size_bytes: int) -> None:
    if name in _COMPACT and size_bytes > _COMPACT_MAX_BYTES:
        raise Refused("unreadable", f"{size_bytes} bytes are more than a {name} picture may have (1 GiB)")


def _check_pixels(picture: Image.Image, max_pixels: int) -> None:
    width, height = picture.size
    if width * height > max_pixels:
        raise Refused(
            "unreadable",
            f"{width} x {height} are more pixels than the {max_pixels} that `max_pixels` allows",
        )


def _check_frames(original: Image.Image) -> None:
    """Raise what Pillow raises if a GIF breaks off in a later frame: it is damaged, like any other file.

    Counting walks over the frames' blocks and decodes none.
    """
    if original.format == "GIF":
        getattr(original, "n_frames")  # noqa: B009 - read for its errors alone


def _decode_opened(original: Image.Image, data: bytes | None, rendition_px: int) -> Decoded:
    is_jpeg = original.format in _JPEGS
    size = original.size
    target = rendition.fit(*size, rendition_px)
    if is_jpeg:
        original.draft(None, (2 * target[0], 2 * target[1]))
    original.load()
    if not is_jpeg and original.size != size:  # Pillow turns a TIFF upright, an icon to its largest
        size = original.size
        target = rendition.fit(*size, rendition_px)
    exif = facts.read_exif(original)
    turn = facts.orientation(exif)
    profile = original.info.get("icc_profile")
    kept = None
    if data is not None and is_jpeg and turn == 1 and target == size:
        kept = _keep_coefficients(data, original.mode, profile)
    picture = colour.to_eight_bit(original)
    if picture.size != target:
        picture = picture.resize(target, Image.Resampling.LANCZOS)
    picture = rendition.turn_upright(colour.to_srgb(picture, profile), turn)
    width, height = size if turn < 5 else size[::-1]
    return Decoded(
        picture=picture,
        rendition=kept or rendition.encode(picture),
        format=str(original.format),
        width_px=width,
        height_px=height,
        capture=facts.capture_facts(exif),
    )


def _keep_coefficients(data: bytes, mode: str, profile: bytes | None) -> bytes | None:
    """Return the original without its metadata, None if a rendition must be encoded anew."""
    if mode not in {"L", "RGB"} or not colour.is_srgb(profile, mode):
        return None
    try:
        return strip_jpeg(data)
    except ValueError:
        return None
