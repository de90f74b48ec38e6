"""Embeddings: pictures become vectors, vectors become neighbours.

Belongs here: embedders (one module each), running them over renditions, neighbours, words that fit pictures. Does not
belong here: opening originals (``images``), layouts. Importing this package is light: torch, OpenCV and the rest load
where they are used.
"""

from clipplot_pipeline.embeddings.choice import EmbedderChoice, check_available, needs_fit, refit_due
from clipplot_pipeline.embeddings.concepts import score_concepts
from clipplot_pipeline.embeddings.embedder import Embedder, TextSide, fit_embedder, make_embedder
from clipplot_pipeline.embeddings.imported import card_of_imported, make_unit_vectors
from clipplot_pipeline.embeddings.neighbors import extend_neighbors, find_unknown, nearest_neighbors
from clipplot_pipeline.embeddings.plugins import plugin_version
from clipplot_pipeline.embeddings.renditions import embed_renditions
from clipplot_pipeline.embeddings.search import Before, Found, find_neighbors
from clipplot_pipeline.embeddings.texts import embed_concepts
from clipplot_pipeline.embeddings.vectors import gather_vectors
from clipplot_pipeline.embeddings.vocabulary import compose_vocabulary, hash_packaged, read_packaged

__all__ = [
    "Before",
    "Embedder",
    "EmbedderChoice",
    "Found",
    "TextSide",
    "card_of_imported",
    "check_available",
    "compose_vocabulary",
    "embed_concepts",
    "embed_renditions",
    "extend_neighbors",
    "find_neighbors",
    "find_unknown",
    "fit_embedder",
    "gather_vectors",
    "hash_packaged",
    "make_embedder",
    "make_unit_vectors",
    "nearest_neighbors",
    "needs_fit",
    "plugin_version",
    "read_packaged",
    "refit_due",
    "score_concepts",
]
