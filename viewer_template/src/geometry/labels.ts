// Which labels to show and where, so that none covers another. Pure: widths are measured by the caller.
import { type Camera, type Viewport, worldToScreen } from './camera';

export interface Label {
  readonly text: string;
  readonly x: number;
  readonly y: number;
  /** Extent of what it names, world units. */
  readonly size: number;
  /** 0 is the coarsest. */
  readonly level: number;
  readonly kind: 'cluster' | 'axis' | 'area' | 'tick' | 'gap';
  readonly count: number;
  /** Of an area: its extent downwards, world units; else 0. */
  readonly height: number;
}

export interface PlacedLabel {
  /** Index in the list of labels: the identity by which a label fades in and out. */
  readonly index: number;
  /** Middle of the text, CSS pixels. */
  readonly x: number;
  readonly y: number;
}

export interface LabelBox {
  readonly width: number;
  readonly height: number;
}

const GAP_PX = 28;
const EDGE_PX = 8; // a label near the edge is moved inwards so that it can be read
const SMALLEST_EXTENT_PX = 120;
const EXTENT_OF_WIDTH = 2.6; // what a finer label names is to be so many times as wide as its text: it would else hide it
const LARGEST_EXTENT = 1.5; // of the longer side of the viewport: beyond, the label names more than is seen

/** Whether a label stands freely on the map: those of areas and of stretches of an axis have places of their own. */
export function isFree(label: Label): boolean {
  return label.kind === 'cluster' || label.kind === 'axis';
}

/** Whether the zoom suits a label: what it names is neither a speck nor larger than the view. */
export function isLabelTimely(label: Label, scale: number, viewport: Viewport, deepest: number): boolean {
  if (label.kind === 'axis') return true;
  const extent = label.size * scale;
  if (label.level > 0 && extent < SMALLEST_EXTENT_PX) return false;
  return label.level >= deepest || extent < LARGEST_EXTENT * Math.max(viewport.width, viewport.height);
}

/**
 * Greedy placement, most important first; labels already shown go before others of their level,
 * so that they do not flicker while one zooms. Coarse levels go before fine ones.
 * @param boxes size of every label's text, CSS pixels
 * @param clear strips along the edges to keep free, CSS pixels
 */
export function placeLabels(
  labels: readonly Label[],
  boxes: readonly LabelBox[],
  camera: Camera,
  viewport: Viewport,
  shown: ReadonlySet<number>,
  clear: { readonly top: number; readonly bottom: number; readonly right: number } = { top: 0, bottom: 0, right: 0 },
  most = 40,
): PlacedLabel[] {
  const deepest = labels.reduce((level, label) => Math.max(level, label.level), 0);
  const order: number[] = [];
  for (let i = 0; i < labels.length; i++) {
    const { text, kind, level, size } = labels[i];
    const isRoomy = kind === 'axis' || level === 0 || size * camera.scale >= EXTENT_OF_WIDTH * boxes[i].width;
    if (text !== '' && isRoomy && isLabelTimely(labels[i], camera.scale, viewport, deepest)) order.push(i);
  }
  const weight = (i: number) => labels[i].count * (shown.has(i) ? 1.5 : 1);
  order.sort((a, b) => labels[a].level - labels[b].level || weight(b) - weight(a) || a - b);
  const placed: PlacedLabel[] = [];
  for (const index of order) {
    if (placed.length >= most) break;
    const at = worldToScreen(camera, viewport, labels[index].x, labels[index].y);
    const box = boxes[index];
    const left = box.width / 2 + EDGE_PX;
    const end = viewport.width - clear.right;
    const x = at.x < 0 || at.x > end ? at.x : Math.max(left, Math.min(end - left, at.x));
    const outside =
      at.x < -box.width / 2 || at.x > end + (clear.right > 0 ? 0 : box.width / 2) || at.y < clear.top + box.height / 2 || at.y > viewport.height - clear.bottom - box.height / 2;
    if (outside) continue;
    const collides = placed.some((other) => {
      const theirs = boxes[other.index];
      return (
        Math.abs(other.x - x) < (theirs.width + box.width) / 2 + GAP_PX &&
        Math.abs(other.y - at.y) < (theirs.height + box.height) / 2 + GAP_PX / 2
      );
    });
    if (!collides) placed.push({ index, x, y: at.y });
  }
  return placed;
}
