// Text to terms: the same to the letter as the writer's site/search_terms.py (docs/site-format.md §9). Both are
// held to tests/site/search_vectors.json. Pure.

export const MAX_TERM_CHARS = 40;
const MAX_PARTS = 4;
/** Begins a term that mixes letters and digits, and an image id. */
export const CODE_MARK = '#';

/** First and last characters of ranges. */
type Ranges = readonly (readonly [number, number])[];

const DROPPED: Ranges = [
  // Marks: Latin, Greek and Cyrillic accents, Hebrew points, Arabic vowels.
  [0x0300, 0x036f], [0x0483, 0x0487], [0x0591, 0x05bd], [0x05bf, 0x05bf], [0x05c1, 0x05c2],
  [0x05c4, 0x05c5], [0x05c7, 0x05c7], [0x0610, 0x061a], [0x064b, 0x065f], [0x0670, 0x0670],
  [0x06d6, 0x06dc], [0x06df, 0x06e4], [0x06e7, 0x06e8], [0x06ea, 0x06ed], [0x1ab0, 0x1aff],
  [0x1dc0, 0x1dff], [0x20d0, 0x20ff], [0xfe20, 0xfe2f],
  // What shows nothing: soft hyphen, joiners, directions; and the Arabic tatweel, which only stretches.
  [0x00ad, 0x00ad], [0x061c, 0x061c], [0x0640, 0x0640], [0x180e, 0x180e], [0x200b, 0x200f],
  [0x202a, 0x202e], [0x2060, 0x2064], [0x2066, 0x206f], [0xfeff, 0xfeff],
];
const SHOWN = /[\p{L}\p{M}\p{N}]/u;
const UNSPACED =
  '\\u0E00-\\u0EFF\\u1000-\\u109F\\u1780-\\u17FF\\u2E80-\\u2FDF\\u3005-\\u3007\\u3041-\\u309F\\u30A1-\\u30FA\\u30FC-\\u30FF\\u31F0-\\u31FF\\u3400-\\u4DBF\\u4E00-\\u9FFF\\uF900-\\uFAFF\\u{20000}-\\u{323AF}';
const SEGMENTS = new RegExp(`[0-9]+|([${UNSPACED}]+)|[^0-9${UNSPACED}]+`, 'gu');
const ZEROS = [0x0660, 0x06f0, 0x0966, 0x09e6, 0x0e50];
const LETTERS: Readonly<Record<string, string>> = {
  ß: 'ss', æ: 'ae', œ: 'oe', ø: 'o', đ: 'd', ð: 'd', þ: 'th', ł: 'l', ħ: 'h', ŋ: 'n',
  ı: 'i', ĸ: 'k', ŧ: 't', ς: 'σ', ى: 'ي', ی: 'ي', ک: 'ك', ة: 'ه', ٱ: 'ا',
};
const WRITTEN_OUT = [
  ['a\u0308', 'ae'],
  ['o\u0308', 'oe'],
  ['u\u0308', 'ue'],
  ['a\u030a', 'aa'],
  ['ø', 'oe'],
] as const;
const HUMP = /(?<=[a-z])(?=[A-Z])|(?<=[a-z][\u0300-\u036f])(?=[A-Z])/g;
const IMAGE_ID = /^[0-9a-f]{20}$/;

/** A stretch of one kind inside a run of letters and digits. */
export interface Segment {
  readonly text: string;
  /** Of a script written without spaces between words. */
  readonly isUnspaced: boolean;
}

const folded = new Map<string, string>();

function foldCharacter(character: string): string {
  let result = folded.get(character);
  if (result === undefined) {
    const code = character.codePointAt(0) ?? 0;
    const zero = ZEROS.find((z) => code >= z && code < z + 10);
    if (Object.hasOwn(LETTERS, character)) result = LETTERS[character];
    else if (DROPPED.some(([first, last]) => code >= first && code <= last)) result = '';
    else if (zero !== undefined) result = String(code - zero);
    else result = SHOWN.test(character) ? character : ' ';
    folded.set(character, result);
  }
  return result;
}

/** Runs of letters and digits of text that is lower case and NFKD. */
function foldRuns(lowered: string): string[] {
  let plain = '';
  for (const character of lowered) plain += foldCharacter(character);
  return plain.normalize('NFC').split(' ').filter((run) => run !== '');
}

function lower(plain: string): string {
  return plain.toLowerCase().normalize('NFKD');
}

function writeOut(lowered: string): string {
  let written = lowered;
  for (const [letter, spelling] of WRITTEN_OUT) written = written.replaceAll(letter, spelling);
  return written;
}

/** The runs of a text in both spellings, `muller` and `mueller`: side by side, the same where they do not differ. */
export function readRuns(text: string): { bare: string; written: string }[] {
  const lowered = lower(text.normalize('NFKD'));
  const bare = foldRuns(lowered);
  const written = foldRuns(writeOut(lowered));
  return bare.map((run, i) => ({ bare: run, written: written[i] ?? run }));
}

export function splitRun(run: string): Segment[] {
  return Array.from(run.matchAll(SEGMENTS), (match) => ({ text: match[0], isUnspaced: match[1] !== undefined }));
}

/** Segments of a run by what stands together: each unspaced one for itself, letters and digits in groups. */
export function groupSegments(segments: readonly Segment[]): Segment[][] {
  const groups: Segment[][] = [];
  let open: Segment[] | null = null;
  for (const segment of segments) {
    if (segment.isUnspaced) {
      groups.push([segment]);
      open = null;
    } else if (open) open.push(segment);
    else groups.push((open = [segment]));
  }
  return groups;
}

/** The term of a group as a whole, and those of its parts. */
export function termsOfGroup(group: readonly Segment[]): { whole: string; parts: string[] } {
  const whole = group.map((segment) => segment.text).join('');
  const isId = IMAGE_ID.test(whole);
  const hasParts = group.length === 1 || (group.length <= MAX_PARTS && !isId);
  return {
    whole: cut(group.length > 1 || isId ? CODE_MARK + whole : whole),
    parts: hasParts ? group.map((segment) => cut(segment.text)) : [],
  };
}

/** Every two characters that stand together, and the last one. */
export function pairsOf(text: string): string[] {
  const characters = Array.from(text);
  return characters.map((character, i) => character + (characters[i + 1] ?? ''));
}

function cut(term: string): string {
  return term.length <= MAX_TERM_CHARS ? term : Array.from(term).slice(0, MAX_TERM_CHARS).join('');
}

/** What the index holds of a text. */
export function extractTerms(text: string): Set<string> {
  const plain = text.normalize('NFKD');
  const lowered = lower(plain);
  const terms = new Set<string>();
  for (const spelling of new Set([lowered, writeOut(lowered), lower(plain.replace(HUMP, ' '))])) {
    for (const run of foldRuns(spelling)) {
      for (const group of groupSegments(splitRun(run))) {
        if (group[0].isUnspaced) for (const pair of pairsOf(group[0].text)) terms.add(pair);
        else {
          const { whole, parts } = termsOfGroup(group);
          terms.add(whole);
          for (const part of parts) terms.add(part);
        }
      }
    }
  }
  return terms;
}

/** Orders terms as the index does: by code points, not by the halves of which JavaScript makes those beyond U+FFFF. */
export function compareTerms(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) return (x >= 0xd800 && y >= 0xd800 ? fixUp(x) - fixUp(y) : x - y);
  }
  return a.length - b.length;
}

/** Halves of characters beyond U+FFFF come after all others. */
function fixUp(half: number): number {
  return half < 0xe000 ? half + 0x2000 : half - 0x800;
}

/** Index of the last entry of a rising list that is not above a term, or -1. */
export function findLast(terms: readonly string[], term: string): number {
  let low = -1;
  let high = terms.length;
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if (compareTerms(terms[middle], term) <= 0) low = middle;
    else high = middle;
  }
  return low;
}
