// Micro-thumbnails: every image as 4 × 4 pixels in an 8-byte BC1 block (docs/site-format.md §12). Pure.
import { type Column, decodeColumn, type Expected } from './column';
import { SiteError } from './site_error';

/**
 * The blocks of one chunk, two numbers an image: its two colours (5, 6, 5 bits; the second in the upper half), and 16
 * indices of 2 bits, the upper left pixel in the lowest.
 */
export function readMicro(file: string, raw: ArrayBuffer, expected: Expected): Uint32Array {
  const column: Column = decodeColumn(file, raw, expected);
  const { stored, count, components } = column;
  if (components !== 4 || !(stored instanceof Uint16Array)) throw new SiteError(file, 'should hold four 16-bit numbers an image');
  const blocks = new Uint32Array(2 * count);
  for (let row = 0; row < count; row++) {
    blocks[2 * row] = stored[row] | (stored[count + row] << 16);
    blocks[2 * row + 1] = stored[2 * count + row] | (stored[3 * count + row] << 16);
  }
  return blocks;
}

/** The mean colour of a block, sRGB 0 … 255. */
export function meanOfBlock(colors: number, indices: number): [number, number, number] {
  let share = 0;
  for (let shift = 0; shift < 32; shift += 2) {
    const index = (indices >>> shift) & 3;
    share += index < 2 ? index : (index - 1) / 3;
  }
  share /= 16;
  const near = unpack(colors & 0xffff);
  const far = unpack(colors >>> 16);
  return [0, 1, 2].map((c) => Math.round(near[c] + (far[c] - near[c]) * share)) as [number, number, number];
}

function unpack(color: number): [number, number, number] {
  return [((color >> 11) / 31) * 255, (((color >> 5) & 63) / 63) * 255, ((color & 31) / 31) * 255];
}
