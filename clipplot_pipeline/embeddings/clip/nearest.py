"""The nearest neighbours by matrix products of torch, on an accelerator: exact, at any size.

Belongs here: the search that torch does. Does not belong here: when it serves (``search``), which device
(``devices``).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch
from numpy.typing import NDArray

from clipplot_pipeline.embeddings.clip import devices
from clipplot_pipeline.embeddings.neighbors import Lists

#: Queries and candidates of a block at most; at least, where memory is short.
MOST_ROWS, MOST_COLUMNS, LEAST = 4096, 32_768, 64
#: What a product takes on its way, all steps of `_take_nearest` included, and the vectors' share of the free memory.
BYTES_EACH, HELD_SHARE, BLOCK_SHARE = 16, 0.6, 0.6
#: Products that ties are told apart in at once.
TIED = 1 << 24


class DeviceSearch:
    """An exact search among the vectors of a collection, which lie on the device where they fit.

    The same bytes on one device again; on another the last bit may differ, as it does between processors.

    Parameters
    ----------
    vectors : ndarray of float32, shape (n, D)
        Unit length; may be a memory map.
    device : str
        Torch's name.
    """

    def __init__(self, vectors: NDArray[np.float32], device: str) -> None:
        self.device = device
        self._vectors = vectors
        self._held: torch.Tensor | None = None
        free = devices.measure_free(device)
        if vectors.nbytes <= free * HELD_SHARE:
            held = torch.empty(vectors.shape, dtype=torch.float32, device=device)
            for first in range(0, len(vectors), MOST_COLUMNS):
                part = slice(first, first + MOST_COLUMNS)
                held[part] = torch.from_numpy(np.array(vectors[part]))
            self._held = held
            free -= vectors.nbytes
        self._rows, self._columns = choose_block(free)

    def __call__(
        self,
        vectors: NDArray[np.float32],
        wanted: NDArray[np.int64],
        k: int,
        among: NDArray[np.int64] | None = None,
    ) -> Lists:
        """Return the k nearest others of some images, as ``neighbors.Search`` says.

        Raises
        ------
        RuntimeError
            If the device fails, or has too little memory for a block of `LEAST`.
        """
        if vectors is not self._vectors:
            raise ValueError("DeviceSearch: it was made for other vectors")
        wanted = wanted.astype(np.int64, copy=False)  # Windows counts in 32 bits where numpy is old
        rows = np.full((len(wanted), k), -1, np.int32)
        similarities = np.full((len(wanted), k), np.nan, np.float32)
        done = 0
        with torch.inference_mode(), _full_precision():
            while done < len(wanted) and k > 0:
                part = slice(done, done + self._rows)
                found = self._try(wanted[part], k, among)
                if found is None:
                    self._rows, self._columns = self._rows // 2, self._columns // 2
                    devices.release_memory(self.device)
                    continue
                rows[part], similarities[part] = found
                done += self._rows
        return rows, similarities

    def close(self) -> None:
        """Give the device's memory back: others may be waiting for it, in this process and in others."""
        self._held = None
        devices.release_memory(self.device)

    def _try(self, wanted: NDArray[np.int64], k: int, among: NDArray[np.int64] | None) -> Lists | None:
        """Return the lists, or None if there was not enough memory; then nothing holds on to any of it."""
        try:
            return self._search(wanted, k, among)
        except Exception as error:
            if not devices.is_out_of_memory(error) or min(self._rows, self._columns) < 2 * LEAST:
                raise
            return None

    def _search(self, wanted: NDArray[np.int64], k: int, among: NDArray[np.int64] | None) -> Lists:
        queries = self._load(wanted)
        own = torch.from_numpy(wanted).to(self.device)[:, None]
        best = torch.full((len(wanted), k), -torch.inf, device=self.device)
        where = torch.full((len(wanted), k), -1, dtype=torch.int64, device=self.device)
        count = len(self._vectors) if among is None else len(among)
        for first in range(0, count, self._columns):
            last = min(first + self._columns, count)
            others = np.arange(first, last, dtype=np.int64) if among is None else among[first:last]
            numbers = torch.from_numpy(others).to(self.device)
            products = queries @ self._load(slice(first, last) if among is None else others).T
            place = torch.searchsorted(numbers, own).clamp(max=len(others) - 1)
            mine = products.gather(1, place)
            products.scatter_(1, place, torch.where(numbers[place] == own, -torch.inf, mine))
            columns = _take_nearest(products, min(k, len(others)))
            # Those of before have lower numbers, and columns rise: a stable sort leaves equal ones in this order.
            values = torch.cat([best, products.gather(1, columns)], 1)
            found = torch.cat([where, numbers[columns]], 1)
            best, order = torch.sort(values, dim=1, descending=True, stable=True)
            best, where = best[:, :k], found.gather(1, order[:, :k])
        is_none = torch.isneginf(best)
        rows = torch.where(is_none, -1, where).to(torch.int32)
        return rows.cpu().numpy(), torch.where(is_none, torch.nan, best.clamp(-1.0, 1.0)).cpu().numpy()

    def _load(self, rows: slice | NDArray[np.int64]) -> torch.Tensor:
        """Return some of the vectors, on the device."""
        if self._held is None:
            return torch.from_numpy(np.array(self._vectors[rows])).to(self.device)
        if isinstance(rows, slice):
            return self._held[rows]
        return self._held[torch.from_numpy(rows).to(self.device)]


def _take_nearest(products: torch.Tensor, k: int) -> torch.Tensor:
    """Return the columns of the k largest of each row, rising; of equal ones at the edge the first.

    Torch says which values are largest, not which of equal ones it takes.
    """
    values, columns = torch.topk(products, k, dim=1)
    edge = values[:, -1:]
    is_cut = (products == edge).sum(1) > (values == edge).sum(1)
    cut = is_cut.nonzero()[:, 0]
    stride = max(TIED // products.shape[1], 1)
    for start in range(0, len(cut), stride):
        rows = cut[start : start + stride]
        part, last = products[rows], edge[rows]
        is_above, is_tied = part > last, part == last
        room = k - is_above.sum(1, keepdim=True)
        kept = is_above | (is_tied & (is_tied.cumsum(1) <= room))
        columns[rows] = kept.nonzero()[:, 1].reshape(len(rows), k)
    return columns.sort(dim=1).values


def choose_block(free_bytes: int) -> tuple[int, int]:
    """Return the rows and columns of a block of products.

    Powers of two, and of one size wherever 4 GB are left: products of other shapes may be summed in another order, and
    what is free differs from run to run.
    """
    rows, columns = MOST_ROWS, MOST_COLUMNS
    while rows * columns * BYTES_EACH > free_bytes * BLOCK_SHARE and rows > LEAST:
        rows, columns = rows // 2, columns // 2
    return rows, columns


@contextmanager
def _full_precision() -> Iterator[None]:
    """Compute products of float32 in float32, whatever was allowed elsewhere in the process."""
    before = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision("highest")
    try:
        yield
    finally:
        torch.set_float32_matmul_precision(before)
