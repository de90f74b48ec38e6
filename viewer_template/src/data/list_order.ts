// In which order a list shows images. Pure.
import { type FacetData, NO_DAY } from './filter';

/** The ranks that are listed: those lit, and of these those in view, where that is asked for. */
export function listedRanks(count: number, mask: Uint8Array | null, within: Uint32Array | null): Uint32Array {
  const candidates = within ?? Uint32Array.from({ length: count }, (_, rank) => rank);
  const listed = mask === null ? candidates.slice() : candidates.filter((rank) => mask[rank] !== 0);
  return listed.sort();
}

/** Those found best first, then the others by rank. @param best of them, the best first */
export function orderByMatch(ranks: Uint32Array, best: Uint32Array): Uint32Array {
  const place = new Map(Array.from(best, (rank, i) => [rank, i]));
  const last = best.length;
  return ranks.slice().sort((a, b) => (place.get(a) ?? last) - (place.get(b) ?? last) || a - b);
}

/** Row by row from the top, as one reads a grid. @param positions x and y interleaved, y upwards */
export function orderByPlace(ranks: Uint32Array, positions: Float32Array): Uint32Array {
  const row = (rank: number) => Math.round(positions[2 * rank + 1] * 16384);
  return ranks.slice().sort((a, b) => row(b) - row(a) || positions[2 * a] - positions[2 * b] || a - b);
}

/** By a field: numbers and dates rise, words follow the alphabet; blanks are last either way. */
export function orderByFacet(ranks: Uint32Array, data: FacetData, isFalling: boolean): Uint32Array {
  const key = keyOf(data);
  const sign = isFalling ? -1 : 1;
  return ranks.slice().sort((a, b) => {
    const x = key(a);
    const y = key(b);
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
