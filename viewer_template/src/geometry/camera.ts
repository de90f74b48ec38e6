// The camera: a point of the world in the middle of the view, and a scale. Pure; CSS pixels throughout.

/** World units in [-1, 1]², y upwards; `scale` in CSS pixels a world unit. */
export interface Camera {
  readonly x: number;
  readonly y: number;
  readonly scale: number;
}

export interface Viewport {
  readonly width: number;
  readonly height: number;
}

export interface Insets {
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
  readonly left: number;
}

export interface Bounds {
  readonly minX: number;
  readonly minY: number;
  readonly maxX: number;
  readonly maxY: number;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** Where a world point lies on the screen, in CSS pixels from the top left. */
export function worldToScreen(camera: Camera, viewport: Viewport, x: number, y: number): Point {
  return {
    x: viewport.width / 2 + (x - camera.x) * camera.scale,
    y: viewport.height / 2 - (y - camera.y) * camera.scale,
  };
}

/** The world point under a point of the screen. */
export function screenToWorld(camera: Camera, viewport: Viewport, x: number, y: number): Point {
  return {
    x: camera.x + (x - viewport.width / 2) / camera.scale,
    y: camera.y - (y - viewport.height / 2) / camera.scale,
  };
}

/** The part of the world in view, grown by `margin` CSS pixels on every side. */
export function visibleBounds(camera: Camera, viewport: Viewport, margin = 0): Bounds {
  const halfWidth = (viewport.width / 2 + margin) / camera.scale;
  const halfHeight = (viewport.height / 2 + margin) / camera.scale;
  return {
    minX: camera.x - halfWidth,
    maxX: camera.x + halfWidth,
    minY: camera.y - halfHeight,
    maxY: camera.y + halfHeight,
  };
}

/** Moves the picture under the hand: the world follows the pointer by (dx, dy) CSS pixels. */
export function panBy(camera: Camera, dx: number, dy: number): Camera {
  return { ...camera, x: camera.x - dx / camera.scale, y: camera.y + dy / camera.scale };
}

/** Zooms by `factor` while the world point under (x, y) stays where it is. */
export function zoomAt(
  camera: Camera,
  viewport: Viewport,
  x: number,
  y: number,
  factor: number,
  limits: { min: number; max: number },
): Camera {
  const scale = Math.min(limits.max, Math.max(limits.min, camera.scale * factor));
  const anchor = screenToWorld(camera, viewport, x, y);
  return {
    x: anchor.x - (x - viewport.width / 2) / scale,
    y: anchor.y + (y - viewport.height / 2) / scale,
    scale,
  };
}

/** The camera that shows `bounds` whole in the part of the viewport that the insets leave free. */
export function fitBounds(bounds: Bounds, viewport: Viewport, insets: Insets): Camera {
  const width = Math.max(1, viewport.width - insets.left - insets.right);
  const height = Math.max(1, viewport.height - insets.top - insets.bottom);
  const spanX = Math.max(1e-6, bounds.maxX - bounds.minX);
  const spanY = Math.max(1e-6, bounds.maxY - bounds.minY);
  const scale = Math.min(width / spanX, height / spanY);
  return centreOn((bounds.minX + bounds.maxX) / 2, (bounds.minY + bounds.maxY) / 2, scale, insets);
}

/** The camera that shows a world point in the middle of the free part of the viewport. */
export function centreOn(x: number, y: number, scale: number, insets: Insets): Camera {
  return {
    x: x + (insets.right - insets.left) / 2 / scale,
    y: y + (insets.top - insets.bottom) / 2 / scale,
    scale,
  };
}

/** Keeps the middle of the view inside the bounds, so that nobody gets lost in the void. */
export function clampCamera(camera: Camera, bounds: Bounds, limits: { min: number; max: number }): Camera {
  return {
    x: Math.min(bounds.maxX, Math.max(bounds.minX, camera.x)),
    y: Math.min(bounds.maxY, Math.max(bounds.minY, camera.y)),
    scale: Math.min(limits.max, Math.max(limits.min, camera.scale)),
  };
}
