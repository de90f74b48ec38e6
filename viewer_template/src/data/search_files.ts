// The files of the search index (docs/site-format.md §9), each fetched once and kept while there is room.
import { Checked } from './checked';
import { gunzip } from './column';
import type { FileSource } from './fetching';
import type { SearchEntry } from './manifest';
import { SiteError } from './site_error';

const FILES_KEPT = 96;

export interface Dictionary {
  readonly terms: readonly string[];
  /** How many images each term has. */
  readonly counts: readonly number[];
  /** Where each term's postings begin, bytes; one more than there are terms. */
  readonly starts: readonly number[];
}

export interface Directory {
  /** The first term of every dictionary. */
  readonly terms: readonly string[];
  readonly reversed: readonly string[];
}

/** Calls for every rank of one term, with the mask of the fields in which it stands. */
export type Visit = (rank: number, mask: number) => void;

export class SearchFiles {
  private readonly files = new Map<string, Promise<unknown>>();

  constructor(
    private readonly source: FileSource,
    private readonly entry: SearchEntry,
  ) {}

  directory(): Promise<Directory> {
    return this.file('directory.bin', (path, raw) => {
      const { check, root } = parse(path, raw);
      const directory = { terms: texts(check, root['terms'], 'terms'), reversed: texts(check, root['reversed'], 'reversed') };
      if (directory.terms.length !== this.entry.dictionaries) check.fail('terms', `${String(this.entry.dictionaries)} terms`, directory.terms.length);
      return directory;
    });
  }

  dictionary(number: number): Promise<Dictionary> {
    return this.file(`t${String(number)}.bin`, (path, raw) => {
      const { check, root } = parse(path, raw);
      const terms = texts(check, root['terms'], 'terms');
      const counts = check.list('counts', root['counts']).map((count) => check.whole('counts', count, 1));
      const starts = [0];
      for (const size of check.list('bytes', root['bytes'])) starts.push(starts[starts.length - 1] + check.whole('bytes', size, 1));
      if (terms.length !== counts.length || terms.length + 1 !== starts.length) check.fail('terms', 'as many as counts and bytes', terms.length);
      return { terms, counts, starts };
    });
  }

  /** The postings of all terms of a dictionary. */
  postings(number: number): Promise<Uint8Array> {
    return this.file(`p${String(number)}.bin`, (_, raw) => new Uint8Array(raw));
  }

  reversed(number: number): Promise<readonly string[]> {
    return this.file(`r${String(number)}.bin`, (path, raw) => {
      const { check, root } = parse(path, raw);
      return texts(check, root['terms'], 'terms');
    });
  }

  /** A file, read once, as long as it is among those used last. */
  private file<T>(name: string, read: (path: string, raw: ArrayBuffer) => T): Promise<T> {
    const path = `${this.entry.folder}/${name}`;
    let file = this.files.get(name) as Promise<T> | undefined;
    if (file) this.files.delete(name); // to be put last again
    else {
      file = this.source.bytes(path).then(async (packed) => read(path, await gunzip(path, packed)));
      file.catch(() => this.files.delete(name));
    }
    this.files.set(name, file);
    for (const oldest of this.files.keys()) {
      if (this.files.size <= FILES_KEPT) break;
      this.files.delete(oldest);
    }
    return file;
  }
}

function parse(path: string, raw: ArrayBuffer) {
  const check = new Checked(path);
  try {
    return { check, root: check.object('(all)', JSON.parse(new TextDecoder().decode(raw)) as unknown) };
  } catch (error) {
    if (error instanceof SiteError) throw error;
    throw new SiteError(path, 'is not valid JSON');
  }
}

function texts(check: Checked, value: unknown, key: string): string[] {
  return check.list(key, value).map((item) => check.text(key, item));
}

/** Reads the postings of one term. @throws SiteError where they are cut or name an image that is not there */
export function visitPostings(path: string, bytes: Uint8Array, imageCount: number, visit: Visit): void {
  let at = 0;
  const next = () => {
    let value = 0;
    for (let shift = 1; ; shift *= 128) {
      const byte = bytes[at++] ?? -1;
      if (byte < 0 || shift > 2 ** 28) throw new SiteError(path, 'has postings that are cut');
      value += (byte & 127) * shift;
      if (byte < 128) return value;
    }
  };
  while (at < bytes.length) {
    const mask = next() >>> 0;
    const count = next();
    let rank = 0;
    for (let i = 0; i < count; i++) {
      const step = next();
      rank += step;
      if ((i > 0 && step === 0) || rank >= imageCount) throw new SiteError(path, `names the image ${String(rank)}, which is not there or comes twice`);
      visit(rank, mask);
    }
  }
}
