// What could not be had is asked for again when the server answers again, and not before.
import { afterEach, describe, expect, it, vi } from 'vitest';
import { openFolder } from '../src/data/fetching';
import type { Search } from '../src/data/search';
import { Site } from '../src/data/site';
import { BusyError, SiteError, UnreachableError, UnreadableError } from '../src/data/site_error';
import { makeAppStore } from '../src/state/app_state';
import { Criteria } from '../src/state/criteria';
import { Searching } from '../src/state/searching';
import { strings } from '../src/strings';
import { askUntilHad } from '../src/ui/ask_until_had';
import { RestoredPicture } from '../src/ui/restore_picture';
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

describe('a picture that broke', () => {
  /** @param answers what asking for its file throws; null: the file is there */
  function start(...answers: (Error | null)[]) {
    const app = makeAppStore('umap', 'auto');
    const said: string[] = [];
    let asked = 0;
    const blob = () => {
      const error = answers[Math.min(asked++, answers.length - 1)];
      return error ? Promise.reject(error) : Promise.resolve(new Blob());
    };
    const picture = new RestoredPicture(app, { ...openDisk(SAMPLE), blob }, () => said.push('again'), (words) => said.push(words));
    const lose = (isReadable = true) => {
      picture.lose('d/1.jpg', (path) => (isReadable ? Promise.resolve({ close: () => undefined } as ImageBitmap) : Promise.reject(new UnreadableError(path))));
    };
    return { app, said, picture, lose, asked: () => asked };
  }

  it('is shown anew as soon as the server gives it', async () => {
    const { app, said, lose } = start(new UnreachableError('d/1.jpg'), new BusyError('d/1.jpg', 503), null);
    lose();
    await pause();
    reconnect(app);
    await pause();
    expect(said).toEqual([strings.pictureLost.waiting, strings.pictureLost.waiting]);
    reconnect(app);
    await pause();
    expect(said.at(-1)).toBe('again');
  });

  it('that is missing or damaged is said to be so, and which', async () => {
    const missing = start(new SiteError('d/1.jpg', 'the server answered 404'));
    missing.lose();
    await pause();
    expect(missing.said).toEqual(['The large picture is missing from this site. d/1.jpg: the server answered 404.']);
    const damaged = start(null);
    damaged.lose(false);
    await pause();
    expect(damaged.said).toEqual(['The large picture cannot be shown. d/1.jpg: is not a readable picture.']);
  });

  it('is not asked for in a circle where it breaks each time', async () => {
    const { said, lose, asked } = start(null);
    for (let i = 0; i < 6; i++) {
      lose();
      await pause();
    }
    expect(asked()).toBe(3);
    expect(said.filter((words) => words === 'again')).toHaveLength(3);
    expect(said.at(-1)).toContain('d/1.jpg');
  });

  it('is forgotten with the image', async () => {
    const { app, said, picture, lose } = start(new UnreachableError('d/1.jpg'), null);
    lose();
    picture.forget();
    reconnect(app);
    await pause();
    expect(said).toEqual([]);
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

  it('that a busy server refuses come later, and what is missing does not', async () => {
    for (const status of [429, 502, 503, 504]) {
      vi.stubGlobal('fetch', () => Promise.resolve(new Response('', { status })));
      await expect(openFolder('https://example.org/').bytes('c/a')).rejects.toThrow(new BusyError('c/a', status));
    }
    for (const status of [403, 404, 500]) {
      vi.stubGlobal('fetch', () => Promise.resolve(new Response('', { status })));
      await expect(openFolder('https://example.org/').bytes('c/a')).rejects.not.toBeInstanceOf(UnreachableError);
    }
  });
});
