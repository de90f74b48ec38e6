"""What a family of pictures is: how it draws, and the words that belong to it.

Here: the types that families and the collection exchange. Not here: any family.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from PIL import Image

Size = tuple[int, int]


@dataclass(frozen=True)
class Drawing:
    """A finished picture with the words that are true of it: its motif and its tags."""

    image: Image.Image
    motif: str
    tags: tuple[str, ...]


@dataclass(frozen=True)
class Family:
    """A genre of pictures.

    `name` names its folder; `shapes` are aspect ratios (width / height) to choose from; `period`
    is the year of its beginning, its height and its end; `places` are cities of
    `clipplot_pipeline.sample.places`; `titles` and `techniques` are keyed by
    language (ISO 639-1).
    """

    name: str
    category: str
    shapes: tuple[float, ...]
    period: tuple[int, int, int]
    places: tuple[str, ...]
    titles: Mapping[str, tuple[str, ...]]
    techniques: Mapping[str, str]
    draw: Callable[[np.random.Generator, Size], Drawing]
