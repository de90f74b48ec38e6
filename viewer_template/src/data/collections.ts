// Collections of one's own: named, coloured, annotated sets of images, and the file that carries them from one browser to
// another, or to the pipeline (docs/guides/viewer.md has its form). Pure.

import { toCell } from './exports';

export interface Collection {
  readonly name: string;
  /** #rrggbb. */
  readonly color: string;
  readonly note: string;
  /** Image ids, each once. */
  readonly images: readonly string[];
}

export const COLORS: readonly string[] = ['#d9702b', '#3d8bcd', '#2f9a6b', '#b8960f', '#b05aa6', '#cf4a5c', '#77808c'];
export const FORMAT = 'clipplot-collections';
export const VERSION = 1;
/** Images of one collection at most: browsers keep about 5 MB for a site. */
export const MOST_IMAGES = 20_000;
const LONGEST_NAME = 120;
const LONGEST_NOTE = 4000;
const MOST = 200;

/** The colour that has been used least. */
export function nextColor(collections: readonly Collection[]): string {
  const uses = COLORS.map((color) => collections.filter((one) => one.color === color).length);
  return COLORS[uses.indexOf(Math.min(...uses))];
}

/** A name that no other has. */
export function freeName(wanted: string, collections: readonly Collection[]): string {
  const taken = new Set(collections.map(({ name }) => name));
  const name = wanted.trim().slice(0, LONGEST_NAME);
  if (name !== '' && !taken.has(name)) return name;
  for (let n = 2; ; n++) if (!taken.has(`${name} ${String(n)}`.trim())) return `${name} ${String(n)}`.trim();
}

/** With one of another name; an empty one leaves it as it was. */
export function renameCollection(collections: readonly Collection[], number: number, wanted: string): Collection[] {
  const others = collections.filter((_, i) => i !== number);
  return collections.map((one, i) => (i === number && wanted.trim() !== '' ? { ...one, name: freeName(wanted, others) } : one));
}

export interface Origin {
  readonly title: string;
  readonly buildId: string;
  readonly address: string;
}

/** The file. Keys are in snake case, as in all files of clipplot. */
export function toFile(collections: readonly Collection[], { title, buildId, address }: Origin): string {
  const file = { format: FORMAT, version: VERSION, site: { title, build_id: buildId, address }, collections };
  return `${JSON.stringify(file, null, 1)}\n`;
}

/** The table that the pipeline takes as groups of one's own (`own_clusters`). An image in several is in the last one. */
export function toTable(collections: readonly Collection[]): string {
  const clusterOf = new Map(collections.flatMap(({ name, images }) => images.map((id) => [id, name] as const)));
  return `\ufefffilename,cluster\r\n${[...clusterOf].map(([id, name]) => `${toCell(id)},${toCell(name)}\r\n`).join('')}`;
}

/** Why a file is none of ours: a key of the strings. */
export type Fault = 'noJson' | 'foreign' | 'newer';

/** Reads what it can of a file that others may have made; what is no collection is left out. */
export function fromFile(text: string): readonly Collection[] | Fault {
  let json: unknown;
  try {
    json = JSON.parse(text.replace(/^\ufeff/, ''));
  } catch {
    return 'noJson';
  }
  const root = asObject(json);
  if (root?.['format'] !== FORMAT || !Array.isArray(root['collections'])) return 'foreign';
  if (typeof root['version'] !== 'number' || root['version'] > VERSION) return 'newer';
  const read: Collection[] = [];
  for (const entry of root['collections'].slice(0, MOST) as unknown[]) {
    const one = asObject(entry);
    if (!one || !Array.isArray(one['images'])) continue;
    const images = one['images'].filter((id): id is string => typeof id === 'string' && /^[0-9A-Za-z._-]{1,80}$/.test(id));
    const color = typeof one['color'] === 'string' && /^#[0-9a-f]{6}$/i.test(one['color']) ? one['color'] : nextColor(read);
    const note = typeof one['note'] === 'string' ? one['note'].slice(0, LONGEST_NOTE) : '';
    read.push({ name: freeName(typeof one['name'] === 'string' ? one['name'] : '', read), color, note, images: [...new Set(images)].slice(0, MOST_IMAGES) });
  }
  return read;
}

/** Takes further collections in. One of a name that is there already joins it if it holds the same images, else it gets a name of its own. */
export function mergeCollections(before: readonly Collection[], further: readonly Collection[]): Collection[] {
  const merged = [...before];
  for (const one of further) {
    const ids = new Set(one.images);
    const same = merged.findIndex(({ name, images }) => name === one.name && images.length === ids.size && images.every((id) => ids.has(id)));
    if (same >= 0) merged[same] = { ...one, note: one.note || merged[same].note };
    else merged.push({ ...one, name: freeName(one.name, merged) });
  }
  return merged;
}

function asObject(value: unknown): Record<string, unknown> | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : null;
}
