"""From a file's bytes to the rendition-sized, upright picture in sRGB.

Belongs here: the order of steps, memory limits. Does not belong here: each step's own matter
(``formats``, ``colour``, ``rendition``, ``facts``, ``strip``).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import BinaryIO

from PIL import Image, ImageFile, UnidentifiedImageError

from clipplot_pipeline.images import colour, facts, formats, rendition
from clipplot_pipeline.images.closeup import cut_closeup, fit_closeup, keep_coefficients
from clipplot_pipeline.images.formats import CutOff, Refused
from clipplot_pipeline.images.limits import Limits

_JPEGS = frozenset({"JPEG", "MPO"})
#: Formats that hold one compressed picture, or that Pillow reads whole into memory as soon as it opens
#: them: a file of such a size is a sparse or damaged one.
_COMPACT = frozenset({"JPEG", "WEBP", "AVIF", "HEIF", "JXL"})
_COMPACT_MAX_BYTES = 1 << 30
#: A cut-off picture that is one shade to this share shows nothing.
_PLAIN_SHARE = 0.98
#: The note on a picture that breaks off.
CUT_OFF = "the file is cut off: the picture is shown as far as it goes"


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
    note : str or None
        What is to be said of the picture: that it is not whole.
    closeup : bytes or None
        The picture at a larger size, where that was asked for and it shows more than the rendition.
    """

    picture: Image.Image
    rendition: bytes
    format: str
    width_px: int
    height_px: int
    capture: facts.CaptureFacts
    note: str | None = None
    closeup: bytes | None = None


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


def decode(original: Original, names: Sequence[str], limits: Limits) -> Decoded:
    """Decode the first frame of an original and make its rendition.

    Parameters
    ----------
    original : Original
    names : sequence of str
        Pillow's names of the formats that it may have, see ``formats.candidates``.
    limits : Limits
        Those of time and memory are kept to by the worker process around.

    Raises
    ------
    Refused
        The file becomes no image.
    """
    _check_bytes(names[0], original.size_bytes)
    try:
        return _decode(original, names, limits)
    except CutOff as cut:
        if not limits.allow_truncated:
            raise
        whole_reason = cut
    original.stream.seek(0)
    with _taking_what_is_there():
        decoded = _decode(replace(original, data=None), names, limits)
    shades = decoded.picture.convert("L").histogram()
    if max(shades) > _PLAIN_SHARE * sum(shades):
        raise whole_reason  # the header alone, and a plain surface for the rest
    return replace(decoded, note=CUT_OFF)


def _decode(original: Original, names: Sequence[str], limits: Limits) -> Decoded:
    try:
        with Image.open(original.stream, formats=list(names)) as picture:
            _check_pixels(picture, limits.max_pixels)
            decoded = _decode_opened(picture, original.data, limits.rendition_px)
            if not ImageFile.LOAD_TRUNCATED_IMAGES:
                _check_frames(picture)
            return _add_closeup(decoded, picture, original, limits)
    except Refused:
        raise
    except UnidentifiedImageError as error:
        raise formats.explain_unidentified(original.path, original.data or original.head) from error
    except Exception as error:  # a damaged picture makes Pillow raise nearly anything
        raise formats.explain_error(error, names[0]) from error


def _add_closeup(decoded: Decoded, picture: Image.Image, original: Original, limits: Limits) -> Decoded:
    """Return the same with its close-up, if one is asked for; what cannot have one is an image nevertheless."""
    cutting = limits.cutting
    whole = decoded.width_px, decoded.height_px
    if cutting is None or fit_closeup(*whole, limits.rendition_px, cutting) is None:
        return decoded
    try:
        if sorted(picture.size) == sorted(whole):
            made = cut_closeup(picture, original.data, limits.rendition_px, cutting)
        else:  # what was reduced while it was decoded must be decoded again; it is in memory, or still open
            original.stream.seek(0)
            with Image.open(original.stream, formats=[decoded.format]) as again:
                made = cut_closeup(again, original.data, limits.rendition_px, cutting)
    except Exception:  # noqa: BLE001 - as in _decode; a lack of memory above all
        return decoded
    return replace(decoded, closeup=made)


@contextmanager
def _taking_what_is_there() -> Iterator[None]:
    """Let Pillow fill what is missing of a picture; process-wide, as Pillow has it."""
    ImageFile.LOAD_TRUNCATED_IMAGES = True
    try:
        yield
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES = False


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
    kept = keep_coefficients(data, original, profile) if turn == 1 and target == size else None
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
