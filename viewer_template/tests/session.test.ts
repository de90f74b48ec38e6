// What a session opens: the image asked for last, even if an earlier one is found later, and after the server was away.
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { Site } from '../src/data/site';
import { UnreachableError } from '../src/data/site_error';
import { noMap } from '../src/map/no_map';
import { Session } from '../src/session';
import { makeAppStore } from '../src/state/app_state';

const pause = () => new Promise((done) => setTimeout(done, 0));

beforeEach(() => {
  vi.stubGlobal('requestAnimationFrame', () => 0);
  return () => {
    vi.unstubAllGlobals();
  };
});

/** The ids are the ranks; each lookup ends when the test says so. */
function start() {
  const app = makeAppStore('umap', 'auto');
  const waiting = new Map<string, { find: () => void; lose: () => void }>();
  const rankOf = (id: string) =>
    new Promise<number>((resolve, reject) => {
      waiting.set(id, { find: () => { resolve(Number(id)); }, lose: () => { reject(new UnreachableError('c/id.bin')); } });
    });
  const site = { manifest: { imageCount: 9, gone: null }, rankOf, idOf: (rank: number) => Promise.resolve(String(rank)) } as unknown as Site;
  const answer = async (id: string, how: 'find' | 'lose') => {
    waiting.get(id)?.[how]();
    waiting.delete(id);
    await pause();
  };
  return { app, waiting, answer, session: new Session(site, app, noMap) };
}

describe('an image that is asked for by its id', () => {
  it('does not open over one that was opened since', async () => {
    const { app, session, answer } = start();
    void session.openById('1', 'stay');
    void session.openById('2', 'stay');
    await answer('2', 'find');
    await answer('1', 'find');
    expect(app.get().open).toBe(2);
    void session.openById('3', 'stay');
    session.open(4, 'stay');
    await answer('3', 'find');
    expect(app.get().open).toBe(4);
  });

  it('does not open after all was closed', async () => {
    const { app, session, answer } = start();
    void session.openById('1', 'stay');
    session.close();
    await answer('1', 'find');
    expect(app.get().open).toBe(-1);
  });

  it('stays in the address while the server is away, and opens when it is back', async () => {
    const { app, session, answer } = start();
    const opening = session.openById('1', 'stay');
    await answer('1', 'lose');
    await opening; // nothing else waits for it
    expect([app.get().open, app.get().openId, app.get().notice]).toEqual([-1, '1', null]);
    app.set({ reconnections: 1 });
    await pause();
    await answer('1', 'find');
    expect([app.get().open, app.get().openId]).toEqual([1, '1']);
  });

  it('is forgotten where another is opened meanwhile', async () => {
    const { app, session, answer, waiting } = start();
    void session.openById('1', 'stay');
    await answer('1', 'lose');
    session.open(2, 'stay');
    app.set({ reconnections: 1 });
    await pause();
    expect([app.get().open, waiting.size]).toEqual([2, 0]);
  });
});
