// Brings the pictures of a view: plans tiles, loads them, hands them to the renderer; and the few detail
// pictures where one looks closely. At most 40 new tiles a view that rests.
import type { Site } from '../data/site';
import { detailPath } from '../data/words';
import { SiteError, UnreachableError } from '../data/site_error';
import { cellsOf, type Overview, planTiles, type Tiling, type Wish } from '../data/tile_plan';
import { decodePicture, type LoadedTile, TileLoader } from '../data/tile_loader';
import type { Thumbnails } from '../render/frame';
import { DETAIL_PX, type Renderer } from '../render/renderer';

const TILES_A_VIEW = 40; // of full size, or as much in smaller ones
const DETAILS_A_VIEW = 24;
const DETAILS_AT_ONCE = 4;

export class Pictures {
  private readonly loader: TileLoader;
  private readonly tiling: Tiling;
  private readonly details = new Map<number, AbortController>();
  /** As in the loader of tiles. */
  private readonly failedDetails = new Map<number, boolean>();
  private detailQueue: number[] = [];
  /** Tiles asked for since the view last moved, and what each costs. */
  private readonly asked = new Map<string, number>();

  /** @param onArrival called when something new can be drawn */
  constructor(
    private readonly site: Site,
    private readonly renderer: Renderer,
    private readonly onArrival: () => void,
    private readonly onError: (error: SiteError) => void,
    private readonly isVeiled: (rank: number) => boolean,
  ) {
    this.tiling = site.manifest;
    this.loader = new TileLoader(site.source, (loaded) => {
      this.receive(loaded);
    }, (error) => {
      onError(error);
      onArrival(); // the view may be complete now, as far as it can be
    });
  }

  get isIdle(): boolean {
    return this.loader.isIdle && this.details.size === 0 && this.detailQueue.length === 0 && this.renderer.waitingUploads === 0;
  }

  /** The view has moved: it may ask for new tiles again. */
  viewMoved(): void {
    this.asked.clear();
  }

  /** The server answers again: what it did not give is asked for with the next frame. */
  retry(): void {
    this.loader.retry();
    for (const [rank, isUnreached] of this.failedDetails) if (isUnreached) this.failedDetails.delete(rank);
    this.viewMoved();
  }

  /**
   * @param areaOf square device pixels that an image covers
   * @param overview tiles to take pictures from that are few among very many; null: those of their levels alone
   */
  follow(thumbnails: Thumbnails, areaOf: (rank: number) => number, overview: Overview | null): void {
    const { levels } = this.tiling;
    const wishes: Wish[] = [];
    const close: number[] = [];
    for (let i = thumbnails.count - 1; i >= 0; i--) {
      const rank = thumbnails.ranks[i];
      const level = thumbnails.levels[i];
      if (level === levels.length && close.length < DETAILS_A_VIEW) close.push(rank);
      if (level === levels.length && this.renderer.has(level, rank)) continue;
      const side = levels[Math.min(level, levels.length - 1)];
      // Of what is veiled only the coarsest cell is taken: a tile of the overview would bring it nothing, and be asked for for ever.
      const tile = overview && side <= overview.level && !this.isVeiled(rank) ? overview.tileOf(rank) : null;
      wishes.push({ rank, level: tile ? tile.level : side, area: areaOf(rank), tile });
    }
    // A larger level than wanted is of use too; a smaller one only to those that have nothing yet.
    const wantedLevel = new Map(wishes.map((wish) => [wish.rank, levels.indexOf(wish.level)]));
    this.renderer.dropUploads((level, rank) => {
      const wanted = wantedLevel.get(rank);
      return wanted !== undefined && (level >= wanted || !this.renderer.hasAny(rank));
    });
    let left = TILES_A_VIEW;
    for (const share of this.asked.values()) left -= share;
    const plan = planTiles(
      this.tiling,
      wishes,
      (level, rank) => this.renderer.has(levels.indexOf(level), rank),
      (rank) => this.renderer.hasAny(rank),
      TILES_A_VIEW,
    ).filter((tile) => {
      if (this.loader.hasFailed(tile.path) || this.renderer.isWaiting(tile.path)) return false;
      if (this.asked.has(tile.path)) return this.loader.isRunning(tile.path);
      if (left < tile.share) return false;
      left -= tile.share;
      this.asked.set(tile.path, tile.share);
      return true;
    });
    this.loader.follow(plan);
    this.followDetails(close);
  }

  private receive({ tile, bitmap }: LoadedTile): void {
    const level = this.tiling.levels.indexOf(tile.level);
    // Of what is blurred only the coarsest cell ever comes to the screen.
    const cells = level === 0 ? cellsOf(tile) : cellsOf(tile).filter(({ rank }) => !this.isVeiled(rank));
    this.renderer.addTile(tile.path, bitmap, level, cells, new Set(tile.wanted));
    this.onArrival();
  }

  private followDetails(ranks: readonly number[]): void {
    const wanted = new Set(ranks);
    for (const [rank, abort] of this.details) {
      if (wanted.has(rank)) continue;
      abort.abort();
      this.details.delete(rank);
    }
    const level = this.renderer.detailLevel;
    const isHere = (rank: number) => this.renderer.has(level, rank) || this.renderer.isWaitingFor(level, rank);
    this.detailQueue = ranks.filter((rank) => !this.details.has(rank) && !this.failedDetails.has(rank) && !isHere(rank));
    this.pumpDetails();
  }

  private pumpDetails(): void {
    while (this.details.size < DETAILS_AT_ONCE) {
      const rank = this.detailQueue.shift();
      if (rank === undefined) return;
      const abort = new AbortController();
      this.details.set(rank, abort);
      void this.loadDetail(rank, abort);
    }
  }

  private async loadDetail(rank: number, abort: AbortController): Promise<void> {
    try {
      const path = detailPath(this.site.manifest, await this.site.idOf(rank));
      if (path === null) return;
      const blob = await this.site.source.blob(path, abort.signal);
      const bitmap = await decodePicture(path, blob, DETAIL_PX);
      if (abort.signal.aborted) {
        bitmap.close();
        return;
      }
      this.renderer.addDetail(path, bitmap, rank);
    } catch (error) {
      if (abort.signal.aborted) return;
      this.failedDetails.set(rank, error instanceof UnreachableError);
      this.onError(error instanceof SiteError ? error : new SiteError(`picture ${String(rank)}`, 'could not be read'));
    }
    if (this.details.get(rank) === abort) this.details.delete(rank);
    this.onArrival();
    this.pumpDetails();
  }
}
