import { describe, expect, it } from 'vitest';
import { NO_DAY } from '../src/data/filter';
import { allRanks, listedRanks, orderByFacet, orderByMatch, orderByPlace } from '../src/data/list_order';
import { makeGrid, scrollTo, step, windowOf } from '../src/geometry/list_window';

const ranks = Uint32Array.from({ length: 6 }, (_, rank) => rank);

describe('the listed images', () => {
  it('are those lit, and where asked for in view, by rank', () => {
    const mask = Uint8Array.from([1, 0, 1, 1, 0, 1]);
    expect([...listedRanks(allRanks(6), null, null)]).toEqual([0, 1, 2, 3, 4, 5]);
    expect([...listedRanks(allRanks(6), mask, null)]).toEqual([0, 2, 3, 5]);
    expect([...listedRanks(allRanks(6), mask, Uint8Array.from([1, 0, 0, 0, 1, 1]))]).toEqual([0, 5]);
  });

  it('keep the order of all, whichever are lit', () => {
    const falling = allRanks(6).reverse();
    expect([...listedRanks(falling, Uint8Array.from([1, 0, 1, 1, 0, 1]), null)]).toEqual([5, 3, 2, 0]);
    expect([...falling]).toEqual([5, 4, 3, 2, 1, 0]);
  });

  it('stand best first where something is sought', () => {
    expect([...orderByMatch(6, Uint32Array.from([4, 1]))]).toEqual([4, 1, 0, 2, 3, 5]);
  });

  it('follow numbers, with blanks last either way', () => {
    const data = { kind: 'numbers', numbers: Float64Array.from([3, NaN, 1, 2, NaN, 1]) } as const;
    expect([...orderByFacet(ranks, data, false)]).toEqual([2, 5, 3, 0, 1, 4]);
    expect([...orderByFacet(ranks, data, true)]).toEqual([0, 3, 2, 5, 1, 4]);
  });

  it('follow dates and words', () => {
    const days = { kind: 'days', first: Int32Array.from([5, NO_DAY, -3, 5, 0, 9]), last: new Int32Array(6) } as const;
    expect([...orderByFacet(ranks, days, false)]).toEqual([2, 4, 0, 3, 5, 1]);
    const codes = { kind: 'codes', codes: Int16Array.from([0, 1, 2, -1, 3, 1]), values: ['zoo', 'apple', 'Éclair', 'page 9'] } as const;
    expect([...orderByFacet(ranks, codes, false)]).toEqual([1, 5, 2, 4, 0, 3]);
  });

  it('follow the first of their tags', () => {
    const lists = { starts: Uint32Array.from([0, 2, 2, 3, 4, 5, 6]), values: Uint32Array.from([0, 1, 0, 1, 2, 1]), count: 6 };
    const data = { kind: 'lists', lists, values: ['c', 'a', 'b'] } as unknown as Parameters<typeof orderByFacet>[1];
    expect([...orderByFacet(ranks, data, false)]).toEqual([0, 3, 5, 4, 2, 1]);
  });

  it('are read row by row', () => {
    const positions = Float32Array.from([0, 0, 1, 1, 0, 1, 1, 0, 0.5, -1, 0.25, 1]);
    expect([...orderByPlace(ranks, positions)]).toEqual([2, 5, 1, 0, 3, 4]);
  });
});

describe('the window of a long list', () => {
  const grid = makeGrid(1003, 1000, 190, 200);

  it('has as many columns as fit', () => {
    expect([grid.columns, grid.rows, grid.height]).toEqual([5, 201, 40200]);
    expect(makeGrid(3, 100, 190, 200).columns).toBe(1);
    expect(makeGrid(0, 1000, 190, 200)).toMatchObject({ rows: 0, height: 0 });
  });

  it.each([0, 1, 199, 200, 5000, 40200 - 700])('covers what is in sight at %i', (scrollTop) => {
    const { first, end, top } = windowOf(grid, scrollTop, 700, 1);
    const firstRow = first / 5;
    expect(top).toBe(firstRow * 200);
    expect(top).toBeLessThanOrEqual(Math.max(0, scrollTop));
    expect(Math.min(40200, top + Math.ceil((end - first) / 5) * 200)).toBeGreaterThanOrEqual(Math.min(40200, scrollTop + 700));
    expect(end - first).toBeLessThanOrEqual(5 * 7);
  });

  it('reaches the last of a million', () => {
    const million = makeGrid(1_000_000, 1000, 190, 200);
    expect(million.height).toBe(10_000_000);
    expect(windowOf(million, 0, 700, 1)).toMatchObject({ first: 0, top: 0 });
    const bottom = million.height - 700;
    const { first, end, top } = windowOf(million, bottom, 700, 1);
    expect(end).toBe(1_000_000);
    expect(top + ((end - first) / 5) * 200).toBeCloseTo(million.height, 3);
    for (const item of [0, 12, 500_000, 999_999]) {
      const at = scrollTo(million, item, 4_000_000, 700);
      const seen = windowOf(million, at, 700, 0);
      expect(seen.first).toBeLessThanOrEqual(item);
      expect(seen.end).toBeGreaterThan(item);
    }
  });

  it('scrolls only to what is out of sight', () => {
    expect(scrollTo(grid, 0, 0, 700)).toBe(0);
    expect(scrollTo(grid, 12, 300, 700)).toBe(300);
    expect(scrollTo(grid, 5, 300, 700)).toBe(200);
    expect(scrollTo(grid, 1002, 0, 700)).toBe(40200 - 700);
  });

  it('is walked by keys', () => {
    const small = makeGrid(12, 1000, 190, 200);
    const walk = (from: number, key: string) => step(small, from, key, 400);
    expect([walk(0, 'ArrowLeft'), walk(0, 'ArrowRight'), walk(1, 'ArrowDown'), walk(6, 'ArrowUp'), walk(1, 'ArrowUp')]).toEqual([0, 1, 6, 1, 1]);
    expect([walk(8, 'ArrowDown'), walk(11, 'ArrowDown'), walk(11, 'ArrowRight')]).toEqual([11, 11, 11]);
    expect([walk(3, 'End'), walk(3, 'Home'), walk(0, 'PageDown'), walk(11, 'PageUp')]).toEqual([11, 0, 10, 1]);
    expect(walk(3, 'a')).toBeNull();
  });
});
