import { describe, expect, it } from 'vitest';
import { growByNeighbors } from '../src/data/near';

const COUNT = 20;
/** On a ring: the next, the one before, the one after the next … */
const rowOf = (rank: number) => ({ neighbors: [1, -1, 2, -2].map((by) => (rank + by + COUNT) % COUNT) });
const grow = (ranks: Uint32Array, most: number, meant: Uint8Array) => taken(growByNeighbors(ranks, Array.from(ranks, rowOf), most, meant));
const all = new Uint8Array(COUNT).fill(1);
const taken = (mask: Uint8Array) => [...mask.keys()].filter((rank) => mask[rank] !== 0);

describe('growing by neighbours', () => {
  it('takes the nearest of each, and keeps what was there', () => {
    expect(grow(Uint32Array.of(5), 2, all)).toEqual([4, 5, 6]);
    expect(grow(Uint32Array.of(5, 12), 4, all)).toEqual([3, 4, 5, 6, 7, 10, 11, 12, 13, 14]);
  });

  it('goes further each time, until all are there', () => {
    let ranks = Uint32Array.of(0);
    for (let step = 1; step < 11; step++) {
      ranks = Uint32Array.from(grow(ranks, 2, all));
      expect(ranks.length).toBe(Math.min(COUNT, 1 + 2 * step));
    }
  });

  it('takes only what is meant, but gives nothing up', () => {
    const even = all.map((_, rank) => (rank % 2 === 0 ? 1 : 0));
    expect(grow(Uint32Array.of(5), 4, even)).toEqual([4, 5, 6]);
    expect(grow(Uint32Array.of(6), 4, even)).toEqual([4, 6, 8]);
  });
});
