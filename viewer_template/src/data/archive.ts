// Packs pictures of the site into one archive, in the browser; see docs/decisions/0021-zip-in-the-browser.md.
import { strToU8, Zip, ZipPassThrough } from 'fflate';
import { archiveNames } from './exports';
import type { FileSource } from './fetching';
import { detailPath, type Row } from './words';

const AT_ONCE = 8; // pictures; they are packed in order
/** The format has no clock of its own here: archives of the same pictures are the same bytes. 1980 is its first year. */
const DATE = new Date(1980, 0, 1);

export interface Archive {
  readonly blob: Blob;
  /** Files of the site that could not be fetched. */
  readonly missing: readonly string[];
}

/** The rows whose pictures may be handed out: not those that are blurred until somebody asks for them. @param ranks of the rows */
export function withoutVeiled(rows: readonly Row[], ranks: Uint32Array, veiled: Uint8Array | null): readonly Row[] {
  return veiled ? rows.filter((_, i) => veiled[ranks[i]] !== 1) : rows;
}

/**
 * @param tables further files, by name: they come first
 * @param onProgress called with how many pictures are packed
 */
export async function packPictures(
  source: Pick<FileSource, 'bytes'>,
  detailsPath: string,
  rows: readonly Row[],
  tables: Readonly<Record<string, string>>,
  onProgress: (done: number) => void,
  signal: AbortSignal,
): Promise<Archive> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  const missing: string[] = [];
  let failure: Error | null = null;
  const zip = new Zip((error, chunk) => {
    if (error) failure = error;
    else parts.push(chunk as Uint8Array<ArrayBuffer>);
  });
  const add = (name: string, bytes: Uint8Array) => {
    const file = new ZipPassThrough(name);
    file.mtime = DATE;
    zip.add(file);
    file.push(bytes, true);
  };
  for (const [name, text] of Object.entries(tables)) add(name, strToU8(text));
  const names = archiveNames(rows);
  const fetchPicture = async (path: string | null) => {
    try {
      return path === null ? null : await source.bytes(path, signal);
    } catch (error) {
      if (signal.aborted) throw error;
      return null;
    }
  };
  for (let first = 0; first < rows.length; first += AT_ONCE) {
    const batch = rows.slice(first, first + AT_ONCE);
    const pictures = await Promise.all(batch.map(({ id }) => fetchPicture(detailPath({ detailsPath }, id))));
    signal.throwIfAborted();
    pictures.forEach((bytes, i) => {
      if (bytes) add(names[first + i], new Uint8Array(bytes));
      else missing.push(batch[i].path);
    });
    onProgress(first + batch.length);
  }
  zip.end();
  if (failure) throw failure as Error;
  return { blob: new Blob(parts, { type: 'application/zip' }), missing };
}
