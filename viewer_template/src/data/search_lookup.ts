// From one thing that was asked for to the terms of the index that stand for it: exactly, as the beginning of longer
// words, or nearly. Fetches a few dictionaries at most.
import type { Dictionary, SearchFiles } from './search_files';
import type { Unit } from './search_query';
import { compareTerms, findLast } from './search_terms';
import { countMistakes, mistakesIn, reverse, soundParts } from './search_typos';

/** Dictionaries read at most to complete one beginning, and to mend one mistake. */
const MOST_DICTIONARIES = 8;
const MOST_DICTIONARIES_MENDED = 4;
/** An index of so few dictionaries is read whole for a mistyped word. */
const SMALL = 6;
const MOST_MENDED = 6;
const SHORTEST_BEGINNING = 2;

const QUALITY = { exact: 1, beginning: 0.6, mended: 0.35 } as const;

/** A term of the index that stands for what was asked for. */
export interface Hit {
  readonly term: string;
  readonly count: number;
  readonly dictionary: number;
  readonly index: number;
  /** 1: as it was typed; less the further from it. */
  readonly quality: number;
}

export interface Hits {
  readonly hits: readonly Hit[];
  /** Whether there are further terms that were not read. */
  readonly isPartial: boolean;
  /** Words taken instead of one that nothing has. */
  readonly mended: readonly string[];
}

const NONE: Hits = { hits: [], isPartial: false, mended: [] };

export class Lookup {
  constructor(private readonly files: SearchFiles) {}

  /** The terms that stand for a unit: as it was typed, else completed, else mended. Its parts are the caller's. */
  async find(unit: Unit): Promise<Hits> {
    const exact = (await Promise.all(unit.forms.map((form) => this.exact(form)))).flatMap((hit) => hit ?? []);
    if (unit.how === 'exact' || (unit.how === 'whole' && exact.length > 0)) return { ...NONE, hits: exact };
    const longer = await Promise.all(unit.forms.map((form) => this.complete(form, unit.isWord)));
    const hits = unique([...exact, ...longer.flatMap((found) => found.hits)]);
    const isPartial = longer.some((found) => found.isPartial);
    if (hits.length > 0 || isPartial || unit.parts.length > 0 || !unit.isWord) return { hits, isPartial, mended: [] };
    return this.mend(unit);
  }

  /** Terms around the place where a word would stand, those that begin alike first. */
  async around(word: string, most: number): Promise<Hit[]> {
    const number = await this.dictionaryOf(word);
    if (number < 0) return [];
    const dictionary = await this.files.dictionary(number);
    const at = findLast(dictionary.terms, word);
    const near: { hit: Hit; shared: number }[] = [];
    for (let index = Math.max(0, at - 40); index < Math.min(dictionary.terms.length, at + 40); index++) {
      const hit = hitOf(dictionary, number, index, 0);
      near.push({ hit, shared: sharedStart(hit.term, word) });
    }
    near.sort((a, b) => b.shared - a.shared || b.hit.count - a.hit.count);
    return near.filter(({ shared }) => shared >= SHORTEST_BEGINNING).slice(0, most).map(({ hit }) => hit);
  }

  private async dictionaryOf(term: string): Promise<number> {
    return findLast((await this.files.directory()).terms, term);
  }

  private async exact(form: string): Promise<Hit | null> {
    const number = await this.dictionaryOf(form);
    if (number < 0) return null;
    const dictionary = await this.files.dictionary(number);
    const index = findLast(dictionary.terms, form);
    return dictionary.terms[index] === form ? hitOf(dictionary, number, index, QUALITY.exact) : null;
  }

  private async complete(beginning: string, isWord: boolean): Promise<Hits> {
    if (isWord && Array.from(beginning).length < SHORTEST_BEGINNING) return NONE;
    const { numbers, isPartial } = rangeOf((await this.files.directory()).terms, beginning, MOST_DICTIONARIES);
    const hits: Hit[] = [];
    const dictionaries = await Promise.all(numbers.map((number) => this.files.dictionary(number)));
    dictionaries.forEach((dictionary, i) => {
      eachBeginning(dictionary.terms, beginning, (index) => {
        if (dictionary.terms[index] !== beginning) hits.push(hitOf(dictionary, numbers[i], index, QUALITY.beginning));
      });
    });
    return { hits, isPartial, mended: [] };
  }

  private async mend(unit: Unit): Promise<Hits> {
    const most = mistakesIn(Math.max(...unit.forms.map((form) => Array.from(form).length)));
    if (most === 0) return NONE;
    const found = new Map<string, number>();
    for (const form of unit.forms) {
      // What was taken for a whole word may have been the beginning of one, such as a singular.
      const judge = (term: string) => {
        const mistakes = countMistakes(form, term, most, true);
        if (mistakes <= most) found.set(term, Math.min(mistakes, found.get(term) ?? most));
      };
      for (const term of await this.candidates(form)) judge(term);
    }
    const least = Math.min(...found.values());
    const near = [...found].filter(([, mistakes]) => mistakes === least).map(([term]) => term);
    const hits = (await Promise.all(near.slice(0, 4 * MOST_MENDED).map((term) => this.exact(term)))).flatMap((hit) => hit ?? []);
    hits.sort((a, b) => b.count - a.count);
    const kept = hits.slice(0, MOST_MENDED).map((hit) => ({ ...hit, quality: QUALITY.mended / least }));
    return { hits: kept, isPartial: false, mended: kept.map((hit) => hit.term) };
  }

  /** Words that share a beginning or an ending with a mistyped one; all words where there are few. */
  private async candidates(form: string): Promise<Set<string>> {
    const { terms, reversed } = await this.files.directory();
    const found = new Set<string>();
    const { beginnings, endings } = soundParts(form);
    if (terms.length <= SMALL) beginnings.splice(0, beginnings.length, '');
    const forwards = beginnings.map(async (beginning) => {
      const { numbers } = rangeOf(terms, beginning, beginning === '' ? SMALL : MOST_DICTIONARIES_MENDED);
      for (const { terms: words } of await Promise.all(numbers.map((number) => this.files.dictionary(number)))) {
        eachBeginning(words, beginning, (index) => found.add(words[index]));
      }
    });
    const backwards = endings.map(reverse).map(async (ending) => {
      const { numbers } = rangeOf(reversed, ending, MOST_DICTIONARIES_MENDED);
      for (const words of await Promise.all(numbers.map((number) => this.files.reversed(number)))) {
        eachBeginning(words, ending, (index) => found.add(reverse(words[index])));
      }
    });
    await Promise.all([...forwards, ...backwards]);
    return found;
  }
}

function hitOf(dictionary: Dictionary, number: number, index: number, quality: number): Hit {
  return { term: dictionary.terms[index], count: dictionary.counts[index], dictionary: number, index, quality };
}

/** The numbers of the files that may hold terms with a beginning, at most `most`. */
function rangeOf(separators: readonly string[], beginning: string, most: number): { numbers: number[]; isPartial: boolean } {
  if (separators.length === 0) return { numbers: [], isPartial: false };
  const first = Math.max(0, findLast(separators, beginning));
  let last = first;
  while (last + 1 < separators.length && separators[last + 1].startsWith(beginning)) last++;
  const count = last - first + 1;
  return { numbers: Array.from({ length: Math.min(most, count) }, (_, i) => first + i), isPartial: count > most };
}

/** Calls for each term of a rising list that begins so. */
function eachBeginning(terms: readonly string[], beginning: string, call: (index: number) => void): void {
  let index = findLast(terms, beginning);
  if (index < 0 || compareTerms(terms[index], beginning) < 0) index++;
  for (; index < terms.length && terms[index].startsWith(beginning); index++) call(index);
}

function sharedStart(a: string, b: string): number {
  let shared = 0;
  while (shared < Math.min(a.length, b.length) && a[shared] === b[shared]) shared++;
  return shared;
}

/** Each term once, with its best quality. */
function unique(hits: readonly Hit[]): Hit[] {
  const best = new Map<string, Hit>();
  for (const hit of hits) if ((best.get(hit.term)?.quality ?? 0) < hit.quality) best.set(hit.term, hit);
  return [...best.values()];
}
