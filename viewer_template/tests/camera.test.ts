import { describe, expect, it } from 'vitest';
import { centreOn, clampCamera, fitBounds, panBy, screenToWorld, visibleBounds, worldToScreen, zoomAt } from '../src/geometry/camera';
import { planFlight } from '../src/geometry/flight';

const viewport = { width: 1280, height: 800 };
const camera = { x: 0.3, y: -0.2, scale: 450 };
const limits = { min: 10, max: 10_000 };

describe('the camera', () => {
  it('maps the world to the screen, y downwards, and back', () => {
    expect(worldToScreen(camera, viewport, 0.3, -0.2)).toEqual({ x: 640, y: 400 });
    const above = worldToScreen(camera, viewport, 0.4, 0);
    expect(above.x).toBeCloseTo(685);
    expect(above.y).toBeCloseTo(310);
    const back = screenToWorld(camera, viewport, above.x, above.y);
    expect(back.x).toBeCloseTo(0.4);
    expect(back.y).toBeCloseTo(0);
  });

  it('follows the hand', () => {
    const before = screenToWorld(camera, viewport, 100, 200);
    const after = worldToScreen(panBy(camera, 37, -12), viewport, before.x, before.y);
    expect(after.x).toBeCloseTo(137);
    expect(after.y).toBeCloseTo(188);
  });

  it('keeps the point under the pointer while zooming, also at a limit', () => {
    for (const factor of [1.5, 0.3, 1000]) {
      const anchor = screenToWorld(camera, viewport, 1000, 90);
      const zoomed = zoomAt(camera, viewport, 1000, 90, factor, limits);
      const at = worldToScreen(zoomed, viewport, anchor.x, anchor.y);
      expect(at.x).toBeCloseTo(1000);
      expect(at.y).toBeCloseTo(90);
      expect(zoomed.scale).toBe(Math.min(limits.max, camera.scale * factor));
    }
  });

  it('fits bounds into what the insets leave, and touches an edge of it', () => {
    const insets = { top: 60, right: 400, bottom: 70, left: 10 };
    const bounds = { minX: -1, maxX: 0.5, minY: -0.3, maxY: 0.9 };
    const fitted = fitBounds(bounds, viewport, insets);
    const topLeft = worldToScreen(fitted, viewport, bounds.minX, bounds.maxY);
    const bottomRight = worldToScreen(fitted, viewport, bounds.maxX, bounds.minY);
    expect(topLeft.x).toBeGreaterThanOrEqual(insets.left - 1e-6);
    expect(topLeft.y).toBeGreaterThanOrEqual(insets.top - 1e-6);
    expect(bottomRight.x).toBeLessThanOrEqual(viewport.width - insets.right + 1e-6);
    expect(bottomRight.y).toBeLessThanOrEqual(viewport.height - insets.bottom + 1e-6);
    expect((topLeft.x + bottomRight.x) / 2).toBeCloseTo((insets.left + viewport.width - insets.right) / 2);
    expect((topLeft.y + bottomRight.y) / 2).toBeCloseTo((insets.top + viewport.height - insets.bottom) / 2);
    expect(bottomRight.y - topLeft.y).toBeCloseTo(viewport.height - insets.top - insets.bottom);
  });

  it('centres on a point in the free part', () => {
    const at = worldToScreen(centreOn(0.1, 0.7, 900, { top: 0, right: 300, bottom: 500, left: 0 }), viewport, 0.1, 0.7);
    expect(at.x).toBeCloseTo(490);
    expect(at.y).toBeCloseTo(150);
  });

  it('sees exactly what lies inside the window', () => {
    const seen = visibleBounds(camera, viewport);
    expect(worldToScreen(camera, viewport, seen.minX, seen.maxY)).toEqual({ x: 0, y: 0 });
    expect(worldToScreen(camera, viewport, seen.maxX, seen.minY)).toEqual({ x: 1280, y: 800 });
  });

  it('does not leave the map', () => {
    const bounds = { minX: -1, maxX: 1, minY: -1, maxY: 1 };
    expect(clampCamera({ x: 5, y: -9, scale: 1 }, bounds, limits)).toEqual({ x: 1, y: -1, scale: 10 });
  });
});

describe('a flight', () => {
  const from = { x: -0.8, y: 0.1, scale: 2000 };
  const to = { x: 0.6, y: -0.4, scale: 3000 };

  it('starts and ends where it should', () => {
    const flight = planFlight(from, to, viewport);
    const start = flight.at(0);
    expect(start.x).toBeCloseTo(from.x);
    expect(start.y).toBeCloseTo(from.y);
    expect(start.scale / from.scale).toBeCloseTo(1);
    const almost = flight.at(0.9999);
    expect(almost.x).toBeCloseTo(to.x, 2);
    expect(almost.scale / to.scale).toBeCloseTo(1, 2);
    expect(flight.at(1)).toEqual(to);
  });

  it('rises above the way between distant places, and stays finite', () => {
    const flight = planFlight(from, to, viewport);
    const scales = Array.from({ length: 101 }, (_, i) => flight.at(i / 100).scale);
    expect(Math.min(...scales)).toBeLessThan(0.5 * from.scale);
    expect(scales.every((s) => Number.isFinite(s) && s > 0)).toBe(true);
  });

  it('zooms evenly where there is no way to go', () => {
    const flight = planFlight({ x: 0, y: 0, scale: 100 }, { x: 0, y: 0, scale: 1600 }, viewport);
    expect(flight.at(0.5).scale).toBeCloseTo(400);
    expect(flight.at(0.5).x).toBe(0);
  });
});
