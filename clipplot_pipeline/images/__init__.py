"""Opening originals: each exactly once, yielding one rendition and the facts about it.

Belongs here: formats, decoding, colour, renditions, capture facts, perceptual hash.
Does not belong here: where files lie (``sources``), vectors (``embeddings``), tiles (``atlases``).
"""

from clipplot_pipeline.images.closeup import closeup_recipe
from clipplot_pipeline.images.formats import find_plugins
from clipplot_pipeline.images.limits import Cutting, Limits
from clipplot_pipeline.images.opening import open_images
from clipplot_pipeline.images.phash import perceptual_hash
from clipplot_pipeline.images.reading import open_one
from clipplot_pipeline.images.rendition import RECIPE, recipe
from clipplot_pipeline.images.strip import strip_jpeg

__all__ = [
    "RECIPE",
    "Cutting",
    "Limits",
    "closeup_recipe",
    "find_plugins",
    "open_images",
    "open_one",
    "perceptual_hash",
    "recipe",
    "strip_jpeg",
]
