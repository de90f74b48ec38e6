// The small map of all: where its points lie on it, and which part of it is in view. Pure.
import type { Bounds, Camera, Point, Viewport } from './camera';

/** Longest sides, CSS pixels. */
const WIDTH_PX = 176;
const HEIGHT_PX = 132;
/** It is of use where less than this share of the map is in view. */
const SHARE = 0.6;

export interface Minimap {
  readonly bounds: Bounds;
  /** CSS pixels. */
  readonly width: number;
  readonly height: number;
  /** CSS pixels a world unit. */
  readonly scale: number;
}

export interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

export function makeMinimap(bounds: Bounds): Minimap {
  const width = Math.max(1e-9, bounds.maxX - bounds.minX);
  const height = Math.max(1e-9, bounds.maxY - bounds.minY);
  const scale = Math.min(WIDTH_PX / width, HEIGHT_PX / height);
  return { bounds, width: Math.max(24, width * scale), height: Math.max(24, height * scale), scale };
}

export function toMinimap({ bounds, scale }: Minimap, x: number, y: number): Point {
  return { x: (x - bounds.minX) * scale, y: (bounds.maxY - y) * scale };
}

/** The world point under a point of the small map, kept within the map. */
export function fromMinimap({ bounds, scale }: Minimap, x: number, y: number): Point {
  const hold = (value: number, low: number, high: number) => Math.min(high, Math.max(low, value));
  return { x: hold(bounds.minX + x / scale, bounds.minX, bounds.maxX), y: hold(bounds.maxY - y / scale, bounds.minY, bounds.maxY) };
}

/** The part that is in view, cut at the border; never too small to be seen. */
export function viewBox(map: Minimap, camera: Camera, viewport: Viewport): Box {
  const half = { x: viewport.width / 2 / camera.scale, y: viewport.height / 2 / camera.scale };
  const start = toMinimap(map, camera.x - half.x, camera.y + half.y);
  const end = toMinimap(map, camera.x + half.x, camera.y - half.y);
  const cut = (from: number, to: number, size: number) => {
    const low = Math.min(size - 4, Math.max(0, from));
    return { low, length: Math.max(4, Math.min(size, to) - low) };
  };
  const [across, down] = [cut(start.x, end.x, map.width), cut(start.y, end.y, map.height)];
  return { left: across.low, top: down.low, width: across.length, height: down.length };
}

/** Whether so little is in view that the small map helps. */
export function isOfUse(map: Minimap, camera: Camera, viewport: Viewport): boolean {
  const { width, height } = viewBox(map, camera, viewport);
  return width * height < SHARE * map.width * map.height;
}
