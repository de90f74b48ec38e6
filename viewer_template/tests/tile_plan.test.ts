import { describe, expect, it } from 'vitest';
import { cellOf, planTiles, segmentOf, tileExtent, tileOf, type Wish } from '../src/data/tile_plan';

const tiling = {
  tilePx: 512,
  levels: [8, 16, 32, 64, 128],
  tileSides: [512, 512, 512, 512, 256],
  segments: [
    { id: 'aa', firstRank: 0, count: 5000 },
    { id: 'bb', firstRank: 5000, count: 37 },
    { id: 'cc', firstRank: 5037, count: 20 },
  ],
};
const nothing = () => false;
const wish = (rank: number, level = 64, area = 100): Wish => ({ rank, level, area });

describe('the address of a tile', () => {
  it('finds the segment of every rank', () => {
    expect([0, 4999, 5000, 5036, 5037, 5056].map((rank) => segmentOf(tiling.segments, rank).id)).toEqual(['aa', 'aa', 'bb', 'bb', 'cc', 'cc']);
  });

  it('counts within the segment', () => {
    expect(tileOf(tiling, 8, 4095)).toEqual({ path: 's/aa/8/0.webp', level: 8, firstRank: 0, count: 4096 });
    expect(tileOf(tiling, 8, 4096)).toEqual({ path: 's/aa/8/1.webp', level: 8, firstRank: 4096, count: 904 });
    expect(tileOf(tiling, 64, 5000 + 36)).toEqual({ path: 's/bb/64/0.webp', level: 64, firstRank: 5000, count: 37 });
  });

  it('counts the fewer cells of small tiles', () => {
    expect(tileOf(tiling, 128, 5000 + 17)).toEqual({ path: 's/bb/128/4.webp', level: 128, firstRank: 5016, count: 4 });
    expect(tileOf(tiling, 128, 5056)).toEqual({ path: 's/cc/128/4.webp', level: 128, firstRank: 5053, count: 4 });
    expect(tileOf({ ...tiling, tileSides: [512, 512, 512, 512, 512] }, 128, 5000 + 17)).toEqual({ path: 's/bb/128/1.webp', level: 128, firstRank: 5016, count: 16 });
  });

  it('knows the cell and the size of a cropped tile', () => {
    const tile = tileOf(tiling, 128, 5056);
    expect(cellOf(tile, 5056)).toEqual({ column: 1, row: 1 });
    expect(tileExtent(tile)).toEqual({ width: 256, height: 256 });
    expect(tileExtent({ ...tile, count: 2 })).toEqual({ width: 256, height: 128 });
  });
});

describe('the plan', () => {
  it('asks for a tile once, with all who want it, and a coarse one first for those with nothing', () => {
    const plan = planTiles(tiling, [wish(3), wish(1), wish(2)], nothing, nothing, 40);
    expect(plan.map((tile) => tile.path)).toEqual(['s/aa/16/0.webp', 's/aa/64/0.webp']);
    expect(plan[1].wanted).toEqual([3, 1, 2]);
    expect(plan[1].worth).toBe(300);
  });

  it('leaves out what is there, and asks for nothing coarse where there is a picture', () => {
    const has = (level: number, rank: number) => level === 64 && rank === 1;
    expect(planTiles(tiling, [wish(1)], has, () => true, 40)).toEqual([]);
    const plan = planTiles(tiling, [wish(1), wish(2)], has, () => true, 40);
    expect(plan.map((tile) => [tile.path, tile.wanted])).toEqual([['s/aa/64/0.webp', [2]]]);
  });

  it('takes the best covering first, and no more than it may', () => {
    const wishes = [wish(0, 64, 50), wish(64, 64, 500), wish(128, 64, 200), wish(129, 64, 200)];
    const order = planTiles(tiling, wishes, nothing, () => true, 2).map((tile) => tile.path);
    expect(order).toEqual(['s/aa/64/1.webp', 's/aa/64/2.webp']);
  });

  it('takes four small tiles for one of full size', () => {
    const wishes = Array.from({ length: 9 }, (_, i) => wish(i * 4, 128, 100));
    const plan = planTiles(tiling, wishes, nothing, () => true, 2);
    expect(plan.map(({ share }) => share)).toEqual(new Array(8).fill(0.25));
    expect(planTiles(tiling, wishes.map(({ rank }) => wish(rank * 16, 64)), nothing, () => true, 2)).toHaveLength(2);
  });

  it('is the same for the same view, whatever the order of wishes', () => {
    const wishes = Array.from({ length: 600 }, (_, i) => wish(i * 8, 32, 10));
    const one = planTiles(tiling, wishes, nothing, nothing, 40).map((tile) => tile.path);
    const other = planTiles(tiling, [...wishes].reverse(), nothing, nothing, 40).map((tile) => tile.path);
    expect(one).toEqual(other);
  });

  it('asks at the smallest level for no smaller one', () => {
    expect(planTiles(tiling, [wish(9, 8)], nothing, nothing, 40).map((tile) => tile.path)).toEqual(['s/aa/8/0.webp']);
  });
});
