// Words that a model guessed of the images (docs/site-format.md §14): nobody wrote them. Files are fetched when asked for.
import { Checked } from './checked';
import { gunzip } from './column';
import type { FileSource } from './fetching';
import type { ConceptsEntry } from './manifest';
import { visitPostings } from './search_files';
import { SiteError } from './site_error';

/** The best level that a word can have for an image; the least is 1. */
export const LEVELS = 63;
const FILES_KEPT = 8;

export interface ConceptList {
  readonly words: readonly string[];
  /** Of each word, what it stands under. */
  readonly headings: readonly string[];
  /** How many images have each. */
  readonly counts: readonly number[];
  readonly sizes: readonly number[];
  /** For each file of postings the word that it begins with. */
  readonly firsts: readonly number[];
}

export class Concepts {
  private words: Promise<ConceptList> | null = null;
  private readonly files = new Map<number, Promise<Uint8Array>>();

  constructor(
    private readonly source: FileSource,
    private readonly entry: ConceptsEntry,
    private readonly imageCount: number,
  ) {}

  /** All words that some image has; fetched once. */
  list(): Promise<ConceptList> {
    if (!this.words) {
      this.words = this.loadList();
      this.words.catch(() => (this.words = null)); // to be asked for again
    }
    return this.words;
  }

  private async loadList(): Promise<ConceptList> {
    const path = `${this.entry.folder}/words.bin`;
    return readList(path, await gunzip(path, await this.source.bytes(path)), this.entry);
  }

  /** Calls for every image that has a word, with how well it fits: 1 … LEVELS. */
  async visit(word: number, call: (rank: number, level: number) => void): Promise<void> {
    const { firsts, sizes } = await this.list();
    let file = firsts.length - 1;
    while (firsts[file] > word) file--;
    const path = `${this.entry.folder}/${String(file)}.bin`;
    const bytes = await this.load(file, path);
    const sum = (from: number, to: number) => sizes.slice(from, to).reduce((all, size) => all + size, 0);
    const start = sum(firsts[file], word);
    const end = start + sizes[word];
    if (end > bytes.length) throw new SiteError(path, `has ${String(bytes.length)} bytes; a word's end at ${String(end)}`);
    visitPostings(path, bytes.subarray(start, end), this.imageCount, call);
  }

  /** A file of postings, as long as it is among those used last. */
  private load(number: number, path: string): Promise<Uint8Array> {
    let file = this.files.get(number);
    if (file) this.files.delete(number); // to be put last again
    else {
      file = this.source.bytes(path).then(async (packed) => new Uint8Array(await gunzip(path, packed)));
      file.catch(() => this.files.delete(number));
    }
    this.files.set(number, file);
    for (const oldest of this.files.keys()) {
      if (this.files.size <= FILES_KEPT) break;
      this.files.delete(oldest);
    }
    return file;
  }
}

function readList(path: string, raw: ArrayBuffer, entry: ConceptsEntry): ConceptList {
  const check = new Checked(path);
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder().decode(raw));
  } catch {
    throw new SiteError(path, 'is not valid JSON');
  }
  const root = check.object('(all)', json);
  const texts = (key: string) => check.list(key, root[key]).map((text) => check.text(key, text));
  const wholes = (key: string, least: number) => check.list(key, root[key]).map((number) => check.whole(key, number, least));
  const names = texts('headings');
  const list = { words: texts('words'), headings: wholes('heading', 0).map((n) => names[n] ?? ''), counts: wholes('counts', 1), sizes: wholes('bytes', 1), firsts: wholes('firsts', 0) };
  for (const key of ['words', 'headings', 'counts', 'sizes'] as const) {
    if (list[key].length !== entry.words) check.fail(key, `${String(entry.words)} of them`, list[key].length);
  }
  const isRising = list.firsts.every((first, i) => (i === 0 ? first === 0 : first > list.firsts[i - 1]) && first < entry.words);
  if (list.firsts.length !== entry.files || !isRising) check.fail('firsts', `${String(entry.files)} rising numbers`, list.firsts);
  return list;
}

/** What is to be sought for the images that a word was guessed of. */
export function queryOf(word: string): string {
  const plain = word.replaceAll('"', '');
  return /^[\p{L}\p{N}-]+$/u.test(plain) ? `guessed:${plain}` : `guessed:"${plain}"`;
}
