// The layouts that have been loaded, ready to be drawn and searched.
import type { Boot } from '../data/boot';
import type { GroundShape } from '../data/ground_file';
import type { LayoutEntry } from '../data/manifest';
import { type Site, surroundOf } from '../data/site';
import { axisRoom, isTick } from '../geometry/axis';
import { type Bounds, type Camera, fitBounds, type Insets, type Viewport } from '../geometry/camera';
import { isFree, type Label } from '../geometry/labels';
import { boundsOf, GridIndex } from '../geometry/grid_index';
import { cellRoom, measureRoom, packedRoom, type Room } from '../geometry/room';
import { closestPx, evenShare, fitAspect, type Sizing, sizingFor } from '../geometry/sizes';

/** Free border around a fitted map, CSS pixels; less where the map was made to fill the window. */
const MARGIN_PX = 12;
const PACKED_MARGIN_PX = 8;
/** At the closest zoom two neighbours stand this far apart, CSS pixels; denser places need more. */
const CLOSEST_ROOM_PX = 1400;

export interface Scene {
  readonly layout: LayoutEntry;
  /** Number of the layout's spread that is meant; -1: its own positions. */
  readonly spread: number;
  readonly positions: Float32Array;
  readonly index: GridIndex;
  readonly room: Room;
  /** Of all images and axes. */
  readonly bounds: Bounds;
  readonly ground: readonly GroundShape[];
  /** What the axis takes of the window, CSS pixels. */
  readonly axis: { readonly bottom: number; readonly left: number };
  /** Whether only some images are where they belong yet: those that `index` finds. */
  readonly isPartial?: boolean;
}

/** The scene of a layout of which only some images are known. */
export function bootScene(layout: LayoutEntry, { positions, ranks }: Boot): Scene {
  const index = new GridIndex(positions, ranks);
  return { layout, spread: -1, positions, index, room: measureRoom(positions, index), bounds: index.bounds, ground: [], axis: axisRoom([]), isPartial: true };
}

export async function loadScene(site: Site, layout: LayoutEntry, spread: number): Promise<Scene> {
  const pictureSize = spread < 0 ? null : layout.spreads[spread].pictureSize;
  if (pictureSize !== null) return loadSpread(site, layout, spread, pictureSize);
  // Labels that cannot be read are told where they are shown; the map goes without.
  const [positions, labels, ground] = await Promise.all([
    site.positions(layout, spread),
    site.ownLabels(layout, spread).catch(() => []),
    site.ground(layout, spread).catch(() => []),
  ]);
  const index = new GridIndex(positions);
  const { cells } = surroundOf(layout, spread);
  const room = cells.length > 0 ? cellRoom(positions, index, cells) : measureRoom(positions, index);
  return { layout, spread, positions, index, room, bounds: withLabels(withGround(index.bounds, ground), labels), ground, axis: axisRoom(labels) };
}

async function loadSpread(site: Site, layout: LayoutEntry, spread: number, pictureSize: number): Promise<Scene> {
  const [positions, logAspects] = await Promise.all([site.positions(layout, spread), site.aspects()]);
  const corners = new Float32Array(2 * positions.length);
  for (let rank = 0; rank < logAspects.length; rank++) {
    const { width, height } = fitAspect(pictureSize, logAspects[rank], 1);
    corners[4 * rank] = positions[2 * rank] - width / 2;
    corners[4 * rank + 1] = positions[2 * rank + 1] - height / 2;
    corners[4 * rank + 2] = positions[2 * rank] + width / 2;
    corners[4 * rank + 3] = positions[2 * rank + 1] + height / 2;
  }
  return { layout, spread, positions, index: new GridIndex(positions), room: packedRoom(logAspects.length, pictureSize), bounds: boundsOf(corners), ground: [], axis: axisRoom([]) };
}

/** The map with its axes: they may stand a little outside. */
function withLabels(bounds: Bounds, labels: readonly Label[]): Bounds {
  const half = (label: Label) => (isFree(label) ? 0 : label.size / 2);
  const xs = labels.flatMap((label) => [label.x - half(label), label.x + half(label)]);
  const ys = labels.flatMap((label) => (isTick(label) ? [label.y - label.height / 2, label.y + label.height / 2] : [label.y, label.y - label.height]));
  return {
    minX: Math.min(bounds.minX, ...xs),
    maxX: Math.max(bounds.maxX, ...xs),
    minY: Math.min(bounds.minY, ...ys),
    maxY: Math.max(bounds.maxY, ...ys),
  };
}

function withGround(bounds: Bounds, ground: readonly GroundShape[]): Bounds {
  let { minX, minY, maxX, maxY } = bounds;
  for (const { parts } of ground) {
    for (const part of parts) {
      const low = boundsOf(part);
      [minX, minY, maxX, maxY] = [Math.min(minX, low.minX), Math.min(minY, low.minY), Math.max(maxX, low.maxX), Math.max(maxY, low.maxY)];
    }
  }
  return { minX, minY, maxX, maxY };
}

/** A label that stands on a picture of a grid goes to the corner of its cell, so that the picture can be seen. */
export function besidePictures(scene: Scene, labels: readonly Label[]): Label[] {
  const { isRegular, median } = scene.room;
  const near = median / 8;
  return labels.map((label) => {
    let isOnPicture = false;
    const { x, y } = label;
    scene.index.forEachIn({ minX: x - near, maxX: x + near, minY: y - near, maxY: y + near }, () => (isOnPicture = true));
    return isRegular && isOnPicture && label.kind === 'axis' ? { ...label, x: x - median / 2, y: y + median / 2 } : label;
  });
}

/** The camera that shows a whole layout in the part of the window that is free. */
export function fitScene(scene: Scene, viewport: Viewport, insets: Insets): Camera {
  const pad = scene.room.isRegular ? scene.room.median / 2 : 0;
  const { minX, minY, maxX, maxY } = scene.bounds;
  const bounds = { minX: minX - pad, minY: minY - pad, maxX: maxX + pad, maxY: maxY + pad };
  // Half a picture at the border belongs to the map.
  const free = freeSize(viewport, insets);
  const { isRegular, isPacked } = scene.room;
  const half = isRegular || isPacked ? 0 : evenShare(scene.positions.length / 2, free.width, free.height) / 2;
  const margin = Math.min(isPacked ? PACKED_MARGIN_PX : MARGIN_PX + half, free.width / 4, free.height / 4);
  return fitBounds(bounds, viewport, {
    top: insets.top + margin,
    right: insets.right + margin,
    bottom: insets.bottom + margin + scene.axis.bottom,
    left: insets.left + margin + scene.axis.left,
  });
}

/** How far one may zoom. */
export function scaleLimits(scene: Scene, viewport: Viewport, insets: Insets): { min: number; max: number } {
  const { median, isPacked } = scene.room;
  const { scale } = fitScene(scene, viewport, insets);
  const free = freeSize(viewport, insets);
  const closest = isPacked ? closestPx(free.width, free.height) : CLOSEST_ROOM_PX;
  return { min: scale * 0.6, max: Math.max(scale * (isPacked ? 1.5 : 4), closest / Math.max(1e-7, median)) };
}

/** What the interface leaves free of the window, CSS pixels. */
export function freeSize(viewport: Viewport, insets: Insets): { width: number; height: number } {
  return { width: Math.max(64, viewport.width - insets.left - insets.right), height: Math.max(64, viewport.height - insets.top - insets.bottom) };
}

/**
 * @param insets of the bare window: sizes shall not jump when a panel opens
 * @param factor by how much larger than usual pictures are wanted
 */
export function sceneSizing(scene: Scene, scale: number, viewport: Viewport, insets: Insets, factor: number): Sizing {
  const free = freeSize(viewport, insets);
  return sizingFor({
    count: scene.positions.length / 2,
    factor,
    isRegular: scene.room.isRegular,
    isPacked: scene.room.isPacked,
    medianRoom: scene.room.median,
    scale,
    fitScale: fitScene(scene, viewport, insets).scale,
    freeWidth: free.width,
    freeHeight: free.height,
  });
}
