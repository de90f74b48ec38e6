// Which tiles of a pyramid a view of one picture needs, and where they go. Pure. CSS pixels from the window's top left corner.
import { fittedSize, type Frame, type PictureView } from './picture_view';

export interface Level {
  /** So many pixels of the whole picture are one of this level, across and down. */
  readonly scale: number;
  readonly width: number;
  readonly height: number;
}

/** A picture at several sizes, the largest first, each in tiles of one size. */
export interface Pyramid {
  readonly width: number;
  readonly height: number;
  readonly tileWidth: number;
  readonly tileHeight: number;
  readonly levels: readonly Level[];
}

export interface Tile {
  readonly level: number;
  readonly column: number;
  readonly row: number;
}

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** How far the picture is seen beyond its window. */
export interface Bleed {
  readonly top: number;
  readonly bottom: number;
}

/** A level may be enlarged by so much before the next is asked for: nobody sees it, and it saves three tiles of four. */
const ENLARGED = 1.15;
/** At most so many tiles for a view; of a window that would need more a coarser level is taken. */
const MOST_TILES = 64;

/** Pixels of the tile itself that show the picture: the last ones of a line or column may be filled up. */
export function tileSize({ levels, tileWidth, tileHeight }: Pyramid, { level, column, row }: Tile): { width: number; height: number } {
  const { width, height } = levels[level];
  return { width: Math.min(tileWidth, width - column * tileWidth), height: Math.min(tileHeight, height - row * tileHeight) };
}

/** Where a tile lies in the window. */
export function tileBox(pyramid: Pyramid, tile: Tile, frame: Frame, view: PictureView): Box {
  const { scale } = pyramid.levels[tile.level];
  const { x, y, perPixel } = lie(pyramid, frame, view);
  const size = tileSize(pyramid, tile);
  const left = tile.column * pyramid.tileWidth * scale;
  const top = tile.row * pyramid.tileHeight * scale;
  const right = Math.min(pyramid.width, left + size.width * scale);
  const bottom = Math.min(pyramid.height, top + size.height * scale);
  return { x: x + left * perPixel, y: y + top * perPixel, width: (right - left) * perPixel, height: (bottom - top) * perPixel };
}

/**
 * The tiles that a view needs, those nearest the middle first.
 * @param ratio device pixels a CSS pixel
 * @param shownWidth width of the picture that is shown already; no tiles are needed while it is sharp. Pixels; 0: none is
 * @param bleed how far beyond the window they are seen
 */
export function planTiles(pyramid: Pyramid, frame: Frame, view: PictureView, ratio: number, shownWidth: number, bleed: Bleed = { top: 0, bottom: 0 }): Tile[] {
  const { x, y, perPixel } = lie(pyramid, frame, view);
  if (pyramid.width * perPixel * ratio <= shownWidth * ENLARGED) return [];
  const sharp = pyramid.levels.filter(({ scale }) => scale * perPixel * ratio <= ENLARGED).length; // scales rise
  for (let level = Math.max(0, sharp - 1); ; level++) {
    const { scale, width, height } = pyramid.levels[level];
    const across = pyramid.tileWidth * scale * perPixel;
    const down = pyramid.tileHeight * scale * perPixel;
    const first = { column: Math.max(0, Math.floor(-x / across)), row: Math.max(0, Math.floor((-bleed.top - y) / down)) };
    const last = {
      column: Math.min(Math.ceil(width / pyramid.tileWidth), Math.ceil((frame.width - x) / across)) - 1,
      row: Math.min(Math.ceil(height / pyramid.tileHeight), Math.ceil((frame.height + bleed.bottom - y) / down)) - 1,
    };
    const count = Math.max(0, last.column - first.column + 1) * Math.max(0, last.row - first.row + 1);
    if (count > MOST_TILES && level < pyramid.levels.length - 1) continue;
    const tiles: Tile[] = [];
    for (let row = first.row; row <= last.row; row++) for (let column = first.column; column <= last.column; column++) tiles.push({ level, column, row });
    const distance = (tile: Tile) => Math.hypot(x + (tile.column + 0.5) * across - frame.width / 2, y + (tile.row + 0.5) * down - frame.height / 2);
    return tiles.sort((a, b) => distance(a) - distance(b));
  }
}

/** Where the picture's top left corner lies, and CSS pixels a pixel of the picture. */
function lie(pyramid: Pyramid, frame: Frame, view: PictureView): { x: number; y: number; perPixel: number } {
  const fitted = fittedSize(frame);
  const width = fitted.width * view.zoom;
  const height = fitted.height * view.zoom;
  return { x: frame.width / 2 + view.x - width / 2, y: frame.height / 2 + view.y - height / 2, perPixel: width / pyramid.width };
}
