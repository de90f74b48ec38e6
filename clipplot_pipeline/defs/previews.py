"""Small pictures for the Dagster UI: the map as dots in true colours, and the clusters with their names.

Belongs here: drawing previews into a few kilobytes of PNG. Does not belong here: anything of the site.
"""

import base64
import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from clipplot_pipeline.model import ClusterLevel

SIDE_PX = 480
GROUND = (18, 19, 22)
#: Dagster keeps metadata in its database: a preview stays below this.
MAX_BYTES = 100_000


def preview_positions(positions: NDArray[np.float32], colors: NDArray[np.uint8]) -> str | None:
    """Return Markdown with a picture of a layout, each image a dot of its mean colour; None for no images."""
    if not len(positions):
        return None
    return _as_markdown(_draw_dots(positions, colors), "map")


def preview_clusters(positions: NDArray[np.float32], level: ClusterLevel) -> str | None:
    """Return Markdown with a picture of one level of clusters and its largest names; None for no images."""
    if not len(positions):
        return None
    hues = (np.arange(max(level.count, 1)) * 0.618034) % 1.0
    palette = np.array([_from_hue(hue) for hue in hues], np.uint8)
    grey = np.array([90, 92, 98], np.uint8)
    colors = np.where((level.cluster >= 0)[:, None], palette[np.maximum(level.cluster, 0)], grey)
    image = _draw_dots(positions, colors.astype(np.uint8))
    draw = ImageDraw.Draw(image)
    font = ImageFont.load_default(13)
    for number in range(min(level.count, 24)):
        if level.names[number]:
            x, y = _to_pixels(positions[level.cluster == number].mean(axis=0, keepdims=True))[0]
            draw.text(
                (x, y), level.names[number], "white", font, anchor="mm", stroke_width=2, stroke_fill=GROUND
            )
    return _as_markdown(image, "clusters")


def _draw_dots(positions: NDArray[np.float32], colors: NDArray[np.uint8]) -> Image.Image:
    canvas = np.empty((SIDE_PX, SIDE_PX, 3), np.uint8)
    canvas[:] = GROUND
    radius = int(np.clip(60 / np.sqrt(len(positions)), 0, 6))
    pixels = _to_pixels(positions)
    for dy in range(-radius, radius + 1):
        for dx in range(-radius, radius + 1):
            x = np.clip(pixels[:, 0] + dx, 0, SIDE_PX - 1)
            y = np.clip(pixels[:, 1] + dy, 0, SIDE_PX - 1)
            canvas[y, x] = colors
    return Image.fromarray(canvas)


def _to_pixels(positions: NDArray[np.float32]) -> NDArray[np.int64]:
    scaled = (positions * [1, -1] + 1) * 0.5 * (SIDE_PX - 1)
    return np.asarray(np.rint(scaled), dtype=np.int64)


def _from_hue(hue: float) -> tuple[int, int, int]:
    wave = 0.5 + 0.5 * np.cos(2 * np.pi * (hue - np.array([0.0, 1 / 3, 2 / 3])))
    red, green, blue = (70 + 175 * wave).astype(int)
    return int(red), int(green), int(blue)


def _as_markdown(image: Image.Image, name: str) -> str | None:
    out = io.BytesIO()
    image.quantize(64).save(out, "PNG", optimize=True)
    if out.tell() * 4 / 3 > MAX_BYTES:
        out = io.BytesIO()
        image.save(out, "JPEG", quality=60)
    kind = "jpeg" if out.getvalue().startswith(b"\xff\xd8") else "png"
    return f"![{name}](data:image/{kind};base64,{base64.b64encode(out.getvalue()).decode()})"
