// Which arrangement of a layout suits a window, and how one keeps one's place when it changes.
import { hasRawPositions, type LayoutEntry } from '../data/manifest';
import { type Camera, centreOn, type Insets, type Viewport, worldToScreen } from '../geometry/camera';
import { fitScene, freeSize, type Scene } from './scene';

/** The window, and what the interface covers of it: now, and without panels. */
export interface MapWindow {
  readonly viewport: Viewport;
  readonly insets: Insets;
  readonly homeInsets: Insets;
}

/**
 * The spread whose shape is nearest to the free part of the window; -1 where the layout has none.
 * @param isRaw whether people want to see what was measured rather than what has room for pictures
 */
export function chooseSpread(layout: LayoutEntry, { viewport, homeInsets }: MapWindow, isRaw = false): number {
  if (isRaw && hasRawPositions(layout)) return -1;
  const { width, height } = freeSize(viewport, homeInsets);
  let best = -1;
  let nearest = Infinity;
  layout.spreads.forEach(({ aspect }, number) => {
    const distance = Math.abs(Math.log((aspect * height) / width));
    if (distance < nearest) [best, nearest] = [number, distance];
  });
  return best;
}

/**
 * The camera that shows in another arrangement what a camera shows in this one: the same image at the same place of
 * the screen, as far from the whole as before.
 * @param anchor rank of the image to hold fast; -1: the one nearest to the middle
 */
export function carryCamera(from: Scene, to: Scene, camera: Camera, window: MapWindow, anchor = -1): Camera {
  const { viewport, homeInsets } = window;
  const zoom = camera.scale / fitScene(from, viewport, homeInsets).scale;
  const scale = zoom * fitScene(to, viewport, homeInsets).scale;
  const rank = anchor >= 0 ? anchor : nearestTo(from, camera, window);
  if (rank < 0) return { x: 0, y: 0, scale };
  const at = worldToScreen(camera, viewport, from.positions[2 * rank], from.positions[2 * rank + 1]);
  return {
    x: to.positions[2 * rank] - (at.x - viewport.width / 2) / scale,
    y: to.positions[2 * rank + 1] + (at.y - viewport.height / 2) / scale,
    scale,
  };
}

function nearestTo(scene: Scene, camera: Camera, { insets }: MapWindow): number {
  // The world point in the middle of what is free: the camera that would be centred on it is this one.
  const shift = centreOn(0, 0, camera.scale, insets);
  const x = camera.x - shift.x;
  const y = camera.y - shift.y;
  const { positions } = scene;
  let best = -1;
  let nearest = Infinity;
  for (let rank = 0; 2 * rank < positions.length; rank++) {
    const distance = Math.hypot(positions[2 * rank] - x, positions[2 * rank + 1] - y);
    if (distance < nearest) [best, nearest] = [rank, distance];
  }
  return best;
}
