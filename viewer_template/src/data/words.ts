// Words: what is known of an image, in blocks of some hundred ranks (docs/site-format.md §7).
import { Checked } from './checked';
import type { FileSource } from './fetching';
import type { Manifest } from './manifest';

export type FieldValue = string | number | boolean | readonly string[];

export interface Row {
  readonly id: string;
  readonly path: string;
  readonly widthPx: number;
  readonly heightPx: number;
  readonly fields: ReadonlyMap<string, FieldValue>;
  readonly neighbors: readonly number[];
  /** Guessed words by number, the best first. */
  readonly concepts: readonly number[];
  /** What is said of its close-up, unread (data/closeup.ts). */
  readonly closeup?: unknown;
}

const BLOCKS_KEPT = 64;

export class Words {
  private readonly blocks = new Map<number, Promise<Row[]>>();

  constructor(
    private readonly source: FileSource,
    private readonly manifest: Pick<Manifest, 'wordsPath' | 'ranksPerBlock' | 'imageCount' | 'gone'>,
  ) {}

  async row(rank: number): Promise<Row> {
    const n = Math.floor(rank / this.manifest.ranksPerBlock);
    const path = this.manifest.wordsPath.replace('{n}', String(n));
    let block = this.blocks.get(n);
    if (!block) {
      block = this.source.json(path).then((json) => readBlock(path, json, n * this.manifest.ranksPerBlock, this.manifest));
      this.blocks.set(n, block);
      block.catch(() => this.blocks.delete(n)); // to be asked for again
      for (const oldest of this.blocks.keys()) {
        if (this.blocks.size <= BLOCKS_KEPT) break;
        this.blocks.delete(oldest);
      }
    }
    const rows = await block;
    const row = rows[rank - n * this.manifest.ranksPerBlock];
    return row ?? new Checked(path).fail('rows', `a row for rank ${String(rank)}`, undefined);
  }
}

export function readBlock(file: string, json: unknown, firstRank: number, manifest: Pick<Manifest, 'imageCount' | 'gone'>): Row[] {
  const isThere = (rank: number) => rank < manifest.imageCount && manifest.gone?.[rank] !== 1;
  const check = new Checked(file);
  const root = check.object('(all)', json);
  if (root['first_rank'] !== firstRank) check.fail('first_rank', String(firstRank), root['first_rank']);
  return check.list('rows', root['rows']).map((entry) => {
    const row = check.object('rows', entry);
    const fields = new Map<string, FieldValue>();
    for (const [name, value] of Object.entries(check.object('rows.fields', row['fields'] ?? {}))) {
      if (Array.isArray(value)) fields.set(name, value.map(String));
      else if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') fields.set(name, value);
    }
    return {
      id: check.text('rows.id', row['id']),
      path: check.text('rows.path', row['path']),
      widthPx: check.whole('rows.width_px', row['width_px'], 1),
      heightPx: check.whole('rows.height_px', row['height_px'], 1),
      fields,
      neighbors: check.list('rows.neighbors', row['neighbors'] ?? []).map((rank) => check.whole('rows.neighbors', rank)).filter(isThere),
      concepts: check.list('rows.concepts', row['concepts'] ?? []).map((word) => check.whole('rows.concepts', word)),
      closeup: row['closeup'],
    };
  });
}

export function fileNameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** The address of a link, if it is one that may be followed: http or https. */
export function safeUrl(text: string): string | null {
  try {
    const url = new URL(text);
    return url.protocol === 'http:' || url.protocol === 'https:' ? url.href : null;
  } catch {
    return null;
  }
}

/** Path of the large picture of an image; null where the site has none. */
export function detailPath(manifest: Pick<Manifest, 'detailsPath'>, id: string): string | null {
  if (manifest.detailsPath === null) return null;
  return manifest.detailsPath.replace('{xx}', id.slice(0, 2)).replace('{id}', id);
}
