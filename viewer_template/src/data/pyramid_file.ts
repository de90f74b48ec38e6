// A pyramid file: a little-endian TIFF of JPEG tiles whose directories come first (docs/site-format.md §16).
import type { Pyramid } from '../geometry/deep_zoom';
import { SiteError } from './site_error';

export interface TiffLevel {
  readonly width: number;
  readonly height: number;
  readonly tileWidth: number;
  readonly tileHeight: number;
  readonly columns: number;
  readonly offsets: readonly number[];
  readonly lengths: readonly number[];
}

/** More of the file is needed. */
export class TruncatedError extends SiteError {
  constructor(file: string) {
    super(file, 'breaks off in its directories');
  }
}

const TAGS = { width: 256, height: 257, compression: 259, tileWidth: 322, tileHeight: 323, offsets: 324, lengths: 325 };
const JPEG = 7;
const MOST_LEVELS = 32;

/** The levels, the largest first. @param head the beginning of the file */
export function readDirectories(file: string, head: Uint8Array): TiffLevel[] {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const read = (at: number, size: 2 | 4) => {
    if (at + size > view.byteLength) throw new TruncatedError(file);
    return size === 2 ? view.getUint16(at, true) : view.getUint32(at, true);
  };
  if (read(0, 4) !== 0x002a4949) throw new SiteError(file, 'is no pyramid');
  const levels: TiffLevel[] = [];
  for (let at = read(4, 4); at !== 0 && levels.length < MOST_LEVELS; ) {
    const tags = new Map<number, number[]>();
    const count = read(at, 2);
    for (let entry = at + 2; entry < at + 2 + 12 * count; entry += 12) {
      const size = read(entry + 2, 2) === 3 ? 2 : 4;
      const n = read(entry + 4, 4);
      const place = n * size > 4 ? read(entry + 8, 4) : entry + 8;
      if (place + n * size > view.byteLength) throw new TruncatedError(file);
      tags.set(read(entry, 2), Array.from({ length: n }, (_, i) => read(place + i * size, size)));
    }
    levels.push(readLevel(file, tags));
    const next = read(at + 2 + 12 * count, 4);
    if (next !== 0 && next <= at) throw new SiteError(file, 'is damaged: its directories run in a circle');
    at = next;
  }
  return levels;
}

function readLevel(file: string, tags: ReadonlyMap<number, readonly number[]>): TiffLevel {
  const one = (tag: number) => tags.get(tag)?.[0] ?? 0;
  const [width, height, tileWidth, tileHeight] = [TAGS.width, TAGS.height, TAGS.tileWidth, TAGS.tileHeight].map(one);
  const offsets = tags.get(TAGS.offsets) ?? [];
  const lengths = tags.get(TAGS.lengths) ?? [];
  const columns = Math.ceil(width / tileWidth);
  const expected = columns * Math.ceil(height / tileHeight);
  if (one(TAGS.compression) !== JPEG || !(expected > 0) || offsets.length !== expected || lengths.length !== expected) {
    throw new SiteError(file, 'is damaged: a level is not of JPEG tiles');
  }
  return { width, height, tileWidth, tileHeight, columns, offsets, lengths };
}

/** What the levels are together. */
export function levelsOf(file: string, levels: readonly TiffLevel[]): Pyramid {
  if (levels.length === 0) throw new SiteError(file, 'is damaged: it has no levels');
  const [{ width, height, tileWidth, tileHeight }] = levels;
  // Each is half of the one before, rounded up: the scale is a power of two, not the ratio of the widths.
  return { width, height, tileWidth, tileHeight, levels: levels.map((level, n) => ({ scale: 2 ** n, width: level.width, height: level.height })) };
}
