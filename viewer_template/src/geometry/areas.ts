// The names of areas, such as categories: each inside the upper edge of its area, and in view as long as that is. Pure.
import { type Camera, type Viewport, worldToScreen } from './camera';
import type { Label } from './labels';

const INSET_PX = 6; // from the borders of the area
const SMALLEST_TEXT_PX = 44; // a text cut shorter than this says nothing
const LABEL_HEIGHT_PX = 24;
const SMALLEST_HEIGHTS = 1.9; // of an area, in heights of its label: it would else hide what it names

export interface PlacedArea {
  /** Index in the list of labels. */
  readonly index: number;
  /** Middle of the upper edge of the text, CSS pixels. */
  readonly x: number;
  readonly y: number;
  readonly maxWidth: number;
}

/**
 * Areas do not overlap, so their labels cannot: each keeps inside its own.
 * @param widths of every label's text, CSS pixels
 * @param clear strips along the edges to keep free, CSS pixels
 */
export function placeAreas(
  labels: readonly Label[],
  widths: readonly number[],
  camera: Camera,
  viewport: Viewport,
  clear: { readonly top: number; readonly bottom: number; readonly right: number },
): PlacedArea[] {
  const end = viewport.width - clear.right;
  return labels.flatMap((label, index) => {
    if (label.kind !== 'area' || label.text === '') return [];
    const corner = worldToScreen(camera, viewport, label.x - label.size / 2, label.y);
    const height = label.height * camera.scale;
    const left = Math.max(0, corner.x) + INSET_PX;
    const right = Math.min(end, corner.x + label.size * camera.scale) - INSET_PX;
    const maxWidth = right - left;
    if (maxWidth < Math.min(widths[index], SMALLEST_TEXT_PX) || height < SMALLEST_HEIGHTS * LABEL_HEIGHT_PX) return [];
    const y = Math.min(Math.max(corner.y, clear.top) + INSET_PX / 2, corner.y + height - LABEL_HEIGHT_PX);
    if (y < clear.top - LABEL_HEIGHT_PX || y > viewport.height - clear.bottom) return [];
    return [{ index, x: (left + right) / 2, y, maxWidth }];
  });
}
