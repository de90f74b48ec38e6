"""The rendition: the one picture kept of each image (design §8).

Belongs here: its size, its encoding, its recipe. Does not belong here: decoding, colour.
"""

from __future__ import annotations

import io

from PIL import Image

from clipplot_pipeline.images.colour import GROUND_RGB

LONG_SIDE_PX = 4096
QUALITY = 90
#: What is done to an original, apart from the short side; it goes into the model card.
RECIPE = (
    f"rendition 1: first frame, upright, 8-bit sRGB (ICC, relative colorimetric), on ground"
    f" #{GROUND_RGB[0]:02x}{GROUND_RGB[1]:02x}{GROUND_RGB[2]:02x}, Lanczos, never enlarged, long side <="
    f" {LONG_SIDE_PX} px, baseline JPEG quality {QUALITY} 4:4:4; coefficients of fitting sRGB JPEGs kept"
)
_EXIF_TRANSPOSITIONS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def recipe(rendition_px: int) -> str:
    """Return the whole recipe of renditions with this short side (px)."""
    return f"{RECIPE}; short side {rendition_px} px"


def fit(width_px: int, height_px: int, rendition_px: int) -> tuple[int, int]:
    """Return a rendition's width and height in px, from its original's.

    The short side is at most ``rendition_px``, the long one at most ``LONG_SIDE_PX``, none less than 1; never
    larger than the original.
    """
    short, long = min(width_px, height_px), max(width_px, height_px)
    scale = min(1.0, rendition_px / short, LONG_SIDE_PX / long)
    return max(1, round(width_px * scale)), max(1, round(height_px * scale))


def turn_upright(picture: Image.Image, orientation: int) -> Image.Image:
    """Return a picture turned or mirrored as its EXIF orientation (1 to 8) asks."""
    how = _EXIF_TRANSPOSITIONS.get(orientation)
    return picture if how is None else picture.transpose(how)


def encode(picture: Image.Image) -> bytes:
    """Return a picture of mode L or RGB as baseline JPEG, quality 90, 4:4:4, without any metadata."""
    out = io.BytesIO()
    bare = picture.copy() if picture.info else picture
    bare.info = {}  # Pillow would write the original's comment
    bare.save(out, "JPEG", quality=QUALITY, subsampling=0)
    return out.getvalue()
