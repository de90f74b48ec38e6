import { describe, expect, it } from 'vitest';
import { CellPool } from '../src/render/cell_pool';

describe('the pool', () => {
  it('gives every rank a slot of its own', () => {
    const pool = new CellPool(4);
    const slots = [10, 11, 12, 13].map((rank) => pool.place(rank, 1, true));
    expect(new Set(slots).size).toBe(4);
    expect(pool.place(11, 2, true)).toBe(slots[1]);
    expect(pool.free).toBe(0);
  });

  it('takes the least recently used cell, not the oldest', () => {
    const pool = new CellPool(3);
    for (const rank of [1, 2, 3]) pool.place(rank, 1, true);
    pool.touch(pool.slotOf(1), 5);
    pool.touch(pool.slotOf(3), 6);
    const freed = pool.slotOf(2);
    expect(pool.place(4, 7, true)).toBe(freed);
    expect(pool.slotOf(2)).toBe(-1);
    expect(pool.slotOf(1)).toBeGreaterThanOrEqual(0);
    expect(pool.place(5, 8, true)).toBeGreaterThanOrEqual(0);
    expect(pool.slotOf(1)).toBe(-1);
    expect(pool.slotOf(3)).toBeGreaterThanOrEqual(0);
  });

  it('never takes what the frame draws, and nothing at all for those that may not evict', () => {
    const pool = new CellPool(2);
    pool.place(1, 3, true);
    pool.place(2, 3, true);
    expect(pool.place(9, 3, true)).toBe(-1);
    expect(pool.place(9, 4, false)).toBe(-1);
    expect(pool.place(9, 4, true)).toBeGreaterThanOrEqual(0);
  });

  it('behaves as a plain list would, for a long run', () => {
    const pool = new CellPool(5);
    let list: number[] = []; // most recently used last
    let state = 7;
    for (let frame = 1; frame < 2000; frame++) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      const rank = (state >>> 8) % 9;
      if (list.includes(rank)) {
        pool.touch(pool.slotOf(rank), frame);
        list = [...list.filter((r) => r !== rank), rank];
      } else {
        expect(pool.place(rank, frame, true)).toBeGreaterThanOrEqual(0);
        list = [...list, rank].slice(-5);
      }
      expect(Array.from({ length: 9 }, (_, r) => r).filter((r) => pool.slotOf(r) >= 0)).toEqual([...list].sort((a, b) => a - b));
    }
  });
});
