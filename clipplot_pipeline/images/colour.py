"""From any mode and colour space to 8-bit sRGB on the ground colour.

Belongs here: sample depth, palettes, ICC profiles, transparency. Does not belong here: sizes, files.
"""

from __future__ import annotations

import io
from functools import lru_cache

import numpy as np
from PIL import Image, ImageCms

#: What shows through transparent pixels: white, as paper under a drawing.
GROUND_RGB = (255, 255, 255)
#: A profile that moves no test colour by more than this many of 255 steps is sRGB, whatever its name.
SRGB_TOLERANCE = 2

_EIGHT_BIT = frozenset({"L", "LA", "RGB", "RGBA", "CMYK", "LAB"})
_SPACES = {"GRAY": "L", "RGB ": "RGB", "CMYK": "CMYK", "LAB ": "LAB", "Lab ": "LAB"}
_TEST_STEPS = (0, 16, 64, 128, 192, 240, 255)
#: Little CMS: black point compensation, and no cache, so that threads may share a transform.
_FLAGS = ImageCms.Flags.BLACKPOINTCOMPENSATION | ImageCms.Flags.NOCACHE


def to_eight_bit(picture: Image.Image) -> Image.Image:
    """Return a loaded picture in mode L, LA, RGB, RGBA, CMYK or LAB, scaled and not clipped.

    16-bit samples are scaled by their range, 32-bit and float ones by their own lowest and highest value
    unless they plainly lie in 0 to 1, 255 or 65,535. Palettes are resolved; transparency becomes alpha.
    """
    mode, transparency = picture.mode, picture.info.get("transparency")
    if mode.startswith(("I", "F")):
        return _scale_samples(picture, transparency if isinstance(transparency, int) else None)
    if mode in _EIGHT_BIT and transparency is None:
        return picture
    has_alpha = transparency is not None or (picture.palette is not None and picture.palette.mode == "RGBA")
    match mode:
        case "1":
            target = "L"
        case "L":
            target = "LA"
        case "P" | "RGB":
            target = "RGBA" if has_alpha else "RGB"
        case "La":
            target = "LA"
        case "PA" | "RGBa":
            target = "RGBA"
        case _:
            target = mode if mode in _EIGHT_BIT else "RGB"
    return picture if target == mode else picture.convert(target)


def to_srgb(picture: Image.Image, profile: bytes | None) -> Image.Image:
    """Return an 8-bit picture (see ``to_eight_bit``) in mode L or RGB, in sRGB, on the ground colour.

    A profile that is damaged, or made for another mode, is passed over: the samples then count as sRGB.
    """
    alpha = picture.getchannel("A") if picture.mode in {"LA", "RGBA"} else None
    opaque = picture.convert(picture.mode[:-1]) if alpha else picture
    transform = None if is_srgb(profile, opaque.mode) else _transform(profile, opaque.mode)
    if transform:
        opaque = transform.apply(opaque)
    elif opaque.mode == "LAB":
        opaque = _from_lab().apply(opaque)
    elif opaque.mode not in {"L", "RGB"}:
        opaque = opaque.convert("RGB")
    return _lay_on_ground(opaque, alpha) if alpha else opaque


def mean_colour(picture: Image.Image) -> tuple[int, int, int]:
    """Return the mean of a picture of mode L or RGB, sRGB 0 to 255, to within 1."""
    pixel = picture.resize((1, 1), Image.Resampling.BOX).convert("RGB")
    red, green, blue = np.asarray(pixel)[0, 0].tolist()
    return red, green, blue


def is_srgb(profile: bytes | None, mode: str) -> bool:
    """Tell whether an ICC profile changes nothing in a picture of this mode.

    So it is where there is none, where it is sRGB (or a grey with its curve) by whatever name, or unusable.
    """
    return not profile or _changes_nothing(profile, mode)


@lru_cache(maxsize=16)
def _changes_nothing(profile: bytes, mode: str) -> bool:
    transform = _transform(profile, mode)
    if transform is None:
        return True
    steps = np.array(_TEST_STEPS, dtype=np.uint8)
    if mode == "RGB":
        colours = np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(1, -1, 3)
    elif mode == "L":
        colours = steps[None, :]
    else:
        return False
    before = Image.fromarray(np.ascontiguousarray(colours))
    moved = np.asarray(transform.apply(before), dtype=int) - np.asarray(before.convert("RGB"), dtype=int)
    return bool(np.abs(moved).max() <= SRGB_TOLERANCE)


def _profile_mode(profile: bytes) -> str | None:
    try:
        return _SPACES.get(ImageCms.ImageCmsProfile(io.BytesIO(profile)).profile.xcolor_space)
    except (OSError, ImageCms.PyCMSError, ValueError, TypeError):
        return None


@lru_cache(maxsize=16)
def _transform(profile: bytes | None, mode: str) -> ImageCms.ImageCmsTransform | None:
    if not profile or _profile_mode(profile) != mode:
        return None
    try:
        return ImageCms.buildTransform(
            ImageCms.ImageCmsProfile(io.BytesIO(profile)),
            ImageCms.createProfile("sRGB"),
            mode,
            "RGB",
            ImageCms.Intent.RELATIVE_COLORIMETRIC,
            _FLAGS,
        )
    except (OSError, ImageCms.PyCMSError):
        return None


@lru_cache(maxsize=1)
def _from_lab() -> ImageCms.ImageCmsTransform:
    return ImageCms.buildTransform(
        ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB"), "LAB", "RGB", flags=_FLAGS
    )


def _lay_on_ground(opaque: Image.Image, alpha: Image.Image) -> Image.Image:
    ground = Image.new("RGB", opaque.size, GROUND_RGB)
    ground.paste(opaque.convert("RGB"), mask=alpha)
    return ground


def _scale_samples(picture: Image.Image, transparent: int | None) -> Image.Image:
    samples = np.asarray(picture)
    low, high = 0.0, 65535.0
    if samples.dtype != np.uint16:
        samples = samples.astype(np.float32)
        known = samples[np.isfinite(samples)]
        low, high = (float(known.min()), float(known.max())) if known.size else (0.0, 0.0)
        samples = np.clip(np.nan_to_num(samples, nan=low), low, high)
        for usual in (1.0, 255.0, 65535.0) if picture.mode == "F" else (255.0, 65535.0):
            if low >= 0 and high <= usual:
                low, high = 0.0, usual
                break
    scale = 255.0 / (high - low) if high > low else 0.0
    grey = Image.fromarray(((samples.astype(np.float32) - low) * scale + 0.5).astype(np.uint8))
    if transparent is not None:
        seen = np.where(np.asarray(picture) == transparent, 0, 255).astype(np.uint8)
        grey = Image.merge("LA", (grey, Image.fromarray(seen)))
    return grey
