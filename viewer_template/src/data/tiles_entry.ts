// What the manifest says of its tiles (docs/site-format.md §3): which levels there are, and how large their tiles.
import type { Checked, Json } from './checked';

export interface TilesEntry {
  readonly tilePx: number;
  readonly levels: readonly number[];
  readonly tileSides: readonly number[];
}

export function readTiles(check: Checked, tiles: Json): TilesEntry {
  const read = (key: string, entry: Json) => {
    const side = check.whole(`${key}.tile_px`, entry['tile_px'], 1);
    return check.list(`${key}.levels`, entry['levels']).map((value) => {
      const level = check.whole(`${key}.levels`, value, 1);
      if (level > side) check.fail(`${key}.levels`, `at most ${String(side)}, the side of a tile`, level);
      return { level, side };
    });
  };
  // Before version 1.10 all tiles were of one size.
  const small = tiles['small'] === undefined || tiles['small'] === null ? [] : read('tiles.small', check.object('tiles.small', tiles['small']));
  const all = [...read('tiles', tiles), ...small].sort((a, b) => a.level - b.level);
  return { tilePx: Math.max(...all.map(({ side }) => side)), levels: all.map(({ level }) => level), tileSides: all.map(({ side }) => side) };
}
