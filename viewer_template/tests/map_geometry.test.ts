import { describe, expect, it } from 'vitest';
import { GridIndex } from '../src/geometry/grid_index';
import { chooseLevel, fallbackOrder, MAX_MAGNIFICATION } from '../src/geometry/level';
import { priorityOf, sortByPriority } from '../src/geometry/priority';
import { measureRoom, packedRoom } from '../src/geometry/room';
import { closestPx, fitAspect, prominentSize, sizeOf, sizingFor } from '../src/geometry/sizes';

function scatter(n: number, seed = 1): Float32Array {
  let state = seed;
  return Float32Array.from({ length: 2 * n }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state / 4294967296) * 2 - 1;
  });
}

function lattice(columns: number, rows: number): Float32Array {
  return Float32Array.from({ length: 2 * columns * rows }, (_, i) => {
    const k = i >> 1;
    return ((i % 2 === 0 ? k % columns : Math.floor(k / columns)) / columns) * 2 - 1;
  });
}

describe('the grid index', () => {
  const positions = scatter(800);
  const index = new GridIndex(positions);

  it('finds what a plain search finds, once each', () => {
    for (const b of [
      { minX: -0.2, maxX: 0.3, minY: -0.9, maxY: 0.1 },
      { minX: -5, maxX: 5, minY: -5, maxY: 5 },
      { minX: 2, maxX: 3, minY: 0, maxY: 1 },
      { minX: positions[10], maxX: positions[10], minY: positions[11], maxY: positions[11] },
    ]) {
      const found: number[] = [];
      index.forEachIn(b, (rank) => found.push(rank));
      const wanted = Array.from({ length: 800 }, (_, i) => i).filter(
        (i) => positions[2 * i] >= b.minX && positions[2 * i] <= b.maxX && positions[2 * i + 1] >= b.minY && positions[2 * i + 1] <= b.maxY,
      );
      expect(found.sort((p, q) => p - q)).toEqual(wanted);
      expect(index.countAtMost(b)).toBeGreaterThanOrEqual(wanted.length);
    }
  });

  it('measures the distance to the k-th neighbour', () => {
    for (const rank of [0, 17, 400, 799]) {
      const distances = Array.from({ length: 800 }, (_, i) =>
        Math.max(Math.abs(positions[2 * i] - positions[2 * rank]), Math.abs(positions[2 * i + 1] - positions[2 * rank + 1])),
      )
        .filter((_, i) => i !== rank)
        .sort((p, q) => p - q);
      for (const k of [1, 6, 30]) expect(index.distanceToNeighbor(rank, k)).toBeCloseTo(distances[k - 1], 6);
    }
    expect(index.distanceToNeighbor(0, 800)).toBe(Infinity);
  });

  it('bears images that all lie on one point, one image, and none', () => {
    const same = new GridIndex(new Float32Array(20).fill(0.5));
    let count = 0;
    same.forEachIn({ minX: 0, maxX: 1, minY: 0, maxY: 1 }, () => count++);
    expect(count).toBe(10);
    expect(same.distanceToNeighbor(3, 2)).toBe(0);
    for (const n of [0, 1]) expect(measureRoom(scatter(n), new GridIndex(scatter(n))).sides.length).toBe(n);
  });
});

describe('room and size', () => {
  const view = { fitScale: 300, freeWidth: 1280, freeHeight: 680, isPacked: false, factor: 1 };

  it('knows a grid, and lets pictures fill its cells without overlap', () => {
    const positions = lattice(40, 25);
    const room = measureRoom(positions, new GridIndex(positions));
    expect(room.isRegular).toBe(true);
    expect(room.median).toBeCloseTo(2 / 40);
    const sizing = sizingFor({ ...view, count: 1000, isRegular: true, medianRoom: room.median, scale: 300 });
    const cell = room.median * 300;
    expect(sizeOf(sizing, room.sides[0])).toBeLessThan(cell);
    expect(sizeOf(sizing, room.sides[0])).toBeGreaterThan(0.85 * cell);
  });

  it('does not take scattered images for a grid, and gives crowds less room', () => {
    const positions = scatter(1000);
    for (let i = 0; i < 1000; i++) positions[i] *= 0.1; // the first half stands ten times closer
    const room = measureRoom(positions, new GridIndex(positions));
    expect(room.isRegular).toBe(false);
    const mean = (from: number, to: number) => room.sides.slice(from, to).reduce((a, b) => a + b) / (to - from);
    expect(mean(0, 500)).toBeLessThan(0.4 * mean(500, 1000));
  });

  it('agrees within reason between the exact way and the one for many images', () => {
    const positions = scatter(24_000);
    const few = measureRoom(positions.subarray(0, 2 * 20_000), new GridIndex(positions.subarray(0, 2 * 20_000)));
    const many = measureRoom(positions, new GridIndex(positions));
    expect(many.median / few.median).toBeGreaterThan(0.7);
    expect(many.median / few.median).toBeLessThan(1.2);
  });

  it('shows a thousand images at 24 px or so, and lets pictures grow, slower than the map, without a step', () => {
    const at = (scale: number) => sizingFor({ ...view, count: 1000, isRegular: false, medianRoom: 0.05, scale });
    const home = sizeOf(at(300), 0.02);
    expect(home).toBeGreaterThanOrEqual(20);
    expect(home).toBeLessThanOrEqual(30);
    let before = home;
    for (let scale = 303; scale < 30_000; scale *= 1.01) {
      const size = sizeOf(at(scale), 0.02);
      expect(size).toBeGreaterThanOrEqual(before - 1e-9);
      expect(size / before).toBeLessThan(1.0101);
      before = size;
    }
    expect(before).toBeGreaterThan(200);
    expect(before).toBeLessThanOrEqual(0.6 * view.freeHeight);
  });

  it('un-squashes a picture within its square', () => {
    expect(fitAspect(100, 1)).toEqual({ width: 100, height: 50 });
    expect(fitAspect(100, -2)).toEqual({ width: 25, height: 100 });
  });

  it('gives packed pictures equal areas, but none a side of more than twice its size', () => {
    for (const logAspect of [-2, -0.5, 0, 1, 2]) {
      const { width, height } = fitAspect(30, logAspect, 1);
      expect(width * height).toBeCloseTo(900);
      expect(Math.log2(width / height)).toBeCloseTo(logAspect);
    }
    expect(fitAspect(30, 5, 1).width).toBeCloseTo(60);
    expect(fitAspect(30, -5, 1)).toEqual({ width: 60 / 32, height: 60 });
  });

  it('draws packed pictures at the size that they were packed for, at every zoom', () => {
    const room = packedRoom(1000, 0.04);
    const at = (scale: number, factor = 1) => sizingFor({ ...view, count: 1000, isRegular: false, isPacked: true, medianRoom: room.median, scale, factor });
    for (const scale of [150, 300, 660, 5000]) {
      expect(sizeOf(at(scale), room.sides[3])).toBeCloseTo(0.04 * scale);
      expect(sizeOf(at(scale, 0.5), room.sides[3])).toBeCloseTo(0.02 * scale);
    }
    expect(sizeOf(at(1e6), 0.04)).toBe(closestPx(view.freeWidth, view.freeHeight));
    expect(at(300).shape).toBe(1);
  });

  it('lets the few that are lit be seen among very many, and not heap up', () => {
    const many = sizingFor({ ...view, count: 1_000_000, isRegular: false, medianRoom: 0.0005, scale: 300 });
    const lit = (count: number) => ({ ...many, prominentPx: prominentSize(count, view.freeWidth, view.freeHeight) });
    expect(sizeOf(lit(50), 0.0005, true)).toBe(24);
    expect(sizeOf(lit(50), 0.0005)).toBe(sizeOf(many, 0.0005));
    for (const count of [50, 1000, 100_000]) expect(count * prominentSize(count, view.freeWidth, view.freeHeight) ** 2).toBeLessThan(0.121 * view.freeWidth * view.freeHeight);
    expect(sizeOf(lit(900_000), 0.0005, true)).toBe(sizeOf(many, 0.0005));
  });

  it('follows the wish for larger pictures in every layout', () => {
    for (const kind of [{ isRegular: true }, { isRegular: false }]) {
      const size = (factor: number) => sizeOf(sizingFor({ ...view, ...kind, count: 1000, medianRoom: 0.05, scale: 300, factor }), 0.05);
      expect(size(1.5)).toBeCloseTo(1.5 * size(1));
      expect(size(0.6)).toBeCloseTo(0.6 * size(1));
    }
  });
});

describe('levels', () => {
  const levels = [8, 16, 32, 64, 128];

  it('never magnifies by more than 1.4 while a larger level exists, nor wastes one', () => {
    for (let px = 1; px < 400; px++) {
      const level = chooseLevel(levels, px);
      if (level < 128) expect(px / level).toBeLessThanOrEqual(MAX_MAGNIFICATION);
      if (level > 8) expect(px / (level / 2)).toBeGreaterThan(MAX_MAGNIFICATION);
    }
  });

  it('falls back on every other level, one larger first', () => {
    expect(fallbackOrder(levels, 32)).toEqual([32, 64, 16, 8, 128]);
    expect(fallbackOrder(levels, 128)).toEqual([128, 64, 32, 16, 8]);
  });
});

describe('priority', () => {
  it('has no ties and an even spread', () => {
    const seen = new Set<number>();
    let upper = 0;
    for (let rank = 0; rank < 20_000; rank++) {
      const p = priorityOf(rank);
      seen.add(p);
      if (p >= 2147483648) upper++;
    }
    expect(seen.size).toBe(20_000);
    expect(Math.abs(upper - 10_000)).toBeLessThan(300);
  });

  it('sorts the same ranks the same way, whatever their order', () => {
    const ranks = Uint32Array.from({ length: 300 }, (_, i) => i * 7);
    const one = sortByPriority(ranks.slice());
    const other = sortByPriority(ranks.slice().reverse());
    expect([...one]).toEqual([...other]);
    for (let i = 1; i < one.length; i++) expect(priorityOf(one[i])).toBeGreaterThan(priorityOf(one[i - 1]));
    expect([...one].sort((a, b) => a - b)).toEqual([...ranks]);
  });
});
