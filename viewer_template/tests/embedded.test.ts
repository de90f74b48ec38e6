import { afterEach, describe, expect, it, vi } from 'vitest';
import { type EmbeddedFile, openEmbedded } from '../src/data/embedded';

const encoded = (data: Uint8Array | string) => btoa(String.fromCharCode(...(typeof data === 'string' ? new TextEncoder().encode(data) : data)));
const gzipped = async (text: string) => encoded(new Uint8Array(await new Response(new Blob([text]).stream().pipeThrough(new CompressionStream('gzip'))).arrayBuffer()));
const files = new Map<string, EmbeddedFile>([
  ['c/a.bin', { text: encoded(Uint8Array.of(0, 127, 128, 255)), isPacked: false }],
  ['w/0.json', { text: await gzipped('{"wörd": 1}'), isPacked: true }],
  ['w/1.json', { text: await gzipped('{'), isPacked: true }],
  ['w/2.json', { text: encoded('no gzip'), isPacked: true }],
  ['logo.svg', { text: encoded('<svg/>'), isPacked: false }],
  ['w/3.json', { text: '%', isPacked: false }],
  ...Array.from({ length: 70 }, (_, n) => [`p/${String(n)}.jpg`, { text: encoded(`picture ${String(n)}`), isPacked: false }] as const),
]);
const open = () => openEmbedded('shelf', (path) => files.get(path) ?? null);

afterEach(() => {
  vi.restoreAllMocks();
});

describe('a site in one file', () => {
  it('hands out bytes, packed or not', async () => {
    expect(new Uint8Array(await open().bytes('c/a.bin'))).toEqual(Uint8Array.of(0, 127, 128, 255));
    expect(await open().json('w/0.json')).toEqual({ wörd: 1 });
    expect(await (await open().blob('p/3.jpg')).text()).toBe('picture 3');
  });

  it('names the file that is missing or damaged', async () => {
    await expect(open().bytes('c/b.bin')).rejects.toThrow(/c\/b\.bin.*not in this file/);
    await expect(open().json('w/1.json')).rejects.toThrow(/w\/1\.json.*not valid JSON/);
    await expect(open().json('w/2.json')).rejects.toThrow(/w\/2\.json/);
    await expect(open().bytes('w/3.json')).rejects.toThrow(/w\/3\.json.*damaged/);
  });

  it('is known by its name, and does not know when it was published', async () => {
    expect(open().url('')).toBe('shelf');
    expect(await open().published()).toBeNull();
  });

  it('says what kind of picture it hands out: a browser draws no drawing without that', async () => {
    expect((await fetch(open().url('logo.svg'))).headers.get('content-type')).toBe('image/svg+xml');
    expect((await fetch(open().url('p/0.jpg'))).headers.get('content-type')).toBe('image/jpeg');
  });

  it('makes an address for each picture once, and takes the oldest back', async () => {
    const revoke = vi.spyOn(URL, 'revokeObjectURL');
    const source = open();
    const first = source.url('p/0.jpg');
    expect(await (await fetch(first)).text()).toBe('picture 0');
    for (let n = 1; n < 64; n++) source.url(`p/${String(n)}.jpg`);
    expect(source.url('p/0.jpg')).toBe(first);
    expect(revoke).not.toHaveBeenCalled();
    const second = source.url('p/1.jpg'); // used last but one, then it is the turn of the third
    source.url('p/64.jpg');
    expect(revoke).toHaveBeenCalledTimes(1);
    expect([first, second]).not.toContain(revoke.mock.calls[0][0]);
    expect(source.url('p/none.jpg')).toBe('data:,');
  });
});
