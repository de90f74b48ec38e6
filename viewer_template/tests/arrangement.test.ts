import { describe, expect, it } from 'vitest';
import type { LayoutEntry } from '../src/data/manifest';
import { screenToWorld, worldToScreen } from '../src/geometry/camera';
import { GridIndex } from '../src/geometry/grid_index';
import { packedRoom } from '../src/geometry/room';
import { carryCamera, chooseSpread } from '../src/map/arrangement';
import { fitScene, freeSize, type Scene, sceneSizing, scaleLimits } from '../src/map/scene';
import { findVisible, pickImage, screenBox } from '../src/map/visible';

const insets = { top: 60, right: 0, bottom: 60, left: 0 };
const desk = { viewport: { width: 1280, height: 800 }, insets, homeInsets: insets };
const phone = { viewport: { width: 390, height: 844 }, insets, homeInsets: insets };

const layout: LayoutEntry = {
  name: 'umap',
  title: '',
  description: '',
  positions: 'layout-umap',
  labels: null,
  reason: '',
  ground: null,
  cells: [],
  spreads: [
    { positions: 'wide', pictureSize: 0.05, aspect: 1.9, surround: { labels: null, ground: null, cells: [] } },
    { positions: 'tall', pictureSize: 0.05, aspect: 0.53, surround: { labels: null, ground: null, cells: [] } },
  ],
};

/** Pictures side by side, as a spread has them; turned by a quarter for the tall one. */
function packed(spread: number, size = 0.05): Scene {
  const positions = new Float32Array(2 * 700);
  for (let i = 0; i < 700; i++) {
    const [x, y] = [((i % 35) - 17) * 0.054, (Math.floor(i / 35) - 10) * 0.048];
    positions.set(spread === 0 ? [x, y] : [y, -x], 2 * i);
  }
  const index = new GridIndex(positions);
  return { layout, spread, positions, index, room: packedRoom(700, size), bounds: index.bounds, ground: [], axis: { bottom: 0, left: 0 } };
}

describe('the arrangement of a layout', () => {
  it('is the one made for windows of this shape', () => {
    expect(chooseSpread(layout, desk)).toBe(0);
    expect(chooseSpread(layout, phone)).toBe(1);
    expect(chooseSpread(layout, { ...desk, viewport: { width: 1024, height: 768 } })).toBe(0);
    expect(chooseSpread({ ...layout, spreads: [] }, desk)).toBe(-1);
  });

  it('is what was measured for those who want that, unless nothing else is', () => {
    expect(chooseSpread(layout, phone, true)).toBe(-1);
    const shaped = { ...layout, spreads: layout.spreads.map((spread) => ({ ...spread, pictureSize: null })) };
    expect([chooseSpread(shaped, desk, true), chooseSpread(shaped, phone, true)]).toEqual([0, 1]);
  });

  it('is chosen by the bare window: a panel that opens turns nothing', () => {
    expect(chooseSpread(layout, { ...desk, insets: { ...insets, right: 900 } })).toBe(0);
  });

  it('shows in another arrangement the same image at the same place, as far from the whole', () => {
    const [from, to] = [packed(0), packed(1)];
    const fit = fitScene(from, desk.viewport, insets);
    const camera = { x: from.positions[2 * 123] + 0.003, y: from.positions[2 * 123 + 1], scale: fit.scale * 5 };
    const carried = carryCamera(from, to, camera, desk);
    const before = worldToScreen(camera, desk.viewport, from.positions[246], from.positions[247]);
    const after = worldToScreen(carried, desk.viewport, to.positions[246], to.positions[247]);
    expect(after.x).toBeCloseTo(before.x, 3);
    expect(after.y).toBeCloseTo(before.y, 3);
    expect(carried.scale / fitScene(to, desk.viewport, insets).scale).toBeCloseTo(5);
  });

  it('holds the open image fast where there is one, wherever the middle is', () => {
    const [from, to] = [packed(0), packed(1)];
    const camera = { x: 0.2, y: 0.1, scale: 3000 };
    const carried = carryCamera(from, to, camera, desk, 650);
    const before = worldToScreen(camera, desk.viewport, from.positions[1300], from.positions[1301]);
    expect(screenToWorld(carried, desk.viewport, before.x, before.y).x).toBeCloseTo(to.positions[1300], 5);
    expect(screenToWorld(carried, desk.viewport, before.x, before.y).y).toBeCloseTo(to.positions[1301], 5);
  });

  it('bears a collection without images', () => {
    const empty: Scene = { ...packed(0), positions: new Float32Array(0), index: new GridIndex(new Float32Array(0)) };
    expect(Number.isFinite(carryCamera(empty, empty, { x: 0, y: 0, scale: 9 }, desk).x)).toBe(true);
  });
});

describe('packed pictures on the screen', () => {
  const scene = packed(0);
  const logAspects = Float32Array.from({ length: 700 }, (_, i) => [0, 0.6, -0.6, 2.4][i % 4]);

  it('are picked where they are drawn, long ones to their ends', () => {
    const camera = fitScene(scene, desk.viewport, insets);
    const sizing = sceneSizing(scene, camera.scale, desk.viewport, insets, 1);
    const { width, height } = screenBox(scene, camera, desk.viewport, sizing, logAspects, 351);
    const side = 0.05 * camera.scale;
    expect(width).toBeCloseTo(2 * side); // an aspect of 5.3: held at twice the size
    expect(height).toBeLessThan(side / 2);
    const at = screenBox(scene, camera, desk.viewport, sizing, logAspects, 351);
    expect(pickImage(scene, camera, desk.viewport, sizing, logAspects, at.x + 0.48 * width, at.y, [351], null)).toBe(351);
  });

  it('are found in view as soon as their end shows', () => {
    const camera = { x: scene.positions[2 * 355] + 0.14, y: scene.positions[2 * 355 + 1], scale: 6000 };
    const sizing = sceneSizing(scene, camera.scale, desk.viewport, insets, 1);
    const box = screenBox(scene, camera, desk.viewport, sizing, logAspects, 355);
    expect(box.x).toBeLessThan(0);
    expect(box.x + box.width / 2).toBeGreaterThan(0);
    expect([...findVisible(scene, camera, desk.viewport, sizing, 8192, null).ranks]).toContain(355);
  });

  it('fill the free window at the closest zoom', () => {
    const { max } = scaleLimits(scene, desk.viewport, insets);
    const sizing = sceneSizing(scene, max, desk.viewport, insets, 1);
    expect(sizing.capPx).toBeCloseTo(0.9 * freeSize(desk.viewport, insets).height);
    expect(sizing.capPx).toBeCloseTo(0.05 * max);
  });
});
