// What a person typed, taken apart: pure.
import { groupSegments, pairsOf, readRuns, splitRun, termsOfGroup } from './search_terms';

/** All fields. */
export const ANY_FIELD = 0xffffffff;
const LAST_BIT = 31;
const FILE_NAMES = new Set(['file', 'filename', 'path', 'id']);
/** More words than these are not looked up. */
const MOST_UNITS = 12;

/** One thing that an image must have. */
export interface Unit {
  /** As it was typed. */
  readonly text: string;
  /** Terms of which any will do: `muller` and `mueller`. */
  readonly forms: readonly string[];
  /** Terms that all together will do where no form is found: `img`, `2034`. */
  readonly parts: readonly string[];
  /** Fields in which it may stand; bits as in the index. */
  readonly mask: number;
  /** exact: as it stands; whole: else the beginning of a word, or nearly so; open: still being typed. */
  readonly how: 'exact' | 'whole' | 'open';
  /** Whether it is letters that can be mistyped. */
  readonly isWord: boolean;
}

/** Words that must stand side by side, in both spellings. */
export interface Phrase {
  readonly text: string;
  readonly runs: readonly (readonly [string, string])[];
  readonly mask: number;
}

export interface Query {
  readonly units: readonly Unit[];
  readonly phrases: readonly Phrase[];
}

/** A field as the index knows it. */
export interface SearchedField {
  readonly name: string;
  readonly title: string;
  readonly bit: number;
}

/** Bit of a field by its place in the manifest. */
export function fieldBit(number: number): number {
  return (2 ** Math.min(number + 1, LAST_BIT)) >>> 0;
}

/** The fields that a name before a colon means, or 0 if it means none. */
function maskOf(typed: string, fields: readonly SearchedField[]): number {
  const key = plainName(typed);
  if (key === '') return 0;
  let mask = 0;
  for (const { name, title, bit } of fields) if (plainName(name) === key || plainName(title) === key) mask |= bit;
  return mask === 0 && FILE_NAMES.has(key) ? 1 : mask >>> 0;
}

function plainName(name: string): string {
  return readRuns(name).map((run) => run.bare).join(' ');
}

const CHUNK = /(?:([^\s:"“”„«»]+):)?(?:["“”„«»]([^"“”„«»]*)(["“”„«»])?|([^\s"“”„«»]+))/gu;

/** Takes a query apart: words, `"phrases"`, `field:word`. */
export function parseQuery(text: string, fields: readonly SearchedField[]): Query {
  const units: Unit[] = [];
  const phrases: Phrase[] = [];
  for (const match of text.matchAll(CHUNK)) {
    const [whole, name, quoted, , plain] = match as unknown as [string, string | undefined, string | undefined, string | undefined, string | undefined];
    const mask = name === undefined ? ANY_FIELD : maskOf(name, fields);
    const isLast = match.index + whole.length === text.length;
    if (quoted !== undefined) {
      const said = readRuns(quoted);
      addUnits(units, quoted, 'exact', mask || ANY_FIELD);
      if (mask === 0 && name !== undefined) addUnits(units, name, 'whole', ANY_FIELD);
      if (said.length > 1) phrases.push({ text: quoted, runs: said.map((run) => [run.bare, run.written] as const), mask: mask || ANY_FIELD });
    } else {
      // A colon after what is no field is a colon in a text.
      const words = mask === 0 ? whole : (plain ?? '');
      addUnits(units, words, isLast ? 'open' : 'whole', mask || ANY_FIELD);
    }
  }
  return { units: units.slice(0, MOST_UNITS), phrases };
}

/** @param how of the last run; those before it are whole */
function addUnits(units: Unit[], text: string, how: Unit['how'], mask: number): void {
  const runs = readRuns(text);
  runs.forEach(({ bare, written }, i) => {
    const runHow = i + 1 < runs.length && how === 'open' ? 'whole' : how;
    const groups = groupSegments(splitRun(bare));
    const others = groupSegments(splitRun(written));
    groups.forEach((group, g) => {
      const isEnd = g + 1 === groups.length;
      const groupHow = isEnd || runHow !== 'open' ? runHow : 'whole';
      if (group[0].isUnspaced) addUnspaced(units, group[0].text, mask);
      else addGroup(units, group.length, termsOfGroup(group), termsOfGroup(others[g] ?? group).whole, groupHow, mask);
    });
  });
}

function addGroup(units: Unit[], size: number, terms: { whole: string; parts: string[] }, other: string, how: Unit['how'], mask: number): void {
  const { whole, parts } = terms;
  const forms = whole === other ? [whole] : [whole, other];
  if (size === 1 && parts.length > 0 && parts[0] !== whole) forms.push(parts[0]); // 20 digits may be an id or a number
  const text = whole.replace(/^#/, '');
  units.push({ text, forms, parts: size > 1 ? parts : [], mask, how, isWord: size === 1 && !/^[0-9]/.test(text) });
}

/** A single character stands at the beginning of some pair; of several, every pair is in the text. */
function addUnspaced(units: Unit[], text: string, mask: number): void {
  const pairs = pairsOf(text);
  if (pairs.length === 1) units.push({ text, forms: pairs, parts: [], mask, how: 'open', isWord: false });
  else for (const pair of pairs.slice(0, -1)) units.push({ text: pair, forms: [pair], parts: [], mask, how: 'exact', isWord: false });
}

/** Whether a text has the words of a phrase side by side. */
export function hasPhrase(text: string, phrase: Phrase): boolean {
  const runs = readRuns(text);
  const { runs: wanted } = phrase;
  const isAt = (start: number) => wanted.every(([bare, written], i) => {
    const run = runs[start + i];
    return run.bare === bare || run.written === written || run.bare === written || run.written === bare;
  });
  for (let start = 0; start + wanted.length <= runs.length; start++) if (isAt(start)) return true;
  return false;
}
