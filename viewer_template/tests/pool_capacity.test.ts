import { describe, expect, it } from 'vitest';
import { HAND_SHARE, POOL_PX, poolCapacity } from '../src/render/pool_textures';

const LEVELS = [8, 16, 32, 64, 128, 512];
const layers = (cellPx: number, images: number, share: number) => poolCapacity(cellPx, images, share) / Math.floor(POOL_PX / cellPx) ** 2;

describe('the pool of a level', () => {
  it('is no larger than its images need', () => {
    for (const cellPx of LEVELS) expect(layers(cellPx, 1, 1)).toBe(1);
  });

  it('takes half of the memory in a hand, and never nothing', () => {
    const all = (share: number) => LEVELS.reduce((sum, cellPx) => sum + layers(cellPx, 1_000_000, share), 0);
    expect(all(HAND_SHARE)).toBeLessThanOrEqual(0.5 * all(1) + LEVELS.length);
    for (const cellPx of LEVELS) expect(layers(cellPx, 1_000_000, HAND_SHARE)).toBeGreaterThanOrEqual(1);
  });
});
