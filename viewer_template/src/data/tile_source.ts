// Where the tiles of one enlarged picture come from: a pyramid of the site, read by byte ranges, or a IIIF image service.
import type { Pyramid, Tile } from '../geometry/deep_zoom';
import { readInfo } from './iiif_info';
import { levelsOf, readDirectories, type TiffLevel, TruncatedError } from './pyramid_file';
import { SiteError } from './site_error';

export interface TileSource {
  readonly pyramid: Pyramid;
  /** The tile itself, or the address of it where another server gives it. */
  tile(tile: Tile, signal: AbortSignal): Promise<Blob | string>;
}

/** The directories of nearly all pyramids lie within; of larger ones the rest is asked for. Bytes. */
const HEAD_BYTES = 16_384;

/** @param fetch the browser's, or a test's */
export async function openPyramid(url: string, signal: AbortSignal, ask: typeof fetch = fetch): Promise<TileSource> {
  let head = new Uint8Array(0);
  let whole: Uint8Array | null = null;
  const range = async (start: number, end: number, stop: AbortSignal): Promise<Uint8Array> => {
    if (whole) return whole.subarray(start, end);
    const response = await ask(url, { headers: { Range: `bytes=${String(start)}-${String(end - 1)}` }, signal: stop });
    if (!response.ok) throw new SiteError(url, `the server answered ${String(response.status)}`);
    const bytes = new Uint8Array(await response.arrayBuffer());
    if (response.status === 206) return bytes;
    whole = bytes; // a server that knows no ranges sends all of it, and is not asked again
    return whole.subarray(start, end);
  };
  let levels: TiffLevel[] | null = null;
  for (let length = HEAD_BYTES; levels === null; length *= 8) {
    const more = await range(head.length, length, signal);
    const joined = new Uint8Array(head.length + more.length);
    joined.set(head);
    joined.set(more, head.length);
    const isAll = joined.length < length;
    head = joined;
    try {
      levels = readDirectories(url, head);
    } catch (error) {
      if (!(error instanceof TruncatedError) || isAll) throw error;
    }
  }
  const found = levels;
  return {
    pyramid: levelsOf(url, found),
    tile: async ({ level, column, row }, stop) => {
      const { offsets, lengths, columns } = found[level];
      const start = offsets[row * columns + column];
      const bytes = await range(start, start + lengths[row * columns + column], stop);
      return new Blob([bytes as Uint8Array<ArrayBuffer>], { type: 'image/jpeg' });
    },
  };
}

/** @param url base address of the service */
export async function openService(url: string, signal: AbortSignal, ask: typeof fetch = fetch): Promise<TileSource> {
  const response = await ask(`${url}/info.json`, { signal, credentials: 'omit', referrerPolicy: 'no-referrer' });
  if (!response.ok) throw new SiteError(`${url}/info.json`, `the server answered ${String(response.status)}`);
  const { pyramid, address } = readInfo(url, await response.json());
  return { pyramid, tile: (tile) => Promise.resolve(address(tile)) };
}
