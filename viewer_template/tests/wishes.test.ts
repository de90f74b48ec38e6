// Colours and selections of an address outlive a server that does not answer for a while.
import { describe, expect, it } from 'vitest';
import type { Facets } from '../src/data/facets';
import type { Site } from '../src/data/site';
import { SiteError, UnreachableError } from '../src/data/site_error';
import { makeAppStore } from '../src/state/app_state';
import { Choosing } from '../src/state/choosing';
import { Criteria } from '../src/state/criteria';
import { Painting } from '../src/state/painting';

const pause = () => new Promise((done) => setTimeout(done, 0));
const data = { kind: 'codes', codes: Int16Array.of(0, 1), values: ['fruit', 'map'] } as const;

describe('the colours of an address', () => {
  function start(...answers: (Error | null)[]) {
    const app = makeAppStore('umap', 'auto');
    const facets = {
      get: (key: string) => ({ key }),
      data: () => {
        const error = answers.shift();
        return error ? Promise.reject(error) : Promise.resolve(data);
      },
    } as unknown as Facets;
    const lost: string[] = [];
    new Painting(app, facets, () => false, (key) => lost.push(key));
    return { app, lost };
  }

  it('come when the server answers again', async () => {
    const { app, lost } = start(new UnreachableError('c/x.bin'), new UnreachableError('c/x.bin'), null);
    app.set({ colorBy: 'field:category' });
    await pause();
    app.set({ reconnections: 1 });
    await pause();
    expect([app.get().colorBy, app.get().coloring, lost]).toEqual(['field:category', null, []]);
    app.set({ reconnections: 2 });
    await pause();
    expect([app.get().coloring?.key, lost]).toEqual(['field:category', []]);
  });

  it('are given up where others are chosen meanwhile, and where their file is broken', async () => {
    const { app, lost } = start(new UnreachableError('c/x.bin'), null, new SiteError('c/y.bin', 'is damaged'));
    app.set({ colorBy: 'field:category' });
    await pause();
    app.set({ colorBy: 'field:year' });
    app.set({ reconnections: 1 });
    await pause();
    expect(app.get().coloring?.key).toBe('field:year');
    app.set({ colorBy: 'field:broken' });
    await pause();
    expect([app.get().colorBy, lost]).toEqual([null, ['field:broken']]);
  });
});

describe('the selection of an address', () => {
  function start(rankOf: (id: string) => Promise<number>) {
    const app = makeAppStore('umap', 'auto');
    const site = { manifest: { imageCount: 4 }, rankOf, idOf: (rank: number) => Promise.resolve(String(rank)) } as unknown as Site;
    const errors: unknown[] = [];
    new Choosing(app, site, {} as Facets, new Criteria(app, 4, null), (error) => errors.push(error));
    return { app, errors };
  }

  it('comes when the server answers again, alone where that is asked for', async () => {
    let isDown = true;
    const { app, errors } = start((id) => (isDown ? Promise.reject(new UnreachableError('c/id.bin')) : Promise.resolve(Number(id))));
    app.set({ chosen: ['1', '3'], isOnlySelection: true });
    await pause();
    expect([app.get().selection, app.get().chosen, app.get().isOnlySelection, errors]).toEqual([null, ['1', '3'], true, []]);
    isDown = false;
    app.set({ reconnections: 1 });
    await pause();
    expect([...(app.get().selection?.mask ?? [])]).toEqual([0, 1, 0, 1]);
    expect([...(app.get().lit?.mask ?? [])]).toEqual([0, 1, 0, 1]);
  });

  it('of which nothing is left leaves all', async () => {
    const { app } = start(() => Promise.resolve(-1));
    app.set({ chosen: ['1'], isOnlySelection: true });
    await pause();
    expect([app.get().isOnlySelection, app.get().lit]).toEqual([false, null]);
  });

  it('that is ended is told once', async () => {
    const { app } = start((id) => Promise.resolve(Number(id)));
    app.set({ chosen: ['1', '3'], isOnlySelection: true });
    await pause();
    app.set({ selection: null });
    await pause();
    expect([app.get().chosen, app.get().isOnlySelection, app.get().lit]).toEqual([[], false, null]);
  });
});
