// Search: from what a person typed to images, best first. Fetches the few files of the index that it needs.
import { TITLE_NAMES } from './alt_text';
import { type Concepts, LEVELS } from './concepts';
import type { FileSource } from './fetching';
import type { FieldKind, Manifest, SearchEntry } from './manifest';
import { loadRows } from './row_loader';
import { findWord, foldWords, type Offer, offerWords, takeGuessed } from './search_concepts';
import { SearchFiles, visitPostings } from './search_files';
import { type Hit, type Hits, Lookup } from './search_lookup';
import { fieldBit, hasPhrase, parseQuery, type Phrase, type SearchedField, type Unit } from './search_query';
import type { FieldValue, Row, Words } from './words';

/** Images put in order; the rest are found all the same. */
export const MOST_ORDERED = 2000;
/** Postings read for one word; of a short beginning there may be more. */
const MOST_POSTINGS = 1_500_000;
const MOST_TERMS = 2000;
/** Images that are looked at to see whether a phrase is in them, and files of words that are fetched for it. */
const MOST_PHRASES = 2000;
const MOST_BLOCKS = 60;
const SUGGESTED = 4;
/** Guessed words that are offered. */
const OFFERED = 5;

export interface Suggestion {
  /** To be searched instead. */
  readonly query: string;
  readonly count: number;
}

export interface Found {
  readonly query: string;
  /** By rank: not 0 where the image is found. */
  readonly ranks: Uint8Array;
  readonly count: number;
  /** Whether there may be more: a short beginning of very many words, or a phrase in very many texts. */
  readonly isPartial: boolean;
  /** The best first, at most MOST_ORDERED. */
  readonly ordered: Uint32Array;
  /** Words that nothing has, and what was taken for them. */
  readonly mended: readonly { readonly typed: string; readonly taken: readonly string[] }[];
  /** What to try where nothing was found. */
  readonly suggestions: readonly Suggestion[];
  /** Words by which images were found though nobody wrote them: a model guessed them. */
  readonly guessed: readonly string[];
  /** Whether a guessed word was taken because no text has what was sought. */
  readonly isInstead: boolean;
  /** Guessed words that fit what was typed. */
  readonly offers: readonly Offer[];
}

type SearchedManifest = Pick<Manifest, 'imageCount' | 'fields' | 'gone' | 'ranksPerBlock'>;

export class Search {
  private readonly files: SearchFiles;
  private readonly lookup: Lookup;
  private readonly fields: readonly (SearchedField & { readonly kind: FieldKind })[];
  private readonly weights = new Map<number, number>();

  constructor(
    source: FileSource,
    private readonly entry: SearchEntry,
    private readonly manifest: SearchedManifest,
    private readonly words: Words,
    private readonly concepts: Concepts | null = null,
  ) {
    this.files = new SearchFiles(source, entry);
    this.lookup = new Lookup(this.files);
    this.fields = manifest.fields.map((field) => ({ ...field, bit: fieldBit(entry.fieldNames.indexOf(field.name)) }));
  }

  /**
   * @param signal calls it off: something else is sought
   * @returns null where the query has no word. @throws SiteError where a file cannot be read
   */
  async find(query: string, signal = new AbortController().signal): Promise<Found | null> {
    const { rest, named } = this.concepts && !this.hasField('guessed') ? takeGuessed(query) : { rest: query, named: [] };
    const { units, phrases } = parseQuery(rest, this.fields);
    if (units.length === 0 && named.length === 0) return null;
    let tally = new Tally(this.manifest);
    const guessed = await this.countGuessed(tally, named);
    const all = await Promise.all(units.map((unit) => this.lookup.find(unit)));
    let isPartial = false;
    const mended: { typed: string; taken: readonly string[] }[] = [];
    for (const [i, unit] of units.entries()) {
      const found = all[i];
      tally.begin();
      if (found.hits.length > 0) isPartial = (await this.count(tally, unit, found)) || isPartial;
      else for (const group of await this.findParts(unit)) isPartial = (await this.count(tally, unit, group)) || isPartial;
      tally.end();
      if (found.mended.length > 0) mended.push({ typed: unit.text, taken: found.mended });
    }
    isPartial = (await this.keepPhrases(tally, phrases, signal)) || isPartial;
    const offers = await this.offer(rest);
    const isInstead = named.length === 0 && phrases.length === 0 && (mended.length > 0 || tally.result().count === 0) && foldWords(offers[0]?.word ?? '') === foldWords(rest) && offers.length > 0;
    if (isInstead) {
      tally = new Tally(this.manifest);
      mended.length = 0;
      guessed.push(...(await this.countGuessed(tally, [offers[0].word])));
    }
    const { ranks, count, ordered } = tally.result();
    const suggestions = count > 0 ? [] : await this.suggest(units, tally.counts.slice(named.length));
    return { query, ranks, count, isPartial: isPartial && !isInstead, ordered, mended, suggestions, guessed, isInstead, offers: offers.filter(({ word }) => !guessed.includes(word)) };
  }

  private hasField(name: string): boolean {
    return this.fields.some((field) => field.name.toLowerCase() === name || field.title.toLowerCase() === name);
  }

  /** Counts the images that a model guessed words of. @returns the words as they stand in its list */
  private async countGuessed(tally: Tally, named: readonly string[]): Promise<string[]> {
    const words: string[] = [];
    for (const text of named) {
      const list = await this.concepts?.list();
      const number = list ? findWord(list, text) : -1;
      tally.begin();
      tally.beginTerms();
      if (number >= 0) await this.concepts?.visit(number, (rank, level) => { tally.add(rank, level / LEVELS); });
      tally.endTerms();
      tally.end();
      if (list && number >= 0) words.push(list.words[number]);
    }
    return words;
  }

  /** They are an aid: texts are searched without them, too. */
  private async offer(text: string): Promise<Offer[]> {
    try {
      return this.concepts ? offerWords(await this.concepts.list(), text, OFFERED) : [];
    } catch {
      return [];
    }
  }

  /** `img2034` where there is none: images with `img` and `2034`. */
  private async findParts(unit: Unit): Promise<Hits[]> {
    if (unit.parts.length === 0 || unit.how === 'exact') return [];
    const whole = { ...unit, parts: [], isWord: false };
    return Promise.all(
      unit.parts.map((part, i) => this.lookup.find({ ...whole, forms: [part], how: i + 1 < unit.parts.length ? 'exact' : unit.how })),
    );
  }

  /** Counts the images of some terms. @returns whether some terms were left out */
  private async count(tally: Tally, unit: Unit, found: Hits): Promise<boolean> {
    // What was typed first, then the most frequent.
    const hits = [...found.hits].sort((a, b) => b.quality - a.quality || b.count - a.count);
    let left = MOST_POSTINGS;
    const taken = hits.slice(0, MOST_TERMS).filter((hit, i) => i === 0 || (left -= hit.count) > 0);
    const byDictionary = new Map<number, Hit[]>();
    for (const hit of taken) byDictionary.set(hit.dictionary, [...(byDictionary.get(hit.dictionary) ?? []), hit]);
    tally.beginTerms();
    await Promise.all(
      [...byDictionary].map(async ([number, members]) => {
        const [dictionary, bytes] = await Promise.all([this.files.dictionary(number), this.files.postings(number)]);
        for (const hit of members) {
          const part = bytes.subarray(dictionary.starts[hit.index], dictionary.starts[hit.index + 1]);
          const rarity = 1 + Math.log(this.manifest.imageCount / hit.count) / 10;
          visitPostings(`${this.entry.folder}/p${String(number)}.bin`, part, this.manifest.imageCount, (rank, mask) => {
            const fields = (mask & unit.mask) >>> 0;
            if (fields !== 0) tally.add(rank, hit.quality * rarity * this.weigh(fields));
          });
        }
      }),
    );
    tally.endTerms();
    return found.isPartial || taken.length < hits.length;
  }

  /** How much it says that a word stands in these fields: most in a title. */
  private weigh(mask: number): number {
    let weight = this.weights.get(mask);
    if (weight === undefined) {
      weight = (mask & 1) !== 0 ? 1 : 0;
      for (const field of this.fields) if ((mask & field.bit) !== 0) weight = Math.max(weight, weightOf(field));
      this.weights.set(mask, weight);
    }
    return weight;
  }

  /** Leaves the images in whose texts the words of the phrases stand side by side. @returns whether some were not looked at */
  private async keepPhrases(tally: Tally, phrases: readonly Phrase[], signal: AbortSignal): Promise<boolean> {
    if (phrases.length === 0) return false;
    const candidates = tally.result().ordered;
    const looked = inFewBlocks(candidates.subarray(0, MOST_PHRASES), this.manifest.ranksPerBlock).sort();
    const rows = await loadRows(this.words, looked, this.manifest.ranksPerBlock, () => undefined, signal);
    const holds = (row: Row) =>
      phrases.every((phrase) => {
        const texts: FieldValue[] = (phrase.mask & 1) !== 0 ? [row.path, row.id] : [];
        for (const field of this.fields) {
          const value = row.fields.get(field.name);
          if ((phrase.mask & field.bit) !== 0 && value !== undefined) texts.push(value);
        }
        return texts.flat().some((text) => hasPhrase(String(text), phrase));
      });
    const before = tally.result().count;
    tally.keep(looked.filter((_, i) => holds(rows[i])));
    return before > looked.length;
  }

  /** Where nothing has all words: the words alone, and for one that is nowhere what stands near it. */
  private async suggest(units: readonly Unit[], counts: readonly number[]): Promise<Suggestion[]> {
    const alone = units.flatMap((unit, i) => (counts[i] > 0 && units.length > 1 ? [{ query: unit.text, count: counts[i] }] : []));
    const near = await Promise.all(
      units.map(async (unit, i) => (counts[i] > 0 ? [] : (await this.lookup.around(unit.forms[0], SUGGESTED)).map(({ term, count }) => ({ query: term.replace(/^#/, ''), count })))),
    );
    const all = [...alone, ...near.flat()];
    return all.filter((one, i) => all.findIndex((other) => other.query === one.query) === i).slice(0, SUGGESTED + alone.length);
  }
}

/** Of some ranks, the first first, those that lie in the first MOST_BLOCKS blocks. */
function inFewBlocks(ranks: Uint32Array, ranksPerBlock: number): Uint32Array {
  const blocks = new Set<number>();
  return ranks.filter((rank) => {
    const block = Math.floor(rank / ranksPerBlock);
    if (blocks.size < MOST_BLOCKS) blocks.add(block);
    return blocks.has(block);
  });
}

function weightOf(field: { readonly name: string; readonly kind: FieldKind }): number {
  if (TITLE_NAMES.includes(field.name.toLowerCase())) return 3;
  return field.kind === 'category' || field.kind === 'tags' ? 2 : field.kind === 'url' ? 0.8 : 1.2;
}

/** Counts, for every image, how well it meets each thing that was asked for; those that miss one fall out. */
class Tally {
  /** Images that met each unit. */
  readonly counts: number[] = [];
  private readonly scores: Float32Array;
  private best: Float32Array;
  private part: Float32Array;
  private isFirst = true;
  private isFirstPart = true;

  constructor(private readonly manifest: SearchedManifest) {
    this.scores = new Float32Array(manifest.imageCount);
    this.best = new Float32Array(manifest.imageCount);
    this.part = new Float32Array(manifest.imageCount);
  }

  begin(): void {
    this.best.fill(0);
    this.isFirstPart = true;
  }

  beginTerms(): void {
    this.part.fill(0);
  }

  add(rank: number, score: number): void {
    if (score > this.part[rank]) this.part[rank] = score;
  }

  /** Of several sets of terms, all must be met. */
  endTerms(): void {
    const { best, part } = this;
    if (this.isFirstPart) [this.best, this.part] = [part, best];
    else for (let rank = 0; rank < best.length; rank++) best[rank] = Math.min(best[rank], part[rank]);
    this.isFirstPart = false;
  }

  end(): void {
    const { scores, best } = this;
    const { gone } = this.manifest;
    let count = 0;
    for (let rank = 0; rank < scores.length; rank++) {
      const isMet = best[rank] > 0 && (gone === null || gone[rank] === 0);
      if (isMet) count++;
      scores[rank] = isMet && (this.isFirst || scores[rank] > 0) ? scores[rank] + best[rank] : 0;
    }
    this.counts.push(count);
    this.isFirst = false;
  }

  keep(ranks: Uint32Array): void {
    const kept = Float32Array.from(ranks, (rank) => this.scores[rank]);
    this.scores.fill(0);
    ranks.forEach((rank, i) => {
      this.scores[rank] = kept[i];
    });
  }

  /** Loops over a million numbers: no functions called for each. */
  result(): { ranks: Uint8Array; count: number; ordered: Uint32Array } {
    const { scores } = this;
    const found = new Uint8Array(scores.length);
    const all = new Uint32Array(scores.length);
    let count = 0;
    for (let rank = 0; rank < scores.length; rank++) {
      if (scores[rank] <= 0) continue;
      found[rank] = 1;
      all[count++] = rank;
    }
    const ordered = pickBest(all.subarray(0, count), scores);
    return { ranks: found, count, ordered: ordered.sort((a, b) => scores[b] - scores[a] || a - b) };
  }
}

/** The ranks of the highest scores, at most MOST_ORDERED; of equal ones those that come first. */
function pickBest(ranks: Uint32Array, scores: Float32Array): Uint32Array {
  if (ranks.length <= MOST_ORDERED) return ranks.slice();
  const values = new Float32Array(ranks.length);
  for (let i = 0; i < ranks.length; i++) values[i] = scores[ranks[i]];
  const least = values.slice().sort()[ranks.length - MOST_ORDERED];
  const best = new Uint32Array(MOST_ORDERED);
  let count = 0;
  for (let i = 0; i < ranks.length; i++) if (values[i] > least) best[count++] = ranks[i];
  for (let i = 0; i < ranks.length && count < MOST_ORDERED; i++) if (values[i] === least) best[count++] = ranks[i];
  return best;
}
