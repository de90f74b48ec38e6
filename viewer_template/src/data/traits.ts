// Counts the traits of a selection and of the rest, for data/special.ts: of every facet by its column, of words by
// reading what is known of a sample of both.
import type { Facet, Facets } from './facets';
import type { FacetData } from './filter';
import { highText, lowText, makeHistogram } from './histogram';
import { loadRows } from './row_loader';
import { ranksOf, type Selection } from './selection';
import type { Site } from './site';
import { findSpecial, type Finding, type Trait, WORDS, wordsIn } from './special';
import { tallyBins, tallyValues } from './tally';

/** Blocks of words read at most, of the chosen and of the rest. */
const BLOCKS = 24;
const KINDS: ReadonlySet<string> = new Set(['category', 'tags', 'number', 'date', 'boolean', 'cluster']);

export interface Counted {
  readonly traits: Trait[];
  readonly chosen: number;
  readonly rest: number;
}

/** How often every value of a facet is among the chosen and the rest. Ranges of numbers and dates are as in its histogram. */
export function traitsOf(group: string, data: FacetData, inside: Uint8Array, outside: Uint8Array): Trait[] {
  if (data.kind === 'codes' || data.kind === 'lists') {
    const [a, b] = [tallyValues(data, inside).counts, tallyValues(data, outside).counts];
    // Values may share a name: groups of one level.
    const byName = new Map<string, Trait>();
    data.values.forEach((value, i) => {
      const before = byName.get(value);
      if (value !== '') byName.set(value, { group, value, inside: a[i] + (before?.inside ?? 0), outside: b[i] + (before?.outside ?? 0) });
    });
    return [...byName.values()];
  }
  const histogram = makeHistogram(data);
  if (!histogram) return [];
  const { edges, unit, bins } = histogram;
  const size = edges.length - 1;
  const [a, b] = [tallyBins(bins, size, inside), tallyBins(bins, size, outside)];
  return Array.from({ length: size }, (_, i) => ({ group, value: `${lowText(edges[i], unit)}..${highText(edges[i + 1], unit)}`, inside: a[i], outside: b[i] }));
}

/** What is special about the chosen: by facets, and by the words of texts. Columns and words are loaded for it. */
export async function findSpecialOf(site: Site, facets: Facets, selection: Selection, signal: AbortSignal): Promise<Finding[]> {
  const { imageCount, gone } = site.manifest;
  const inside = selection.mask;
  const outside = Uint8Array.from(inside, (meant, rank) => (meant === 0 && gone?.[rank] !== 1 ? 1 : 0));
  const rest = outside.reduce((sum, one) => sum + one, 0);
  const asked = facets.list.filter((facet: Facet) => KINDS.has(facet.kind));
  const perFacet = await Promise.all(asked.map(async ({ key }) => traitsOf(key, await facets.data(key), inside, outside)));
  const ofFacets = findSpecial(perFacet.flat(), selection.count, rest);
  const ranks = Uint32Array.from({ length: imageCount }, (_, rank) => rank).filter((rank) => outside[rank] === 1);
  const words = await countWords(site, ranksOf(selection), ranks, signal);
  const ofWords = findSpecial(words.traits, words.chosen, words.rest);
  // A word that only repeats a value says nothing new.
  const known = new Set(ofFacets.map(({ value }) => value.toLocaleLowerCase('en')));
  return [...ofFacets, ...ofWords.filter(({ value }) => !known.has(value))];
}

/** Of whole blocks at equal distances: the ranks of a sample. */
export function sampleBlocks(ranks: Uint32Array, ranksPerBlock: number, most: number): Uint32Array {
  const blocks = [...new Set(Array.from(ranks, (rank) => Math.floor(rank / ranksPerBlock)))];
  if (blocks.length <= most) return ranks;
  const kept = new Set(Array.from({ length: most }, (_, i) => blocks[Math.floor((i * blocks.length) / most)]));
  return ranks.filter((rank) => kept.has(Math.floor(rank / ranksPerBlock)));
}

async function countWords(site: Site, chosen: Uint32Array, others: Uint32Array, signal: AbortSignal): Promise<Counted> {
  const { fields, ranksPerBlock } = site.manifest;
  const names = fields.filter(({ kind }) => kind === 'text').map(({ name }) => name);
  if (names.length === 0) return { traits: [], chosen: 0, rest: 0 };
  const counts = new Map<string, [number, number]>();
  const read = async (ranks: Uint32Array, side: 0 | 1) => {
    const sample = sampleBlocks(ranks, ranksPerBlock, BLOCKS);
    const rows = await loadRows(site.words, sample, ranksPerBlock, () => undefined, signal);
    for (const row of rows) {
      const texts = names.map((name) => row.fields.get(name)).filter((value) => typeof value === 'string');
      for (const word of wordsIn(texts)) {
        const pair = counts.get(word) ?? [0, 0];
        pair[side]++;
        counts.set(word, pair);
      }
    }
    return rows.length;
  };
  const [inside, outside] = [await read(chosen, 0), await read(others, 1)];
  return { traits: [...counts].map(([value, pair]) => ({ group: WORDS, value, inside: pair[0], outside: pair[1] })), chosen: inside, rest: outside };
}
