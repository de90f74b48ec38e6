import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Site } from '../src/data/site';
import { overviewOf } from '../src/data/tile_plan';
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
  addTile: (name: string, bitmap: ImageBitmap, level: number, cells: readonly { rank: number }[]) => void = () => undefined;
  draw(): void {
    for (const rank of this.waiting) this.drawn.add(rank);
    this.waiting.clear();
  }
}

function open(renderer = new SlowRenderer(), isVeiled: (rank: number) => boolean = () => false) {
  const asked: string[] = [];
  const trouble: unknown[] = [];
  const source = { blob: (path: string) => { asked.push(path); return Promise.resolve(new Blob()); } };
  const manifest = { tilePx: 512, levels: LEVELS, tileSides: [512, 256], segments: [{ id: 'aa', firstRank: 0, count: 40 }], detailsPath: 'p/{xx}/{id}.jpg' };
  const site = { manifest, source, idOf: (rank: number) => Promise.resolve(`0${String(rank)}`) } as unknown as Site;
  const pictures = new Pictures(site, renderer as unknown as Renderer, () => undefined, (error) => trouble.push(error), isVeiled);
  return { pictures, renderer, manifest, asked, trouble };
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

/** A renderer that draws at once. */
class QuickRenderer extends SlowRenderer {
  readonly cells = new Set<string>();
  override has = (level: number, rank: number) => this.cells.has(`${String(level)} ${String(rank)}`);
  override hasAny = (rank: number) => LEVELS.some((_, level) => this.has(level, rank));
  override addTile = (_name: string, _bitmap: ImageBitmap, level: number, cells: readonly { rank: number }[]): void => {
    for (const { rank } of cells) this.cells.add(`${String(level)} ${String(rank)}`);
  };
}

describe('an overview with veiled pictures', () => {
  it('is asked for once: what is veiled gets its coarsest cell', async () => {
    vi.stubGlobal('createImageBitmap', () => Promise.resolve({ width: 512, height: 512, close: () => undefined }));
    const renderer = new QuickRenderer();
    const { pictures, asked, manifest } = open(renderer, (rank) => rank === 5);
    const overview = overviewOf(manifest, { segment: 'few', level: 128 }, Uint32Array.of(3, 5));
    const thumbnails = { ranks: Uint32Array.of(3, 5), levels: new Uint8Array(2), count: 2, leastPx: 8 };
    for (let frame = 0; frame < 5; frame++) {
      pictures.viewMoved();
      pictures.follow(thumbnails, () => 1, overview);
      await new Promise((done) => setTimeout(done, 1));
    }
    expect([...asked].sort()).toEqual(['s/aa/64/0.webp', 's/few/128/0.webp']);
    expect(renderer.has(1, 5)).toBe(false);
    expect(renderer.has(0, 5)).toBe(true);
  });
});
