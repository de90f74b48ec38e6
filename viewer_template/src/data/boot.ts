// What is shown first of a large site: some of its images, spread evenly over the home layout (docs/site-format.md §13).
// Pure. The others lie, until their columns are here, where the image of the nearest rank lies: ranks follow a curve.
import { priorityOf } from '../geometry/priority';
import { decodeDelta, type Expected, gunzip, HEADER_BYTES } from './column';
import { SiteError } from './site_error';

export interface Boot {
  /** Rising. */
  readonly ranks: Uint32Array;
  /** Of all images, x and y interleaved, world units: exact for `ranks`, else near. */
  readonly positions: Float32Array;
  /** Of all images, log2(width / height): near for `ranks`, else a guess. */
  readonly logAspects: Float32Array;
  /** Of all images, sRGB, planar: exact for `ranks`, else a guess. */
  readonly colors: Uint8Array;
}

const MAGIC = 0x43504c42; // CPLB
const PLANES = 10;

export async function readBoot(file: string, packed: ArrayBuffer, expected: Expected): Promise<Boot> {
  const raw = await gunzip(file, packed);
  if (raw.byteLength < HEADER_BYTES) throw new SiteError(file, 'is cut short');
  const view = new DataView(raw);
  if (view.getUint32(0, false) !== MAGIC || view.getUint8(4) !== 1) throw new SiteError(file, 'is not what is shown first, or of a version not known');
  const count = view.getUint32(8, true);
  const order = Array.from(new Uint8Array(raw, 16, 8), (byte) => byte.toString(16).padStart(2, '0')).join('');
  if (view.getUint32(12, true) !== expected.count || order !== expected.rankOrder) throw new SiteError(file, 'belongs to another build');
  if (count < 1 || raw.byteLength !== HEADER_BYTES + PLANES * count) throw new SiteError(file, `has ${String(raw.byteLength)} bytes for ${String(count)} images`);
  const origin = view.getFloat64(24, true);
  const scale = view.getFloat64(32, true);
  const bytes = new Uint8Array(raw, HEADER_BYTES);
  const stored = decodeDelta(bytes.subarray(2 * count), count, 2);
  const ranks = new Uint32Array(count);
  let rank = -1;
  for (let i = 0; i < count; i++) ranks[i] = rank += bytes[i] | (bytes[count + i] << 8);
  if (rank >= expected.count) throw new SiteError(file, 'names images that the site does not have');
  return spreadOut(ranks, expected.count, (i) => ({
    x: origin + scale * stored[i],
    y: origin + scale * stored[count + i],
    logAspect: (bytes[9 * count + i] - 127) / 21,
    color: [bytes[6 * count + i], bytes[7 * count + i], bytes[8 * count + i]],
  }));
}

interface Known {
  readonly x: number;
  readonly y: number;
  readonly logAspect: number;
  readonly color: readonly number[];
}

function spreadOut(ranks: Uint32Array, imageCount: number, knownOf: (i: number) => Known): Boot {
  const positions = new Float32Array(2 * imageCount);
  const logAspects = new Float32Array(imageCount);
  const colors = new Uint8Array(3 * imageCount);
  let from = 0;
  for (let i = 0; i < ranks.length; i++) {
    const to = i + 1 < ranks.length ? Math.ceil((ranks[i] + ranks[i + 1]) / 2) : imageCount;
    const { x, y, logAspect, color } = knownOf(i);
    for (let rank = from; rank < to; rank++) {
      positions[2 * rank] = x;
      positions[2 * rank + 1] = y;
    }
    logAspects.fill(logAspect, from, to);
    color.forEach((part, c) => colors.fill(part, c * imageCount + from, c * imageCount + to));
    from = to;
  }
  return { ranks, positions, logAspects, colors };
}

/** The ranks of the overview's cells, in their order. @param most how many it holds */
export function overviewRanks(ranks: Uint32Array, most: number): Uint32Array {
  return ranks.slice().sort((a, b) => priorityOf(b) - priorityOf(a)).slice(0, most);
}
