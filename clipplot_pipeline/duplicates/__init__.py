"""Near-duplicates: which pictures may be one, which of them are, and the groups that they form.

Belongs here: candidates by perceptual hash, the geometric check of a pair on small renditions, groups. Does not belong
here: the hash itself (``images``), nearest neighbours (``embeddings``), identical files (``catalog`` folds them).
"""

from clipplot_pipeline.duplicates.candidates import pair_hashes, pair_neighbors, unite_pairs
from clipplot_pipeline.duplicates.groups import group_pairs
from clipplot_pipeline.duplicates.matching import METHOD, verify_pairs
from clipplot_pipeline.duplicates.sketches import make_sketch, open_sketches

__all__ = [
    "METHOD",
    "group_pairs",
    "make_sketch",
    "open_sketches",
    "pair_hashes",
    "pair_neighbors",
    "unite_pairs",
    "verify_pairs",
]
