// Counting: how many images of a mask have each value of a facet. Pure.
import type { FacetData } from './filter';

export interface Tally {
  /** By index of the value. */
  readonly counts: Uint32Array;
  readonly blank: number;
}

/** @param mask by rank, not 0 where an image counts */
export function tallyValues(data: FacetData & { kind: 'codes' | 'lists' }, mask: Uint8Array): Tally {
  const counts = new Uint32Array(data.values.length);
  let blank = 0;
  if (data.kind === 'codes') {
    const { codes } = data;
    for (let rank = 0; rank < codes.length; rank++) {
      if (mask[rank] === 0) continue;
      if (codes[rank] < 0) blank++;
      else counts[codes[rank]]++;
    }
    return { counts, blank };
  }
  const { starts, values } = data.lists;
  for (let rank = 0; rank + 1 < starts.length; rank++) {
    if (mask[rank] === 0) continue;
    if (starts[rank] === starts[rank + 1]) blank++;
    for (let k = starts[rank]; k < starts[rank + 1]; k++) counts[values[k]]++;
  }
  return { counts, blank };
}

/** How many images of a mask fall in each bin. @param bins of each rank, -1 where it has no value */
export function tallyBins(bins: Int16Array, size: number, mask: Uint8Array): Uint32Array {
  const counts = new Uint32Array(size);
  for (let rank = 0; rank < bins.length; rank++) if (mask[rank] !== 0 && bins[rank] >= 0) counts[bins[rank]]++;
  return counts;
}
