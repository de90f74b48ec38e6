import { describe, expect, it } from 'vitest';
import { growByNeighbors } from '../src/data/near';
import type { Row } from '../src/data/words';

const COUNT = 20;
/** On a ring: the next, the one before, the one after the next … */
const words = {
  row: (rank: number) => Promise.resolve({ neighbors: [1, -1, 2, -2].map((by) => (rank + by + COUNT) % COUNT) } as unknown as Row),
};
const all = new Uint8Array(COUNT).fill(1);
const taken = (mask: Uint8Array) => [...mask.keys()].filter((rank) => mask[rank] !== 0);

describe('growing by neighbours', () => {
  it('takes the nearest of each, and keeps what was there', async () => {
    expect(taken(await growByNeighbors(words, Uint32Array.of(5), 2, all))).toEqual([4, 5, 6]);
    expect(taken(await growByNeighbors(words, Uint32Array.of(5, 12), 4, all))).toEqual([3, 4, 5, 6, 7, 10, 11, 12, 13, 14]);
  });

  it('goes further each time, until all are there', async () => {
    let ranks = Uint32Array.of(0);
    for (let step = 1; step < 11; step++) {
      ranks = Uint32Array.from(taken(await growByNeighbors(words, ranks, 2, all)));
      expect(ranks.length).toBe(Math.min(COUNT, 1 + 2 * step));
    }
  });

  it('takes only what is meant, but gives nothing up', async () => {
    const even = all.map((_, rank) => (rank % 2 === 0 ? 1 : 0));
    expect(taken(await growByNeighbors(words, Uint32Array.of(5), 4, even))).toEqual([4, 5, 6]);
    expect(taken(await growByNeighbors(words, Uint32Array.of(6), 4, even))).toEqual([4, 6, 8]);
  });
});
