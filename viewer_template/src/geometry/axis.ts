// The axis of a layout: which of its stretches are in view, and which texts have room. It lies below the images and
// runs to the right, or in tall windows left of them and runs downwards. Pure: texts are measured by the caller.
import { type Camera, type Viewport, worldToScreen } from './camera';
import type { Label } from './labels';

/** Thickness of one row of texts, CSS pixels; the finest level is nearest to the images. */
export const AXIS_ROW_PX = 22;
/** The same of a vertical axis for the finest level, whose texts lie across it; those of the others are turned. */
export const AXIS_COLUMN_PX = 52;
/** Between the images and the axis. */
export const AXIS_GAP_PX = 7;
const TEXT_GAP_PX = 8; // at least, between two texts …
const LINE_GAP_PX = 1; // … and between two lines
const EDGE_PX = 6;

export interface TextSize {
  readonly text: number;
  /** Of text and number of images together. */
  readonly withCount: number;
  readonly height: number;
}

export interface PlacedTick {
  /** Index in the list of labels. */
  readonly index: number;
  readonly row: number;
  /** What is seen of the stretch, CSS pixels along the axis. */
  readonly from: number;
  readonly to: number;
  /** Middle of the text along the axis; null: there is no room for it. */
  readonly at: number | null;
  readonly hasCount: boolean;
}

export interface PlacedAxis {
  readonly isVertical: boolean;
  /** The edge towards the images, CSS pixels: its upper one, or of a vertical axis the right one. */
  readonly edge: number;
  /** Whether it is held at the edge of the window, over the images. */
  readonly isHeld: boolean;
  /** Its thickness, CSS pixels. */
  readonly depth: number;
  readonly ticks: readonly PlacedTick[];
}

/** Strips along the edges of the window that are covered, CSS pixels. */
export interface Covered {
  readonly top: number;
  readonly bottom: number;
  readonly right: number;
}

export function isTick(label: Label): boolean {
  return label.kind === 'tick' || label.kind === 'gap';
}

/** What the axis of these labels takes of the window below and left of the images, CSS pixels. */
export function axisRoom(labels: readonly Label[]): { readonly bottom: number; readonly left: number } {
  const { levels, isVertical } = describe(labels);
  if (levels.length === 0) return { bottom: 0, left: 0 };
  const depth = AXIS_GAP_PX + depthOf(levels.length, isVertical);
  return isVertical ? { bottom: 0, left: depth } : { bottom: depth, left: 0 };
}

function describe(labels: readonly Label[]): { levels: number[]; isVertical: boolean } {
  const ticks = labels.filter(isTick);
  return { levels: [...new Set(ticks.map((label) => label.level))].sort((a, b) => b - a), isVertical: ticks.some((label) => label.height > 0) };
}

function depthOf(rows: number, isVertical: boolean): number {
  return isVertical ? AXIS_COLUMN_PX + (rows - 1) * AXIS_ROW_PX : rows * AXIS_ROW_PX;
}

/**
 * @param sizes of every label's text, CSS pixels
 * @param shown indices of the texts that are on view: they go before others of their level, so that nothing flickers
 * @returns null where there is no axis, or it is out of view
 */
export function placeAxis(
  labels: readonly Label[],
  sizes: readonly TextSize[],
  camera: Camera,
  viewport: Viewport,
  shown: ReadonlySet<number>,
  clear: Covered,
): PlacedAxis | null {
  const { levels, isVertical } = describe(labels);
  const first = labels.find(isTick);
  if (!first) return null;
  const depth = depthOf(levels.length, isVertical);
  const at = worldToScreen(camera, viewport, first.x, first.y);
  const ticks = (start: number, end: number) =>
    levels.flatMap((level, row) => placeRow(seenOf(labels, level, isVertical, camera, viewport, start, end), labels, row, sizes, shown, isVertical, start, end));
  if (isVertical) {
    const natural = at.x - AXIS_GAP_PX;
    if (natural > viewport.width - clear.right) return null;
    return { isVertical, edge: Math.max(natural, depth), isHeld: natural < depth, depth, ticks: ticks(clear.top, viewport.height - clear.bottom) };
  }
  const natural = at.y + AXIS_GAP_PX;
  const lowest = viewport.height - clear.bottom - depth;
  if (natural < clear.top) return null;
  return { isVertical, edge: Math.min(natural, lowest), isHeld: natural > lowest, depth, ticks: ticks(0, viewport.width - clear.right) };
}

interface Seen {
  readonly index: number;
  readonly from: number;
  readonly to: number;
}

/** What is seen of the stretches of one level. */
function seenOf(labels: readonly Label[], level: number, isVertical: boolean, camera: Camera, viewport: Viewport, start: number, end: number): Seen[] {
  return labels.flatMap((label, index) => {
    if (!isTick(label) || label.level !== level) return [];
    const first = worldToScreen(camera, viewport, label.x - label.size / 2, label.y + label.height / 2);
    const last = worldToScreen(camera, viewport, label.x + label.size / 2, label.y - label.height / 2);
    const [from, to] = isVertical ? [first.y, last.y] : [first.x, last.x];
    return to > start && from < end ? [{ index, from: Math.max(start, from), to: Math.min(end, to) }] : [];
  });
}

function placeRow(
  seen: readonly Seen[],
  labels: readonly Label[],
  row: number,
  sizes: readonly TextSize[],
  shown: ReadonlySet<number>,
  isVertical: boolean,
  start: number,
  end: number,
): PlacedTick[] {
  // Beside a vertical axis the texts of the finest level are lines below each other.
  const isLine = isVertical && row === 0;
  const gap = isLine ? LINE_GAP_PX : TEXT_GAP_PX;
  // The texts of full stretches first: they are the ones people look for.
  const weight = (index: number) => labels[index].count * (shown.has(index) ? 1.5 : 1);
  const order = [...seen].sort((a, b) => weight(b.index) - weight(a.index) || a.index - b.index);
  const taken: { from: number; to: number }[] = [];
  const texts = new Map<number, { at: number; hasCount: boolean }>();
  for (const { index, from, to } of order) {
    const { text, withCount, height } = sizes[index];
    const hasCount = !isLine && labels[index].count > 0 && withCount + gap <= to - from;
    const extent = isLine ? height : hasCount ? withCount : text;
    // In the middle of what is seen of its stretch; at an edge of the window moved inwards, to be read.
    const at = Math.max(start + EDGE_PX + extent / 2, Math.min(end - EDGE_PX - extent / 2, (from + to) / 2));
    const box = { from: at - extent / 2 - gap / 2, to: at + extent / 2 + gap / 2 };
    if (at < from || at > to || taken.some((other) => box.from < other.to && other.from < box.to)) continue;
    taken.push(box);
    texts.set(index, { at, hasCount });
  }
  return seen.map(({ index, from, to }) => ({ index, row, from, to, at: texts.get(index)?.at ?? null, hasCount: texts.get(index)?.hasCount ?? false }));
}
