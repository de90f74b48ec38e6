// The viewer's reader on the sample site that the Python writer published (tests/site/samples).
import { describe, expect, it } from 'vitest';
import { tileOf } from '../src/data/tile_plan';
import { detailPath } from '../src/data/words';
import { openSite, SAMPLE } from './disk_site';

describe('the sample site of format 1', async () => {
  const site = await openSite(SAMPLE);
  const { manifest } = site;
  const ranks = Array.from({ length: manifest.imageCount }, (_, rank) => rank);
  const rows = await Promise.all(ranks.map((rank) => site.words.row(rank)));

  it('has positions inside the world in every layout, and not all in one place', async () => {
    for (const layout of manifest.layouts.filter((l) => l.positions !== null)) {
      const positions = await site.positions(layout);
      expect(positions.length).toBe(2 * manifest.imageCount);
      expect(positions.every((p) => p >= -1.0001 && p <= 1.0001)).toBe(true);
      expect(new Set(positions).size).toBeGreaterThan(5);
    }
  });

  it('has spreads of its home layout, with the clusters in other places than on the raw one', async () => {
    const home = manifest.layouts[0];
    expect(home.spreads.map(({ aspect }) => aspect)).toEqual([1.9, 0.53]);
    const raw = await site.positions(home);
    for (const spread of [0, 1]) {
      const positions = await site.positions(home, spread);
      expect(positions.length).toBe(raw.length);
      expect(positions).not.toEqual(raw);
      const [label] = await site.labels(home, spread);
      const [onRaw] = await site.labels(home);
      expect(label).toMatchObject({ text: onRaw.text, count: onRaw.count });
      expect([label.x, label.y]).not.toEqual([onRaw.x, onRaw.y]);
    }
  });

  it('agrees with itself: ids and aspects of the columns are those of the words', async () => {
    const aspects = await site.aspects();
    for (const rank of ranks) {
      expect(await site.idOf(rank)).toBe(rows[rank].id);
      expect(await site.rankOf(rows[rank].id)).toBe(rank);
      expect(aspects[rank]).toBeCloseTo(Math.log2(rows[rank].widthPx / rows[rank].heightPx), 1);
    }
    expect(await site.rankOf('0'.repeat(20))).toBe(-1);
  });

  it('has three colours an image, not all the same', async () => {
    const colors = await site.colors();
    expect(colors.length).toBe(3 * manifest.imageCount);
    expect(new Set(colors).size).toBeGreaterThan(10);
  });

  it('has a WebP tile wherever the arithmetic says, and a JPEG for every image', async () => {
    for (const level of manifest.levels) {
      for (const rank of ranks) {
        const head = new Uint8Array(await site.source.bytes(tileOf(manifest, level, rank).path), 0, 12);
        expect(String.fromCharCode(...head.subarray(8))).toBe('WEBP');
      }
    }
    for (const row of rows) {
      const head = new Uint8Array(await site.source.bytes(detailPath(manifest, row.id) ?? ''), 0, 2);
      expect([...head]).toEqual([0xff, 0xd8]);
    }
  });

  it('has labels that can be placed, and neighbours that exist and are others', async () => {
    for (const layout of manifest.layouts) {
      for (const label of await site.labels(layout)) {
        expect(Math.abs(label.x)).toBeLessThanOrEqual(2);
        expect(label.text).not.toBe('');
      }
    }
    rows.forEach((row, rank) => {
      expect(row.neighbors.length).toBeGreaterThan(0);
      expect(row.neighbors).not.toContain(rank);
    });
  });
});
