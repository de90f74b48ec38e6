"""Close-ups: what an original shows beyond its rendition, cut while it is open.

Belongs here: their size, their encoding, their recipe. Does not belong here: the bytes of a pyramid (``pyramid``),
where they are kept (``defs.closeups``).

The rendition is made first and without them, so that it is the same bytes with and without.
"""

from __future__ import annotations

import io

from PIL import Image

from clipplot_pipeline.images import colour, facts, rendition
from clipplot_pipeline.images.limits import Cutting
from clipplot_pipeline.images.pyramid import TILE_PX, subsampling, write_pyramid
from clipplot_pipeline.images.strip import strip_jpeg

#: No JPEG is longer.
_JPEG_MOST_PX = 65_500


def closeup_recipe(cutting: Cutting) -> str:
    """Return what is done to originals: another recipe gives other addresses."""
    size = f"long side <= {cutting.long_side_px} px" if cutting.long_side_px else "of the original's size"
    coding = f"JPEG quality {cutting.quality} {subsampling(cutting.quality)}"
    if cutting.kind == "tiles":
        return f"closeup 1: pyramidal TIFF, tiles of {TILE_PX} px, {coding}; {size}"
    return f"closeup 1: {coding}; {size}; coefficients of fitting sRGB JPEGs kept"


def fit_closeup(width_px: int, height_px: int, rendition_px: int, cutting: Cutting) -> tuple[int, int] | None:
    """Return a close-up's width and height in px, from its original's; None if the rendition shows all of it."""
    most = cutting.long_side_px or max(width_px, height_px)
    most = min(most, _JPEG_MOST_PX) if cutting.kind == "picture" else most
    scale = min(1.0, most / max(width_px, height_px))
    size = max(1, round(width_px * scale)), max(1, round(height_px * scale))
    shown = rendition.fit(width_px, height_px, rendition_px)
    return size if size[0] > shown[0] or size[1] > shown[1] else None


def cut_closeup(
    original: Image.Image, data: bytes | None, rendition_px: int, cutting: Cutting
) -> bytes | None:
    """Return the close-up of an opened original, None if its rendition shows all there is.

    Parameters
    ----------
    original : Image
        Not reduced while it was decoded.
    data : bytes or None
        The whole file, where it is in memory: only then can a JPEG's coefficients be kept.
    rendition_px : int
        Short side of the rendition, px.
    cutting : Cutting
    """
    original.load()  # turns a TIFF upright, an icon to its largest
    size = fit_closeup(*original.size, rendition_px, cutting)
    if size is None:
        return None
    turn = facts.orientation(facts.read_exif(original))
    profile = original.info.get("icc_profile")
    if cutting.kind == "picture" and turn == 1 and size == original.size:
        kept = keep_coefficients(data, original, profile)
        if kept:
            return kept
    picture = colour.to_eight_bit(original)
    if picture.size != size:
        picture = picture.resize(size, Image.Resampling.LANCZOS)
    picture = rendition.turn_upright(colour.to_srgb(picture, profile), turn)
    if cutting.kind == "tiles":
        return write_pyramid(picture, cutting.quality)
    out = io.BytesIO()
    bare = picture.copy() if picture.info else picture
    bare.info = {}  # Pillow would write the original's comment
    bare.save(out, "JPEG", quality=cutting.quality, subsampling=subsampling(cutting.quality))
    return out.getvalue()


def keep_coefficients(data: bytes | None, original: Image.Image, profile: bytes | None) -> bytes | None:
    """Return an upright JPEG without its metadata, None if it must be encoded anew to be shown right."""
    is_jpeg = original.format in {"JPEG", "MPO"}
    if data is None or not is_jpeg or original.mode not in {"L", "RGB"}:
        return None
    if not colour.is_srgb(profile, original.mode):
        return None
    try:
        return strip_jpeg(data)
    except ValueError:
        return None
