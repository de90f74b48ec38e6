"""A drawing surface with smooth edges, and what paper does to a drawing.

Here: shapes, strokes and finishing, in pixels of the finished picture. Not here: any motif.
Shapes are drawn three times as large and reduced, which is Pillow's way to smooth edges.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PIL import Image, ImageDraw

from clipplot_pipeline.sample.noise import Field, fractal_noise, lattice_noise, pixel_grid
from clipplot_pipeline.sample.palettes import Color

Points = NDArray[np.float64]
Size = tuple[int, int]


class Canvas:
    """A surface (width, height) on a ground colour or over a picture of that size."""

    def __init__(self, size: Size, ground: Color | Image.Image, *, oversampling: int = 3) -> None:
        self.size = size
        self.width, self.height = size
        self._factor = oversampling
        large = (size[0] * oversampling, size[1] * oversampling)
        if isinstance(ground, Image.Image):
            self._image = ground.resize(large, Image.Resampling.BICUBIC)
        else:
            self._image = Image.new("RGB", large, ground)
        self._draw = ImageDraw.Draw(self._image, "RGBA")

    def polygon(self, points: ArrayLike, color: Color, alpha: float = 1.0) -> None:
        """Fill a polygon (n, 2)."""
        flat = (np.asarray(points, dtype=np.float64) * self._factor).ravel().tolist()
        if len(flat) >= 6:
            self._draw.polygon(flat, fill=_rgba(color, alpha))

    def stroke(
        self,
        points: ArrayLike,
        color: Color,
        width_px: float = 1.0,
        alpha: float = 1.0,
        *,
        is_closed: bool = False,
    ) -> None:
        """Draw a line of one width along points (n, 2), corners rounded."""
        line = np.asarray(points, dtype=np.float64)
        if is_closed:
            line = np.vstack([line, line[:2]])
        flat = (line * self._factor).ravel().tolist()
        width = max(1, round(width_px * self._factor))
        joint = "curve" if width > 4 and alpha > 0.99 else None
        self._draw.line(flat, fill=_rgba(color, alpha), width=width, joint=joint)

    def brush(self, points: ArrayLike, widths_px: ArrayLike, color: Color, alpha: float = 1.0) -> None:
        """Draw a stroke along points (n, 2) whose width (n,) or one number may swell and taper."""
        line = np.asarray(points, dtype=np.float64)
        if len(line) < 2:
            return
        self.polygon(outline_stroke(line, np.asarray(widths_px, dtype=np.float64)), color, alpha)

    def disc(self, x: float, y: float, radius: float, color: Color, alpha: float = 1.0) -> None:
        """Fill a circle."""
        f = self._factor
        box = ((x - radius) * f, (y - radius) * f, (x + radius) * f, (y + radius) * f)
        self._draw.ellipse(box, fill=_rgba(color, alpha))

    def circle(
        self,
        x: float,
        y: float,
        radius: float,
        color: Color,
        width_px: float = 1.0,
        alpha: float = 1.0,
    ) -> None:
        """Draw a circle's line."""
        f = self._factor
        outer = radius + width_px / 2
        box = ((x - outer) * f, (y - outer) * f, (x + outer) * f, (y + outer) * f)
        width = max(1, round(width_px * f))
        self._draw.ellipse(box, outline=_rgba(color, alpha), width=width)

    def rectangle(self, box: tuple[float, float, float, float], color: Color, alpha: float = 1.0) -> None:
        """Fill a rectangle (left, top, right, bottom)."""
        left, top, right, bottom = box
        self.polygon([(left, top), (right, top), (right, bottom), (left, bottom)], color, alpha)

    def frame(
        self,
        box: tuple[float, float, float, float],
        color: Color,
        width_px: float = 1.0,
        alpha: float = 1.0,
    ) -> None:
        """Draw a rectangle's line (left, top, right, bottom)."""
        left, top, right, bottom = box
        corners = [(left, top), (right, top), (right, bottom), (left, bottom)]
        self.stroke(corners, color, width_px, alpha, is_closed=True)

    def finish(self) -> Image.Image:
        """Return the picture, reduced to its size: RGB."""
        return self._image.reduce(self._factor)


def _rgba(color: Color, alpha: float) -> tuple[int, int, int, int]:
    return (*color, max(0, min(255, round(alpha * 255))))


def outline_stroke(line: Points, widths_px: Points) -> Points:
    """Return the polygon (2n, 2) of a stroke along a line (n, 2) of the given widths."""
    tangent = np.empty_like(line)
    tangent[1:-1] = line[2:] - line[:-2]
    tangent[0], tangent[-1] = line[1] - line[0], line[-1] - line[-2]
    length = np.maximum(np.hypot(tangent[:, 0], tangent[:, 1]), 1e-9)
    normal = np.stack([-tangent[:, 1], tangent[:, 0]], axis=1) / length[:, None]
    offset = normal * (np.broadcast_to(widths_px, (len(line),)) / 2.0)[:, None]
    return np.vstack([line + offset, (line - offset)[::-1]])


def smooth_curve(points: ArrayLike, samples: int = 12, *, is_closed: bool = False) -> Points:
    """Return a Catmull-Rom curve through points (n, 2), `samples` steps a piece."""
    knots = np.asarray(points, dtype=np.float64)
    if is_closed:
        padded = np.vstack([knots[-1:], knots, knots[:2]])
    else:
        padded = np.vstack([2 * knots[:1] - knots[1:2], knots, 2 * knots[-1:] - knots[-2:-1]])
    p0, p1, p2, p3 = (padded[i : len(padded) - 3 + i, None, :] for i in range(4))
    t = np.linspace(0.0, 1.0, samples, endpoint=False)[None, :, None]
    curve = 0.5 * (
        2 * p1 + (p2 - p0) * t + (2 * p0 - 5 * p1 + 4 * p2 - p3) * t**2 + (3 * p1 - p0 - 3 * p2 + p3) * t**3
    )
    flat = curve.reshape(-1, 2)
    return flat if is_closed else np.vstack([flat, knots[-1:]])


def regular_polygon(x: float, y: float, radius: float, corners: int, turn: float = 0.0) -> Points:
    """Return the corners (n, 2) of a regular polygon; `turn` in radians."""
    angle = turn + np.arange(corners) * (2.0 * np.pi / corners)
    return np.stack([x + radius * np.cos(angle), y + radius * np.sin(angle)], axis=1)


def to_array(image: Image.Image) -> Field:
    """Return an RGB picture as (height, width, 3) float64 of 0 to 255."""
    return np.asarray(image, dtype=np.float64)


def to_image(array: Field) -> Image.Image:
    """Return a picture from (height, width, 3), levels clipped into 0 to 255."""
    return Image.fromarray(np.clip(np.rint(array), 0, 255).astype(np.uint8))


def blend(base: Field, color: Color | Field, mask: Field) -> Field:
    """Return base (h, w, 3) with a colour or picture laid over it where mask (h, w) is 1."""
    return np.asarray(base + (np.asarray(color, dtype=np.float64) - base) * mask[..., None])


def age_paper(rng: np.random.Generator, image: Image.Image, strength: float = 1.0) -> Image.Image:
    """Return the picture with the cloudiness, tooth and darker edges of old paper."""
    width, height = image.size
    shape = (height, width)
    clouds = fractal_noise(rng, shape, max(shape) / 3.0, octaves=3) * 0.012
    tooth = lattice_noise(rng, shape, 2.5) * 0.009
    x, y = pixel_grid(image.size)
    edge = np.maximum(np.abs(x / width - 0.5), np.abs(y / height - 0.5)) * 2.0
    light = 1.0 + strength * (clouds + tooth - 0.05 * edge**6)
    array = to_array(image) * light[..., None]
    array[..., 2] *= 1.0 - 0.03 * strength * edge**6
    return to_image(array)
