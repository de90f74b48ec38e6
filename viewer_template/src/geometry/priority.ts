// The drawing order of images: a fixed pseudo-random priority by rank, so that overlaps never flicker and
// a subset chosen by a threshold is spread evenly over the map and nested in every larger subset. Pure.

/** A well-mixed 32-bit hash of a rank (the finaliser of MurmurHash3): a bijection, so there are no ties. */
export function priorityOf(rank: number): number {
  let h = (rank + 1) >>> 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** Sorts ranks in place, lowest priority first: the order in which they are drawn. */
export function sortByPriority(ranks: Uint32Array): Uint32Array {
  const keyed = new Float64Array(ranks.length);
  // priority · 2^21 + position fits the 53 bits of a double for up to two million ranks in view
  for (let i = 0; i < ranks.length; i++) keyed[i] = priorityOf(ranks[i]) * 2097152 + i;
  keyed.sort();
  const copy = ranks.slice();
  for (let i = 0; i < keyed.length; i++) ranks[i] = copy[keyed[i] % 2097152];
  return ranks;
}
