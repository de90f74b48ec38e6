// The horizontal axis below the images: which of its stretches are in view, and which texts have room. Pure: widths
// are measured by the caller.
import { type Camera, type Viewport, worldToScreen } from './camera';
import type { Label } from './labels';

/** Height of one row of texts, CSS pixels; the finest level is the uppermost row. */
export const AXIS_ROW_PX = 22;
/** Between the images and the axis. */
export const AXIS_GAP_PX = 7;
const TEXT_GAP_PX = 8; // at least, between two texts
const EDGE_PX = 6;

export interface TextWidths {
  readonly text: number;
  /** Of text and number of images together. */
  readonly withCount: number;
}

export interface PlacedTick {
  /** Index in the list of labels. */
  readonly index: number;
  readonly row: number;
  /** What is seen of the stretch, CSS pixels. */
  readonly left: number;
  readonly right: number;
  /** Middle of the text; null: there is no room for it. */
  readonly x: number | null;
  readonly hasCount: boolean;
}

export interface PlacedAxis {
  /** Upper edge, CSS pixels. */
  readonly y: number;
  /** Whether it is held at the edge of the window, over the images. */
  readonly isHeld: boolean;
  readonly rows: number;
  readonly ticks: readonly PlacedTick[];
}

export function isTick(label: Label): boolean {
  return label.kind === 'tick' || label.kind === 'gap';
}

/** Rows of the axis: one for each level of its labels. */
export function countRows(labels: readonly Label[]): number {
  return new Set(labels.filter(isTick).map((label) => label.level)).size;
}

/**
 * @param widths of every label's text, CSS pixels
 * @param shown indices of the texts that are on view: they go before others of their level, so that nothing flickers
 * @param clear strips along the edges to keep free, CSS pixels
 * @returns null where there is no axis, or it is out of view
 */
export function placeAxis(
  labels: readonly Label[],
  widths: readonly TextWidths[],
  camera: Camera,
  viewport: Viewport,
  shown: ReadonlySet<number>,
  clear: { readonly top: number; readonly bottom: number; readonly right: number },
): PlacedAxis | null {
  const levels = [...new Set(labels.filter(isTick).map((label) => label.level))].sort((a, b) => b - a);
  const first = labels.find(isTick);
  if (!first) return null;
  const natural = worldToScreen(camera, viewport, 0, first.y).y + AXIS_GAP_PX;
  const lowest = viewport.height - clear.bottom - levels.length * AXIS_ROW_PX;
  if (natural < clear.top) return null;
  const ticks = levels.flatMap((level, row) => placeRow(labels, level, row, widths, camera, viewport, shown, viewport.width - clear.right));
  return { y: Math.min(natural, lowest), isHeld: natural > lowest, rows: levels.length, ticks };
}

function placeRow(
  labels: readonly Label[],
  level: number,
  row: number,
  widths: readonly TextWidths[],
  camera: Camera,
  viewport: Viewport,
  shown: ReadonlySet<number>,
  end: number,
): PlacedTick[] {
  const spans: { index: number; left: number; right: number }[] = [];
  labels.forEach((label, index) => {
    if (!isTick(label) || label.level !== level) return;
    const left = worldToScreen(camera, viewport, label.x - label.size / 2, 0).x;
    const right = worldToScreen(camera, viewport, label.x + label.size / 2, 0).x;
    if (right > 0 && left < end) spans.push({ index, left: Math.max(0, left), right: Math.min(end, right) });
  });
  // The texts of full stretches first: they are the ones people look for.
  const weight = (index: number) => labels[index].count * (shown.has(index) ? 1.5 : 1);
  const order = [...spans].sort((a, b) => weight(b.index) - weight(a.index) || a.index - b.index);
  const taken: { left: number; right: number }[] = [];
  const texts = new Map<number, { x: number; hasCount: boolean }>();
  for (const { index, left, right } of order) {
    const { text, withCount } = widths[index];
    const hasCount = labels[index].count > 0 && withCount + TEXT_GAP_PX <= right - left;
    const width = hasCount ? withCount : text;
    // In the middle of what is seen of its stretch; at an edge of the window moved inwards, to be read.
    const x = Math.max(EDGE_PX + width / 2, Math.min(end - EDGE_PX - width / 2, (left + right) / 2));
    const box = { left: x - width / 2 - TEXT_GAP_PX / 2, right: x + width / 2 + TEXT_GAP_PX / 2 };
    if (x < left || x > right || taken.some((other) => box.left < other.right && other.left < box.right)) continue;
    taken.push(box);
    texts.set(index, { x, hasCount });
  }
  return spans.map(({ index, left, right }) => ({ index, row, left, right, x: texts.get(index)?.x ?? null, hasCount: texts.get(index)?.hasCount ?? false }));
}
