// Which tiles a view needs, best first (docs/site-format.md §3). Pure: loading is in tile_loader.ts.
import { mortonColumn, mortonExtent, mortonRow } from '../geometry/morton';
import type { Segment } from './manifest';

export interface TileAddress {
  /** Path within the site; also the tile's identity. */
  readonly path: string;
  readonly level: number;
  /** Ranks of its first cell and the number of cells in use. */
  readonly firstRank: number;
  readonly count: number;
  /** The ranks of its cells, where they do not follow each other. */
  readonly ranks?: Uint32Array;
}

export interface Tiling {
  /** Side of most tiles: none is larger. */
  readonly tilePx: number;
  /** Sides of cells, rising; and of each the side of its tiles. */
  readonly levels: readonly number[];
  readonly tileSides: readonly number[];
  readonly segments: readonly Segment[];
}

/** Side of the tiles of a level. */
function sideOf(tiling: Tiling, level: number): number {
  return tiling.tileSides[tiling.levels.indexOf(level)];
}

/** Tiles that hold few images from everywhere. */
export interface Overview {
  readonly level: number;
  /** The tile that holds a rank; null where none does. */
  tileOf(rank: number): TileAddress | null;
}

/** @param ranks of its cells, in their order */
export function overviewOf(tiling: Tiling, { segment, level }: { segment: string; level: number }, ranks: Uint32Array): Overview {
  const cells = Math.floor(sideOf(tiling, level) / level) ** 2;
  const tiles = new Map<number, TileAddress>();
  for (let n = 0; n * cells < ranks.length; n++) {
    const own = ranks.subarray(n * cells, (n + 1) * cells);
    const tile = { path: `s/${segment}/${String(level)}/${String(n)}.webp`, level, firstRank: 0, count: own.length, ranks: own };
    for (const rank of own) tiles.set(rank, tile);
  }
  return { level, tileOf: (rank) => tiles.get(rank) ?? null };
}

/** The segment that holds a rank, by bisection. */
export function segmentOf(segments: readonly Segment[], rank: number): Segment {
  let low = 0;
  let high = segments.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (segments[middle].firstRank <= rank) low = middle;
    else high = middle - 1;
  }
  return segments[low];
}

/** The tile of a level that holds a rank: arithmetic, no index. */
export function tileOf(tiling: Tiling, level: number, rank: number): TileAddress {
  const segment = segmentOf(tiling.segments, rank);
  const cells = Math.floor(sideOf(tiling, level) / level) ** 2;
  const n = Math.floor((rank - segment.firstRank) / cells);
  return {
    path: `s/${segment.id}/${String(level)}/${String(n)}.webp`,
    level,
    firstRank: segment.firstRank + n * cells,
    count: Math.min(cells, segment.count - n * cells),
  };
}

/** Column and row of a rank's cell in its tile. */
export function cellOf(tile: TileAddress, rank: number): { column: number; row: number } {
  const j = rank - tile.firstRank;
  return { column: mortonColumn(j), row: mortonRow(j) };
}

/** All cells of a tile, each with its rank. */
export function cellsOf(tile: TileAddress): { rank: number; column: number; row: number }[] {
  return Array.from({ length: tile.count }, (_, j) => ({ rank: tile.ranks ? tile.ranks[j] : tile.firstRank + j, column: mortonColumn(j), row: mortonRow(j) }));
}

/** Smallest size in pixels that a tile's picture may have: cropped to the cells in use. */
export function tileExtent(tile: TileAddress): { width: number; height: number } {
  const { columns, rows } = mortonExtent(tile.count - 1);
  return { width: columns * tile.level, height: rows * tile.level };
}

export interface PlannedTile extends TileAddress {
  /** The ranks in view that want it. */
  readonly wanted: number[];
  /** What it is worth: how much of the view it covers, more for those that have no picture yet. */
  worth: number;
  /** What it costs, as a share of a tile of full size. */
  readonly share: number;
}

/** One image in view, as the plan needs it. */
export interface Wish {
  readonly rank: number;
  /** The level that suits its size on the screen. */
  readonly level: number;
  /** Square device pixels that it covers. */
  readonly area: number;
  /** The tile to take it from, where that is not the one of its level. */
  readonly tile?: TileAddress | null;
}

const COARSE_STEPS = 2; // a tile two levels down holds 16 times as many images for about the same bytes
const WORTH_OF_FIRST = 4; // a first picture is worth more than a sharper one

/**
 * The tiles that a view wants and does not have, best covering first.
 * @param has whether a rank's cell of a level is there already
 * @param hasAny whether a rank has a picture of any level
 * @param most what they may cost together, in tiles of full size
 */
export function planTiles(
  tiling: Tiling,
  wishes: readonly Wish[],
  has: (level: number, rank: number) => boolean,
  hasAny: (rank: number) => boolean,
  most: number,
): PlannedTile[] {
  const tiles = new Map<string, PlannedTile>();
  const add = (level: number, wish: Wish, worth: number) => {
    const address = wish.tile ?? tileOf(tiling, level, wish.rank);
    let tile = tiles.get(address.path);
    if (!tile) {
      tile = { ...address, wanted: [], worth: 0, share: (sideOf(tiling, address.level) / tiling.tilePx) ** 2 };
      tiles.set(address.path, tile);
    }
    tile.wanted.push(wish.rank);
    tile.worth += worth;
  };
  for (const wish of wishes) {
    if (has(wish.level, wish.rank)) continue;
    add(wish.level, wish, wish.area);
    if (hasAny(wish.rank) || wish.tile) continue;
    const coarse = tiling.levels[Math.max(0, tiling.levels.indexOf(wish.level) - COARSE_STEPS)];
    if (coarse !== wish.level) add(coarse, wish, wish.area * WORTH_OF_FIRST);
  }
  let left = most;
  return [...tiles.values()].sort((a, b) => b.worth - a.worth || (a.path < b.path ? -1 : 1)).filter(({ share }) => (left -= share) >= 0);
}
