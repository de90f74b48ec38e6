import { describe, expect, it } from 'vitest';
import type { Facet, FacetKind } from '../src/data/facets';
import { makeHistogram } from '../src/data/histogram';
import { timeFacets } from '../src/data/time_facets';
import { firstWindow, moveWindow, nextWindow, startWindow, stepMs, type TimeWindow, widenWindow } from '../src/data/time_window';

const facet = (name: string, kind: FacetKind, title = name): Facet => ({ key: `field:${name}`, kind, name, title });

describe('a window of time', () => {
  it('keeps its width and stays within the bins', () => {
    for (let size = 1; size < 12; size++) {
      for (let low = 0; low < size; low++) {
        for (let high = low + 1; high <= size; high++) {
          for (const by of [-size, -3, -1, 0, 1, 7, size]) {
            const moved = moveWindow({ low, high }, by, size);
            expect(moved.high - moved.low).toBe(high - low);
            expect(moved.low).toBeGreaterThanOrEqual(0);
            expect(moved.high).toBeLessThanOrEqual(size);
          }
        }
      }
    }
  });

  it('has two ends that never meet', () => {
    expect(widenWindow({ low: 3, high: 5 }, 'low', 9, 10)).toEqual({ low: 4, high: 5 });
    expect(widenWindow({ low: 3, high: 5 }, 'high', -9, 10)).toEqual({ low: 3, high: 4 });
    expect(widenWindow({ low: 3, high: 5 }, 'high', 99, 10)).toEqual({ low: 3, high: 10 });
    expect(widenWindow({ low: 3, high: 5 }, 'low', -99, 10)).toEqual({ low: 0, high: 5 });
  });

  it('plays through every bin, and ends', () => {
    for (const size of [1, 2, 9, 57]) {
      const seen = new Set<number>();
      let window: TimeWindow | null = startWindow({ low: 0, high: size }, size);
      let steps = 0;
      while (window && steps++ < 1000) {
        for (let bin = window.low; bin < window.high; bin++) seen.add(bin);
        window = nextWindow(window, size);
      }
      expect(seen.size).toBe(size);
      expect(steps).toBeLessThanOrEqual(size);
    }
  });

  it('begins where it is, and at the beginning again from the end', () => {
    expect(startWindow({ low: 4, high: 6 }, 10)).toEqual({ low: 4, high: 6 });
    expect(startWindow({ low: 8, high: 10 }, 10)).toEqual({ low: 0, high: 2 });
    expect(startWindow({ low: 0, high: 10 }, 10)).toEqual(firstWindow(10));
  });

  it('is slower for people who asked for reduced motion', () => {
    expect(stepMs(57, 1, true)).toBeGreaterThan(2 * stepMs(57, 1, false));
    expect(stepMs(57, 4, false)).toBeCloseTo(stepMs(57, 1, false) / 4);
    expect(stepMs(2, 1, false)).toBeLessThan(1000);
  });

  it('has finer bins where there is more room', () => {
    const data = { kind: 'numbers' as const, numbers: Float64Array.from({ length: 120 }, (_, i) => 1800 + i) };
    expect(makeHistogram(data)?.edges.length).toBeLessThanOrEqual(41);
    expect(makeHistogram(data, 130)?.edges.length).toBe(121);
  });
});

describe('what tells time', () => {
  it('is dates first, then numbers named as years', () => {
    const facets = [facet('year', 'number'), facet('height', 'number'), facet('taken', 'date'), facet('yearbook', 'number'), facet('jahr', 'number'), facet('y', 'number', 'Année'), facet('year', 'category')];
    expect(timeFacets(facets).map(({ key }) => key)).toEqual(['field:taken', 'field:year', 'field:jahr', 'field:y']);
  });
});
