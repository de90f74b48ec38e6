// Which images are lit: all criteria together, and what each of them alone takes away. Pure.
//
// A *criterion* is a name and a set of images: a filter on a field, the results of a search, a cluster. An image is
// lit if every criterion holds it. To add a kind of criterion, make a byte an image and hand it over:
//
//     criteria.set('search', ranks);   // state/criteria.ts: keeps them, and puts the result into the store
//     criteria.set('search', null);    // no longer says anything
//
// The store's `lit` is then new: map, counts and lists follow it. In a list of choices (a facet) every count is to be
// taken with all *other* criteria applied, for otherwise one could not see what a wider choice would add: that is
// `maskWithout` (as in a crossfilter). Images taken down (`gone`) are neither lit nor counted.

export interface Criterion {
  /** Who says it: 'search', 'field:year', 'cluster'. There is one of each name. */
  readonly name: string;
  /** By rank, not 0 where the image is meant; null: all are. Not to be changed once handed over. */
  readonly ranks: Uint8Array | null;
}

/** Stands for an image that was taken down; more criteria than this would not fit into a byte. */
const GONE = 255;

export class Lit {
  /** By rank: 1 lit, 0 not. */
  readonly mask: Uint8Array;
  /** How many are lit, of how many there are. */
  readonly drawn: number;
  readonly total: number;
  /** Names of the criteria that say something. */
  readonly names: readonly string[];
  /** By rank: how many criteria miss it, 255 for those taken down. */
  private readonly misses: Uint8Array;
  /** By rank: the number of the criterion that misses it, where it is only one. */
  private readonly missing: Uint8Array;

  /** @param gone by rank, not 0 where an image has been taken down */
  constructor(count: number, criteria: readonly Criterion[], gone: Uint8Array | null = null) {
    const speaking = criteria.filter((criterion): criterion is Criterion & { ranks: Uint8Array } => criterion.ranks !== null);
    if (speaking.length >= GONE) throw new RangeError(`${String(speaking.length)} criteria; there can be ${String(GONE - 1)}`);
    for (const { name, ranks } of speaking) {
      if (ranks.length !== count) throw new RangeError(`criterion ${name}: ${String(ranks.length)} bytes for ${String(count)} images`);
    }
    this.names = speaking.map((criterion) => criterion.name);
    this.misses = new Uint8Array(count);
    this.missing = new Uint8Array(count);
    this.mask = new Uint8Array(count);
    speaking.forEach(({ ranks }, number) => {
      for (let rank = 0; rank < count; rank++) {
        if (ranks[rank] !== 0) continue;
        this.misses[rank]++;
        this.missing[rank] = number;
      }
    });
    let drawn = 0;
    let total = 0;
    for (let rank = 0; rank < count; rank++) {
      if (gone !== null && gone[rank] !== 0) {
        this.misses[rank] = GONE;
        continue;
      }
      total++;
      if (this.misses[rank] !== 0) continue;
      this.mask[rank] = 1;
      drawn++;
    }
    this.drawn = drawn;
    this.total = total;
  }

  isGone(rank: number): boolean {
    return this.misses[rank] === GONE;
  }

  /** Whether any criterion says something. */
  get isNarrowed(): boolean {
    return this.names.length > 0;
  }

  /** Who is lit if one criterion said nothing; a copy of the mask if there is none of that name. */
  maskWithout(name: string): Uint8Array {
    const number = this.names.indexOf(name);
    const mask = this.mask.slice();
    if (number < 0) return mask;
    for (let rank = 0; rank < mask.length; rank++) {
      if (this.misses[rank] === 1 && this.missing[rank] === number) mask[rank] = 1;
    }
    return mask;
  }
}

/** The next image that is lit, or the one before (`by` -1); -1 where there is none. */
export function nextLit(lit: Lit | null, rank: number, by: 1 | -1, count: number): number {
  for (let to = rank + by; to >= 0 && to < count; to += by) if (!lit || lit.mask[to] !== 0) return to;
  return -1;
}

/** Who is lit apart from one criterion; all where nobody says anything. Not to be changed. */
export function maskFor(lit: Lit | null, name: string, count: number): Uint8Array {
  return lit ? lit.maskWithout(name) : new Uint8Array(count).fill(1);
}
