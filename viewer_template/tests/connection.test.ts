// What could not be had is asked for again when the server answers again, and not before.
import { afterEach, describe, expect, it, vi } from 'vitest';
import { openFolder } from '../src/data/fetching';
import type { Search } from '../src/data/search';
import { Site } from '../src/data/site';
import { SiteError, UnreachableError } from '../src/data/site_error';
import { makeAppStore } from '../src/state/app_state';
import { Criteria } from '../src/state/criteria';
import { Searching } from '../src/state/searching';
import { askUntilHad } from '../src/ui/ask_until_had';
import { openDisk, openSite, SAMPLE } from './disk_site';

const reconnect = (app: ReturnType<typeof makeAppStore>) => { app.set({ reconnections: app.get().reconnections + 1 }); };
const pause = () => new Promise((done) => setTimeout(done, 0));

afterEach(() => {
  vi.unstubAllGlobals();
});

describe('a thing that is asked for until it is had', () => {
  function start(...answers: (string | null)[]) {
    const app = makeAppStore('umap', 'auto');
    const said: string[] = [];
    let asked = 0;
    const ask = () => {
      const answer = answers[asked++] ?? null;
      return answer === null ? Promise.reject(new UnreachableError('w/0.json')) : Promise.resolve(answer);
    };
    const stop = askUntilHad(app, ask, (found) => said.push(found), () => said.push('lost'));
    return { app, said, stop, asked: () => asked };
  }

  it('is asked for once where it is there', async () => {
    const { app, said, asked } = start('row');
    await pause();
    reconnect(app);
    await pause();
    expect([said, asked()]).toEqual([['row'], 1]);
  });

  it('is asked for again with each connection, and whatever else changes is nothing to it', async () => {
    const { app, said, asked } = start(null, null, 'row');
    await pause();
    for (let hovered = 0; hovered < 5; hovered++) app.set({ hovered });
    await pause();
    expect([said, asked()]).toEqual([['lost'], 1]);
    reconnect(app);
    await pause();
    reconnect(app);
    await pause();
    expect([said, asked()]).toEqual([['lost', 'lost', 'row'], 3]);
  });

  it('is asked for again where the connection came back before it was known to be lost', async () => {
    const { app, said } = start(null, 'row');
    reconnect(app);
    await pause();
    expect(said).toEqual(['lost', 'row']);
  });

  it('is called off', async () => {
    const { app, said, stop, asked } = start(null, 'row');
    stop();
    await pause();
    reconnect(app);
    await pause();
    expect([said, asked()]).toEqual([[], 1]);
  });
});

describe('a search', () => {
  it('that failed is made when the connection is back', async () => {
    let isDown = true;
    const disk = openDisk(SAMPLE);
    const source = { ...disk, bytes: (path: string) => (isDown ? Promise.reject(new UnreachableError(path)) : disk.bytes(path)) };
    const site = new Site(source, (await openSite(SAMPLE)).manifest);
    const app = makeAppStore('umap', 'auto');
    const troubles: unknown[] = [];
    new Searching(app, site, new Criteria(app, site.manifest.imageCount, null), (error) => troubles.push(error));
    app.set({ query: 'a' });
    await vi.waitFor(() => { expect(troubles.length).toBe(1); });
    reconnect(app);
    await vi.waitFor(() => { expect(troubles.length).toBe(2); });
    isDown = false;
    expect(app.get().found).toBeNull();
    reconnect(app);
    await vi.waitFor(() => { expect(app.get().found?.query).toBe('a'); });
    const { found } = app.get() as { found: Awaited<ReturnType<Search['find']>> };
    reconnect(app);
    await pause();
    expect(app.get().found).toBe(found);
  });
});

describe('files of a server', () => {
  const answer = (body: BodyInit | null) => { vi.stubGlobal('fetch', vi.fn(() => Promise.resolve(new Response(body)))); };
  const broken = () => new ReadableStream({ start: (controller) => { controller.error(new TypeError('network error')); } });

  it('are not reached because a cache has one', async () => {
    answer('{}');
    await openFolder('https://example.org/').reach();
    expect(vi.mocked(fetch).mock.calls[0][1]?.cache).toBe('no-store');
  });

  it('that break off are not there, and not damaged', async () => {
    for (const kind of ['json', 'bytes', 'blob'] as const) {
      answer(broken());
      await expect(openFolder('https://example.org/')[kind]('w/0.json')).rejects.toThrow(UnreachableError);
    }
    answer('{');
    await expect(openFolder('https://example.org/').json('w/0.json')).rejects.toThrow(new SiteError('w/0.json', 'is not valid JSON'));
  });
});
