import { describe, expect, it } from 'vitest';
import { readGround } from '../src/data/ground_file';

import { GridIndex } from '../src/geometry/grid_index';
import { cellRoom } from '../src/geometry/room';
import { sizingFor, sizeOf } from '../src/geometry/sizes';
import { mixGrounds } from '../src/map/ground';
import { loadScene } from '../src/map/scene';
import { openSite, SAMPLE } from './disk_site';

const pack = (value: unknown) => new TextEncoder().encode(JSON.stringify(value)).buffer;
const file = (shape: object) => pack({ units_per_world: 100, shapes: [{ kind: 'land', parts: [[0, 0]], ...shape }] });

describe('a ground file', () => {
  it('holds differences, and shapes of known kinds', () => {
    const raw = pack({
      units_per_world: 100,
      shapes: [
        { kind: 'land', parts: [[-50, 0, 150, 0, 0, -100], [20, 30]] },
        { kind: 'volcano', parts: [[0, 0]] },
      ],
    });
    const [land, ...others] = readGround('c/ground.bin', raw);
    expect(others).toEqual([]);
    expect(land.parts.map((part) => Array.from(part))).toEqual([[-0.5, 0, 1, 0, 1, -1], [0.2, 0.3].map(Math.fround)]);
  });

  it('that is broken says where', () => {
    expect(() => readGround('c/g.bin', new ArrayBuffer(3))).toThrow(/c\/g\.bin/);
    expect(() => readGround('c/g.bin', pack({ shapes: [] }))).toThrow(/units_per_world/);
    expect(() => readGround('c/g.bin', file({ parts: [[1, 2, 3]] }))).toThrow(/pairs/);
    expect(() => readGround('c/g.bin', file({ parts: [[]] }))).toThrow(/pairs/);
    expect(() => readGround('c/g.bin', file({ parts: [[0, 900]] }))).toThrow(/near the world/);
    expect(() => readGround('c/g.bin', file({ parts: [[0, 'north']] }))).toThrow(/number/);
  });

  it('of the sample site is read with its layout, and belongs to what is shown', async () => {
    const site = await openSite(SAMPLE);
    const layout = site.manifest.layouts[1];
    expect((await site.ground(layout)).map((shape) => shape.kind)).toEqual(['sea', 'land', 'line']);
    expect(await site.ground(site.manifest.layouts[0])).toEqual([]);
    const scene = await loadScene(site, layout, -1);
    expect(scene.ground).toHaveLength(3);
    expect(scene.bounds).toMatchObject({ minX: -1, maxX: 1, minY: -1, maxY: 1 });
    expect(scene.axis.bottom).toBeGreaterThan(20);
    expect(scene.room.isRegular).toBe(true);
    expect(scene.room.median).toBe(0.25);
  });

  it('and labels and cells differ where a window is tall', async () => {
    const site = await openSite(SAMPLE);
    const layout = site.manifest.layouts[1];
    expect(layout.spreads.map((spread) => spread.pictureSize)).toEqual([null, null]);
    const [wide, tall] = await Promise.all([0, 1].map((spread) => loadScene(site, layout, spread)));
    expect(Array.from(wide.positions)).toEqual(Array.from((await loadScene(site, layout, -1)).positions));
    expect(wide.axis.left).toBe(0);
    expect(tall).toMatchObject({ ground: [], axis: { bottom: 0 } });
    expect(tall.axis.left).toBeGreaterThan(20);
    expect(tall.room.median).toBe(0.125);
    expect((await site.labels(layout, 1)).map((label) => label.height)).toEqual([0.4]);
  });
});

describe('cells', () => {
  const positions = Float32Array.from([-0.5, 0, -0.4, 0, 0.5, 0, 0.52, 0, 0.9, 0.9]);
  const areas = [
    { minX: -1, minY: -1, maxX: 0, maxY: 1, side: 0.1 },
    { minX: 0.4, minY: -1, maxX: 0.6, maxY: 0.5, side: 0.02 },
  ];

  it('give each image the room of the first that holds it, on its border too', () => {
    const inside = positions.subarray(0, 8);
    const room = cellRoom(inside, new GridIndex(inside), areas);
    expect(Array.from(room.sides)).toEqual([0.1, 0.1, 0.02, 0.02].map(Math.fround));
    expect(room.isRegular).toBe(true);
    const overlapping = cellRoom(inside, new GridIndex(inside), [{ minX: -0.4, minY: 0, maxX: -0.4, maxY: 0, side: 0.3 }, ...areas]);
    expect(overlapping.sides[1]).toBe(Math.fround(0.3));
  });

  it('keep pictures inside themselves, large and small ones', () => {
    const inside = positions.subarray(0, 8);
    const room = cellRoom(inside, new GridIndex(inside), areas);
    const sizing = sizingFor({ count: 4, factor: 1, isRegular: true, isPacked: false, medianRoom: room.median, scale: 500, fitScale: 500, freeWidth: 1200, freeHeight: 700 });
    for (const side of room.sides) expect(sizeOf(sizing, side)).toBeLessThanOrEqual(side * 500);
  });

  it('leave the others to be measured', () => {
    const room = cellRoom(positions, new GridIndex(positions), areas);
    expect(room.isRegular).toBe(false);
    expect(room.sides[0]).toBe(Math.fround(0.1));
    expect(room.sides[4]).toBeGreaterThan(0.1);
  });
});

it('on the way from one layout to another the old ground is gone before the new one comes', () => {
  const [from, to] = [[{ kind: 'sea' as const, parts: [] }], [{ kind: 'block' as const, parts: [] }]];
  const opacities = [0, 0.3, 0.5, 0.7, 1].map((mix) => mixGrounds(from, to, mix).map((shown) => shown.opacity));
  expect(opacities[0]).toEqual([1, 0]);
  expect(opacities[2]).toEqual([0, 0]);
  expect(opacities[4]).toEqual([0, 1]);
  for (const [a, b] of opacities) expect(Math.min(a, b)).toBe(0);
});
