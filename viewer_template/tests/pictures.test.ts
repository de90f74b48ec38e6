import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Site } from '../src/data/site';
import { Pictures } from '../src/map/pictures';
import type { Renderer } from '../src/render/renderer';

const LEVELS = [64, 128];
const DETAIL = LEVELS.length;

/** A renderer that takes pictures and puts none of them to the screen until it is told to. */
class SlowRenderer {
  readonly detailLevel = DETAIL;
  readonly waiting = new Set<number>();
  readonly drawn = new Set<number>();
  waitingUploads = 0;
  has = (level: number, rank: number) => level === DETAIL && this.drawn.has(rank);
  hasAny = (rank: number) => this.drawn.has(rank);
  isWaiting = () => false;
  isWaitingFor = (level: number, rank: number) => level === DETAIL && this.waiting.has(rank);
  dropUploads = () => undefined;
  addDetail = (_name: string, _bitmap: ImageBitmap, rank: number) => this.waiting.add(rank);
  addTile = () => undefined;
  draw(): void {
    for (const rank of this.waiting) this.drawn.add(rank);
    this.waiting.clear();
  }
}

function open(): { pictures: Pictures; renderer: SlowRenderer; asked: string[]; trouble: unknown[] } {
  const asked: string[] = [];
  const trouble: unknown[] = [];
  const source = { blob: (path: string) => { asked.push(path); return Promise.resolve(new Blob()); } };
  const manifest = { tilePx: 512, levels: LEVELS, tileSides: [512, 256], segments: [{ id: 'aa', firstRank: 0, count: 40 }], detailsPath: 'p/{xx}/{id}.jpg' };
  const site = { manifest, source, idOf: (rank: number) => Promise.resolve(`0${String(rank)}`) } as unknown as Site;
  const renderer = new SlowRenderer();
  const pictures = new Pictures(site, renderer as unknown as Renderer, () => undefined, (error) => trouble.push(error), () => false);
  return { pictures, renderer, asked, trouble };
}

afterEach(() => {
  vi.unstubAllGlobals();
});

describe('large pictures', () => {
  it('are asked for once, however long they wait to be drawn', async () => {
    vi.stubGlobal('createImageBitmap', () => Promise.resolve({ width: 512, height: 512, close: () => undefined }));
    const { pictures, renderer, asked, trouble } = open();
    const thumbnails = { ranks: Uint32Array.of(1, 2, 3, 4, 5, 6), levels: new Uint8Array(6).fill(DETAIL), count: 6, leastPx: 0 };
    for (let frame = 0; frame < 20; frame++) {
      pictures.viewMoved();
      pictures.follow(thumbnails, () => 1, null);
      await new Promise((done) => setTimeout(done, 1));
    }
    expect(renderer.waiting.size).toBe(6);
    renderer.draw();
    pictures.follow(thumbnails, () => 1, null);
    await new Promise((done) => setTimeout(done, 1));
    const large = asked.filter((path) => path.startsWith('p/'));
    expect(large).toHaveLength(6);
    expect(new Set(large).size).toBe(6);
    expect(trouble.filter((error) => String(error).includes('p/'))).toEqual([]);
  });
});
