import { describe, expect, it } from 'vitest';
import { type DensityGrid, levelsOf, measureDensity, traceLines } from '../src/geometry/density';

const EXTENT = { minX: -1, maxX: 1, minY: -0.5, maxY: 0.5 };

/** Two heaps, one thrice as large as the other; the same every time. */
function heaps(count: number): Float32Array {
  let seed = 7;
  const random = () => (seed = (seed * 48271) % 2147483647) / 2147483647;
  const normal = () => Math.sqrt(-2 * Math.log(random())) * Math.cos(2 * Math.PI * random());
  return Float32Array.from({ length: 2 * count }, (_, i) => {
    const middle = (i >> 1) % 4 === 0 ? 0.6 : -0.5;
    return i % 2 === 0 ? middle + 0.06 * normal() : 0.06 * normal();
  });
}

function measure(positions: Float32Array, mask: Uint8Array | null = null): DensityGrid {
  const work = measureDensity(positions, mask, EXTENT);
  for (;;) {
    const step = work.next();
    if (step.done === true) return step.value;
  }
}

function contains(line: readonly { x: number; y: number }[], x: number, y: number): boolean {
  let isInside = false;
  line.forEach((a, i) => {
    const b = line[(i + 1) % line.length];
    if (a.y > y !== b.y > y && x < a.x + ((y - a.y) / (b.y - a.y)) * (b.x - a.x)) isInside = !isInside;
  });
  return isInside;
}

describe('density', () => {
  it('keeps every point that counts', () => {
    const positions = heaps(2000);
    const sum = (grid: DensityGrid) => grid.cells.reduce((a, b) => a + b, 0);
    expect(sum(measure(positions))).toBeCloseTo(2000, -1);
    const mask = Uint8Array.from({ length: 2000 }, (_, rank) => (rank % 4 === 0 ? 1 : 0));
    expect(sum(measure(positions, mask))).toBeCloseTo(500, -1);
  });

  it('is the same in one slice and in several', () => {
    const many = heaps(250_000);
    const work = measureDensity(many, null, EXTENT);
    expect(work.next().done).toBe(false);
    expect(work.next().done).toBe(true);
  });

  it('encloses the shares that it is asked for', () => {
    const positions = heaps(4000);
    const grid = measure(positions);
    const shares = [0.9, 0.5, 0.2];
    const levels = levelsOf(grid, shares);
    expect([...levels].sort((a, b) => a - b)).toEqual(levels);
    shares.forEach((share, i) => {
      const lines = traceLines(grid, levels[i]);
      let inside = 0;
      for (let rank = 0; rank < 4000; rank++) {
        const around = lines.filter((line) => contains(line, positions[2 * rank], positions[2 * rank + 1])).length;
        inside += around % 2;
      }
      expect(inside / 4000).toBeGreaterThan(share - 0.06);
      expect(inside / 4000).toBeLessThan(share + 0.12);
    });
  });

  it('draws a line around each heap, closed and within the grid', () => {
    const grid = measure(heaps(4000));
    const lines = traceLines(grid, levelsOf(grid, [0.95])[0]).filter((line) => line.length > 20);
    expect(lines.filter((line) => contains(line, -0.5, 0)).length).toBe(1);
    expect(lines.filter((line) => contains(line, 0.6, 0)).length).toBe(1);
    const step = (grid.bounds.maxX - grid.bounds.minX) / grid.columns;
    for (const line of lines) {
      line.forEach((a, i) => {
        const b = line[(i + 1) % line.length];
        expect(Math.hypot(a.x - b.x, a.y - b.y)).toBeLessThan(1.5 * step);
        expect(Math.abs(a.x)).toBeLessThan(1.5);
      });
    }
  });

  it('has nothing to draw where nothing counts, and one heap of one point', () => {
    const none = measure(new Float32Array([0, 0]), new Uint8Array([0]));
    expect(levelsOf(none, [0.5]).flatMap((level) => traceLines(none, level))).toEqual([]);
    const one = measure(new Float32Array([0.25, 0.125]));
    const lines = traceLines(one, levelsOf(one, [0.5])[0]);
    expect(lines.length).toBe(1);
    expect(contains(lines[0], 0.25, 0.125)).toBe(true);
  });
});
