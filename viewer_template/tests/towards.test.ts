import { describe, expect, it } from 'vitest';
import { GridIndex } from '../src/geometry/grid_index';
import { type Direction, nextTowards } from '../src/geometry/towards';

const DIRECTIONS: readonly Direction[] = ['left', 'right', 'up', 'down'];
const all = () => true;

/** What is said of it, tried on every image. */
function search(positions: Float32Array, from: number, direction: Direction, isMeant: (rank: number) => boolean): number {
  const turn = { left: [-1, 0], right: [1, 0], up: [0, 1], down: [0, -1] }[direction];
  let best = -1;
  let least = Infinity;
  for (let rank = 0; rank < positions.length / 2; rank++) {
    const [dx, dy] = [positions[2 * rank] - positions[2 * from], positions[2 * rank + 1] - positions[2 * from + 1]];
    const ahead = dx * turn[0] + dy * turn[1];
    const aside = Math.abs(dx * turn[1] + dy * turn[0]);
    if (rank === from || ahead <= 0 || aside > ahead || !isMeant(rank)) continue;
    if (ahead + 2 * aside < least) [best, least] = [rank, ahead + 2 * aside];
  }
  return best;
}

describe('a step over the map', () => {
  it('goes to the neighbour in a grid, and nowhere at its edge', () => {
    const positions = Float32Array.from({ length: 2 * 25 }, (_, i) => (i % 2 === 0 ? (i / 2) % 5 : Math.floor(i / 10)));
    const index = new GridIndex(positions);
    const step = (from: number, direction: Direction) => nextTowards(index, positions, from, direction, all);
    expect(DIRECTIONS.map((direction) => step(12, direction))).toEqual([11, 13, 17, 7]);
    expect(DIRECTIONS.map((direction) => step(0, direction))).toEqual([-1, 1, 5, -1]);
  });

  it('finds the one that trying all finds, whatever is greyed out', () => {
    let state = 7;
    const random = () => (state = (state * 48271) % 2147483647) / 2147483647;
    const whole = (below: number) => Math.floor(random() * below);
    for (let round = 0; round < 3000; round++) {
      const count = 1 + whole(40);
      const positions = Float32Array.from({ length: 2 * count }, () => (whole(17) - 8) / 8);
      const meant = Array.from({ length: count }, () => random() < 0.7);
      const isMeant = (rank: number) => meant[rank];
      const from = whole(count);
      const direction = DIRECTIONS[whole(4)];
      expect(nextTowards(new GridIndex(positions), positions, from, direction, isMeant)).toBe(search(positions, from, direction, isMeant));
    }
  });
});
