import { unzipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { packPictures, withoutVeiled } from '../src/data/archive';
import { SiteError } from '../src/data/site_error';
import type { Row } from '../src/data/words';
import { strings } from '../src/strings';

const row = (id: string, path: string): Row => ({ id, path, widthPx: 4, heightPx: 3, fields: new Map(), neighbors: [], concepts: [] });
const rows = [row('aa00', 'x/rôti.png'), row('bb00', 'x/rôti.jpg'), row('cc00', 'gone.jpg')];
const source = {
  bytes: async (path: string) => {
    await new Promise((resolve) => setTimeout(resolve, path.includes('aa') ? 5 : 0));
    if (path.includes('cc')) throw new SiteError(path, 'the server answered 404');
    return new TextEncoder().encode(`picture ${path}`).buffer;
  },
};

describe('an archive of pictures', () => {
  it('holds every picture under the name of its file, and the tables', async () => {
    const seen: number[] = [];
    const { blob, missing } = await packPictures(source, 'p/r/{xx}/{id}.jpg', rows, { 'metadata.csv': 'a,ä\r\n' }, (n) => seen.push(n), new AbortController().signal);
    const files = unzipSync(new Uint8Array(await blob.arrayBuffer()));
    const text = (name: string) => new TextDecoder().decode(files[name]);
    expect(Object.keys(files)).toEqual(['metadata.csv', 'x/rôti.jpg', 'x/rôti (2).jpg']);
    expect(text('x/rôti.jpg')).toBe('picture p/r/aa/aa00.jpg');
    expect(text('x/rôti (2).jpg')).toBe('picture p/r/bb/bb00.jpg');
    expect(text('metadata.csv')).toBe('a,ä\r\n');
    expect(missing).toEqual(['gone.jpg']);
    expect(seen).toEqual([3]);
    expect(blob.type).toBe('application/zip');
  });

  it('is the same every time', async () => {
    const pack = async () => new Uint8Array(await (await packPictures(source, 'p/{xx}/{id}.jpg', rows, {}, () => undefined, new AbortController().signal)).blob.arrayBuffer());
    expect(await pack()).toEqual(await pack());
  });

  it('can be given up', async () => {
    const abort = new AbortController();
    const slow = { bytes: () => (abort.abort(), Promise.resolve(new ArrayBuffer(4))) };
    await expect(packPictures(slow, 'p/{id}', rows, {}, () => undefined, abort.signal)).rejects.toThrow();
  });

  it('is of the pictures that may be seen: a veiled one stays out until it is asked for', () => {
    const ranks = Uint32Array.of(7, 2, 5);
    const veiled = new Uint8Array(8);
    veiled[2] = 1;
    expect(withoutVeiled(rows, ranks, veiled)).toEqual([rows[0], rows[2]]);
    expect(withoutVeiled(rows, ranks, null)).toEqual(rows);
  });

  it('tells what is not in it', () => {
    const { savedWithout } = strings.selection;
    expect(savedWithout('a.zip', 1, 0)).toBe('Saved as a.zip, without 1 picture that could not be loaded');
    expect(savedWithout('a.zip', 0, 1)).toBe('Saved as a.zip, without 1 sensitive picture (open one to show it, or all of them)');
    expect(savedWithout('a.zip', 2, 1200)).toBe('Saved as a.zip, without 2 pictures that could not be loaded and 1,200 sensitive pictures (open one to show it, or all of them)');
  });
});
