// Draws the tiles of one enlarged picture on a canvas that lies over it: what has come, coarse below fine.
import type { TileSource } from '../data/tile_source';
import { type Bleed, planTiles, type Tile, tileBox, tileSize } from '../geometry/deep_zoom';
import type { Frame, PictureView } from '../geometry/picture_view';

const AT_ONCE = 6;
/** Tiles that are kept; of 512 px each takes 1 MB. */
const KEPT = 96;

type Picture = ImageBitmap | HTMLImageElement;

interface Loaded {
  readonly tile: Tile;
  readonly picture: Picture;
}

export class TileLayer {
  private readonly loaded = new Map<string, Loaded>();
  private readonly running = new Map<string, AbortController>();
  /** Not asked for again until `retry`. */
  private readonly failed = new Set<string>();
  private wanted: Tile[] = [];
  private view: { frame: Frame; view: PictureView } | null = null;
  private asked = 0;

  /**
   * @param shownWidth width of the picture below, pixels; 0: there is none
   * @param onTrouble called when a tile cannot be had
   */
  constructor(
    private readonly canvas: HTMLCanvasElement,
    private readonly source: TileSource,
    private readonly shownWidth: number,
    private readonly onTrouble: () => void,
  ) {}

  /** Shows the picture as it lies in its window now, and asks for what is missing. */
  show(frame: Frame, view: PictureView): void {
    this.view = { frame, view };
    this.wanted = planTiles(this.source.pyramid, frame, view, this.ratio, this.shownWidth, this.bleed(frame));
    const names = new Set(this.wanted.map(nameOf));
    for (const [name, abort] of this.running) if (!names.has(name)) abort.abort();
    this.pump();
    if (this.asked === 0) this.asked = requestAnimationFrame(() => { this.draw(); });
  }

  /** Asks once more for what could not be had. */
  retry(): void {
    this.failed.clear();
    if (this.view) this.show(this.view.frame, this.view.view);
  }

  /** Lets go of everything, and asks for nothing more. */
  close(): void {
    this.view = null;
    cancelAnimationFrame(this.asked);
    for (const abort of this.running.values()) abort.abort();
    for (const { picture } of this.loaded.values()) release(picture);
    this.loaded.clear();
  }

  private get ratio(): number {
    return window.devicePixelRatio || 1;
  }

  /** The canvas may reach beyond the window in which the picture is fitted. */
  private bleed(frame: Frame): Bleed {
    const top = -this.canvas.offsetTop;
    return { top, bottom: Math.max(0, this.canvas.offsetHeight - frame.height - top) };
  }

  private pump(): void {
    for (const tile of this.wanted) {
      if (this.running.size >= AT_ONCE) return;
      const name = nameOf(tile);
      const there = this.loaded.get(name);
      if (there) {
        this.loaded.delete(name); // the last used come last
        this.loaded.set(name, there);
      } else if (!this.running.has(name) && !this.failed.has(name)) void this.load(tile, name);
    }
  }

  private async load(tile: Tile, name: string): Promise<void> {
    const abort = new AbortController();
    this.running.set(name, abort);
    try {
      const given = await this.source.tile(tile, abort.signal);
      const picture = typeof given === 'string' ? await loadImage(given) : await createImageBitmap(given);
      if (abort.signal.aborted) release(picture);
      else this.keep(name, { tile, picture });
    } catch {
      if (!abort.signal.aborted) {
        this.failed.add(name);
        this.onTrouble();
      }
    }
    this.running.delete(name);
    if (this.view) this.show(this.view.frame, this.view.view);
  }

  private keep(name: string, loaded: Loaded): void {
    this.loaded.set(name, loaded);
    const needed = new Set(this.wanted.map(nameOf));
    for (const [oldest, { picture }] of this.loaded) {
      if (this.loaded.size <= KEPT) return;
      if (needed.has(oldest)) continue;
      release(picture);
      this.loaded.delete(oldest);
    }
  }

  private draw(): void {
    this.asked = 0;
    const pen = this.canvas.getContext('2d');
    if (!this.view || !pen) return;
    const { frame, view } = this.view;
    const { ratio } = this;
    const width = Math.round(frame.width * ratio);
    const { top: above, bottom: below } = this.bleed(frame);
    const height = Math.round((above + frame.height + below) * ratio);
    if (this.canvas.width !== width || this.canvas.height !== height) Object.assign(this.canvas, { width, height });
    else pen.clearRect(0, 0, width, height);
    const finest = this.wanted[0]?.level;
    if (finest === undefined) return;
    const ordered = [...this.loaded.values()].filter(({ tile }) => tile.level >= finest).sort((a, b) => b.tile.level - a.tile.level);
    for (const { tile, picture } of ordered) {
      const box = tileBox(this.source.pyramid, tile, frame, view);
      // Edges on whole device pixels: no seams between neighbours.
      const [left, top] = [Math.round(box.x * ratio), Math.round((box.y + above) * ratio)];
      const [right, bottom] = [Math.round((box.x + box.width) * ratio), Math.round((box.y + above + box.height) * ratio)];
      if (right <= 0 || bottom <= 0 || left >= width || top >= height) continue;
      const size = tileSize(this.source.pyramid, tile);
      pen.drawImage(picture, 0, 0, Math.min(size.width, picture.width), Math.min(size.height, picture.height), left, top, right - left, bottom - top);
    }
  }
}

function nameOf({ level, column, row }: Tile): string {
  return [level, column, row].join('/');
}

/** A picture of another server: shown, never read, so that it needs no leave of that server's. */
async function loadImage(url: string): Promise<HTMLImageElement> {
  const image = new Image();
  image.referrerPolicy = 'no-referrer';
  image.src = url;
  await image.decode();
  return image;
}

function release(picture: Picture): void {
  if (picture instanceof ImageBitmap) picture.close();
}
