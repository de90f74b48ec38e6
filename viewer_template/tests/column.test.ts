import { describe, expect, it } from 'vitest';
import { columnValues, decodeColumn, decodeDelta, gunzip, idAt, interleavePairs, rankOfId } from '../src/data/column';

const RANK_ORDER = '0123456789abcdef';

interface Header {
  dtype: number;
  encoding?: number;
  components?: number;
  count: number;
  origin?: number;
  scale?: number;
  version?: number;
}

/** Writes a column as the format page says, independently of the reader. */
function column(header: Header, payload: Uint8Array): ArrayBuffer {
  const bytes = new Uint8Array(40 + payload.length);
  const view = new DataView(bytes.buffer);
  bytes.set([0x43, 0x50, 0x4c, 0x43, header.version ?? 1, header.dtype, header.encoding ?? 0, header.components ?? 1]);
  view.setUint32(8, header.count, true);
  for (let i = 0; i < 8; i++) bytes[16 + i] = parseInt(RANK_ORDER.slice(2 * i, 2 * i + 2), 16);
  view.setFloat64(24, header.origin ?? 0, true);
  view.setFloat64(32, header.scale ?? 1, true);
  bytes.set(payload, 40);
  return bytes.buffer;
}

/** Encoding 1 by its definition: differences, signed, zig-zag, split bytes. */
function encodeDelta(components: number[][]): Uint8Array {
  const out: number[] = [];
  for (const values of components) {
    const zigzag = values.map((value, i) => {
      let d = (value - (i === 0 ? 0 : values[i - 1]) + 65536) % 65536;
      if (d >= 32768) d -= 65536;
      return d >= 0 ? 2 * d : -2 * d - 1;
    });
    out.push(...zigzag.map((z) => z % 256), ...zigzag.map((z) => Math.floor(z / 256)));
  }
  return Uint8Array.from(out);
}

async function gzip(bytes: ArrayBuffer): Promise<ArrayBuffer> {
  return new Response(new Blob([bytes]).stream().pipeThrough(new CompressionStream('gzip'))).arrayBuffer();
}

function pseudoRandom(n: number, most: number): number[] {
  let state = 12345;
  return Array.from({ length: n }, () => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return state % most;
  });
}

const expected = (count: number) => ({ count, rankOrder: RANK_ORDER });

describe('delta encoding', () => {
  it('reads bytes computed by hand', () => {
    // 5, 3, 300: differences 5, -2, 297; zig-zag 10, 3, 594 = 0x0252
    expect([...decodeDelta(Uint8Array.from([10, 3, 0x52, 0, 0, 0x02]), 3, 1)]).toEqual([5, 3, 300]);
  });

  it('comes back whole, with wrap-around and extremes, for each component alone', () => {
    const x = [0, 65535, 0, 32768, 32767, 65535, 1, ...pseudoRandom(500, 65536)];
    const y = [65535, 65535, 1, 0, 32768, 0, 40000, ...pseudoRandom(1000, 65536).slice(500)];
    const out = decodeDelta(encodeDelta([x, y]), x.length, 2);
    expect([...out.subarray(0, x.length)]).toEqual(x);
    expect([...out.subarray(x.length)]).toEqual(y);
  });
});

describe('a column file', () => {
  it('is opened, decoded and scaled', async () => {
    const raw = column({ dtype: 3, encoding: 1, components: 2, count: 3, origin: -1, scale: 2 / 65535 }, encodeDelta([[0, 65535, 32768], [65535, 0, 13107]]));
    const opened = await gunzip('c/x.bin', await gzip(raw));
    const pairs = interleavePairs('c/x.bin', decodeColumn('c/x.bin', opened, expected(3)));
    const wanted = [-1, 1, 1, -1, 1 / 65535, -0.6];
    pairs.forEach((value, i) => {
      expect(value).toBeCloseTo(wanted[i], 5);
    });
  });

  it('reads every dtype in little-endian order', () => {
    const cases: [number, number[], number[]][] = [
      [1, [200], [200]],
      [2, [0x80], [-128]],
      [3, [0x34, 0x12], [0x1234]],
      [4, [0xff, 0xff], [-1]],
      [5, [0xff, 0xff, 0xff, 0xff], [4294967295]],
      [6, [0xfe, 0xff, 0xff, 0xff], [-2]],
      [7, [0, 0, 0xc0, 0x3f], [1.5]],
      [8, [0, 0, 0, 0, 0, 0, 0xf8, 0x3f], [1.5]],
    ];
    for (const [dtype, bytes, values] of cases) {
      expect([...decodeColumn('c', column({ dtype, count: 1 }, Uint8Array.from(bytes)), expected(1)).stored]).toEqual(values);
    }
  });

  it('applies origin and scale', () => {
    const decoded = decodeColumn('c', column({ dtype: 3, count: 2, origin: -6, scale: 0.5 }, Uint8Array.from([0, 0, 24, 0])), expected(2));
    expect([...columnValues(decoded)]).toEqual([-6, 6]);
  });

  it('finds images by id and ids by rank in planar bytes', () => {
    const ids = ['00ff', 'ab01', '00fe'];
    const planar = [0, 1].flatMap((c) => ids.map((id) => parseInt(id.slice(2 * c, 2 * c + 2), 16)));
    const decoded = decodeColumn('c', column({ dtype: 1, components: 2, count: 3 }, Uint8Array.from(planar)), expected(3));
    ids.forEach((id, rank) => {
      expect(idAt(decoded, rank)).toBe(id);
      expect(rankOfId(decoded, id)).toBe(rank);
    });
    expect(rankOfId(decoded, 'ab00')).toBe(-1);
    expect(rankOfId(decoded, 'ab')).toBe(-1);
    expect(rankOfId(decoded, 'zz01')).toBe(-1);
  });

  it('is refused, by its name, when something is wrong', () => {
    const good = column({ dtype: 1, count: 2 }, Uint8Array.from([1, 2]));
    const broken = good.slice(0);
    new Uint8Array(broken)[0] = 0;
    expect(() => decodeColumn('c/a.bin', broken, expected(2))).toThrow(/c\/a\.bin.*not a column/);
    expect(() => decodeColumn('c/a.bin', good.slice(0, 20), expected(2))).toThrow(/cut short/);
    expect(() => decodeColumn('c/a.bin', good.slice(0, 41), expected(2))).toThrow(/41 bytes.*42/);
    expect(() => decodeColumn('c/a.bin', good, expected(3))).toThrow(/holds 2 images; the manifest names 3/);
    expect(() => decodeColumn('c/a.bin', good, { count: 2, rankOrder: 'ffffffffffffffff' })).toThrow(/another build/);
    expect(() => decodeColumn('c/a.bin', column({ dtype: 9, count: 1 }, Uint8Array.from([1])), expected(1))).toThrow(/dtype 9/);
    expect(() => decodeColumn('c/a.bin', column({ dtype: 1, encoding: 1, count: 1 }, Uint8Array.from([1])), expected(1))).toThrow(/encoding 1/);
    expect(() => decodeColumn('c/a.bin', column({ dtype: 1, count: 1, version: 2 }, Uint8Array.from([1])), expected(1))).toThrow(/version 2/);
  });

  it('says so when the gzip is damaged', async () => {
    const packed = (await gzip(new ArrayBuffer(200))).slice(0, 15);
    await expect(gunzip('c/b.bin', packed)).rejects.toThrow(/c\/b\.bin.*damaged/);
  });
});
