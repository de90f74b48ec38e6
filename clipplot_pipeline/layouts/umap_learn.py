"""umap-learn, loaded late and with its machine code kept from one process to the next.

Belongs here: what the layout asks of umap-learn's inside. Does not belong here: the layout itself (``umap``).
"""

from __future__ import annotations

import warnings
from types import ModuleType

#: What a fit compiles. Each build is a process of its own, and would compile for seconds what it runs for milliseconds.
COMPILED = (
    ("umap_", "smooth_knn_dist"),
    ("umap_", "compute_membership_strengths"),
    ("layouts", "_nb_optimize_layout_euclidean_single_epoch"),
)


def load_umap() -> ModuleType:
    """Return the package, its compiled functions kept in numba's cache (``NUMBA_CACHE_DIR``, or beside their source).

    A release that names them otherwise, or a machine where nothing can be written, only compiles again each time.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # importing it warns of optional parts that are not used here
        import umap
        import umap.layouts
        import umap.umap_
    for module, name in COMPILED:
        function = getattr(getattr(umap, module), name, None)
        # Once a function has code, or has a cache, it is left as it is.
        if function is None or not hasattr(function, "enable_caching") or function.signatures:
            continue
        try:
            function.enable_caching()
        except RuntimeError:  # numba found no folder for it
            continue
    loaded: ModuleType = umap
    return loaded
