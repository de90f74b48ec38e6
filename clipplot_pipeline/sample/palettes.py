"""The pigments of the sample collection, by name, and what can be said of them in numbers.

Here: colours and mixing. Not here: anything that draws. A palette's names are also words of the
metadata table, so that a picture tagged ``indigo`` really is blue.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Color = tuple[int, int, int]

PIGMENTS: dict[str, str] = {
    # papers and grounds
    "cream": "#f3e9d2",
    "ivory": "#f7f1e1",
    "buff": "#e6d3ad",
    "parchment": "#ead9b4",
    "chalk": "#f4f2ec",
    "linen": "#e3d9c6",
    "pearl grey": "#d5d6d2",
    "rose paper": "#efd9cd",
    "celadon": "#b9cdb6",
    # blacks and browns
    "lamp black": "#1d1b1c",
    "ink": "#20222e",
    "sepia": "#4a3426",
    "umber": "#6b4a2f",
    "burnt sienna": "#a1502b",
    "terracotta": "#c4683f",
    "slate": "#4d5863",
    "silver": "#a9b1b5",
    # blues
    "midnight": "#0f1a33",
    "indigo": "#233a66",
    "prussian blue": "#17415f",
    "ultramarine": "#2b4a9b",
    "cobalt": "#3d6fb0",
    "cerulean": "#6fa9c9",
    "sky blue": "#b5d3dc",
    # greens
    "teal": "#1f6a6c",
    "verdigris": "#559c8b",
    "sage": "#93a685",
    "sap green": "#5f7a3b",
    "olive": "#7b7434",
    "forest green": "#274b38",
    "emerald": "#20795a",
    # yellows and oranges
    "gold": "#cfa349",
    "ochre": "#cd9435",
    "saffron": "#e9a62f",
    "lemon": "#edd45c",
    "apricot": "#eba873",
    "orange": "#de7a32",
    # reds, pinks, purples
    "vermilion": "#d4472b",
    "crimson": "#a9223a",
    "madder": "#b0484c",
    "oxblood": "#6e1f27",
    "rose": "#d98e8f",
    "blush": "#eec6b6",
    "plum": "#63325a",
    "violet": "#6d5596",
    "lilac": "#b5a1c9",
}


def pigment(name: str) -> Color:
    """Return the sRGB colour of a named pigment, 0 to 255; KeyError for an unknown name."""
    text = PIGMENTS[name]
    return int(text[1:3], 16), int(text[3:5], 16), int(text[5:7], 16)


@dataclass(frozen=True)
class Palette:
    """A ground and its inks, by pigment name, in the order in which a family uses them."""

    ground: str
    inks: tuple[str, ...]

    @property
    def words(self) -> tuple[str, ...]:
        """The names that a picture in this palette is tagged with: the ground, then the inks."""
        return (self.ground, *self.inks)

    @property
    def paper(self) -> Color:
        """The colour of the ground."""
        return pigment(self.ground)

    @property
    def colors(self) -> tuple[Color, ...]:
        """The colours of the inks, in order."""
        return tuple(pigment(name) for name in self.inks)


def palette(ground: str, *inks: str) -> Palette:
    """Return a palette from pigment names; KeyError where one is unknown."""
    for name in (ground, *inks):
        pigment(name)
    return Palette(ground, inks)


def mix(first: Color, second: Color, share: float) -> Color:
    """Return the colour `share` of the way (0 to 1) from the first to the second."""
    r, g, b = (round(a + (z - a) * share) for a, z in zip(first, second, strict=True))
    return r, g, b


def vary(rng: np.random.Generator, color: Color, amount: float = 8.0) -> Color:
    """Return the colour a little lighter or darker and warmer or cooler, as pigment on paper is.

    `amount` is the standard deviation of the change, in levels of 255.
    """
    light = rng.normal(0.0, amount)
    warm = rng.normal(0.0, amount * 0.35)
    r, g, b = color[0] + light + warm, color[1] + light, color[2] + light - warm
    return clamp(r), clamp(g), clamp(b)


def clamp(level: float) -> int:
    """Return the level rounded into 0 to 255."""
    return int(min(255.0, max(0.0, round(level))))


def ramp(colors: tuple[Color, ...], shares: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return colours (..., 3) float64 of 0 to 255 along evenly spaced stops, at shares 0 to 1."""
    stops = np.linspace(0.0, 1.0, len(colors))
    table = np.asarray(colors, dtype=np.float64)
    return np.stack([np.interp(shares, stops, table[:, c]) for c in range(3)], axis=-1)
