// What is seen from afar: micro-thumbnails, what is shown first, and the few that are drawn as pictures among many.
import { describe, expect, it } from 'vitest';
import { overviewRanks } from '../src/data/boot';
import { meanOfBlock } from '../src/data/micro';
import { cellsOf, overviewOf, planTiles } from '../src/data/tile_plan';
import { GridIndex } from '../src/geometry/grid_index';
import { priorityOf } from '../src/geometry/priority';
import { Foremost, FOREMOST_PX, thin } from '../src/map/foremost';
import { bootScene } from '../src/map/scene';
import { Stage } from '../src/map/stage';
import { chooseThumbnails } from '../src/map/thumbnails';
import { MAX_THUMBNAILS } from '../src/render/frame';
import { SMALLEST_FACTOR } from '../src/state/url';
import { openSite, SAMPLE } from './disk_site';

const site = await openSite(SAMPLE);
const { manifest } = site;
const boot = await site.boot();

describe('the sample site from afar', () => {
  it('has a micro-thumbnail of every image, near its mean colour', async () => {
    const colors = await site.colors();
    const { first, blocks } = await site.micro(0);
    expect(first).toBe(0);
    expect(blocks.length).toBe(2 * manifest.imageCount);
    for (let rank = 0; rank < manifest.imageCount; rank++) {
      // The writer of the sample gives the colour of the ground alone; a disc of the opposite colour covers a fifth.
      const mean = meanOfBlock(blocks[2 * rank], blocks[2 * rank + 1]);
      mean.forEach((part, c) => {
        expect(Math.abs(part - colors[c * manifest.imageCount + rank])).toBeLessThan(75);
      });
    }
  });

  it('shows first what its columns say', async () => {
    expect(boot?.ranks.length).toBe(manifest.boot?.count);
    const positions = await site.positions(manifest.layouts[0]);
    const [aspects, colors] = [await site.aspects(), await site.colors()];
    for (const rank of boot?.ranks ?? []) {
      expect(boot?.positions[2 * rank]).toBe(positions[2 * rank]);
      expect(boot?.positions[2 * rank + 1]).toBe(positions[2 * rank + 1]);
      expect(boot?.logAspects[rank]).toBeCloseTo(aspects[rank], 1);
      for (let c = 0; c < 3; c++) expect(boot?.colors[c * manifest.imageCount + rank]).toBe(colors[c * manifest.imageCount + rank]);
    }
  });

  it('finds only those that are known, and knows the whole', () => {
    if (!boot) throw new Error('the sample has no boot');
    const scene = bootScene(manifest.layouts[0], boot);
    const found: number[] = [];
    scene.index.forEachIn({ minX: -2, minY: -2, maxX: 2, maxY: 2 }, (rank) => found.push(rank));
    expect(found.sort((a, b) => a - b)).toEqual(Array.from(boot.ranks));
    expect(scene.isPartial).toBe(true);
  });

  it('takes the pictures of the foremost from the overview, and those of others from their tiles', () => {
    const entry = manifest.boot;
    if (!boot || !entry) throw new Error('the sample has no boot');
    const ranks = overviewRanks(boot.ranks, entry.overview.count);
    for (let i = 1; i < ranks.length; i++) expect(priorityOf(ranks[i])).toBeLessThan(priorityOf(ranks[i - 1]));
    const overview = overviewOf(manifest, entry.overview, ranks);
    const other = Array.from({ length: manifest.imageCount }, (_, rank) => rank).find((rank) => !ranks.includes(rank)) ?? -1;
    expect(overview.tileOf(other)).toBeNull();
    const wishes = [...ranks, other].map((rank) => ({ rank, level: 32, area: 400, tile: overview.tileOf(rank) }));
    const plan = planTiles(manifest, wishes, () => false, () => false, 40);
    expect(plan[0].path).toBe(`s/${entry.overview.segment}/32/0.webp`);
    expect(plan[0].wanted).toEqual(Array.from(ranks));
    expect(plan.slice(1).every(({ wanted }) => wanted.every((rank) => rank === other))).toBe(true);
    expect(cellsOf(plan[0]).map(({ rank }) => rank)).toEqual(Array.from(ranks));
    expect(cellsOf(plan[0]).slice(0, 4).map(({ column, row }) => [column, row])).toEqual([[0, 0], [1, 0], [0, 1], [1, 1]]);
  });
});

describe('few among very many', () => {
  const count = 3000;
  const positions = Float32Array.from({ length: 2 * count }, (_, i) => (priorityOf(i) / 2 ** 32) * 2 - 1);
  const ranks = Uint32Array.from({ length: count }, (_, rank) => rank);

  it('keep their distance, and there is no room left for another', () => {
    const kept = thin(ranks, positions, 0.1, () => true);
    const apart = (a: number, b: number) => Math.max(Math.abs(positions[2 * a] - positions[2 * b]), Math.abs(positions[2 * a + 1] - positions[2 * b + 1]));
    for (const a of kept) for (const b of kept) if (a !== b) expect(apart(a, b)).toBeGreaterThanOrEqual(Math.fround(0.1) - 1e-6);
    for (const rank of ranks) expect(kept.some((other) => apart(rank, other) < 0.1)).toBe(true);
    expect(kept[0]).toBe(0);
  });

  it('are none that is hidden, and the same wherever one looks', () => {
    const layout = manifest.layouts[0];
    const scene = { ...bootScene(layout, { ranks, positions, logAspects: new Float32Array(count), colors: new Uint8Array(3 * count) }), index: new GridIndex(positions) };
    const foremost = new Foremost(ranks, ranks.slice(0, 50));
    const viewport = { width: 400, height: 400 };
    const whole = new Set(foremost.inView(scene, { x: 0, y: 0, scale: 200 }, viewport, null, 1, false));
    const left = foremost.inView(scene, { x: -0.5, y: 0, scale: 200 }, viewport, null, 1, false);
    expect(left.length).toBeGreaterThan(10);
    expect(left.every((rank) => whole.has(rank))).toBe(true);
    const bytes = new Uint8Array(count).fill(2);
    for (const rank of left) bytes[rank] = 0;
    const looks = { bytes, plain: count - left.length, dimmed: 0, isNarrowed: false };
    expect(foremost.inView(scene, { x: 0, y: 0, scale: 200 }, viewport, looks, 1, false).some((rank) => bytes[rank] === 0)).toBe(false);
    expect(foremost.inView(scene, { x: 0, y: 0, scale: 200 }, viewport, null, 1, true).every((rank) => rank < 50)).toBe(true);
    expect(FOREMOST_PX).toBeGreaterThan(16);
  });

  it('are no more than can be drawn, in however large a window', () => {
    const many = 40_000;
    const scattered = Float32Array.from({ length: 2 * many }, (_, i) => (priorityOf(i) / 2 ** 32) * 2 - 1);
    const all = Uint32Array.from({ length: many }, (_, rank) => rank);
    const logAspects = new Float32Array(many);
    const scene = { ...bootScene(manifest.layouts[0], { ranks: all, positions: scattered, logAspects, colors: new Uint8Array(3 * many) }), isPartial: false };
    const stage = new Stage(scene, logAspects);
    stage.viewport = { width: 3840, height: 2160 };
    stage.sizeFactor = SMALLEST_FACTOR;
    stage.foremost = new Foremost(all, all);
    const camera = stage.fitCamera();
    const few = new Set(stage.foremost.inView(scene, camera, stage.viewport, null, stage.sizeFactor, false));
    const [hovered, open] = all.filter((rank) => !few.has(rank));
    const given = { stage, camera, sizing: stage.sizing(camera), ratio: 1, change: null, looks: null, hovered, open, site: { ...manifest, imageCount: many }, capacity: () => many };
    const { thumbnails } = chooseThumbnails(given, new Uint8Array(MAX_THUMBNAILS));
    expect(thumbnails.count).toBeGreaterThan(MAX_THUMBNAILS / 2);
    expect(thumbnails.count).toBeLessThanOrEqual(MAX_THUMBNAILS);
    expect(thumbnails.ranks[thumbnails.count - 1]).toBe(open);
  });
});
