"""Which search for neighbours serves: exact as long as it can be afforded, by an index beyond; and what it finds.

Belongs here: the choice, and the measure of what an index missed. Does not belong here: searching (``neighbors``,
``clip.nearest``, ``index``), what was found before (``defs``).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from clipplot_pipeline.embeddings.choice import find_missing
from clipplot_pipeline.embeddings.index import search_index
from clipplot_pipeline.embeddings.neighbors import (
    Search,
    extend_neighbors,
    find_unknown,
    nearest_neighbors,
    search_blocks,
)
from clipplot_pipeline.errors import EmbedderError
from clipplot_pipeline.model import Neighbors

if TYPE_CHECKING:
    from clipplot_pipeline.embeddings.clip import DeviceSearch

#: Images whose true neighbours are sought to see what an index missed: its recall is known to within 0.3 percent.
SAMPLE = 1000
_SEED = 1
#: Two similarities that differ by less are the same but for rounding.
_ROUNDING = 1e-6

#: Images from which on an accelerator is asked for: with fewer the CPU has done before torch is loaded.
WORTH_A_DEVICE = 20_000
#: Operations (a product of D numbers are 2 D) that an accelerator is given: at 10 TFLOP/s, as small cards reach, 2.8
#: hours, at 45 TFLOP/s 37 minutes. All pairs of 9.9 million images of 512 numbers.
DEVICE_OPERATIONS = 1e17

Method = Literal["exact", "approximate"]


@dataclass(frozen=True, slots=True)
class Before:
    """The neighbours as they were.

    Attributes
    ----------
    neighbors : Neighbors
        In rows of now, as ``extend_neighbors`` takes them.
    is_new : ndarray of bool, shape (n,)
    method : str
        How they were found.
    """

    neighbors: Neighbors
    is_new: NDArray[np.bool_]
    method: Method


@dataclass(frozen=True, slots=True)
class Found:
    """Neighbours, and how they were found.

    Attributes
    ----------
    neighbors : Neighbors
    method : str
        ``approximate`` if any of them come from an index.
    searched : int
        Images whose neighbours were sought among all; the others are known from before.
    recall : float
        Share of the true nearest that were found, within [0, 1], over the images of a sample.
    sample : int
        Its size; 0: the search is exact.
    device : str
        Where they were searched for, as torch names it.
    failure : str
        Why not on the accelerator that is there; empty: there was no such failure.
    """

    neighbors: Neighbors
    method: Method
    searched: int
    recall: float
    sample: int
    device: str = "cpu"
    failure: str = ""


def find_neighbors(
    vectors: NDArray[np.float32],
    k: int,
    exact_up_to: int,
    before: Before | None = None,
    device: str = "cpu",
) -> Found:
    """Find the k nearest others of every image by cosine: exactly as long as that can be afforded.

    Parameters
    ----------
    vectors : ndarray of float32, shape (n, D)
        Unit length; may be a memory map.
    k : int
    exact_up_to : int
        Images that are compared all with all. With more, an index is made; but as many comparisons as this allows are
        spent on a drop, whose images are sought among all, in both directions, and exactly. An accelerator compares
        as many as `DEVICE_OPERATIONS` allow, if more; 0: none, nowhere.
    before : Before, optional
        What was found last time.
    device : str
        Where a model runs, as ``EmbedderChoice`` has it: whether an accelerator may be asked for, and which.

    Returns
    -------
    Found
        The same for the same input on one machine.
    """
    search = _open_device(vectors, device) if exact_up_to > 0 and len(vectors) >= WORTH_A_DEVICE else None
    if search is None or isinstance(search, str):
        return replace(_find(vectors, k, exact_up_to, before, search_blocks), failure=search or "")
    reach = max(exact_up_to, math.isqrt(int(DEVICE_OPERATIONS / (2 * vectors.shape[1]))))
    try:
        found = _find(vectors, k, reach, before, search)
        is_of_index = found.method == "approximate" and found.searched == len(vectors)
        return found if is_of_index else replace(found, device=search.device)
    except RuntimeError as error:  # torch's, whatever the device does not know or has no room for
        search.close()
        found = _find(vectors, k, exact_up_to, before, search_blocks)
        return replace(found, failure=_tell_failure(error))
    finally:
        search.close()


def _open_device(vectors: NDArray[np.float32], device: str) -> DeviceSearch | str | None:
    """Return the search on an accelerator; why there is none, though one is there; None if none is there."""
    if device == "cpu" or find_missing():
        return None
    try:
        from clipplot_pipeline.embeddings.clip import DeviceSearch, pick_devices

        first = pick_devices(device)[0]
        return None if first == "cpu" else DeviceSearch(vectors, first)
    except EmbedderError:  # cards of another machine, where the pictures were embedded
        return None
    except (ImportError, RuntimeError) as error:
        return _tell_failure(error)


def _tell_failure(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0][:300]


def _find(
    vectors: NDArray[np.float32], k: int, exact_up_to: int, before: Before | None, search: Search
) -> Found:
    n = len(vectors)
    if before is not None and not (before.method == "approximate" and n <= exact_up_to):
        unknown = len(find_unknown(before.neighbors, before.is_new))
        # Beyond half, all against all costs no more, and leaves no list short.
        if unknown < n / 2 and (n <= exact_up_to or unknown * n <= exact_up_to**2):
            extended = extend_neighbors(vectors, before.neighbors, before.is_new, search)
            return _judge(vectors, extended, before.method, unknown)
    if n <= exact_up_to:
        return _judge(vectors, nearest_neighbors(vectors, k, search), "exact", n)
    return _judge(vectors, search_index(vectors, k), "approximate", n)


def _judge(vectors: NDArray[np.float32], neighbors: Neighbors, method: Method, searched: int) -> Found:
    if method == "exact":
        return Found(neighbors, method, searched, 1.0, 0)
    n = len(vectors)
    sample = np.sort(np.random.default_rng(_SEED).choice(n, min(SAMPLE, n), replace=False))
    return Found(neighbors, method, searched, measure_recall(vectors, neighbors, sample), len(sample))


def measure_recall(vectors: NDArray[np.float32], neighbors: Neighbors, sample: NDArray[np.int64]) -> float:
    """Return the share of the true nearest of some images that is among their neighbours.

    Parameters
    ----------
    vectors : ndarray of float32, shape (n, D)
    neighbors : Neighbors
    sample : ndarray of int64, rising
        The images, which are compared with all. Who is as near as the last of the true ones counts as one of them.
    """
    kept = min(neighbors.rows.shape[1], len(vectors) - 1)
    if kept < 1 or not len(sample):
        return 1.0
    last = search_blocks(vectors, sample, kept)[1][:, -1:]
    similarities = np.where(neighbors.rows[sample] < 0, -2, neighbors.similarities[sample])
    met = int((similarities >= last - _ROUNDING).sum())
    return float(met / (len(sample) * kept))
