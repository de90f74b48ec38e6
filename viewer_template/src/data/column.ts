// Columns: one number or a few for every image, by rank (docs/site-format.md §4).
import { SiteError } from './site_error';

export type Stored = Uint8Array | Int8Array | Uint16Array | Int16Array | Uint32Array | Int32Array | Float32Array | Float64Array;

export interface Column {
  readonly count: number;
  readonly components: number;
  readonly origin: number;
  readonly scale: number;
  /** As stored, planar: all of component 0 in rank order, then all of component 1 … */
  readonly stored: Stored;
}

/** What a column must agree with: number of images and rank order (16 hex digits) of the manifest. */
export interface Expected {
  readonly count: number;
  readonly rankOrder: string;
}

export interface Header {
  readonly dtype: number;
  readonly encoding: number;
  readonly components: number;
  readonly count: number;
  readonly view: DataView;
}

export const HEADER_BYTES = 40;
const DTYPES = [null, Uint8Array, Int8Array, Uint16Array, Int16Array, Uint32Array, Int32Array, Float32Array, Float64Array] as const;
const U16 = 3;

/** Opens the gzip around a column. */
export async function gunzip(file: string, packed: ArrayBuffer): Promise<ArrayBuffer> {
  const head = new Uint8Array(packed, 0, Math.min(2, packed.byteLength));
  // A server that sends .bin with Content-Encoding: gzip has already opened it.
  if (head[0] !== 0x1f || head[1] !== 0x8b) return packed;
  try {
    const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream('gzip'));
    return await new Response(stream).arrayBuffer();
  } catch {
    throw new SiteError(file, 'is damaged (not readable as gzip)');
  }
}

/** Reads and checks what every column begins with. @throws SiteError where it is of another build or version */
export function readHeader(file: string, raw: ArrayBuffer, expected: Expected): Header {
  if (raw.byteLength < HEADER_BYTES) throw new SiteError(file, `is cut short: ${String(raw.byteLength)} bytes, no header`);
  const view = new DataView(raw);
  if (view.getUint32(0, false) !== 0x43504c43) throw new SiteError(file, 'is not a column (its first bytes are not CPLC)');
  if (view.getUint8(4) !== 1) throw new SiteError(file, `has column version ${String(view.getUint8(4))}; this viewer reads 1`);
  const count = view.getUint32(8, true);
  const rankOrder = hex(new Uint8Array(raw, 16, 8));
  if (count !== expected.count) throw new SiteError(file, `holds ${String(count)} images; the manifest names ${String(expected.count)}`);
  if (rankOrder !== expected.rankOrder) throw new SiteError(file, `belongs to another build (rank order ${rankOrder}, not ${expected.rankOrder})`);
  return { dtype: view.getUint8(5), encoding: view.getUint8(6), components: view.getUint8(7), count, view };
}

export function checkLength(file: string, raw: ArrayBuffer, needed: number): void {
  if (raw.byteLength !== needed) throw new SiteError(file, `has ${String(raw.byteLength)} bytes; its header asks for ${String(needed)}`);
}

/** Decodes the bytes of a column. @throws SiteError where it belongs to another build or is cut short */
export function decodeColumn(file: string, raw: ArrayBuffer, expected: Expected): Column {
  const { dtype, encoding, components, count, view } = readHeader(file, raw, expected);
  const TypedArray = DTYPES[dtype];
  if (!TypedArray || components === 0 || encoding > 1 || (encoding === 1 && dtype !== U16)) {
    throw new SiteError(file, `has dtype ${String(dtype)}, encoding ${String(encoding)}, ${String(components)} components: not known`);
  }
  checkLength(file, raw, HEADER_BYTES + count * components * TypedArray.BYTES_PER_ELEMENT);
  const stored =
    encoding === 1 ? decodeDelta(new Uint8Array(raw, HEADER_BYTES), count, components) : new TypedArray(raw.slice(HEADER_BYTES));
  return { count, components, stored, origin: view.getFloat64(24, true), scale: view.getFloat64(32, true) };
}

/** Undoes encoding 1: split bytes, zig-zag, differences modulo 65,536; each component for itself. */
export function decodeDelta(bytes: Uint8Array, count: number, components: number): Uint16Array {
  const out = new Uint16Array(count * components);
  for (let c = 0; c < components; c++) {
    const low = 2 * c * count;
    const high = low + count;
    let value = 0;
    for (let i = 0; i < count; i++) {
      const z = bytes[low + i] | (bytes[high + i] << 8);
      value = (value + ((z >>> 1) ^ -(z & 1))) & 0xffff;
      out[c * count + i] = value;
    }
  }
  return out;
}

/** The values of a two-component column, interleaved: x, y, x, y … */
export function interleavePairs(file: string, column: Column): Float32Array {
  if (column.components !== 2) throw new SiteError(file, `has ${String(column.components)} components; positions have 2`);
  const { stored, count, origin, scale } = column;
  if (!Number.isFinite(origin) || !Number.isFinite(scale)) throw new SiteError(file, 'has an origin or a scale that is no number');
  const out = new Float32Array(2 * count);
  for (let i = 0; i < count; i++) {
    out[2 * i] = origin + scale * stored[i];
    out[2 * i + 1] = origin + scale * stored[count + i];
  }
  return out;
}

/** The values of a one-component column. */
export function columnValues(column: Column): Float32Array {
  return Float32Array.from({ length: column.count }, (_, i) => column.origin + column.scale * column.stored[i]);
}

/** The id of one image: 20 hex digits out of 10 planar bytes. */
export function idAt(column: Column, rank: number): string {
  const bytes = Uint8Array.from({ length: column.components }, (_, c) => column.stored[c * column.count + rank]);
  return hex(bytes);
}

/** The rank of an image id, or -1. */
export function rankOfId(column: Column, id: string): number {
  if (id.length !== 2 * column.components || !/^[0-9a-f]+$/.test(id)) return -1;
  const wanted = Array.from({ length: column.components }, (_, c) => parseInt(id.slice(2 * c, 2 * c + 2), 16));
  for (let rank = 0; rank < column.count; rank++) {
    let c = 0;
    while (c < column.components && column.stored[c * column.count + rank] === wanted[c]) c++;
    if (c === column.components) return rank;
  }
  return -1;
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('');
}
