import { describe, expect, it } from 'vitest';
import type { Facets } from '../src/data/facets';
import type { FacetData, Filter } from '../src/data/filter';
import { SiteError, UnreachableError } from '../src/data/site_error';
import { makeAppStore } from '../src/state/app_state';
import { Criteria } from '../src/state/criteria';
import { Filtering } from '../src/state/filtering';

const data = new Map<string, FacetData>([
  ['field:category', { kind: 'codes', codes: Int16Array.of(0, 1, 0, -1), values: ['fruit', 'map'] }],
  ['field:year', { kind: 'numbers', numbers: Float64Array.of(1890, 1900, 1910, NaN) }],
]);
const values = (...wanted: string[]): Filter => ({ kind: 'values', values: wanted, mode: 'any' });
const pause = () => new Promise((resolve) => setTimeout(resolve, 0));

function start() {
  const waiting: (() => void)[] = [];
  let isSlow = false;
  const unreachable = new Set<string>();
  const facets = {
    get: (key: string) => (data.has(key) || key === 'field:broken' ? { key } : undefined),
    data: async (key: string) => {
      if (isSlow) await new Promise<void>((resolve) => waiting.push(resolve));
      if (unreachable.has(key)) throw new UnreachableError('c/x.bin');
      const found = data.get(key);
      if (!found) throw new SiteError('c/x.bin', 'is damaged');
      return found;
    },
  } as unknown as Facets;
  const app = makeAppStore('umap', 'auto');
  const lost: string[] = [];
  new Filtering(app, facets, new Criteria(app, 4, null), (key, error) => lost.push(`${key} ${error?.message ?? ''}`));
  const slow = (on: boolean) => {
    isSlow = on;
  };
  return { app, lost, slow, unreachable, release: () => waiting.splice(0).forEach((go) => go()) };
}

describe('filters of the store', () => {
  it('become criteria, and go as they came', async () => {
    const { app } = start();
    app.set({ filters: new Map([['field:category', values('fruit')]]) });
    await pause();
    expect([...(app.get().lit?.mask ?? [])]).toEqual([1, 0, 1, 0]);
    app.set({ filters: new Map([...app.get().filters, ['field:year', { kind: 'range', low: '1900', high: '' } as const]]) });
    await pause();
    expect(app.get().lit?.drawn).toBe(1);
    expect(app.get().lit?.names).toEqual(['field:category', 'field:year']);
    app.set({ filters: new Map() });
    await pause();
    expect(app.get().lit).toBeNull();
  });

  it('that came later win, even if their file comes sooner', async () => {
    const { app, slow, release } = start();
    slow(true);
    app.set({ filters: new Map([['field:category', values('fruit')]]) });
    await pause();
    slow(false);
    app.set({ filters: new Map([['field:category', values('map')]]) });
    await pause();
    release();
    await pause();
    expect([...(app.get().lit?.mask ?? [])]).toEqual([0, 1, 0, 0]);
  });

  it('that the server does not answer wait until it does, the others do not', async () => {
    const { app, lost, unreachable } = start();
    const filters = new Map<string, Filter>([['field:category', values('fruit')], ['field:year', { kind: 'range', low: '1900', high: '' }]]);
    unreachable.add('field:year');
    app.set({ filters });
    await pause();
    expect([app.get().lit?.drawn, app.get().filters, lost]).toEqual([2, filters, []]);
    app.set({ reconnections: 1 });
    await pause();
    expect([app.get().lit?.drawn, app.get().filters, lost]).toEqual([2, filters, []]);
    unreachable.clear();
    app.set({ reconnections: 2 });
    await pause();
    expect([app.get().lit?.drawn, app.get().filters, lost]).toEqual([1, filters, []]);
  });

  it('on what has changed since are applied anew', async () => {
    const { app } = start();
    const own = { kind: 'codes', codes: Int16Array.of(0, -1, -1, -1), values: ['mine'] } as const;
    data.set('own:collections', own);
    app.set({ filters: new Map([['own:collections', values('mine')]]) });
    await pause();
    expect([...(app.get().lit?.mask ?? [])]).toEqual([1, 0, 0, 0]);
    data.set('own:collections', { ...own, codes: Int16Array.of(0, 0, -1, -1) });
    app.set({ filters: new Map(app.get().filters) });
    await pause();
    expect([...(app.get().lit?.mask ?? [])]).toEqual([1, 1, 0, 0]);
  });

  it('that cannot be applied are told and dropped, the others stay', async () => {
    const { app, lost } = start();
    const category = values('fruit');
    app.set({ filters: new Map<string, Filter>([['field:gone', values('x')], ['field:broken', values('x')], ['field:year', values('1890')], ['field:category', category]]) });
    await pause();
    await pause();
    expect([...app.get().filters]).toEqual([['field:category', category]]);
    expect(app.get().lit?.drawn).toBe(2);
    expect(lost).toEqual(['field:gone ', 'field:broken c/x.bin: is damaged', 'field:year ']);
  });
});
