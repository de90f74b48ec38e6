// How densely points lie: a smoothed grid over them, and the lines around the densest parts. Pure.
import type { Bounds, Point } from './camera';

export interface DensityGrid {
  /** Of the whole grid, world units; a border of empty cells included. */
  readonly bounds: Bounds;
  readonly columns: number;
  readonly rows: number;
  /** By row from the bottom, then column: how many points lie in a cell; smoothed, no whole numbers. */
  readonly cells: Float32Array;
}

/** Cells along the longer side. */
const CELLS = 216;
/** Smoothing: standard deviation of the kernel, cells; wider where there are few points, as Silverman's rule has it. */
const SIGMA = { least: 2.4, most: 5, at: 5000 } as const;
/** Empty cells around all points, so that every line is closed. */
const BORDER = Math.ceil(3 * SIGMA.most) + 1;
const POINTS_A_SLICE = 200_000;
/** Shares of all points that the lines enclose, from the outermost. */
export const SHARES = [0.95, 0.75, 0.5, 0.25] as const;

/**
 * Counts and smooths, a slice at a time: call it until it is done, and let the page breathe meanwhile.
 * @param mask by rank, 0 where a point does not count; null: all do
 */
export function* measureDensity(positions: Float32Array, mask: Uint8Array | null, extent: Bounds): Generator<undefined, DensityGrid> {
  const side = Math.max(extent.maxX - extent.minX, extent.maxY - extent.minY, 1e-9) / (CELLS - 2 * BORDER);
  const columns = Math.ceil((extent.maxX - extent.minX) / side) + 2 * BORDER;
  const rows = Math.ceil((extent.maxY - extent.minY) / side) + 2 * BORDER;
  const [minX, minY] = [extent.minX - BORDER * side, extent.minY - BORDER * side];
  const cells = new Float32Array(columns * rows);
  let counted = 0;
  for (let rank = 0; 2 * rank < positions.length; rank++) {
    if (rank > 0 && rank % POINTS_A_SLICE === 0) yield undefined;
    if (mask && mask[rank] === 0) continue;
    const column = Math.floor((positions[2 * rank] - minX) / side);
    const row = Math.floor((positions[2 * rank + 1] - minY) / side);
    if (column >= 0 && column < columns && row >= 0 && row < rows) {
      cells[row * columns + column]++;
      counted++;
    }
  }
  const sigma = Math.min(SIGMA.most, Math.max(SIGMA.least, SIGMA.least * Math.pow(SIGMA.at / Math.max(1, counted), 1 / 6)));
  const across = smooth(cells, sigma, columns, rows, 1, columns);
  const smoothed = smooth(across, sigma, rows, columns, columns, 1);
  return { bounds: { minX, minY, maxX: minX + columns * side, maxY: minY + rows * side }, columns, rows, cells: smoothed };
}

/** Convolves every line of a grid with a Gauss kernel. @param step from cell to cell of a line. @param stride from line to line */
function smooth(cells: Float32Array, sigma: number, length: number, lines: number, step: number, stride: number): Float32Array {
  const reach = Math.ceil(3 * sigma);
  const kernel = Float32Array.from({ length: 2 * reach + 1 }, (_, i) => Math.exp(-((i - reach) ** 2) / (2 * sigma ** 2)));
  const sum = kernel.reduce((a, b) => a + b, 0);
  const out = new Float32Array(cells.length);
  for (let line = 0; line < lines; line++) {
    for (let at = 0; at < length; at++) {
      const value = cells[line * stride + at * step];
      if (value === 0) continue;
      const [first, last] = [Math.max(0, at - reach), Math.min(length - 1, at + reach)];
      for (let to = first; to <= last; to++) out[line * stride + to * step] += (value * kernel[to - at + reach]) / sum;
    }
  }
  return out;
}

/**
 * The densities whose lines enclose these shares of all points, and as little room as can be: the borders of the
 * highest-density regions (R. J. Hyndman, The American Statistician 50, 1996).
 */
export function levelsOf({ cells }: DensityGrid, shares: readonly number[]): number[] {
  const sorted = Float32Array.from(cells).sort();
  const total = sorted.reduce((a, b) => a + b, 0);
  return shares.map((share) => {
    let left = share * total;
    for (let i = sorted.length - 1; i > 0; i--) if ((left -= sorted[i]) <= 0) return sorted[i];
    return 0;
  });
}

/** For each of the 16 ways that a line can cross a cell: from which side to which (0 below, 1 right, 2 above, 3 left). */
const CROSSINGS: readonly (readonly (readonly [number, number])[])[] = [
  [], [[3, 0]], [[0, 1]], [[3, 1]], [[1, 2]], [[3, 0], [1, 2]], [[0, 2]], [[3, 2]],
  [[2, 3]], [[2, 0]], [[0, 1], [2, 3]], [[2, 1]], [[1, 3]], [[1, 0]], [[0, 3]], [],
];

/** The lines on which the density is `level`, each closed, world units: marching squares between the middles of cells. */
export function traceLines({ bounds, columns, rows, cells }: DensityGrid, level: number): Point[][] {
  const next = new Map<number, number>();
  // A side is known by the cell at its lower left end, doubled; one more where it goes upwards.
  const sideOf = (column: number, row: number, side: number) =>
    2 * (side === 1 ? row * columns + column + 1 : side === 2 ? (row + 1) * columns + column : row * columns + column) + (side % 2);
  for (let row = 0; row + 1 < rows; row++) {
    for (let column = 0; column + 1 < columns; column++) {
      const at = row * columns + column;
      const isOver = (cell: number) => (cells[cell] > level ? 1 : 0);
      const way = isOver(at) | (isOver(at + 1) << 1) | (isOver(at + columns + 1) << 2) | (isOver(at + columns) << 3);
      for (const [from, to] of CROSSINGS[way]) next.set(sideOf(column, row, from), sideOf(column, row, to));
    }
  }
  const size = (bounds.maxX - bounds.minX) / columns;
  const pointOn = (side: number): Point => {
    const at = side >> 1;
    const isUp = side % 2 === 1;
    const [a, b] = [cells[at], cells[at + (isUp ? columns : 1)]];
    const part = (level - a) / (b - a);
    const [x, y] = [(at % columns) + 0.5, Math.floor(at / columns) + 0.5];
    return { x: bounds.minX + size * (x + (isUp ? 0 : part)), y: bounds.minY + size * (y + (isUp ? part : 0)) };
  };
  const lines: Point[][] = [];
  for (const start of [...next.keys()]) {
    const line: Point[] = [];
    for (let side: number | undefined = start; side !== undefined && next.has(side); ) {
      line.push(pointOn(side));
      const to: number | undefined = next.get(side);
      next.delete(side);
      side = to;
    }
    if (line.length > 2) lines.push(line);
  }
  return lines;
}
