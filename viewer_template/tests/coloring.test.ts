import { describe, expect, it } from 'vitest';
import { colorFacet, partsOf, scaleColor } from '../src/data/coloring';
import { type FacetData, NO_DAY } from '../src/data/filter';

/** Relative luminance and contrast, WCAG 2. */
function luminance(color: string): number {
  const [r, g, b] = partsOf(color).map((part) => (part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
const contrast = (a: string, b: string) => (Math.max(luminance(a), luminance(b)) + 0.05) / (Math.min(luminance(a), luminance(b)) + 0.05);

/** How a colour looks without the cones for green (Viénot, Brettel & Mollon 1999). */
function deuteranope(color: string): number[] {
  const [r, g, b] = partsOf(color).map((part) => (part / 255) ** 2.2);
  return [0.29275 * r + 0.70725 * g, 0.29275 * r + 0.70725 * g, -0.02234 * r + 0.02234 * g + b].map((x) => Math.max(0, x) ** (1 / 2.2) * 255);
}

const codes = (list: number[], values: string[]): FacetData => ({ kind: 'codes', codes: Int16Array.from(list), values });

describe('colours by values', () => {
  it('are those of the most frequent values, the same for every image of one', () => {
    const names = Array.from({ length: 12 }, (_, i) => `v${String(i)}`);
    const list = names.flatMap((_, i) => Array<number>(i + 1).fill(i)); // v11 is the most frequent
    const made = colorFacet('k', codes([...list, -1], names), false);
    expect(made?.values?.map(({ value }) => value)).toEqual(['v11', 'v10', 'v9', 'v8', 'v7', 'v6', 'v5']);
    expect(made?.other).not.toBeNull();
    list.forEach((value, rank) => {
      const at = made?.values?.findIndex((v) => v.value === names[value]) ?? -1;
      const color = made?.palette[made.codes[rank]];
      expect(color).toBe(at >= 0 ? made?.values?.[at].color : made?.other);
    });
    expect(made?.codes[list.length]).toBe(0);
  });

  it('have no others where all have a colour', () => {
    const made = colorFacet('k', codes([0, 1, -1, 1], ['no', 'yes']), true);
    expect(made?.other).toBeNull();
    expect([...(made?.codes ?? [])]).toEqual([2, 1, 0, 1]);
  });

  it.each([
    ['dark', false, '#101113', 3],
    ['light', true, '#f5f3ee', 2.4],
  ])('can be seen on %s ground and told apart, with all cones or without those for green', (_, isLight, ground, least) => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
    const colors = (colorFacet('k', codes([0, 1, 2, 3, 4, 5, 6], names), isLight)?.values ?? []).map(({ color }) => color);
    expect(new Set(colors).size).toBe(7);
    for (const color of colors) expect(contrast(color, ground)).toBeGreaterThan(least);
    for (let i = 0; i < 7; i++) {
      for (let j = 0; j < i; j++) {
        const [a, b] = [deuteranope(colors[i]), deuteranope(colors[j])];
        expect(Math.hypot(...a.map((x, c) => x - b[c])), `${colors[i]} ${colors[j]}`).toBeGreaterThan(24);
      }
    }
  });

  it('are none for lists of tags', () => {
    expect(colorFacet('k', { kind: 'lists', lists: { starts: Uint32Array.of(0), values: new Uint16Array(0) }, values: [] }, false)).toBeNull();
  });
});

describe('colours by numbers', () => {
  const numbers = (...list: number[]): FacetData => ({ kind: 'numbers', numbers: Float64Array.from(list) });

  it('run from one end to the other, and are none for blanks', () => {
    const made = colorFacet('k', numbers(0, 5, NaN, 10), false);
    expect([...(made?.codes ?? [])]).toEqual([1, 128, 0, 254]);
    expect(made?.scale).toEqual({ low: 0, high: 10, isDays: false, isClipped: false });
    expect(made?.palette.length).toBe(255);
  });

  it('are told apart even if one value lies very far out', () => {
    const made = colorFacet('k', numbers(...Array.from({ length: 500 }, (_, i) => i), 1e6), false);
    expect(made?.scale?.isClipped).toBe(true);
    expect(made?.scale?.high).toBeLessThan(500);
    expect(made?.codes[500]).toBe(254);
    expect(made && made.codes[400] - made.codes[100]).toBeGreaterThan(100);
  });

  it('can be made of equal numbers, of none, of dates', () => {
    expect([...(colorFacet('k', numbers(3, 3), false)?.codes ?? [])]).toEqual([128, 128]);
    expect([...(colorFacet('k', numbers(NaN), false)?.codes ?? [])]).toEqual([0]);
    const days = colorFacet('k', { kind: 'days', first: Int32Array.of(0, NO_DAY, 9), last: Int32Array.of(0, NO_DAY, 9) }, true);
    expect([...(days?.codes ?? [])]).toEqual([1, 0, 254]);
  });

  it('grow lighter step by step, and can be seen on their ground', () => {
    for (const isLight of [false, true]) {
      const colors = Array.from({ length: 21 }, (_, i) => scaleColor(i / 20, isLight));
      for (let i = 1; i < colors.length; i++) expect(luminance(colors[i])).toBeGreaterThan(luminance(colors[i - 1]));
      for (const color of colors) expect(contrast(color, isLight ? '#f5f3ee' : '#101113')).toBeGreaterThan(1.8);
    }
  });
});
