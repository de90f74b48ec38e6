// The size of a picture on the screen: as large as its room allows, never smaller than the view affords,
// and growing more slowly than the map, so that zooming in dissolves what overlaps. Pure.
// The same rule stands in GLSL in render/shaders.ts: the two are to be changed together.

/** What turns the room of an image into its size, for one layout at one zoom. CSS pixels. */
export interface Sizing {
  /** CSS pixels a world unit, times the share of the room that a picture fills. */
  readonly pxPerRoom: number;
  readonly floorPx: number;
  readonly capPx: number;
}

export interface SizingInput {
  readonly count: number;
  readonly isRegular: boolean;
  readonly medianRoom: number;
  /** CSS pixels a world unit: now, and when the layout fits the view. */
  readonly scale: number;
  readonly fitScale: number;
  /** CSS pixels of the part of the viewport where the map stands at home. */
  readonly freeWidth: number;
  readonly freeHeight: number;
}

const FILL = 0.92; // of the room of an image, where images stand freely
const FILL_REGULAR = 0.93; // of a cell, so that a small gap remains …
const NO_GAP_PX = 5; // … unless cells are so small that gaps would make a moiré
const COVERAGE = 0.52; // of the free view at home, if nothing overlapped: no picture need be smaller than that
const RECOGNISABLE_PX = 24; // worth some overlap
const CROWDING = 1.15; // of the typical room: how far pictures may overlap beyond that
const SMALLEST_PX = 2.5;
const LARGEST_AT_HOME_PX = 96;
const LARGEST_FLOOR_PX = 128;
const FLOOR_GROWTH = 0.4; // exponent of the zoom

/** The size that pictures have at home if they share the free view evenly, CSS pixels. */
export function evenShare(count: number, freeWidth: number, freeHeight: number): number {
  return Math.min(LARGEST_AT_HOME_PX, Math.sqrt((COVERAGE * freeWidth * freeHeight) / Math.max(1, count)));
}

export function sizingFor(input: SizingInput): Sizing {
  const { scale, fitScale, isRegular, medianRoom } = input;
  const largest = 0.6 * Math.min(input.freeWidth, input.freeHeight);
  if (isRegular) {
    const fill = medianRoom * scale < NO_GAP_PX ? 1 : FILL_REGULAR;
    return { pxPerRoom: scale * fill, floorPx: SMALLEST_PX / 2, capPx: Math.max(SMALLEST_PX, largest) };
  }
  const zoom = scale / fitScale;
  const share = evenShare(input.count, input.freeWidth, input.freeHeight);
  const roomy = Math.max(RECOGNISABLE_PX, CROWDING * medianRoom * fitScale);
  const home = Math.max(SMALLEST_PX, Math.min(share, roomy));
  const floorPx =
    zoom < 1
      ? Math.max(SMALLEST_PX / 2, home * zoom)
      : Math.min(largest, Math.max(home, Math.min(LARGEST_FLOOR_PX, home * Math.pow(zoom, FLOOR_GROWTH))));
  // Pictures in the open may be larger than those in a crowd, but only so much: the map is to look calm.
  const typical = Math.max(floorPx, medianRoom * scale * FILL);
  return { pxPerRoom: scale * FILL, floorPx, capPx: Math.max(floorPx, Math.min(largest, typical * 1.6)) };
}

/** Side of the square into which an image of this room is fitted, CSS pixels. */
export function sizeOf(sizing: Sizing, room: number): number {
  return Math.min(sizing.capPx, Math.max(sizing.floorPx, room * sizing.pxPerRoom));
}

/** Width and height of a picture fitted into a square of this side. @param logAspect log2(width / height) */
export function fitAspect(side: number, logAspect: number): { width: number; height: number } {
  const aspect = Math.pow(2, logAspect);
  return aspect >= 1 ? { width: side, height: side / aspect } : { width: side * aspect, height: side };
}
