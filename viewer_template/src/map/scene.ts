// The layouts that have been loaded, ready to be drawn and searched.
import type { LayoutEntry } from '../data/manifest';
import type { Site } from '../data/site';
import { type Bounds, type Camera, fitBounds, type Insets, type Viewport } from '../geometry/camera';
import { GridIndex } from '../geometry/grid_index';
import { measureRoom, type Room } from '../geometry/room';
import { type Sizing, sizingFor } from '../geometry/sizes';

/** Free border around a fitted map, CSS pixels. */
const MARGIN_PX = 18;
/** At the closest zoom two neighbours stand this far apart, CSS pixels; denser places need more. */
const CLOSEST_ROOM_PX = 1400;

export interface Scene {
  readonly layout: LayoutEntry;
  readonly positions: Float32Array;
  readonly index: GridIndex;
  readonly room: Room;
  readonly bounds: Bounds;
}

export async function loadScene(site: Site, layout: LayoutEntry): Promise<Scene> {
  const positions = await site.positions(layout);
  const index = new GridIndex(positions);
  return { layout, positions, index, room: measureRoom(positions, index), bounds: index.bounds };
}

/** The camera that shows a whole layout in the part of the window that is free. */
export function fitScene(scene: Scene, viewport: Viewport, insets: Insets): Camera {
  const pad = scene.room.isRegular ? scene.room.median / 2 : 0;
  const { minX, minY, maxX, maxY } = scene.bounds;
  const bounds = { minX: minX - pad, minY: minY - pad, maxX: maxX + pad, maxY: maxY + pad };
  return fitBounds(bounds, viewport, {
    top: insets.top + MARGIN_PX,
    right: insets.right + MARGIN_PX,
    bottom: insets.bottom + MARGIN_PX,
    left: insets.left + MARGIN_PX,
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
