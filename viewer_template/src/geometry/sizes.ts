// The size of a picture on the screen: as large as its room allows, never smaller than the view affords,
// and growing more slowly than the map, so that zooming in dissolves what overlaps. Pure.
// The same rule stands in GLSL in render/shaders.ts: the two are to be changed together.

/** What turns the room of an image into its size, for one layout at one zoom. CSS pixels. */
export interface Sizing {
  /** CSS pixels a world unit, times the share of the room that a picture fills. */
  readonly pxPerRoom: number;
  readonly floorPx: number;
  readonly capPx: number;
  /** 0: a picture is fitted into the square of its size; 1: it has the area of that square. */
  readonly shape: 0 | 1;
  /** Images that are lit while others are not are at least so large; 0: as large as the others. */
  readonly prominentPx: number;
}

export interface SizingInput {
  readonly count: number;
  readonly isRegular: boolean;
  /** Whether the images are packed: their room is their size. */
  readonly isPacked: boolean;
  readonly medianRoom: number;
  /** CSS pixels a world unit: now, and when the layout fits the view. */
  readonly scale: number;
  readonly fitScale: number;
  /** CSS pixels of the part of the viewport where the map stands at home. */
  readonly freeWidth: number;
  readonly freeHeight: number;
  /** By how much larger than usual people want pictures; 1: as they are. */
  readonly factor: number;
}

/** The longer side of a picture of equal area is at most so many times its size. As the pipeline packs them. */
export const LONGEST_SIDE = 2;

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
const PROMINENT_COVERAGE = 0.12; // of the free view, by what is lit among much that is not: it may lie in one place

/** The size that pictures have at home if they share the free view evenly, CSS pixels. */
export function evenShare(count: number, freeWidth: number, freeHeight: number): number {
  return Math.min(LARGEST_AT_HOME_PX, Math.sqrt((COVERAGE * freeWidth * freeHeight) / Math.max(1, count)));
}

/** The size that a packed picture has at the closest zoom: it fills what is free of the window, CSS pixels. */
export function closestPx(freeWidth: number, freeHeight: number): number {
  return 0.9 * Math.min(freeWidth, freeHeight);
}

export function sizingFor(input: SizingInput): Sizing {
  const { scale, isRegular, isPacked, medianRoom, factor } = input;
  const largest = 0.6 * Math.min(input.freeWidth, input.freeHeight);
  if (isPacked) {
    // One size for all, that of their room: nothing overlaps, near or far.
    const side = Math.max(SMALLEST_PX / 2, Math.min(closestPx(input.freeWidth, input.freeHeight), medianRoom * scale * factor));
    return { pxPerRoom: scale * factor, floorPx: side, capPx: side, shape: 1, prominentPx: 0 };
  }
  if (isRegular) {
    const fill = medianRoom * scale < NO_GAP_PX ? 1 : FILL_REGULAR;
    return { pxPerRoom: scale * fill * factor, floorPx: SMALLEST_PX / 2, capPx: Math.max(SMALLEST_PX, largest), shape: 0, prominentPx: 0 };
  }
  const usual = freeSizing(input, largest);
  const resize = (px: number) => Math.max(SMALLEST_PX / 2, Math.min(largest, px * factor));
  return { pxPerRoom: usual.pxPerRoom * factor, floorPx: resize(usual.floorPx), capPx: resize(usual.capPx), shape: 0, prominentPx: 0 };
}

/** Where images lie as they will: pictures as large as their room, and never too small to be told apart. */
function freeSizing(input: SizingInput, largest: number): Sizing {
  const { scale, fitScale, medianRoom } = input;
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
  return { pxPerRoom: scale * FILL, floorPx, capPx: Math.max(floorPx, Math.min(largest, typical * 1.6)), shape: 0, prominentPx: 0 };
}

/** How large the few lit ones of very many images are at least, so that they can be seen and recognised. */
export function prominentSize(count: number, freeWidth: number, freeHeight: number): number {
  return Math.min(RECOGNISABLE_PX, Math.sqrt((PROMINENT_COVERAGE * freeWidth * freeHeight) / Math.max(1, count)));
}

/** Side of the square into which an image of this room is fitted, CSS pixels. */
export function sizeOf(sizing: Sizing, room: number, isProminent = false): number {
  const side = Math.min(sizing.capPx, Math.max(sizing.floorPx, room * sizing.pxPerRoom));
  return isProminent ? Math.max(side, sizing.prominentPx) : side;
}

/**
 * Width and height of a picture of this size.
 * @param logAspect log2(width / height)
 * @param shape as in `Sizing`
 */
export function fitAspect(side: number, logAspect: number, shape: 0 | 1 = 0): { width: number; height: number } {
  const aspect = Math.pow(2, logAspect);
  const longer = shape === 0 ? 1 : Math.min(LONGEST_SIDE, Math.pow(2, Math.abs(logAspect) / 2));
  return aspect >= 1 ? { width: side * longer, height: (side * longer) / aspect } : { width: side * longer * aspect, height: side * longer };
}
