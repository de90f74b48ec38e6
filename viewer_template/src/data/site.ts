// A site opened for reading: its manifest, and its files as they are asked for.
import type { Label } from '../geometry/labels';
import { Captions } from './alt_text';
import { type Boot, readBoot } from './boot';
import type { Concepts } from './concepts';
import { type Column, columnValues, decodeColumn, type Expected, gunzip, idAt, interleavePairs, rankOfId } from './column';
import type { FileSource, Priority } from './fetching';
import { type GroundShape, readGround } from './ground_file';
import { readClusters, readLabels } from './label_files';
import type { LayoutEntry, Manifest, Surround } from './manifest';
import { decodeRagged, type RaggedColumn } from './ragged';
import { readMicro } from './micro';
import { SiteError } from './site_error';
import { Words } from './words';

const IDS_UP_TO = 100_000; // images: 10 bytes each, hardly compressible

/** What stands round the images of an arrangement. @param spread number of the layout's spread, -1: its own positions */
export function surroundOf(layout: LayoutEntry, spread: number): Surround {
  return spread < 0 ? layout : layout.spreads[spread].surround;
}

export class Site {
  readonly words: Words;
  /** What images are called, and described by. */
  readonly captions: Captions;
  private readonly columns = new Map<string, Promise<Column>>();
  private readonly labelFiles = new Map<string, Promise<Label[]>>();
  private readonly grounds = new Map<string, Promise<GroundShape[]>>();
  private guessed: Promise<Concepts> | null = null;
  private shapes: Promise<Float32Array> | null = null;

  constructor(
    readonly source: FileSource,
    readonly manifest: Manifest,
  ) {
    this.words = new Words(source, manifest);
    this.captions = new Captions(manifest.fields);
  }

  /** A column by name; each is fetched once. */
  column(name: string, priority: Priority = 'auto'): Promise<Column> {
    let column = this.columns.get(name);
    if (!column) {
      column = this.loadColumn(name, priority);
      this.columns.set(name, column);
      column.catch(() => this.columns.delete(name));
    }
    return column;
  }

  private pathOf(name: string): string {
    const path = this.manifest.columns.get(name);
    if (path === undefined) throw new SiteError('manifest.json', `names no column "${name}"`);
    return path;
  }

  private async loadColumn(name: string, priority: Priority): Promise<Column> {
    return decodeColumn(this.pathOf(name), await this.unpacked(name, priority), this.expected);
  }

  private async unpacked(name: string, priority: Priority): Promise<ArrayBuffer> {
    const path = this.pathOf(name);
    return gunzip(path, await this.source.bytes(path, undefined, priority));
  }

  private get expected(): Expected {
    return { count: this.manifest.imageCount, rankOrder: this.manifest.rankOrder };
  }

  /** A ragged column by name; not kept. */
  async raggedColumn(name: string): Promise<RaggedColumn> {
    return decodeRagged(this.pathOf(name), await this.unpacked(name, 'auto'), this.expected);
  }

  /** Positions of a layout, x and y interleaved, world units. @param spread number of its spread, -1: none */
  async positions(layout: LayoutEntry, spread = -1): Promise<Float32Array> {
    const column = spread < 0 ? layout.positions : layout.spreads[spread].positions;
    if (column === null) throw new SiteError('manifest.json', `layout "${layout.name}" has no positions`);
    return interleavePairs(this.pathOf(column), await this.column(column, 'high'));
  }

  /** log2(width / height) of every image. Not to be changed. */
  aspects(): Promise<Float32Array> {
    if (!this.shapes) {
      this.shapes = this.column('aspect', 'high').then(columnValues);
      this.shapes.catch(() => (this.shapes = null)); // to be asked for again
    }
    return this.shapes;
  }

  /** Mean colours, sRGB, planar R, G, B. */
  async colors(): Promise<Uint8Array> {
    const column = await this.column('color', 'high');
    if (column.components !== 3 || !(column.stored instanceof Uint8Array)) {
      throw new SiteError(this.pathOf('color'), 'should hold three bytes an image');
    }
    return column.stored;
  }

  /** What is shown first; null where the site has none. */
  async boot(): Promise<Boot | null> {
    const { boot } = this.manifest;
    return boot && readBoot(boot.path, await this.source.bytes(boot.path, undefined, 'high'), this.expected);
  }

  /** A chunk of micro-thumbnails and its first rank; not kept. */
  async micro(chunk: number): Promise<{ first: number; blocks: Uint32Array }> {
    const { micro, imageCount, rankOrder } = this.manifest;
    const first = chunk * micro.ranksPerChunk;
    const path = micro.paths[chunk];
    const raw = await gunzip(path, await this.source.bytes(path, undefined, 'low'));
    return { first, blocks: readMicro(path, raw, { count: Math.min(micro.ranksPerChunk, imageCount - first), rankOrder }) };
  }

  /** By rank, 1 where a picture is sensitive: blurred until it is asked for; null: none is. */
  async sensitive(): Promise<Uint8Array | null> {
    if (!this.manifest.columns.has('sensitive')) return null;
    const { stored } = await this.column('sensitive', 'high');
    if (!(stored instanceof Uint8Array)) throw new SiteError(this.pathOf('sensitive'), 'should hold a byte an image');
    return stored;
  }

  /** Words that a model guessed; null where the site has none. What reads them is loaded when first asked for. */
  async concepts(): Promise<Concepts | null> {
    const { concepts: entry, imageCount } = this.manifest;
    if (entry === null) return null;
    if (!this.guessed) {
      this.guessed = import('./concepts').then(({ Concepts }) => new Concepts(this.source, entry, imageCount));
      this.guessed.catch(() => (this.guessed = null)); // to be asked for again
    }
    return this.guessed;
  }

  /** The rank of an image id; -1 where there is none, or it has been taken down. */
  async rankOf(id: string): Promise<number> {
    const rank = rankOfId(await this.column('id'), id);
    return this.manifest.gone?.[rank] === 1 ? -1 : rank;
  }

  /** The id of an image: from the column where that is small, else from its words. */
  async idOf(rank: number): Promise<string> {
    if (this.manifest.imageCount > IDS_UP_TO) return (await this.words.row(rank)).id;
    return idAt(await this.column('id'), rank);
  }

  /** What is drawn below the images of a layout. @param spread as in `positions` */
  async ground(layout: LayoutEntry, spread = -1): Promise<GroundShape[]> {
    const path = surroundOf(layout, spread).ground;
    if (path === null) return [];
    let ground = this.grounds.get(path);
    if (!ground) {
      ground = this.source.bytes(path).then(async (bytes) => readGround(path, await gunzip(path, bytes)));
      this.grounds.set(path, ground);
      ground.catch(() => this.grounds.delete(path));
    }
    return ground;
  }

  /** The labels of a layout itself: its axes and areas. @param spread as in `positions` */
  async ownLabels(layout: LayoutEntry, spread = -1): Promise<Label[]> {
    const path = surroundOf(layout, spread).labels;
    if (path === null) return [];
    let labels = this.labelFiles.get(path);
    if (!labels) {
      labels = this.source.json(path).then((json) => readLabels(path, json));
      this.labelFiles.set(path, labels);
      labels.catch(() => this.labelFiles.delete(path));
    }
    return labels;
  }

  /** The labels to show over a layout: its own, and on the home layout the names of the clusters. */
  async labels(layout: LayoutEntry, spread = -1): Promise<Label[]> {
    const own = await this.ownLabels(layout, spread);
    if (layout.name !== this.manifest.homeLayout) return own;
    const levels = await Promise.all(
      this.manifest.clusterLevels.map(async ({ labels: path }, level) => readClusters(path, await this.source.json(path), level, spread)),
    );
    return [...own, ...levels.flat()];
  }
}
