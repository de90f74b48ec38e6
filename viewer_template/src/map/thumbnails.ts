// Which images a frame draws as pictures, and of which level: all in view where there is room, else few of them.
import type { Manifest } from '../data/manifest';
import type { Camera } from '../geometry/camera';
import { sizeOf, type Sizing } from '../geometry/sizes';
import { MAX_THUMBNAILS, type Thumbnails } from '../render/frame';
import { FOREMOST_PX } from './foremost';
import type { Looks } from './looks';
import type { Scene } from './scene';
import type { Stage } from './stage';
import { bringToTop, chooseLevels, findVisible, SMALLEST_PICTURE_PX } from './visible';

/** Up to so many times the scale at which all is in view, only those are foremost whose pictures are at hand: others lie
 * so scattered that each costs a tile, a million images 18 MB, and half of them stay blurred. */
const LARGE_HOME = 3;

/** A change of layout, as far as it matters here. */
export interface Passing {
  readonly from: Scene;
  readonly sizingFrom: Sizing;
  readonly ranks: Uint32Array;
}

export interface Given {
  readonly stage: Stage;
  readonly camera: Camera;
  readonly sizing: Sizing;
  readonly ratio: number;
  readonly change: Passing | null;
  readonly looks: Looks | null;
  readonly hovered: number;
  readonly open: number;
  readonly site: Pick<Manifest, 'imageCount' | 'levels' | 'detailsPath'>;
  /** How many pictures of a level there is room for. */
  readonly capacity: (level: number) => number;
}

/**
 * Whom to draw as themselves; `isWhole` if these are all that are in view, so that no marks are needed.
 * @param out levels are written here
 */
export function chooseThumbnails(given: Given, out: Uint8Array): { thumbnails: Thumbnails; isWhole: boolean } {
  const { stage, camera, sizing, ratio, change, looks, hovered, open } = given;
  const { levels, detailsPath, imageCount } = given.site;
  const capacity = (level: number) => (level === levels.length && detailsPath === null ? 0 : given.capacity(level));
  const { scene } = stage;
  const typical = Math.max(sizeOf(sizing, scene.room.median), change ? sizeOf(change.sizingFrom, change.from.room.median) : 0);
  let ranks: Uint32Array;
  let isWhole = false;
  let leastPx = 0;
  if (typical < SMALLEST_PICTURE_PX && sizing.prominentPx >= SMALLEST_PICTURE_PX) {
    // Few are lit among very many: they alone are drawn as pictures.
    ({ ranks } = findVisible(scene, camera, stage.viewport, sizing, MAX_THUMBNAILS, looks, true));
  } else if (typical < SMALLEST_PICTURE_PX) {
    const few = change ? null : stage.foremostIn(camera, LARGE_HOME);
    if (few) leastPx = Math.round(FOREMOST_PX * stage.sizeFactor);
    ranks = Uint32Array.from(new Set([...(few ?? []), hovered, open].filter((rank) => rank >= 0)));
  } else if (change) {
    ranks = change.ranks.slice();
    isWhole = ranks.length === imageCount;
  } else ({ ranks, isWhole } = findVisible(scene, camera, stage.viewport, sizing, MAX_THUMBNAILS, looks));
  bringToTop(ranks, hovered);
  bringToTop(ranks, open);
  chooseLevels(ranks, scene.room.sides, { ...sizing, floorPx: Math.max(sizing.floorPx, leastPx), capPx: Math.max(sizing.capPx, leastPx) }, ratio, levels, capacity, out, looks);
  return { thumbnails: { ranks, levels: out, count: ranks.length, leastPx }, isWhole: isWhole && !scene.isPartial };
}
