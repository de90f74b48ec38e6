// How much room every image has in a layout: the side of the square that it may fill, in world units.
// Pure. Sizes on the screen are made of it in sizes.ts.
import type { GridIndex } from './grid_index';
import { priorityOf } from './priority';

const NEIGHBORS = 6; // enough to smooth chance, few enough to follow the density
const EXACT_UP_TO = 20_000; // images; beyond, a sample: the k-nearest search of all would delay the first view
const SAMPLE = 3_000;

export interface Room {
  /** Side of the free square around every image, world units, by rank. */
  readonly sides: Float32Array;
  readonly median: number;
  /** Whether the images stand in cells of one size (a grid): then they fill them. */
  readonly isRegular: boolean;
  /** Whether they were laid out so that pictures of this size hardly overlap. */
  readonly isPacked: boolean;
}

/** The room of images that were laid out to have it. @param size of every picture, world units */
export function packedRoom(count: number, size: number): Room {
  return { sides: new Float32Array(count).fill(size), median: size, isRegular: false, isPacked: true };
}

/** A part of the world where every image has a square cell of this side; world units. */
export interface Cells {
  readonly minX: number;
  readonly minY: number;
  readonly maxX: number;
  readonly maxY: number;
  readonly side: number;
}

const BORDER = 1e-4; // world units: positions and borders are rounded

/** The room of images where it is known for some parts of the world; elsewhere it is measured. */
export function cellRoom(positions: Float32Array, index: GridIndex, areas: readonly Cells[]): Room {
  const count = positions.length / 2;
  const sides = new Float32Array(count);
  for (let rank = 0; rank < count; rank++) {
    const [x, y] = [positions[2 * rank], positions[2 * rank + 1]];
    sides[rank] = areas.find((a) => x >= a.minX - BORDER && x <= a.maxX + BORDER && y >= a.minY - BORDER && y <= a.maxY + BORDER)?.side ?? 0;
  }
  const isRegular = !sides.includes(0);
  if (!isRegular) {
    const measured = measureRoom(positions, index);
    sides.forEach((side, rank) => {
      if (side === 0) sides[rank] = measured.sides[rank];
    });
  }
  // Where some have larger cells than others, these are drawn as pictures as soon as the larger ones can be.
  return { sides, median: quantile(sampleRanks(count, SAMPLE).map((rank) => sides[rank]).sort(), 0.75), isRegular, isPacked: false };
}

/** @param positions x, y interleaved; @param index of the same positions */
export function measureRoom(positions: Float32Array, index: GridIndex): Room {
  const count = positions.length / 2;
  const sides = new Float32Array(count);
  const b = index.bounds;
  const widest = Math.max(b.maxX - b.minX, b.maxY - b.minY, 1e-3);
  if (count < 2) {
    sides.fill(0.5);
    return { sides, median: 0.5, isRegular: true, isPacked: false };
  }
  const nearest = sampleRanks(count, SAMPLE).map((rank) => Math.min(widest, index.distanceToNeighbor(rank, 1)));
  nearest.sort();
  const medianNearest = quantile(nearest, 0.5);
  const isRegular = medianNearest > 0 && quantile(nearest, 0.02) > 0.9 * medianNearest && quantile(nearest, 0.9) < 1.1 * medianNearest;
  if (isRegular) {
    sides.fill(medianNearest);
    return { sides, median: medianNearest, isRegular, isPacked: false };
  }
  // A square of side 2d around an image holds it and k others, so each has (2d)² / (k + 1) for itself.
  const k = Math.min(NEIGHBORS, count - 1);
  const roomOf = (rank: number) => Math.min(widest, (2 * index.distanceToNeighbor(rank, k)) / Math.sqrt(k + 1));
  if (count <= EXACT_UP_TO) {
    for (let rank = 0; rank < count; rank++) sides[rank] = roomOf(rank);
    return { sides, median: quantile(sides.slice().sort(), 0.5), isRegular, isPacked: false };
  }
  densityRoom(positions, index, sides);
  return { sides, median: quantile(sampleRanks(count, SAMPLE).map((r) => sides[r]).sort(), 0.5), isRegular, isPacked: false };
}

/** Room from a smoothed histogram of the map: less exact than neighbours, and linear in the number of images. */
function densityRoom(positions: Float32Array, index: GridIndex, sides: Float32Array): void {
  const { minX, minY, maxX, maxY } = index.bounds;
  const count = positions.length / 2;
  const span = Math.max(maxX - minX, maxY - minY, 1e-6);
  const cells = Math.min(1024, Math.max(16, Math.round(Math.sqrt(count / 6))));
  const cell = span / cells;
  const pad = cells + 3;
  const histogram = new Float32Array(pad * pad);
  const spread = (rank: number, visit: (at: number, weight: number) => void) => {
    const u = (positions[2 * rank] - minX) / cell + 1;
    const v = (positions[2 * rank + 1] - minY) / cell + 1;
    const c = Math.floor(u);
    const r = Math.floor(v);
    const fu = u - c;
    const fv = v - r;
    visit(r * pad + c, (1 - fu) * (1 - fv));
    visit(r * pad + c + 1, fu * (1 - fv));
    visit((r + 1) * pad + c, (1 - fu) * fv);
    visit((r + 1) * pad + c + 1, fu * fv);
  };
  for (let rank = 0; rank < count; rank++) spread(rank, (at, w) => (histogram[at] += w));
  for (let rank = 0; rank < count; rank++) {
    let density = 0;
    spread(rank, (at, w) => (density += w * histogram[at]));
    sides[rank] = cell / Math.sqrt(Math.max(density, 0.2));
  }
}

function sampleRanks(count: number, size: number): Float64Array {
  if (count <= size) return Float64Array.from({ length: count }, (_, i) => i);
  return Float64Array.from({ length: size }, (_, i) => priorityOf(i) % count);
}

function quantile(sorted: Float32Array | Float64Array, q: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))];
}
