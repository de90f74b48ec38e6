import { describe, expect, it } from 'vitest';
import { Lit } from '../src/data/lit';
import { maskOfRanks, selectionOf } from '../src/data/selection';
import { neighborOnWalk } from '../src/data/walk';

describe('from one image to the next', () => {
  const lit = new Lit(8, [{ name: 'f', ranks: Uint8Array.of(1, 0, 1, 1, 0, 1, 1, 1) }]);

  it('goes along the map, over what is greyed out', () => {
    expect(neighborOnWalk(lit, null, 3, 8)).toEqual({ before: 2, after: 5, place: 0, of: 0 });
    expect(neighborOnWalk(lit, null, 0, 8).before).toBe(-1);
  });

  it('goes among the chosen, if the image is one of them', () => {
    const chosen = selectionOf(maskOfRanks([0, 4, 7], 8));
    expect(neighborOnWalk(lit, chosen, 4, 8)).toEqual({ before: 0, after: 7, place: 2, of: 3 });
    expect(neighborOnWalk(lit, chosen, 0, 8)).toEqual({ before: -1, after: 4, place: 1, of: 3 });
    expect(neighborOnWalk(lit, chosen, 7, 8).after).toBe(-1);
    expect(neighborOnWalk(lit, chosen, 3, 8).of).toBe(0);
    expect(neighborOnWalk(lit, selectionOf(maskOfRanks([3], 8)), 3, 8).of).toBe(0);
  });
});
