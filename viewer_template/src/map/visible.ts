// Which images are in view, in which order they are drawn, how large, and which of them lies under a point.
import { type Bounds, type Camera, screenToWorld, type Viewport, visibleBounds, worldToScreen } from '../geometry/camera';
import { chooseLevel } from '../geometry/level';
import { priorityOf, sortByPriority } from '../geometry/priority';
import { fitAspect, LONGEST_SIDE, sizeOf, type Sizing } from '../geometry/sizes';
import { DIMMED, HIDDEN, PLAIN } from '../render/frame';
import { isProminent, type Looks } from './looks';
import type { Scene } from './scene';

/** Smallest size at which a picture is drawn as itself, CSS pixels; below, its mean colour says as much. */
export const SMALLEST_PICTURE_PX = 6;
const DETAIL_MAGNIFICATION = 1.15; // of the largest level, before the detail picture is asked for
const SMALLEST_TARGET_PX = 8; // to be hit by a pointer

export interface Visible {
  /** Greyed out ones first, then lowest priority first; where there are more than `most`, the last of these. */
  readonly ranks: Uint32Array;
  /** Whether these are all. */
  readonly isWhole: boolean;
}

/** Some images that are drawn larger than others. */
export interface Enlarged {
  readonly px: number;
  has(rank: number): boolean;
}

/** How far a picture may reach from its middle, CSS pixels. */
function reachOf(sizing: Sizing): number {
  return (Math.max(sizing.capPx, sizing.prominentPx) * (sizing.shape === 1 ? LONGEST_SIDE : 1)) / 2;
}

/** @param areOnlyLit whether those that are greyed out are too small to be drawn as pictures */
export function findVisible(scene: Scene, camera: Camera, viewport: Viewport, sizing: Sizing, most: number, looks: Looks | null, areOnlyLit = false): Visible {
  const bounds = visibleBounds(camera, viewport, reachOf(sizing));
  const about = scene.index.countAtMost(bounds);
  if (!looks) return collect(scene, bounds, about, most, () => true);
  const { bytes, plain, dimmed } = looks;
  const top = collect(scene, bounds, Math.min(about, plain), most, (rank) => bytes[rank] === PLAIN);
  if (areOnlyLit) return { ranks: top.ranks, isWhole: false };
  if (dimmed === 0) return top;
  const left = most - top.ranks.length;
  const below = collect(scene, bounds, Math.min(about, dimmed), left, (rank) => bytes[rank] === DIMMED);
  const ranks = new Uint32Array(below.ranks.length + top.ranks.length);
  ranks.set(below.ranks);
  ranks.set(top.ranks, below.ranks.length);
  return { ranks, isWhole: top.isWhole && below.isWhole };
}

/** @param about how many there are to be expected, never too few */
function collect(scene: Scene, bounds: Bounds, about: number, most: number, isMeant: (rank: number) => boolean): Visible {
  // A threshold on the priority takes an even share, the same one from frame to frame.
  const threshold = about > most ? 4294967296 * (1 - (0.97 * most) / about) : 0;
  const found: number[] = [];
  scene.index.forEachIn(bounds, (rank) => {
    if (isMeant(rank) && (threshold === 0 || priorityOf(rank) >= threshold)) found.push(rank);
  });
  const ranks = sortByPriority(Uint32Array.from(found));
  if (ranks.length > most) return { ranks: ranks.subarray(ranks.length - most), isWhole: false };
  return { ranks, isWhole: threshold === 0 };
}

/** How many images lie in the view; greyed out ones do not count. */
export function countInView(scene: Scene, camera: Camera, viewport: Viewport, looks: Looks | null): number {
  let count = 0;
  scene.index.forEachIn(visibleBounds(camera, viewport), (rank) => {
    if (!looks || looks.bytes[rank] === PLAIN) count++;
  });
  return count;
}

/** The images in view, in no particular order. */
export function ranksInView(scene: Scene, camera: Camera, viewport: Viewport): Uint32Array {
  const ranks: number[] = [];
  scene.index.forEachIn(visibleBounds(camera, viewport), (rank) => ranks.push(rank));
  return Uint32Array.from(ranks);
}

/** Puts a rank last, so that it is drawn on top. */
export function bringToTop(ranks: Uint32Array, rank: number): void {
  const at = rank < 0 ? -1 : ranks.indexOf(rank);
  if (at < 0) return;
  ranks.copyWithin(at, at + 1);
  ranks[ranks.length - 1] = rank;
}

/**
 * For each rank the index of the level that suits its size; what does not fit in the pool of a level makes do
 * with the next smaller one, the topmost pictures last.
 * @param sides of cells, rising; index `sides.length` stands for the detail picture
 */
export function chooseLevels(
  ranks: Uint32Array,
  rooms: Float32Array,
  sizing: Sizing,
  devicePixelRatio: number,
  sides: readonly number[],
  capacity: (level: number) => number,
  out: Uint8Array,
  looks: Looks | null,
): void {
  const left = [...sides, 0].map((_, level) => Math.floor(0.95 * capacity(level)));
  const largest = sides[sides.length - 1];
  for (let i = ranks.length - 1; i >= 0; i--) {
    const px = sizeOf(sizing, rooms[ranks[i]], isProminent(looks, ranks[i])) * devicePixelRatio;
    let level = px > largest * DETAIL_MAGNIFICATION ? sides.length : sides.indexOf(chooseLevel(sides, px));
    while (level > 0 && left[level] <= 0) level--;
    left[level]--;
    out[i] = level;
  }
}

export interface ScreenBox {
  /** Middle, CSS pixels. */
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Where the picture of an image lies on the screen. @param leastPx it is at least so large */
export function screenBox(scene: Scene, camera: Camera, viewport: Viewport, sizing: Sizing, logAspects: Float32Array, rank: number, looks: Looks | null = null, leastPx = 0): ScreenBox {
  const at = worldToScreen(camera, viewport, scene.positions[2 * rank], scene.positions[2 * rank + 1]);
  const size = fitAspect(Math.max(leastPx, sizeOf(sizing, scene.room.sides[rank], isProminent(looks, rank))), logAspects[rank], sizing.shape);
  return { ...at, ...size };
}

/**
 * The topmost image whose picture lies under a point of the screen, or -1; hidden ones are passed over.
 * @param onTop drawn above all, the last topmost; @param enlarged those that are drawn at least so large, CSS pixels
 */
export function pickImage(
  scene: Scene,
  camera: Camera,
  viewport: Viewport,
  sizing: Sizing,
  logAspects: Float32Array,
  x: number,
  y: number,
  onTop: readonly number[],
  looks: Looks | null,
  enlarged: Enlarged | null = null,
): number {
  const reach = Math.max(SMALLEST_TARGET_PX / 2, reachOf(sizing), (enlarged?.px ?? 0) / 2) / camera.scale;
  const at = screenToWorld(camera, viewport, x, y);
  let best = -1;
  let bestPriority = -1;
  scene.index.forEachIn({ minX: at.x - reach, maxX: at.x + reach, minY: at.y - reach, maxY: at.y + reach }, (rank) => {
    const look = looks ? looks.bytes[rank] : PLAIN;
    if (look === HIDDEN) return;
    const leastPx = enlarged?.has(rank) === true ? enlarged.px : 0;
    const box = screenBox(scene, camera, viewport, sizing, logAspects, rank, looks, leastPx);
    const isHit =
      Math.abs(x - box.x) <= Math.max(SMALLEST_TARGET_PX, box.width) / 2 &&
      Math.abs(y - box.y) <= Math.max(SMALLEST_TARGET_PX, box.height) / 2;
    const priority = onTop.includes(rank) ? 2 ** 34 + onTop.lastIndexOf(rank) : priorityOf(rank) + (look === PLAIN ? 2 ** 32 : 0) + (leastPx > 0 ? 2 ** 33 : 0);
    if (isHit && priority > bestPriority) {
      best = rank;
      bestPriority = priority;
    }
  });
  return best;
}
