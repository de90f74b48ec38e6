import { describe, expect, it } from 'vitest';
import { fromMinimap, isOfUse, makeMinimap, toMinimap, viewBox } from '../src/geometry/minimap';

const bounds = { minX: -1, maxX: 1, minY: -0.5, maxY: 0.5 };
const viewport = { width: 1200, height: 800 };

describe('the small map', () => {
  const map = makeMinimap(bounds);

  it('leads to a place and back, and never outside', () => {
    for (const [x, y] of [[0, 0], [-1, 0.5], [0.9, -0.4]]) {
      const at = toMinimap(map, x, y);
      expect(fromMinimap(map, at.x, at.y).x).toBeCloseTo(x);
      expect(fromMinimap(map, at.x, at.y).y).toBeCloseTo(y);
    }
    expect(fromMinimap(map, -50, 1000)).toEqual({ x: -1, y: -0.5 });
  });

  it('shows the part in view, with its top at the top', () => {
    const box = viewBox(map, { x: 0.5, y: 0.25, scale: 4000 }, viewport);
    expect(box.width).toBeCloseTo(0.3 * map.scale);
    expect(box.height).toBeCloseTo(0.2 * map.scale);
    expect(box.left + box.width / 2).toBeCloseTo(0.75 * map.width);
    expect(box.top + box.height / 2).toBeCloseTo(0.25 * map.height);
  });

  it('keeps its frame within itself and large enough to be seen', () => {
    for (const camera of [{ x: 0, y: 0, scale: 1 }, { x: 1, y: 0.5, scale: 1e6 }, { x: -3, y: 2, scale: 900 }]) {
      const box = viewBox(map, camera, viewport);
      expect(box.left).toBeGreaterThanOrEqual(0);
      expect(box.top).toBeGreaterThanOrEqual(0);
      expect(box.left + box.width).toBeLessThanOrEqual(map.width + 1e-9);
      expect(box.top + box.height).toBeLessThanOrEqual(map.height + 1e-9);
      expect(Math.min(box.width, box.height)).toBeGreaterThanOrEqual(4);
    }
  });

  it('is of use once one has zoomed in', () => {
    expect(isOfUse(map, { x: 0, y: 0, scale: 550 }, viewport)).toBe(false);
    expect(isOfUse(map, { x: 0, y: 0, scale: 1500 }, viewport)).toBe(true);
  });
});
