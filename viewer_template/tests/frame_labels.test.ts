import { describe, expect, it } from 'vitest';
import { placeAreas } from '../src/geometry/areas';
import { AXIS_COLUMN_PX, AXIS_GAP_PX, AXIS_ROW_PX, axisRoom, placeAxis } from '../src/geometry/axis';
import type { Label } from '../src/geometry/labels';

const viewport = { width: 1000, height: 600 };
const camera = { x: 0, y: 0, scale: 500 };
const clear = { top: 50, bottom: 60, right: 0 };

/** A stretch of the axis from one world x to another. */
const tick = (text: string, from: number, to: number, count = 5, level = 0): Label => ({
  text, x: (from + to) / 2, y: -0.3, size: to - from, level, kind: count < 0 ? 'gap' : 'tick', count: Math.max(0, count), height: 0,
});
const area = (text: string, x: number, y: number, size: number, height: number): Label => ({ text, x, y, size, height, level: 0, kind: 'area', count: 7 });
const widthsOf = (labels: readonly Label[]) => labels.map((l) => ({ text: 8 * l.text.length, withCount: 8 * l.text.length + 20, height: 14 }));
const axis = (labels: readonly Label[], cam = camera, shown = new Set<number>(), room = clear) => placeAxis(labels, widthsOf(labels), cam, viewport, shown, room);

describe('the axis', () => {
  it('stands below the images, its finest level first', () => {
    const labels = [tick('1800–1899', -0.8, 0, 9, 0), tick('1890s', -0.8, -0.4, 4, 1), tick('1870s', -0.4, 0, 5, 1)];
    const placed = axis(labels);
    expect(axisRoom(labels)).toEqual({ bottom: AXIS_GAP_PX + 2 * AXIS_ROW_PX, left: 0 });
    expect(placed).toMatchObject({ isVertical: false, edge: 300 + 150 + AXIS_GAP_PX, isHeld: false, depth: 2 * AXIS_ROW_PX });
    expect(placed?.ticks.map(({ index, row, from, to, at }) => [index, row, from, to, at])).toEqual([
      [1, 0, 100, 300, 200],
      [2, 0, 300, 500, 400],
      [0, 1, 100, 500, 300],
    ]);
  });

  it('is held at the lower edge while the images go on below it, and goes with them above', () => {
    const labels = [tick('1890s', -0.5, 0.5)];
    expect(axis(labels, { ...camera, y: 0.8 })).toMatchObject({ isHeld: true, edge: 600 - 60 - AXIS_ROW_PX });
    expect(axis(labels, { ...camera, y: -0.9 })).toBeNull();
    expect(axis([])).toBeNull();
    expect(axisRoom([])).toEqual({ bottom: 0, left: 0 });
  });

  it('keeps the text of a long stretch in the middle of what is seen of it', () => {
    const near = { x: 0.875, y: -0.3, scale: 4000 };
    const placed = axis([tick('1890s', -1, 1)], near);
    expect(placed?.ticks[0]).toMatchObject({ from: 0, to: 1000, at: 500, hasCount: true });
    expect(axis([tick('1890s', -1, 1)], near, new Set(), { ...clear, right: 400 })?.ticks[0]).toMatchObject({ to: 600, at: 300 });
  });

  it('leaves out texts rather than let them touch, those of few images first, empty ones and gaps last', () => {
    const labels = Array.from({ length: 60 }, (_, i) => tick(`${String(1400 + 10 * i)}s`, -0.9 + 0.03 * i, -0.9 + 0.03 * (i + 1), i % 7 === 0 ? 0 : i % 11 === 0 ? -1 : i));
    const placed = axis(labels);
    const texts = placed?.ticks.flatMap((t) => (t.at === null ? [] : [{ ...t, at: t.at }])) ?? [];
    expect(placed?.ticks).toHaveLength(60);
    expect(texts.length).toBeGreaterThan(12);
    texts.forEach((a, i) => {
      texts.slice(i + 1).forEach((b) => {
        expect(Math.abs(a.at - b.at)).toBeGreaterThanOrEqual(48);
      });
      expect(a.hasCount).toBe(false);
      expect(labels[a.index].count).toBeGreaterThan(0);
    });
    expect(texts.some((t) => t.index === 59)).toBe(true);
  });

  it('does not flicker: a text on view stays against a slightly fuller rival', () => {
    const labels = [tick('1890s', 0, 0.04, 10), tick('1900s', 0.04, 0.08, 12)];
    const shown = (set: Set<number>) => axis(labels, camera, set)?.ticks.filter((t) => t.at !== null).map((t) => t.index);
    expect(shown(new Set())).toEqual([1]);
    expect(shown(new Set([0]))).toEqual([0]);
  });
});

describe('the axis of a tall window', () => {
  /** A stretch from one world y down to another. */
  const step = (text: string, from: number, to: number, count = 5, level = 0): Label => ({
    text, x: -0.4, y: (from + to) / 2, size: 0, height: from - to, level, kind: 'tick', count,
  });
  const labels = [step('1800–1899', 0.8, 0, 9, 0), step('1890s', 0.8, 0.4, 4, 1), step('1870s', 0.4, 0, 5, 1)];

  it('runs downwards, left of the images', () => {
    const depth = AXIS_COLUMN_PX + AXIS_ROW_PX;
    expect(axisRoom(labels)).toEqual({ bottom: 0, left: depth + AXIS_GAP_PX });
    const placed = axis(labels, { ...camera, scale: 300 });
    expect(placed).toMatchObject({ isVertical: true, edge: 500 - 0.4 * 300 - AXIS_GAP_PX, isHeld: false, depth });
    expect(placed?.ticks.map(({ index, row, from, to, at }) => [index, row, from, to, at].map((n) => n && Math.round(n)))).toEqual([
      [1, 0, 60, 180, 120],
      [2, 0, 180, 300, 240],
      [0, 1, 60, 300, 180],
    ]);
  });

  it('is held at the left edge while the images go on there', () => {
    expect(axis(labels, { ...camera, x: 0.9 })).toMatchObject({ isHeld: true, edge: AXIS_COLUMN_PX + AXIS_ROW_PX });
    expect(axis(labels, { ...camera, x: -1.6 })).toBeNull();
  });

  it('has lines below each other that do not touch', () => {
    const many = Array.from({ length: 60 }, (_, i) => step(`${String(1400 + 10 * i)}s`, 0.8 - 0.025 * i, 0.8 - 0.025 * (i + 1), i + 1));
    const middles = axis(many)?.ticks.flatMap((t) => (t.at === null ? [] : [t.at])) ?? [];
    expect(middles.length).toBeGreaterThan(15);
    middles.slice(1).forEach((at, i) => {
      expect(at - middles[i]).toBeGreaterThanOrEqual(14);
    });
  });
});

describe('names of areas', () => {
  const names = (labels: readonly Label[], cam = camera) => placeAreas(labels, labels.map((l) => 10 * l.text.length), cam, viewport, clear);

  it('stand inside the upper edge, no wider than the area', () => {
    expect(names([area('fruit', -0.5, 0.4, 0.4, 0.5)])).toEqual([{ index: 0, x: 250, y: 103, maxWidth: 188 }]);
    expect(names([area('a long name of something', 0, 0.4, 0.16, 0.5)])[0].maxWidth).toBe(68);
  });

  it('stay in view with their area, and never leave it', () => {
    const inside = names([area('fruit', 0, 0.9, 1.6, 1.8)], { x: 0, y: -0.3, scale: 1000 })[0];
    expect(inside).toMatchObject({ x: 500, maxWidth: 988 });
    expect(inside.y).toBeGreaterThanOrEqual(clear.top);
    // Its lower border is 70 px below the upper edge of the window.
    const leaving = names([area('fruit', 0, 0.9, 1, 0.4)], { x: 0, y: 0.5 - 230 / 1400, scale: 1400 })[0];
    expect(leaving.y).toBeCloseTo(46);
  });

  it('are left out where there is no room to read them, or nothing to see of the area', () => {
    expect(names([area('portraits', 0, 0, 0.08, 0.5)])).toEqual([]);
    expect(names([area('low', 0, 0, 0.5, 0.08)])).toEqual([]);
    expect(names([area('gone', 5, 0, 0.5, 0.5)])).toEqual([]);
    expect(names([area('', 0, 0, 0.5, 0.5)])).toEqual([]);
  });

  it('of neighbouring areas never touch', () => {
    const labels = Array.from({ length: 12 }, (_, i) => area(`category ${String(i)}`, -0.9 + 0.15 * i, 0.4, 0.15, 0.8));
    const placed = names(labels);
    expect(placed).toHaveLength(12);
    placed.forEach((a, i) => {
      placed.slice(i + 1).forEach((b) => {
        expect(Math.abs(a.x - b.x)).toBeGreaterThanOrEqual((a.maxWidth + b.maxWidth) / 2);
      });
    });
  });
});
