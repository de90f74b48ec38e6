// Carries out a plan of tiles: a few requests at a time, decoded off the main thread, aborted when a new
// plan no longer wants them. Hands over bitmaps; what becomes of them is not known here.
import type { FileSource } from './fetching';
import { isAbort, SiteError, UnreachableError, UnreadableError } from './site_error';
import { type PlannedTile, tileExtent } from './tile_plan';

/** Requests at a time: so many tiles of full size, or somewhat more of smaller ones. */
const AT_ONCE = 6;
const MOST_AT_ONCE = 12;

export interface LoadedTile {
  readonly tile: PlannedTile;
  readonly bitmap: ImageBitmap;
}

export class TileLoader {
  private queue: PlannedTile[] = [];
  private readonly running = new Map<string, { abort: AbortController; tile: PlannedTile }>();
  /** By path, whether it may be had another time: the server did not answer. */
  private readonly failed = new Map<string, boolean>();

  constructor(
    private readonly source: FileSource,
    private readonly onTile: (loaded: LoadedTile) => void,
    private readonly onError: (error: SiteError) => void,
  ) {}

  /** Whether nothing is on its way and nothing waits. */
  get isIdle(): boolean {
    return this.running.size === 0 && this.queue.length === 0;
  }

  hasFailed(path: string): boolean {
    return this.failed.has(path);
  }

  /** Whether a tile is on its way or waits its turn. */
  isRunning(path: string): boolean {
    return this.running.has(path) || this.queue.some((tile) => tile.path === path);
  }

  /** Takes a new plan, best first: what it lacks is aborted, what is under way goes on. */
  follow(plan: readonly PlannedTile[]): void {
    const wanted = new Map(plan.map((tile) => [tile.path, tile]));
    for (const [path, entry] of this.running) {
      const again = wanted.get(path);
      if (again) entry.tile = again;
      else {
        entry.abort.abort();
        this.running.delete(path);
      }
    }
    this.queue = plan.filter((tile) => !this.running.has(tile.path) && !this.failed.has(tile.path));
    this.pump();
  }

  /** The server answers again: what it did not give may be asked for. */
  retry(): void {
    for (const [path, isUnreached] of this.failed) if (isUnreached) this.failed.delete(path);
  }

  stop(): void {
    this.follow([]);
  }

  private pump(): void {
    for (;;) {
      const [tile] = this.queue;
      let share = 0;
      for (const entry of this.running.values()) share += entry.tile.share;
      if (!tile || this.running.size >= MOST_AT_ONCE || share + tile.share > AT_ONCE) return;
      this.queue.shift();
      const entry = { abort: new AbortController(), tile };
      this.running.set(tile.path, entry);
      void this.load(entry);
    }
  }

  private async load(entry: { abort: AbortController; tile: PlannedTile }): Promise<void> {
    const { path } = entry.tile;
    try {
      const bitmap = await decodePicture(path, await this.source.blob(path, entry.abort.signal));
      if (entry.abort.signal.aborted) {
        bitmap.close();
        return;
      }
      const needed = tileExtent(entry.tile);
      if (bitmap.width < needed.width || bitmap.height < needed.height) {
        throw new SiteError(path, `is ${String(bitmap.width)} × ${String(bitmap.height)} px; its cells need ${String(needed.width)} × ${String(needed.height)}`);
      }
      this.running.delete(path);
      this.onTile({ tile: entry.tile, bitmap });
    } catch (error) {
      if (entry.abort.signal.aborted || isAbort(error)) return;
      this.running.delete(path);
      this.failed.set(path, error instanceof UnreachableError);
      this.onError(error instanceof SiteError ? error : new SiteError(path, 'could not be read'));
    }
    this.pump();
  }
}

/** Decodes a picture without touching its colours. @param side resize (squash) to this square, if given */
export async function decodePicture(path: string, blob: Blob, side?: number): Promise<ImageBitmap> {
  try {
    const options: ImageBitmapOptions = { premultiplyAlpha: 'none', colorSpaceConversion: 'none' };
    if (side !== undefined) Object.assign(options, { resizeWidth: side, resizeHeight: side, resizeQuality: 'high' });
    return await createImageBitmap(blob, options);
  } catch {
    throw new UnreadableError(path);
  }
}
