// The layouts that have been loaded, ready to be drawn and searched.
import type { LayoutEntry } from '../data/manifest';
import type { Site } from '../data/site';
import { type Bounds, type Camera, fitBounds, type Insets, type Viewport } from '../geometry/camera';
import type { Label } from '../geometry/labels';
import { GridIndex } from '../geometry/grid_index';
import { measureRoom, type Room } from '../geometry/room';
import { evenShare, type Sizing, sizingFor } from '../geometry/sizes';

/** Free border around a fitted map, CSS pixels. */
const MARGIN_PX = 12;
/** At the closest zoom two neighbours stand this far apart, CSS pixels; denser places need more. */
const CLOSEST_ROOM_PX = 1400;

export interface Scene {
  readonly layout: LayoutEntry;
  readonly positions: Float32Array;
  readonly index: GridIndex;
  readonly room: Room;
  /** Of all images and axes. */
  readonly bounds: Bounds;
}

export async function loadScene(site: Site, layout: LayoutEntry): Promise<Scene> {
  // Labels that cannot be read are told where they are shown; the map goes without.
  const [positions, labels] = await Promise.all([site.positions(layout), site.ownLabels(layout).catch(() => [])]);
  const index = new GridIndex(positions);
  return { layout, positions, index, room: measureRoom(positions, index), bounds: withLabels(index.bounds, labels) };
}

/** The map with its axes: they may stand a little outside. */
function withLabels(bounds: Bounds, labels: readonly Label[]): Bounds {
  const xs = labels.map((label) => label.x);
  const ys = labels.map((label) => label.y);
  return {
    minX: Math.min(bounds.minX, ...xs),
    maxX: Math.max(bounds.maxX, ...xs),
    minY: Math.min(bounds.minY, ...ys),
    maxY: Math.max(bounds.maxY, ...ys),
  };
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
  const free = { width: Math.max(64, viewport.width - insets.left - insets.right), height: Math.max(64, viewport.height - insets.top - insets.bottom) };
  const half = scene.room.isRegular ? 0 : evenShare(scene.positions.length / 2, free.width, free.height) / 2;
  const margin = Math.min(MARGIN_PX + half, free.width / 4, free.height / 4);
  return fitBounds(bounds, viewport, {
    top: insets.top + margin,
    right: insets.right + margin,
    bottom: insets.bottom + margin,
    left: insets.left + margin,
  });
}

/** How far one may zoom. */
export function scaleLimits(scene: Scene, fit: Camera): { min: number; max: number } {
  return { min: fit.scale * 0.6, max: Math.max(fit.scale * 4, CLOSEST_ROOM_PX / Math.max(1e-7, scene.room.median)) };
}

/** @param insets of the bare window: sizes shall not jump when a panel opens */
export function sceneSizing(scene: Scene, scale: number, viewport: Viewport, insets: Insets): Sizing {
  return sizingFor({
    count: scene.positions.length / 2,
    isRegular: scene.room.isRegular,
    medianRoom: scene.room.median,
    scale,
    fitScale: fitScene(scene, viewport, insets).scale,
    freeWidth: Math.max(64, viewport.width - insets.left - insets.right),
    freeHeight: Math.max(64, viewport.height - insets.top - insets.bottom),
  });
}
