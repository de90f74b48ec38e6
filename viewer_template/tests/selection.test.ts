import { describe, expect, it } from 'vitest';
import { invert, join, maskOfRanks, ranksOf, type Selection, selectionOf } from '../src/data/selection';
import { boundsOfOutline, isInside, rectangleOf } from '../src/geometry/outline';

const ranks = (selection: Selection | null) => (selection ? [...ranksOf(selection)] : []);
const mask = (...list: number[]) => maskOfRanks(list, 8);

describe('a choice of images', () => {
  it('is replaced, grows, shrinks', () => {
    const before = selectionOf(mask(1, 2, 3));
    expect(before?.count).toBe(3);
    expect(ranks(join(before, mask(3, 4), 'replace'))).toEqual([3, 4]);
    expect(ranks(join(before, mask(3, 4), 'add'))).toEqual([1, 2, 3, 4]);
    expect(ranks(join(before, mask(3, 4), 'remove'))).toEqual([1, 2]);
    expect(ranks(join(before, mask(3, 4), 'keep'))).toEqual([3]);
    expect(ranks(before)).toEqual([1, 2, 3]);
  });

  it('is nothing where nothing is left', () => {
    expect(join(null, mask(1), 'remove')).toBeNull();
    expect(join(null, mask(1), 'keep')).toBeNull();
    expect(ranks(join(null, mask(1), 'add'))).toEqual([1]);
    expect(join(selectionOf(mask(1)), mask(1), 'remove')).toBeNull();
    expect(selectionOf(mask())).toBeNull();
  });

  it('is turned around among those that can be chosen', () => {
    expect(ranks(invert(selectionOf(mask(1, 2)), mask(0, 1, 5)))).toEqual([0, 5]);
    expect(ranks(invert(null, mask(0, 7)))).toEqual([0, 7]);
    expect(invert(selectionOf(mask(0)), mask(0))).toBeNull();
  });

  it('passes over what is not in the collection', () => {
    expect(ranks(selectionOf(mask(-1, 3, 99)))).toEqual([3]);
  });
});

describe('an outline', () => {
  const star = [0, 2, 4, 1, 3].map((i) => ({ x: Math.cos((2 * Math.PI * i) / 5), y: Math.sin((2 * Math.PI * i) / 5) }));
  const crescent = [{ x: 0, y: 0 }, { x: 4, y: 0 }, { x: 4, y: 4 }, { x: 0, y: 4 }, { x: 0, y: 3 }, { x: 3, y: 3 }, { x: 3, y: 1 }, { x: 0, y: 1 }];

  it('holds what lies inside, and not what lies in its bay', () => {
    expect(isInside(crescent, 3.5, 2)).toBe(true);
    expect(isInside(crescent, 1, 2)).toBe(false);
    expect(isInside(crescent, 1, 0.5)).toBe(true);
    expect(isInside(crescent, 5, 2)).toBe(false);
  });

  it('that crosses itself leaves out what it goes around twice', () => {
    expect(isInside(star, 0, 0)).toBe(false);
    expect(isInside(star, 0.8, 0)).toBe(true);
  });

  it('of two corners is a rectangle, whichever they are', () => {
    for (const [a, b] of [[{ x: 1, y: 2 }, { x: 3, y: -1 }], [{ x: 3, y: 2 }, { x: 1, y: -1 }]]) {
      const corners = rectangleOf(a, b);
      expect(boundsOfOutline(corners)).toEqual({ minX: 1, maxX: 3, minY: -1, maxY: 2 });
      expect(isInside(corners, 2, 0)).toBe(true);
      expect(isInside(corners, 2, 3)).toBe(false);
    }
  });

  it('of no extent holds nothing', () => {
    expect(isInside([], 0, 0)).toBe(false);
    expect(isInside([{ x: 0, y: 0 }], 0, 0)).toBe(false);
  });
});
