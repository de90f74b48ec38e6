// Near-duplicates of the sample site: three groups, of 2, 3 and 4 images.
import { describe, expect, it } from 'vitest';
import { duplicatesOf } from '../src/data/duplicates';
import { Facets } from '../src/data/facets';
import { evaluate } from '../src/data/filter';
import { readManifest } from '../src/data/manifest';
import { Site } from '../src/data/site';
import { openDisk, openSite, readJson, SAMPLE } from './disk_site';

async function groups(site: Site): Promise<Map<number, number[]>> {
  const found = new Map<number, number[]>();
  for (let rank = 0; rank < site.manifest.imageCount; rank++) {
    const group = await duplicatesOf(site, rank);
    if (group.length > 0) found.set(rank, group.map((one) => one.rank).sort((a, b) => a - b));
  }
  return found;
}

describe('near-duplicates', () => {
  it('are the same group, seen from each of its images', async () => {
    const found = await groups(await openSite(SAMPLE));
    expect([...found.values()].map((ranks) => ranks.length).sort()).toEqual([2, 2, 3, 3, 3, 4, 4, 4, 4]);
    for (const [rank, ranks] of found) {
      expect(ranks).toContain(rank);
      for (const other of ranks) expect(found.get(other)).toEqual(ranks);
    }
  });

  it('name one earliest, which comes first, and one largest', async () => {
    const site = await openSite(SAMPLE);
    for (const rank of (await groups(site)).keys()) {
      const group = await duplicatesOf(site, rank);
      expect(group.map((one) => one.isEarliest)).toEqual(group.map((_, i) => i === 0));
      expect(group.filter((one) => one.isLargest)).toHaveLength(1);
    }
  });

  it('do not name what was taken down; the last one left is no duplicate', async () => {
    const json = (await readJson(new URL('manifest.json', SAMPLE))) as Record<string, unknown>;
    const whole = await groups(await openSite(SAMPLE));
    const [pair] = [...whole.values()].filter((ranks) => ranks.length === 2);
    const [four] = [...whole.values()].filter((ranks) => ranks.length === 4);
    const site = new Site(openDisk(SAMPLE), readManifest({ ...json, tombstones: [pair[0], four[3]] }));
    expect(await duplicatesOf(site, pair[1])).toEqual([]);
    expect((await duplicatesOf(site, four[0])).map((one) => one.rank).sort((a, b) => a - b)).toEqual(four.slice(0, 3));
  });

  it('can be filtered by', async () => {
    const site = await openSite(SAMPLE);
    const data = await new Facets(site).data('near:duplicates');
    const lit = evaluate(data, { kind: 'values', values: ['yes'], mode: 'any' });
    expect([...(lit ?? [])].reduce((sum, value) => sum + value, 0)).toBe(9);
  });

  it('are no facet where there are none, and cost no file', async () => {
    const json = (await readJson(new URL('manifest.json', SAMPLE))) as Record<string, unknown>;
    const asked: string[] = [];
    const site = new Site(openDisk(SAMPLE, asked), readManifest({ ...json, duplicates: null }));
    expect(new Facets(site).get('near:duplicates')).toBeUndefined();
    expect(await duplicatesOf(site, 0)).toEqual([]);
    expect(asked).toEqual([]);
  });

  it('must name columns that are there', async () => {
    const json = (await readJson(new URL('manifest.json', SAMPLE))) as Record<string, unknown>;
    expect(() => readManifest({ ...json, duplicates: { column: 'duplicates', roles: 'nothing' } })).toThrow(/duplicates\.roles/);
  });
});
