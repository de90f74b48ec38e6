import { describe, expect, it } from 'vitest';
import { closeupOf } from '../src/data/closeup';
import { readInfo } from '../src/data/iiif_info';
import { openPyramid, openService } from '../src/data/tile_source';
import { planTiles, type Pyramid, tileBox, tileSize } from '../src/geometry/deep_zoom';
import { fittedSize, type Frame, WHOLE, zoomAt } from '../src/geometry/picture_view';

const SERVICE = 'https://iiif.example.org/images/a%2Fb';
const pyramid: Pyramid = {
  width: 5000,
  height: 3001,
  tileWidth: 512,
  tileHeight: 512,
  levels: [1, 2, 4, 8, 16].map((scale) => ({ scale, width: Math.ceil(5000 / scale), height: Math.ceil(3001 / scale) })),
};
const frame: Frame = { width: 900, height: 600, pictureWidth: 5000, pictureHeight: 3001 };

describe('tiles of one picture', () => {
  it('are not needed while what is shown already is sharp', () => {
    expect(planTiles(pyramid, frame, WHOLE, 1, 900)).toEqual([]);
    expect(planTiles(pyramid, frame, WHOLE, 2, 900).length).toBeGreaterThan(0);
    expect(planTiles(pyramid, frame, WHOLE, 1, 0).length).toBeGreaterThan(0);
  });

  it('cover all of the window, each place once, at a level that is sharp and no larger than needed', () => {
    for (const factor of [1, 1.7, 3, 6, 40]) {
      for (const ratio of [1, 2]) {
        const view = zoomAt(WHOLE, factor, 130, -70, frame);
        const tiles = planTiles(pyramid, frame, view, ratio, 0);
        const boxes = tiles.map((tile) => tileBox(pyramid, tile, frame, view));
        const { width, height } = fittedSize(frame);
        const seen = Math.min(frame.width, width * view.zoom) * Math.min(frame.height, height * view.zoom);
        const clipped = boxes.map((box) => {
          const across = Math.min(box.x + box.width, frame.width) - Math.max(box.x, 0);
          const down = Math.min(box.y + box.height, frame.height) - Math.max(box.y, 0);
          expect(across).toBeGreaterThan(-1e-6);
          expect(down).toBeGreaterThan(-1e-6);
          return across * down;
        });
        expect(clipped.reduce((sum, area) => sum + area, 0)).toBeCloseTo(seen, 3);
        const { scale } = pyramid.levels[tiles[0].level];
        const devicePixels = (scale * width * view.zoom * ratio) / pyramid.width;
        if (scale > 1) expect(devicePixels).toBeLessThanOrEqual(1.15);
        if (scale < 16) expect(2 * devicePixels).toBeGreaterThan(1.15);
        expect(new Set(tiles.map((tile) => JSON.stringify(tile))).size).toBe(tiles.length);
      }
    }
  });

  it('end where the picture ends', () => {
    expect(tileSize(pyramid, { level: 0, column: 9, row: 5 })).toEqual({ width: 392, height: 441 });
    const box = tileBox(pyramid, { level: 4, column: 0, row: 0 }, frame, WHOLE);
    expect(box.width).toBeCloseTo(fittedSize(frame).width);
    expect(box.height).toBeCloseTo(fittedSize(frame).height);
  });

  it('reach beyond the window where they are seen there', () => {
    const view = zoomAt(WHOLE, 5, 0, 0, frame);
    const inside = planTiles(pyramid, frame, view, 1, 0);
    const more = planTiles(pyramid, frame, view, 1, 0, { top: 300, bottom: 300 });
    expect(more.length).toBeGreaterThan(inside.length);
  });
});

/** A pyramid of one level, as the pipeline writes it: header, directory, long values, tiles. */
function writeTiff(width: number, height: number, tiles: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const entries: [number, number[]][] = [
    [256, [width]], [257, [height]], [259, [7]], [322, [512]], [323, [512]],
    [324, tiles.map(() => 0)], [325, tiles.map(({ length }) => length)],
  ];
  const long = 4 * tiles.length > 4 ? 8 * tiles.length : 0;
  let place = 8 + 2 + 12 * entries.length + 4;
  const start = place + long;
  const bytes = new Uint8Array(start + tiles.reduce((sum, { length }) => sum + length, 0));
  const view = new DataView(bytes.buffer);
  bytes.set([0x49, 0x49, 0x2a, 0]);
  view.setUint32(4, 8, true);
  view.setUint16(8, entries.length, true);
  let at = start;
  entries[5][1] = tiles.map(({ length }) => (at += length) - length);
  entries.forEach(([tag, values], n) => {
    const entry = 10 + 12 * n;
    view.setUint16(entry, tag, true);
    view.setUint16(entry + 2, 4, true);
    view.setUint32(entry + 4, values.length, true);
    const where = values.length > 1 ? place : entry + 8;
    if (values.length > 1) {
      view.setUint32(entry + 8, place, true);
      place += 4 * values.length;
    }
    values.forEach((value, i) => { view.setUint32(where + 4 * i, value, true); });
  });
  at = start;
  for (const tile of tiles) {
    bytes.set(tile, at);
    at += tile.length;
  }
  return bytes;
}

function serve(data: Uint8Array<ArrayBuffer>, hasRanges: boolean, asked: string[] = []): typeof fetch {
  return (_, init) => {
    const range = new Headers(init?.headers).get('range') ?? '';
    asked.push(range);
    const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(range) ?? [];
    if (!hasRanges || first === undefined) return Promise.resolve(new Response(data));
    return Promise.resolve(new Response(data.slice(Number(first), Number(last) + 1), { status: 206 }));
  };
}

describe('a pyramid file', () => {
  const tiles = Array.from({ length: 6 }, (_, n) => new Uint8Array(100 + n).fill(n));
  const data = writeTiff(1300, 600, tiles);
  const { signal } = new AbortController();

  it('is read by ranges, or whole and once from a server that knows none', async () => {
    for (const hasRanges of [true, false]) {
      const asked: string[] = [];
      const source = await openPyramid('a.tif', signal, serve(data, hasRanges, asked));
      expect(source.pyramid).toMatchObject({ width: 1300, height: 600, tileWidth: 512, levels: [{ scale: 1, width: 1300, height: 600 }] });
      const tile = await source.tile({ level: 0, column: 1, row: 1 }, signal);
      expect(new Uint8Array(await (tile as Blob).arrayBuffer())).toEqual(tiles[4]);
      expect(asked.length).toBe(hasRanges ? 2 : 1);
    }
  });

  it('may have directories that are longer than the first look', async () => {
    const many = Array.from({ length: 60 * 50 }, (_, n) => new Uint8Array([n % 251]));
    const source = await openPyramid('a.tif', signal, serve(writeTiff(60 * 512, 50 * 512, many), true));
    const tile = await source.tile({ level: 0, column: 59, row: 49 }, signal);
    expect([...new Uint8Array(await (tile as Blob).arrayBuffer())]).toEqual([2999 % 251]);
  });

  it('is refused by name where it is damaged', async () => {
    for (const broken of [new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8]), data.slice(0, 60), writeTiff(5000, 600, tiles)]) {
      await expect(openPyramid('a.tif', signal, serve(broken, true))).rejects.toThrow(/a\.tif/);
    }
    await expect(openPyramid('a.tif', signal, () => Promise.resolve(new Response('', { status: 404 })))).rejects.toThrow('404');
  });
});

describe('a IIIF image service', () => {
  const v2 = { '@context': 'http://iiif.io/api/image/2/context.json', width: 3000, height: 2000, tiles: [{ width: 1024, scaleFactors: [4, 1, 2] }] };
  const v3 = { '@context': 'http://iiif.io/api/image/3/context.json', type: 'ImageService3', width: 3000, height: 2000, profile: 'level2' };

  it('is asked for tiles in the canonical form of its version', () => {
    const two = readInfo(SERVICE, v2);
    expect(two.pyramid.levels.map(({ scale }) => scale)).toEqual([1, 2, 4]);
    expect(two.address({ level: 0, column: 2, row: 1 })).toBe(`${SERVICE}/2048,1024,952,976/952,/0/default.jpg`);
    expect(two.address({ level: 2, column: 0, row: 0 })).toBe(`${SERVICE}/full/750,/0/default.jpg`);
    const three = readInfo(SERVICE, v3);
    expect(three.pyramid).toMatchObject({ tileWidth: 512, tileHeight: 512 });
    expect(three.address({ level: 1, column: 1, row: 1 })).toBe(`${SERVICE}/1024,1024,1024,976/512,488/0/default.jpg`);
    const one = readInfo(SERVICE, { '@context': 'http://library.stanford.edu/iiif/image-api/1.1/context.json', width: 300, height: 200, tile_width: 256, scale_factors: [1, 2] });
    expect(one.address({ level: 0, column: 1, row: 0 })).toBe(`${SERVICE}/256,0,44,200/44,/0/native.jpg`);
  });

  it('says so where it cannot be zoomed', () => {
    expect(() => readInfo(SERVICE, { ...v3, profile: 'level0' })).toThrow('no tiles');
    expect(() => readInfo(SERVICE, { ...v3, width: '3000' })).toThrow('info.json');
    expect(() => readInfo(SERVICE, { ...v2, tiles: [{ width: 512, scaleFactors: [] }] })).toThrow('scaleFactors');
  });

  it('is asked without telling it where from', async () => {
    const asked: RequestInit[] = [];
    const { pyramid: found } = await openService(SERVICE, new AbortController().signal, (_, init) => {
      asked.push(init ?? {});
      return Promise.resolve(new Response(JSON.stringify(v2)));
    });
    expect(found.width).toBe(3000);
    expect(asked[0]).toMatchObject({ credentials: 'omit', referrerPolicy: 'no-referrer' });
  });
});

describe('the close-up of an image', () => {
  const id = '0123456789abcdef0123';
  const locate = (path: string) => `https://site.example/${path}`;

  it('lies in the site, or at the one server that the manifest names', () => {
    expect(closeupOf({ kind: 'tiles', path: 'p/00000000/{xx}/{id}.tif' }, { id, closeup: true }, locate)).toEqual({ kind: 'tiles', url: `https://site.example/p/00000000/01/${id}.tif` });
    expect(closeupOf({ kind: 'link', origin: 'https://a.org' }, { id, closeup: 'https://a.org/1.jpg' }, locate)).toEqual({ kind: 'picture', url: 'https://a.org/1.jpg' });
    expect(closeupOf({ kind: 'iiif', origin: 'https://a.org' }, { id, closeup: 'https://a.org/1' }, locate)).toEqual({ kind: 'iiif', url: 'https://a.org/1' });
  });

  it('is none where none is told, and never of another server', () => {
    expect(closeupOf(undefined, { id, closeup: true }, locate)).toBeNull();
    expect(closeupOf({ kind: 'tiles', path: 'p/{id}.tif' }, { id }, locate)).toBeNull();
    expect(closeupOf({ kind: 'hologram' }, { id, closeup: true }, locate)).toBeNull();
    for (const closeup of ['https://a.org.evil.example/1', 'javascript:alert(1)', 'http://a.org/1', true]) {
      expect(() => closeupOf({ kind: 'link', origin: 'https://a.org' }, { id, closeup }, locate)).toThrow('closeup');
    }
    expect(() => closeupOf({ kind: 'tiles', path: '../{id}' }, { id, closeup: true }, locate)).toThrow('path');
    expect(() => closeupOf({ kind: 'link', origin: 'javascript:' }, { id, closeup: 'javascript:/1' }, locate)).toThrow('origin');
  });
});
