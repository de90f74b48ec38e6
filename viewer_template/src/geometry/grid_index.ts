// A spatial index of points in the plane: a flat grid filled by counting sort. Pure.
// After the manner of mourner/kdbush: typed arrays, no objects, built once.
import type { Bounds } from './camera';

const POINTS_A_CELL = 4;

export class GridIndex {
  readonly bounds: Bounds;
  private readonly columns: number;
  private readonly rows: number;
  private readonly cellSize: number;
  private readonly starts: Uint32Array; // of each cell in `ranks`
  private readonly ranks: Uint32Array; // sorted by cell

  /** @param positions x, y interleaved, (n × 2), world units; @param only the ranks to be found; all by default */
  constructor(
    private readonly positions: Float32Array,
    only?: Uint32Array,
  ) {
    const count = only ? only.length : positions.length / 2;
    const rankAt = (i: number) => (only ? only[i] : i);
    this.bounds = boundsOf(positions);
    const spanX = Math.max(1e-6, this.bounds.maxX - this.bounds.minX);
    const spanY = Math.max(1e-6, this.bounds.maxY - this.bounds.minY);
    this.cellSize = Math.max(Math.sqrt((spanX * spanY * POINTS_A_CELL) / Math.max(1, count)), Math.max(spanX, spanY) / 2048);
    this.columns = Math.floor(spanX / this.cellSize) + 1;
    this.rows = Math.floor(spanY / this.cellSize) + 1;
    const cellOf = new Uint32Array(count);
    this.starts = new Uint32Array(this.columns * this.rows + 1);
    for (let i = 0; i < count; i++) {
      const cell = this.row(positions[2 * rankAt(i) + 1]) * this.columns + this.column(positions[2 * rankAt(i)]);
      cellOf[i] = cell;
      this.starts[cell + 1]++;
    }
    for (let c = 0; c < this.columns * this.rows; c++) this.starts[c + 1] += this.starts[c];
    const next = this.starts.slice();
    this.ranks = new Uint32Array(count);
    for (let i = 0; i < count; i++) this.ranks[next[cellOf[i]]++] = rankAt(i);
  }

  private column(x: number): number {
    return Math.min(this.columns - 1, Math.max(0, Math.floor((x - this.bounds.minX) / this.cellSize)));
  }

  private row(y: number): number {
    return Math.min(this.rows - 1, Math.max(0, Math.floor((y - this.bounds.minY) / this.cellSize)));
  }

  private misses(b: Bounds): boolean {
    return b.maxX < this.bounds.minX || b.minX > this.bounds.maxX || b.maxY < this.bounds.minY || b.minY > this.bounds.maxY;
  }

  /** About how many points lie in the bounds (whole cells are counted): never too few. */
  countAtMost(b: Bounds): number {
    if (this.misses(b)) return 0;
    let total = 0;
    const left = this.column(b.minX);
    const right = this.column(b.maxX);
    for (let r = this.row(b.minY), top = this.row(b.maxY); r <= top; r++) {
      total += this.starts[r * this.columns + right + 1] - this.starts[r * this.columns + left];
    }
    return total;
  }

  /** Calls `visit` with every rank whose point lies in the bounds, borders included. */
  forEachIn(b: Bounds, visit: (rank: number) => void): void {
    if (this.misses(b)) return;
    const left = this.column(b.minX);
    const right = this.column(b.maxX);
    for (let r = this.row(b.minY), top = this.row(b.maxY); r <= top; r++) {
      const end = this.starts[r * this.columns + right + 1];
      for (let k = this.starts[r * this.columns + left]; k < end; k++) {
        const rank = this.ranks[k];
        const x = this.positions[2 * rank];
        const y = this.positions[2 * rank + 1];
        if (x >= b.minX && x <= b.maxX && y >= b.minY && y <= b.maxY) visit(rank);
      }
    }
  }

  /**
   * The distance from a point of the index to its k-th nearest other one.
   * The metric is Chebyshev's (pictures are squares): max(|dx|, |dy|). Infinity if there are fewer.
   */
  distanceToNeighbor(rank: number, k: number): number {
    const x = this.positions[2 * rank];
    const y = this.positions[2 * rank + 1];
    const best: number[] = [];
    const far = Math.max(this.columns, this.rows);
    const column = this.column(x);
    const row = this.row(y);
    for (let ring = 0; ring <= far; ring++) {
      // Everything in rings not yet visited is at least (ring - 1) cells away, wherever the point lies in its own.
      if (best.length === k && best[k - 1] <= (ring - 1) * this.cellSize) break;
      for (let r = row - ring; r <= row + ring; r++) {
        if (r < 0 || r >= this.rows) continue;
        const isEdge = r === row - ring || r === row + ring;
        for (let c = column - ring; c <= column + ring; c += isEdge || ring === 0 ? 1 : 2 * ring) {
          if (c < 0 || c >= this.columns) continue;
          this.nearestInCell(r * this.columns + c, rank, x, y, k, best);
        }
      }
    }
    return best.length === k ? best[k - 1] : Infinity;
  }

  private nearestInCell(cell: number, self: number, x: number, y: number, k: number, best: number[]): void {
    for (let i = this.starts[cell]; i < this.starts[cell + 1]; i++) {
      const other = this.ranks[i];
      if (other === self) continue;
      const d = Math.max(Math.abs(this.positions[2 * other] - x), Math.abs(this.positions[2 * other + 1] - y));
      if (best.length === k && d >= best[k - 1]) continue;
      let place = best.length;
      while (place > 0 && best[place - 1] > d) place--;
      best.splice(place, 0, d);
      if (best.length > k) best.pop();
    }
  }
}

/** The box around all points; the unit square where there are none. */
export function boundsOf(positions: Float32Array): Bounds {
  if (positions.length === 0) return { minX: -1, minY: -1, maxX: 1, maxY: 1 };
  let minX = Infinity;
  let minY = Infinity;
  let maxX = -Infinity;
  let maxY = -Infinity;
  for (let i = 0; i < positions.length; i += 2) {
    minX = Math.min(minX, positions[i]);
    maxX = Math.max(maxX, positions[i]);
    minY = Math.min(minY, positions[i + 1]);
    maxY = Math.max(maxY, positions[i + 1]);
  }
  return { minX, minY, maxX, maxY };
}
