// The outline that a hand draws around pictures. Pure.
import type { Bounds, Point } from './camera';

/** Points nearer than this to the one before are left out, CSS pixels. */
export const LEAST_STEP_PX = 3;

/** Whether a point lies inside a closed outline: by the number of its borders to the right (even-odd rule). */
export function isInside(outline: readonly Point[], x: number, y: number): boolean {
  let inside = false;
  for (let i = 0, j = outline.length - 1; i < outline.length; j = i++) {
    const [a, b] = [outline[i], outline[j]];
    if (a.y > y !== b.y > y && x < ((b.x - a.x) * (y - a.y)) / (b.y - a.y) + a.x) inside = !inside;
  }
  return inside;
}

export function boundsOfOutline(outline: readonly Point[]): Bounds {
  const xs = outline.map((point) => point.x);
  const ys = outline.map((point) => point.y);
  return { minX: Math.min(...xs), maxX: Math.max(...xs), minY: Math.min(...ys), maxY: Math.max(...ys) };
}

/** The corners of the rectangle between two points. */
export function rectangleOf(a: Point, b: Point): Point[] {
  return [a, { x: b.x, y: a.y }, b, { x: a.x, y: b.y }];
}
