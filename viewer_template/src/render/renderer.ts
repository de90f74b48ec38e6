// The renderer: is given images, layouts and decoded tiles, then frames to draw. Knows no UI and no files.
import { fallbackOrder } from '../geometry/level';
import type { Drawn, Frame, Rgb } from './frame';
import { CHOSEN, DIMMED, HIDDEN, MAX_THUMBNAILS, PLAIN } from './frame';
import { DataTexture, GraphicsError } from './gl';
import { Gpu, PALETTE_SIZE, type Shape } from './gpu';
import { type Cell, HAND_SHARE, poolCapacity } from './pool_textures';
import { uploadBudget } from './upload_budget';

export type { Cell } from './pool_textures';
export { GraphicsError } from './gl';

/** Side of the square into which a detail picture is squashed. */
export const DETAIL_PX = 512;

interface Upload {
  readonly name: string;
  readonly bitmap: ImageBitmap;
  readonly level: number;
  /** Those in view first: they may take the place of others, the rest only what is free. */
  readonly cells: readonly Cell[];
  readonly wanted: number;
}

export class Renderer {
  /** The index of the detail pool among the levels. */
  readonly detailLevel: number;
  private readonly gl: WebGL2RenderingContext;
  private readonly shape: Shape;
  private readonly fallbacks: readonly (readonly number[])[];
  private gpu: Gpu | null;
  private uploads: Upload[] = [];
  private readonly arrivals = new Map<number, number>();
  private readonly instanceData = new Uint32Array(DataTexture.lengthFor(MAX_THUMBNAILS));
  private readonly aspectBits = new Float32Array(1);
  private readonly aspectWord = new Uint32Array(this.aspectBits.buffer);
  private aspects = new Float32Array(0);
  private imageTexels = new Uint8Array(0);
  private marks: Uint8Array;
  private readonly micro: Uint32Array;
  private readonly palette = new Uint8Array(DataTexture.lengthFor(PALETTE_SIZE));
  /** How many images are not hidden, and the looks that they have, the lowest first. */
  private shown: { count: number; looks: readonly number[] };
  private layoutFrom = new Float32Array(0);
  private layoutTo = new Float32Array(0);
  private frameNumber = 1;
  /** When the last frame was drawn, if another was to follow at once. */
  private busySince: number | null = null;

  /** @param onRestored called when a lost context is back: all pictures have to be asked for again */
  constructor(
    private readonly canvas: HTMLCanvasElement,
    options: { imageCount: number; levels: readonly number[]; tilePx: number; isInHand: boolean; onRestored: () => void },
  ) {
    const gl = canvas.getContext('webgl2', { antialias: false, depth: false, powerPreference: 'high-performance' });
    if (!gl) throw new GraphicsError('WebGL 2 is missing');
    this.gl = gl;
    const poolShare = options.isInHand ? HAND_SHARE : 1;
    this.shape = { imageCount: options.imageCount, tilePx: options.tilePx, cellSides: [...options.levels, DETAIL_PX], poolShare };
    this.detailLevel = options.levels.length;
    const indices = this.shape.cellSides.map((_, i) => i);
    this.fallbacks = indices.map((i) => fallbackOrder(indices, i));
    this.marks = new Uint8Array(DataTexture.lengthFor(options.imageCount, 2)).fill(PLAIN);
    this.micro = new Uint32Array(DataTexture.lengthFor(options.imageCount, 2));
    this.shown = { count: options.imageCount, looks: [PLAIN] };
    this.gpu = new Gpu(gl, this.shape);
    this.gpu.marks.fill(this.marks);
    canvas.addEventListener('webglcontextlost', (event) => {
      event.preventDefault();
      this.gpu = null;
    });
    canvas.addEventListener('webglcontextrestored', () => {
      this.restore();
      options.onRestored();
    });
  }

  get imageCount(): number {
    return this.shape.imageCount;
  }

  get isLost(): boolean {
    return this.gpu === null;
  }

  get bytesAllocated(): number {
    return this.gpu?.bytes ?? 0;
  }

  private restore(): void {
    for (const upload of this.uploads) upload.bitmap.close();
    this.uploads = [];
    this.arrivals.clear();
    this.gpu = new Gpu(this.gl, this.shape);
    this.gpu.images.fill(this.imageTexels);
    this.gpu.marks.fill(this.marks);
    this.gpu.micro.fill(this.micro);
    this.gpu.palette.fill(this.palette);
    this.gpu.from.fill(this.layoutFrom);
    this.gpu.to.fill(this.layoutTo);
  }

  /** @param logAspects log2(width / height) by rank; @param colors sRGB, planar R, G, B */
  setImages(logAspects: Float32Array, colors: Uint8Array): void {
    const { imageCount } = this.shape;
    this.aspects = logAspects as Float32Array<ArrayBuffer>;
    this.imageTexels = new Uint8Array(DataTexture.lengthFor(imageCount));
    for (let rank = 0; rank < imageCount; rank++) {
      for (let c = 0; c < 3; c++) this.imageTexels[4 * rank + c] = colors[c * imageCount + rank];
      this.imageTexels[4 * rank + 3] = aspectByte(logAspects[rank]);
    }
    this.gpu?.images.fill(this.imageTexels);
  }

  /** @param logAspects log2(width / height) by rank */
  setAspects(logAspects: Float32Array): void {
    this.aspects = logAspects as Float32Array<ArrayBuffer>;
    for (let rank = 0; rank < logAspects.length; rank++) this.imageTexels[4 * rank + 3] = aspectByte(logAspects[rank]);
    this.gpu?.images.fill(this.imageTexels);
  }

  /** Mean colours of the ranks from `first` on, three bytes each. */
  setMeans(first: number, colors: Uint8Array): void {
    for (let row = 0; 3 * row < colors.length; row++) for (let c = 0; c < 3; c++) this.imageTexels[4 * (first + row) + c] = colors[3 * row + c];
    this.gpu?.images.fillRows(this.imageTexels, first, colors.length / 3);
  }

  /** Micro-thumbnails of the ranks from `first` on: two numbers each (data/micro.ts). */
  setMicro(first: number, blocks: Uint32Array): void {
    this.micro.set(blocks, 2 * first);
    this.gpu?.micro.fillRows(this.micro, first, blocks.length / 2);
  }

  /** @param codes number of each image's colour, 0 for none; @param palette the colours by number; at most 256 */
  setColors(codes: Uint8Array | null, palette: readonly Rgb[]): void {
    for (let rank = 0; rank < this.shape.imageCount; rank++) this.marks[2 * rank + 1] = codes ? codes[rank] : 0;
    palette.forEach((color, number) => {
      this.palette.set([...color.map((part) => Math.round(255 * part)), 255], 4 * number);
    });
    this.gpu?.marks.fill(this.marks);
    this.gpu?.palette.fill(this.palette);
  }

  /**
   * @param looks HIDDEN, DIMMED or PLAIN by rank; null: all are drawn as themselves
   * @param chosen by rank, not 0 where an image is among the chosen ones
   */
  setLooks(looks: Uint8Array | null, chosen: Uint8Array | null): void {
    const { imageCount } = this.shape;
    const counts = new Uint32Array(8);
    for (let rank = 0; rank < imageCount; rank++) {
      const look = looks ? looks[rank] : PLAIN;
      const mark = look === HIDDEN ? HIDDEN : look + (chosen && chosen[rank] !== 0 ? CHOSEN : 0);
      this.marks[2 * rank] = mark;
      counts[mark]++;
    }
    const order = [DIMMED, DIMMED + CHOSEN, PLAIN, PLAIN + CHOSEN];
    this.shown = { count: imageCount - counts[HIDDEN], looks: order.filter((mark) => counts[mark] > 0) };
    this.gpu?.marks.fill(this.marks);
  }

  /** Makes a layout the one shown; the one before becomes the one that `mix` comes from. */
  setLayout(positions: Float32Array, rooms: Float32Array): void {
    const { imageCount } = this.shape;
    const texels = new Float32Array(DataTexture.lengthFor(imageCount));
    for (let rank = 0; rank < imageCount; rank++) {
      texels[4 * rank] = positions[2 * rank];
      texels[4 * rank + 1] = positions[2 * rank + 1];
      texels[4 * rank + 2] = rooms[rank];
    }
    this.layoutFrom = this.layoutTo.length === 0 ? texels : this.layoutTo;
    this.layoutTo = texels;
    this.gpu?.from.fill(this.layoutFrom);
    this.gpu?.to.fill(this.layoutTo);
  }

  /** Whether a picture is in the pool of a level (an index). */
  has(level: number, rank: number): boolean {
    return (this.gpu?.poolIfMade(level)?.cells.slotOf(rank) ?? -1) >= 0;
  }

  hasAny(rank: number): boolean {
    for (let level = 0; level < this.shape.cellSides.length; level++) if (this.has(level, rank)) return true;
    return false;
  }

  /** How many pictures the pool of a level can hold. */
  capacity(level: number): number {
    return poolCapacity(this.shape.cellSides[level], this.shape.imageCount, this.shape.poolShare);
  }

  get waitingUploads(): number {
    return this.uploads.length;
  }

  /** Whether a tile of this name waits for its upload. */
  isWaiting(name: string): boolean {
    return this.uploads.some((upload) => upload.name === name);
  }

  /** Whether a picture of a level waits for its upload. */
  isWaitingFor(level: number, rank: number): boolean {
    return this.uploads.some((upload) => upload.level === level && upload.cells.some((cell) => cell.rank === rank));
  }

  /** Forgets uploads that the view no longer wants. */
  dropUploads(isWanted: (level: number, rank: number) => boolean): void {
    this.uploads = this.uploads.filter((upload) => {
      if (upload.cells.slice(0, upload.wanted).some((cell) => isWanted(upload.level, cell.rank))) return true;
      upload.bitmap.close();
      return false;
    });
  }

  /** Takes a decoded tile; its cells go to the pool within the upload budget of the next frames. */
  addTile(name: string, bitmap: ImageBitmap, level: number, cells: readonly Cell[], wanted: ReadonlySet<number>): void {
    if (!this.gpu || this.isWaiting(name)) {
      bitmap.close();
      return;
    }
    const first = cells.filter((cell) => wanted.has(cell.rank));
    const rest = cells.filter((cell) => !wanted.has(cell.rank));
    this.uploads.push({ name, bitmap, level, cells: [...first, ...rest], wanted: first.length });
  }

  addDetail(name: string, bitmap: ImageBitmap, rank: number): void {
    this.addTile(name, bitmap, this.detailLevel, [{ rank, column: 0, row: 0 }], new Set([rank]));
  }

  private upload(gpu: Gpu, now: number): void {
    const budget = uploadBudget(this.busySince === null ? null : now - this.busySince);
    let bytes = 0;
    while (this.uploads.length > 0) {
      const next = this.uploads[0];
      const size = next.bitmap.width * next.bitmap.height * 4;
      if (bytes > 0 && bytes + size > budget) break;
      bytes += size;
      this.uploads.shift();
      const pool = gpu.pool(next.level);
      const placed: { cell: Cell; slot: number }[] = [];
      next.cells.forEach((cell, i) => {
        if (pool.cells.slotOf(cell.rank) >= 0) return;
        const isNew = !this.hasAny(cell.rank);
        const slot = pool.cells.place(cell.rank, this.frameNumber - 1, i < next.wanted);
        if (slot < 0) return;
        placed.push({ cell, slot });
        if (isNew && i < next.wanted) this.arrivals.set(cell.rank, now);
      });
      if (placed.length > 0) gpu.copier.copy(next.bitmap, pool, placed);
      next.bitmap.close();
    }
  }

  /** Draws one frame. */
  draw(frame: Frame): Drawn {
    const gpu = this.gpu;
    if (!gpu || this.gl.isContextLost()) return { points: 0, thumbnails: 0, isBusy: false };
    const width = Math.round(frame.viewport.width * frame.devicePixelRatio);
    const height = Math.round(frame.viewport.height * frame.devicePixelRatio);
    if (this.canvas.width !== width || this.canvas.height !== height) {
      this.canvas.width = width;
      this.canvas.height = height;
    }
    this.frameNumber++;
    this.upload(gpu, frame.now);
    const thumbnails = this.writeInstances(gpu, frame);
    gpu.beginFrame();
    if (frame.drawsPoints) gpu.drawPoints(frame, this.shown.looks);
    if (frame.thumbnails.count > 0) gpu.drawThumbnails(frame, frame.thumbnails.count);
    const points = (frame.drawsPoints ? this.shown.count : frame.thumbnails.count) - thumbnails;
    const isBusy = this.arrivals.size > 0 || this.uploads.length > 0;
    this.busySince = isBusy ? frame.now : null;
    return { points, thumbnails, isBusy };
  }

  /** Fills the instance texture with what each thumbnail shows. @returns how many show their picture */
  private writeInstances(gpu: Gpu, frame: Frame): number {
    const { ranks, levels, count, leastPx } = frame.thumbnails;
    const data = this.instanceData;
    let pictures = 0;
    for (let i = 0; i < count; i++) {
      const rank = ranks[i];
      let word = 0;
      for (const level of this.fallbacks[levels[i]]) {
        const pool = gpu.poolIfMade(level);
        const slot = pool?.cells.slotOf(rank) ?? -1;
        if (!pool || slot < 0) continue;
        pool.cells.touch(slot, this.frameNumber);
        word = ((level + 1) << 24) | slot;
        pictures++;
        break;
      }
      let fade = 255;
      const arrived = this.arrivals.get(rank);
      if (arrived !== undefined) {
        fade = frame.fadeMs > 0 ? Math.min(255, Math.round(((frame.now - arrived) / frame.fadeMs) * 255)) : 255;
        if (fade === 255) this.arrivals.delete(rank);
      }
      const mark = rank === frame.selected ? 2 : rank === frame.hovered ? 1 : 0;
      this.aspectBits[0] = this.aspects[rank];
      data[4 * i] = rank;
      data[4 * i + 1] = word;
      data[4 * i + 2] = fade | (mark << 8) | (leastPx << 16);
      data[4 * i + 3] = this.aspectWord[0];
    }
    // What is no longer in view need not fade.
    for (const [rank, arrived] of this.arrivals) if (frame.now - arrived > 2 * frame.fadeMs) this.arrivals.delete(rank);
    if (count > 0) gpu.instances.fill(data, count);
    return pictures;
  }
}

function aspectByte(logAspect: number): number {
  return Math.round(Math.min(6, Math.max(-6, logAspect)) * 21) + 127;
}
