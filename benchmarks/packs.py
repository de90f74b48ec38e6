"""What a view of large cells costs: tiles of 512 px, smaller tiles, and single cells in packs read by byte ranges.

Run: ``python benchmarks/packs.py SITE … [--windows 30]``; SITE is a published folder. Prints Markdown. A view holds as
many pictures as stand side by side in 1280 × 800 px at the size of the level: those nearest to an image drawn at
random in each layout of the site, and ``random``, as many images from anywhere. Of tiles, every one that holds one of
them is fetched. In packs every cell is a WebP of its own; 256 of them follow each other in rank order after a table
of their lengths, which is fetched first; what lies less than ``GAP_BYTES`` apart is one request. All are encoded as the
pipeline does, of cells cut from the detail pictures where the site has some, else from its tiles. Seconds: 10 Mbit/s,
40 ms, six requests at a time, as if nothing overlapped.
"""

import argparse
import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from clipplot_pipeline.atlases.encode import Pixels, cut_cells, encode_webp
from clipplot_pipeline.site.columns import decode_column
from clipplot_pipeline.site.format import detail_path
from clipplot_pipeline.site.manifest import Manifest, read_manifest
from clipplot_pipeline.zorder import LEVELS, decode_morton, tile_path

VIEW_PX = (1280, 800)
#: Sides of tiles. Unit: px.
SIDES = (512, 256)
RANKS_A_PACK, TABLE_BYTES, GAP_BYTES = 256, 520, 8192
BYTES_A_SECOND, LATENCY_S, AT_ONCE = 1_250_000, 0.04, 6
QUALITY, METHOD = 70, 4


@dataclass(frozen=True)
class Cost:
    """What a view costs. Unit: bytes; steps are requests of which one waits for another."""

    requests: int
    bytes: int

    @property
    def seconds(self) -> float:
        """Time on the line that the module describes."""
        return -(-self.requests // AT_ONCE) * LATENCY_S + self.bytes / BYTES_A_SECOND


class Site:
    """A published site."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.manifest: Manifest = read_manifest((folder / "manifest.json").read_bytes())
        self.firsts = np.array([segment.first_rank for segment in self.manifest.segments])
        digits = decode_column((folder / self.manifest.columns["id"].path).read_bytes()).stored
        self.ids = [row.tobytes().hex() for row in digits.astype(np.uint8)]
        self.sizes: dict[tuple[int, int, int], int] = {}

    def positions(self) -> dict[str, NDArray[np.float64]]:
        """Return the positions of every layout, in rank order."""
        named = {layout.name: layout.positions for layout in self.manifest.layouts if layout.positions}
        return {
            name: decode_column((self.folder / self.manifest.columns[column].path).read_bytes()).values
            for name, column in named.items()
        }

    def first_of(self, rank: int, cells: int) -> tuple[int, int]:
        """Return the first rank of the run of so many cells that holds a rank, and how many there are."""
        owner = int(np.searchsorted(self.firsts, rank, side="right")) - 1
        segment = self.manifest.segments[owner]
        at = (rank - segment.first_rank) // cells * cells
        return segment.first_rank + at, min(cells, segment.count - at)

    def measure(self, first: int, count: int, level: int) -> int:
        """Return the bytes of some cells, by rank, in one picture."""
        if (first, count, level) not in self.sizes:
            columns, rows = decode_morton(np.arange(count))
            picture = np.zeros((int(rows.max() + 1) * level, int(columns.max() + 1) * level, 3), np.uint8)
            for k, (column, row) in enumerate(zip(columns.tolist(), rows.tolist(), strict=True)):
                box = np.s_[row * level : (row + 1) * level, column * level : (column + 1) * level]
                picture[box] = self._cut(first + k, level)
            self.sizes[first, count, level] = len(encode_webp(picture, QUALITY, METHOD))
        return self.sizes[first, count, level]

    def _cut(self, rank: int, level: int) -> Pixels:
        details = self.manifest.details
        if details is not None:
            jpeg = (self.folder / detail_path(details.path, self.ids[rank])).read_bytes()
            return dict(zip(LEVELS, cut_cells(jpeg, LEVELS), strict=True))[level]
        cells = (self.manifest.tiles.sides[level] // level) ** 2
        first, _ = self.first_of(rank, cells)
        owner = int(np.searchsorted(self.firsts, rank, side="right")) - 1
        segment = self.manifest.segments[owner]
        path = self.folder / tile_path(segment.id, level, (first - segment.first_rank) // cells)
        (column,), (row,) = decode_morton(np.array([rank - first]))
        return decode(path)[row * level : (row + 1) * level, column * level : (column + 1) * level]

    def cost_of_tiles(self, ranks: Sequence[int], level: int, side: int) -> Cost:
        """Return the cost of all tiles that hold one of the ranks."""
        held = {self.first_of(rank, (side // level) ** 2) for rank in ranks}
        return Cost(len(held), sum(self.measure(*run, level) for run in held))

    def cost_of_packs(self, ranks: Sequence[int], level: int) -> Cost:
        """Return the cost of the ranks' cells alone, of what lies between, and of the packs' tables."""
        requests = size = 0
        before: tuple[int, int] | None = None
        mean = self.measure(ranks[0], 1, level)
        for rank in sorted(ranks):
            pack, _ = self.first_of(rank, RANKS_A_PACK)
            if before is None or before[0] != pack:
                requests, size = requests + 1, size + TABLE_BYTES
            gap = (rank - before[1] - 1) * mean if before and before[0] == pack else np.inf
            requests, size = (requests, size + int(gap)) if gap <= GAP_BYTES else (requests + 1, size)
            size += self.measure(rank, 1, level)
            before = (pack, rank)
        return Cost(requests, size)


@lru_cache(maxsize=256)
def decode(path: Path) -> Pixels:
    """Return a tile's pixels."""
    with Image.open(io.BytesIO(path.read_bytes())) as image:
        return np.asarray(image.convert("RGB"))


def choose_view(
    positions: NDArray[np.float64] | None, count: int, level: int, rng: np.random.Generator
) -> list[int]:
    """Return the ranks in a view round an image drawn at random."""
    width, height = VIEW_PX
    most = min(count, width * height // level**2)
    if positions is None:
        return [int(rank) for rank in rng.choice(count, most, replace=False)]
    away = np.abs(positions - positions[rng.integers(count)]) / (width, height)
    return [int(rank) for rank in np.argpartition(away.max(axis=1), most - 1)[:most]]


def measure_site(site: Site, windows: int) -> None:
    """Print a line for every layout and level."""
    count = site.manifest.image_count
    for level in (128, 64):
        rng = np.random.default_rng(4)
        for name, positions in ({"random": None} | site.positions()).items():
            views = [choose_view(positions, count, level, rng) for _ in range(windows)]
            costs = [[site.cost_of_tiles(view, level, side) for view in views] for side in SIDES]
            costs.append([site.cost_of_packs(view, level) for view in views])
            cells = [site.folder.name, name, str(level), str(len(views[0]))]
            for tried in costs:
                cells.append(f"{np.mean([cost.requests for cost in tried]):,.0f}")
                cells.append(f"{np.mean([cost.bytes for cost in tried]) / 1e3:,.0f}")
                cells.append(f"{np.mean([cost.seconds for cost in tried]):.2f}")
            print(f"| {' | '.join(cells)} |", flush=True)


def main() -> None:
    """Measure all sites."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sites", type=Path, nargs="+")
    parser.add_argument("--windows", type=int, default=30)
    options = parser.parse_args()
    schemes = [*(f"tiles of {side}" for side in SIDES), "packs"]
    columns = [
        "site",
        "layout",
        "level",
        "pictures",
        *(c for s in schemes for c in (f"{s}: requests", "kB", "s")),
    ]
    print(f"| {' | '.join(columns)} |")
    print(f"|---|---|{'--:|' * (len(columns) - 2)}")
    for folder in options.sites:
        measure_site(Site(folder), options.windows)


if __name__ == "__main__":
    main()
