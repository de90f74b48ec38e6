import { describe, expect, it } from 'vitest';
import { decodeRagged } from '../src/data/ragged';

const ORDER = '0123456789abcdef';
const EXPECTED = { count: 3, rankOrder: ORDER };

/** The bytes that docs/site-format.md describes, written by hand. */
function bytes(dtype: number, encoding: number, lengths: number[], values: number[], total = values.length): ArrayBuffer {
  const wide = dtype === 5;
  const raw = new ArrayBuffer(40 + 2 * lengths.length + values.length * (wide ? 4 : 2));
  const view = new DataView(raw);
  view.setUint32(0, 0x43504c43);
  [1, dtype, encoding, 1].forEach((byte, i) => {
    view.setUint8(4 + i, byte);
  });
  view.setUint32(8, lengths.length, true);
  view.setUint32(12, total, true);
  for (let i = 0; i < 8; i++) view.setUint8(16 + i, parseInt(ORDER.slice(2 * i, 2 * i + 2), 16));
  view.setFloat64(32, 1, true);
  lengths.forEach((length, i) => {
    view.setUint16(40 + 2 * i, length, true);
  });
  values.forEach((value, i) => {
    const at = 40 + 2 * lengths.length + (wide ? 4 : 2) * i;
    if (wide) view.setUint32(at, value, true);
    else view.setUint16(at, value, true);
  });
  return raw;
}

describe('a ragged column', () => {
  it('is read as the format says, narrow and wide', () => {
    for (const dtype of [3, 5]) {
      const column = decodeRagged('c/t.bin', bytes(dtype, 2, [2, 0, 1], [1, 7, 0]), EXPECTED);
      expect([...column.starts]).toEqual([0, 2, 2, 3]);
      expect([...column.values]).toEqual([1, 7, 0]);
    }
    const wide = decodeRagged('c/t.bin', bytes(5, 2, [0, 0, 1], [70_000]), EXPECTED);
    expect([...wide.values]).toEqual([70_000]);
  });

  it.each<[string, ArrayBuffer, RegExp]>([
    ['another encoding', bytes(3, 0, [2, 0, 1], [1, 7, 0]), /not a ragged column/],
    ['another dtype', bytes(4, 2, [2, 0, 1], [1, 7, 0]), /not a ragged column/],
    ['too few bytes', bytes(3, 2, [2, 0, 1], [1, 7, 0], 4), /52 bytes; its header asks for 54/],
    ['lengths that do not add up', bytes(3, 2, [2, 0, 0], [1, 7, 0]), /lengths of 2 values; its header says 3/],
    ['another collection', bytes(3, 2, [1], [1]), /holds 1 images; the manifest names 3/],
  ])('is refused for %s, with words', (_, raw, message) => {
    expect(() => decodeRagged('c/t.bin', raw, EXPECTED)).toThrow(message);
  });
});
