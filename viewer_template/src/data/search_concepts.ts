// Which guessed words a query means. Pure.
import { type ConceptList, queryOf } from './concepts';
import { readRuns } from './search_terms';

const GUESSED = /(^|\s)guessed:(?:["“”„«»]([^"“”„«»]*)["“”„«»]?|(\S+))/giu;

/** A guessed word that a query may mean. */
export interface Offer {
  readonly word: string;
  /** To be searched for its images. */
  readonly query: string;
  readonly heading: string;
  /** Images that it was guessed of. */
  readonly count: number;
}

/** Takes `guessed:heron`, `guessed:"sailing ship"` out of a query. */
export function takeGuessed(query: string): { rest: string; named: string[] } {
  const named: string[] = [];
  const rest = query.replace(GUESSED, (_, before: string, quoted: string | undefined, plain: string | undefined) => {
    named.push(quoted ?? plain ?? '');
    return before;
  });
  return { rest, named };
}

/** A text without case, accents and marks. */
export function foldWords(text: string): string {
  return readRuns(text).map(({ bare }) => bare).join(' ');
}

/** The number of the word that a text names: itself, else the most frequent that begins so; -1: none. */
export function findWord(list: ConceptList, text: string): number {
  const folded = foldWords(text);
  if (folded === '') return -1;
  let best = -1;
  for (const [number, word] of list.words.entries()) {
    const other = foldWords(word);
    if (other === folded) return number;
    if (other.startsWith(folded) && (best < 0 || list.counts[number] > list.counts[best])) best = number;
  }
  return best;
}

/** Words that fit what is typed: the same, then those that begin so, then those that hold all words; the frequent first. */
export function offerWords(list: ConceptList, query: string, most: number): Offer[] {
  const folded = foldWords(query);
  if (folded === '') return [];
  const typed = folded.split(' ');
  const last = typed.length - 1;
  const fits: { number: number; worth: number }[] = [];
  for (const [number, word] of list.words.entries()) {
    const other = foldWords(word);
    const parts = other.split(' ');
    const holds = typed.every((one, i) => parts.some((part) => part === one || (i === last && one.length > 1 && part.startsWith(one))));
    if (!holds) continue;
    fits.push({ number, worth: other === folded ? 3 : parts.includes(typed[0]) ? 2 : 1 });
  }
  fits.sort((a, b) => b.worth - a.worth || list.counts[b.number] - list.counts[a.number] || a.number - b.number);
  return fits.slice(0, most).map(({ number }) => ({ word: list.words[number], query: queryOf(list.words[number]), heading: list.headings[number], count: list.counts[number] }));
}
