// Ragged columns: any number of values an image, such as its tags (docs/site-format.md §4, encoding 2).
import { checkLength, type Expected, HEADER_BYTES, readHeader } from './column';
import { SiteError } from './site_error';

export interface RaggedColumn {
  /** Where the values of each rank begin; one more than there are ranks. */
  readonly starts: Uint32Array;
  readonly values: Uint16Array | Uint32Array;
}

const RAGGED = 2;
const TYPES = new Map<number, typeof Uint16Array | typeof Uint32Array>([
  [3, Uint16Array],
  [5, Uint32Array],
]);

/** Decodes the bytes of a ragged column. @throws SiteError where it belongs to another build or is cut short */
export function decodeRagged(file: string, raw: ArrayBuffer, expected: Expected): RaggedColumn {
  const { dtype, encoding, components, count, view } = readHeader(file, raw, expected);
  const TypedArray = TYPES.get(dtype);
  if (!TypedArray || encoding !== RAGGED || components !== 1) {
    throw new SiteError(file, `has dtype ${String(dtype)}, encoding ${String(encoding)}, ${String(components)} components: not a ragged column`);
  }
  const total = view.getUint32(12, true);
  checkLength(file, raw, HEADER_BYTES + 2 * count + total * TypedArray.BYTES_PER_ELEMENT);
  const lengths = new Uint16Array(raw.slice(HEADER_BYTES, HEADER_BYTES + 2 * count));
  const starts = new Uint32Array(count + 1);
  for (let rank = 0; rank < count; rank++) starts[rank + 1] = starts[rank] + lengths[rank];
  if (starts[count] !== total) throw new SiteError(file, `has lengths of ${String(starts[count])} values; its header says ${String(total)}`);
  return { starts, values: new TypedArray(raw.slice(HEADER_BYTES + 2 * count)) };
}
