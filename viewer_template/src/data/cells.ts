// Single thumbnails for strips and lists: one cell of a tile, as something that can be drawn on a canvas.
import type { FileSource } from './fetching';
import { cellOf, tileOf, type Tiling } from './tile_plan';
import { decodePicture } from './tile_loader';

export interface CellPicture {
  readonly bitmap: ImageBitmap;
  /** Where the cell lies in the bitmap, and its side. */
  readonly x: number;
  readonly y: number;
  readonly side: number;
}

const TILES_KEPT = 32;

export class Cells {
  private readonly tiles = new Map<string, Promise<ImageBitmap>>();

  constructor(
    private readonly source: FileSource,
    private readonly tiling: Tiling,
  ) {}

  /** The thumbnail of an image, of the largest level of at most `px`. */
  async picture(rank: number, px: number): Promise<CellPicture> {
    const fitting = this.tiling.levels.filter((level) => level <= px);
    const level = fitting[fitting.length - 1] ?? this.tiling.levels[0];
    const tile = tileOf(this.tiling, level, rank);
    let bitmap = this.tiles.get(tile.path);
    if (bitmap) this.tiles.delete(tile.path); // to be put last again
    else {
      bitmap = this.source.blob(tile.path).then((blob) => decodePicture(tile.path, blob));
      bitmap.catch(() => this.tiles.delete(tile.path));
    }
    this.tiles.set(tile.path, bitmap);
    for (const oldest of this.tiles.keys()) {
      if (this.tiles.size <= TILES_KEPT) break;
      this.tiles.delete(oldest);
    }
    const { column, row } = cellOf(tile, rank);
    return { bitmap: await bitmap, x: column * level, y: row * level, side: level };
  }
}
