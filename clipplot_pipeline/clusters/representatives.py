"""Which images stand for a cluster.

Belongs here: the medoid and its companions. Does not belong here: clusters, drawing.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

#: Pictures that stand for a cluster, the medoid included.
REPRESENTATIVES = 8
#: A cluster's members looked at: beyond, those of strongest membership.
LOOKED_AT = 4096


def choose_representatives(
    members: NDArray[np.int64], membership: NDArray[np.float32], space: NDArray[np.float32]
) -> tuple[int, ...]:
    """Return the rows that stand for a cluster, the medoid first.

    The medoid is the member whose vector lies nearest to the mean of all. The others are taken, one after the
    other, as far as possible from those taken before, out of the half of the members that belong most: the
    cluster's range without its fringe.

    Parameters
    ----------
    members : ndarray of int, shape (m,)
        Catalog rows, at least one.
    membership : ndarray of float32, shape (m,)
        How strongly each belongs.
    space : ndarray of float32, shape (n, d)
        Vectors of all images; may be a memory map.
    """
    strongest = np.lexsort((members, -membership))[:LOOKED_AT]
    rows = np.sort(members[strongest])
    vectors = np.asarray(space[rows], np.float64)
    medoid = int(np.argmin(((vectors - vectors.mean(0)) ** 2).sum(1)))
    core = np.isin(rows, members[strongest[: max(REPRESENTATIVES, (len(strongest) + 1) // 2)]])
    core[medoid] = True
    nearest = ((vectors - vectors[medoid]) ** 2).sum(1)
    chosen = [medoid]
    while len(chosen) < min(REPRESENTATIVES, int(core.sum())):
        free = np.where(core, nearest, -1.0)
        free[chosen] = -1.0
        chosen.append(int(free.argmax()))
        nearest = np.minimum(nearest, ((vectors - vectors[chosen[-1]]) ** 2).sum(1))
    return tuple(int(row) for row in rows[chosen])
