// In which order a list shows images. Pure.
import { countOf, type FacetData, NO_DAY } from './filter';

/** All ranks, rising. Loops here go over a million numbers: no functions called for each. */
export function allRanks(count: number): Uint32Array {
  const ranks = new Uint32Array(count);
  for (let rank = 0; rank < count; rank++) ranks[rank] = rank;
  return ranks;
}

/**
 * The ranks that are listed, in the order of all: those lit, and of these those in view, where that is asked for.
 * @param lit by rank, not 0 where an image is lit; null: all are; @param within likewise, of those in view
 */
export function listedRanks(ordered: Uint32Array, lit: Uint8Array | null, within: Uint8Array | null): Uint32Array<ArrayBuffer> {
  const listed = new Uint32Array(ordered.length);
  let count = 0;
  for (let i = 0; i < ordered.length; i++) {
    const rank = ordered[i];
    if ((lit === null || lit[rank] !== 0) && (within === null || within[rank] !== 0)) listed[count++] = rank;
  }
  return listed.slice(0, count);
}

/** Of so many images those found best first, then the others by rank. */
export function orderByMatch(count: number, best: Uint32Array): Uint32Array {
  const isPlaced = new Uint8Array(count);
  for (const rank of best) isPlaced[rank] = 1;
  const ordered = new Uint32Array(count);
  ordered.set(best);
  let at = best.length;
  for (let rank = 0; rank < count; rank++) if (isPlaced[rank] === 0) ordered[at++] = rank;
  return ordered;
}

/** Row by row from the top, as one reads a grid. @param positions x and y interleaved, y upwards */
export function orderByPlace(ranks: Uint32Array, positions: Float32Array): Uint32Array {
  const rows = new Int32Array(positions.length / 2);
  for (let rank = 0; rank < rows.length; rank++) rows[rank] = Math.round(positions[2 * rank + 1] * 16384);
  return ranks.slice().sort((a, b) => rows[b] - rows[a] || positions[2 * a] - positions[2 * b] || a - b);
}

/** By a field: numbers and dates rise, words follow the alphabet; blanks are last either way. */
export function orderByFacet(ranks: Uint32Array, data: FacetData, isFalling: boolean): Uint32Array {
  const key = keyOf(data);
  const sign = isFalling ? -1 : 1;
  const keys = new Float64Array(countOf(data));
  for (let rank = 0; rank < keys.length; rank++) keys[rank] = key(rank);
  return ranks.slice().sort((a, b) => {
    const x = keys[a];
    const y = keys[b];
    if (Number.isNaN(x) || Number.isNaN(y)) return Number(Number.isNaN(x)) - Number(Number.isNaN(y)) || a - b;
    return sign * (x - y) || a - b;
  });
}

/** A number for every image that sorts as its value does; NaN: blank. */
function keyOf(data: FacetData): (rank: number) => number {
  switch (data.kind) {
    case 'numbers':
      return (rank) => data.numbers[rank];
    case 'days':
      return (rank) => (data.first[rank] === NO_DAY ? NaN : data.first[rank]);
    case 'codes': {
      const place = placesOf(data.values);
      return (rank) => (data.codes[rank] < 0 ? NaN : place[data.codes[rank]]);
    }
    case 'lists': {
      const place = placesOf(data.values);
      const { starts, values } = data.lists;
      return (rank) => {
        let least = NaN;
        for (let i = starts[rank]; i < starts[rank + 1]; i++) least = place[values[i]] > least ? least : place[values[i]];
        return least;
      };
    }
  }
}

/** Where each word stands in the alphabet. */
function placesOf(values: readonly string[]): Uint32Array {
  const { compare } = new Intl.Collator(undefined, { numeric: true });
  const order = values.map((_, i) => i).sort((a, b) => compare(values[a], values[b]));
  const place = new Uint32Array(values.length);
  order.forEach((code, i) => {
    place[code] = i;
  });
  return place;
}
