// What a IIIF image service says of a picture (Image API 1 to 3), and how its tiles are asked for.
// Source: https://iiif.io/api/image/2.1/ and /3.0/, sections "Image Information" and "Canonical URI Syntax".
import type { Pyramid, Tile } from '../geometry/deep_zoom';
import { tileSize } from '../geometry/deep_zoom';
import { Checked, type Json } from './checked';
import { SiteError } from './site_error';

const TILE_PX = 512;
/** Scales of servers that cut any region: down to one tile for pictures of any size. */
const MOST_SCALE = 4096;

/** @param url base address that was asked: behind a proxy the document may call itself something else */
export function readInfo(url: string, json: unknown): { pyramid: Pyramid; address: (tile: Tile) => string } {
  const check = new Checked(`${url}/info.json`);
  const info = check.object('(all)', json);
  const width = check.whole('width', info['width'], 1);
  const height = check.whole('height', info['height'], 1);
  const version = versionOf(info);
  const { tileWidth, tileHeight, scales } = readTiles(check, info, width, height);
  const levels = scales.map((scale) => ({ scale, width: Math.ceil(width / scale), height: Math.ceil(height / scale) }));
  const pyramid = { width, height, tileWidth, tileHeight, levels };
  const quality = version === 1 ? 'native' : 'default';
  const address = (tile: Tile) => {
    const { scale } = levels[tile.level];
    const x = tile.column * tileWidth * scale;
    const y = tile.row * tileHeight * scale;
    const region = { width: Math.min(tileWidth * scale, width - x), height: Math.min(tileHeight * scale, height - y) };
    const size = tileSize(pyramid, tile);
    const isAll = region.width === width && region.height === height;
    const cut = isAll ? 'full' : [x, y, region.width, region.height].join(',');
    const isWhole = isAll && scale === 1;
    const asked = isWhole ? (version === 3 ? 'max' : 'full') : version === 3 ? `${String(size.width)},${String(size.height)}` : `${String(size.width)},`;
    return `${url}/${cut}/${asked}/0/${quality}.jpg`;
  };
  return { pyramid, address };
}

function versionOf(info: Json): 1 | 2 | 3 {
  const told = [info['@context'], info['type'], info['profile']].map((value) => JSON.stringify(value) ?? '').join(' ');
  if (/image\/3\/|ImageService3/.test(told)) return 3;
  return /image\/1\/|image-api\/1|library\.stanford\.edu|ImageService1/.test(told) ? 1 : 2;
}

function readTiles(check: Checked, info: Json, width: number, height: number): { tileWidth: number; tileHeight: number; scales: number[] } {
  const [first] = Array.isArray(info['tiles']) ? (info['tiles'] as unknown[]) : [];
  if (first !== undefined) {
    const tiles = check.object('tiles', first);
    const tileWidth = check.whole('tiles.width', tiles['width'], 1);
    const scales = check.list('tiles.scaleFactors', tiles['scaleFactors']).map((scale) => check.whole('tiles.scaleFactors', scale, 1));
    return { tileWidth, tileHeight: check.whole('tiles.height', tiles['height'] ?? tileWidth, 1), scales: inOrder(check, scales) };
  }
  if (typeof info['tile_width'] === 'number') { // version 1
    const tileWidth = check.whole('tile_width', info['tile_width'], 1);
    const scales = check.list('scale_factors', info['scale_factors'] ?? [1]).map((scale) => check.whole('scale_factors', scale, 1));
    return { tileWidth, tileHeight: check.whole('tile_height', info['tile_height'] ?? tileWidth, 1), scales: inOrder(check, scales) };
  }
  if (/level0/.test(JSON.stringify(info['profile']) ?? '')) throw new SiteError(`info.json`, 'offers no tiles');
  const scales = [1];
  while (Math.max(width, height) / scales[scales.length - 1] > TILE_PX && scales[scales.length - 1] < MOST_SCALE) scales.push(2 * scales[scales.length - 1]);
  return { tileWidth: TILE_PX, tileHeight: TILE_PX, scales };
}

function inOrder(check: Checked, scales: readonly number[]): number[] {
  if (scales.length === 0) check.fail('tiles.scaleFactors', 'at least one number', scales);
  return [...new Set(scales)].sort((a, b) => a - b);
}
