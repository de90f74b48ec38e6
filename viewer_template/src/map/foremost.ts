// Few among very many: the images that are drawn as pictures where all would be too small to be seen as themselves.
// Chosen by priority and with distance from each other, so that the same ones stand in every view of one zoom.
import type { Camera, Viewport } from '../geometry/camera';
import { visibleBounds } from '../geometry/camera';
import { priorityOf } from '../geometry/priority';
import { HIDDEN, MAX_THUMBNAILS } from '../render/frame';
import type { Looks } from './looks';
import type { Scene } from './scene';

/** Side of the square of their pictures, CSS pixels. */
export const FOREMOST_PX = 22;
/** Least distance between two of them, in that size. */
const DISTANCE = 1.1;
const STEPS_AN_OCTAVE = 4;
/** So many of a view at most: the image pointed at and the open one have room beside them. */
const MOST_IN_VIEW = MAX_THUMBNAILS - 2;

export class Foremost {
  private readonly byPriority: Uint32Array;
  private readonly atHand: number;
  private chosen: { key: string; scene: Scene; looks: Looks | null; ranks: Uint32Array; members: Set<number> } | null = null;

  /** @param ranks candidates; @param first those whose pictures are at hand: they come before the others */
  constructor(ranks: Uint32Array, first: Uint32Array) {
    const isFirst = new Set(first);
    const rest = ranks.filter((rank) => !isFirst.has(rank)).sort((a, b) => priorityOf(b) - priorityOf(a));
    this.byPriority = Uint32Array.from([...first, ...rest]);
    this.atHand = first.length;
  }

  /** Those to draw in a view, the topmost last. @param areAtHand whether only those are wanted whose pictures are at hand */
  inView(scene: Scene, camera: Camera, viewport: Viewport, looks: Looks | null, factor: number, areAtHand: boolean): Uint32Array {
    const { ranks } = this.choose(scene, camera.scale, looks, factor, areAtHand ? this.atHand : this.byPriority.length);
    const bounds = visibleBounds(camera, viewport, FOREMOST_PX * factor);
    const { positions } = scene;
    const shown = ranks.filter((rank) => {
      const x = positions[2 * rank];
      const y = positions[2 * rank + 1];
      return x >= bounds.minX && x <= bounds.maxX && y >= bounds.minY && y <= bounds.maxY;
    });
    return shown.subarray(Math.max(0, shown.length - MOST_IN_VIEW));
  }

  /** Whether an image is among those chosen last. */
  has(rank: number): boolean {
    return this.chosen?.members.has(rank) ?? false;
  }

  private choose(scene: Scene, scale: number, looks: Looks | null, factor: number, most: number): { ranks: Uint32Array } {
    const step = Math.floor(Math.log2(scale) * STEPS_AN_OCTAVE);
    const key = `${String(step)} ${String(factor)} ${String(most)}`;
    const { chosen } = this;
    if (chosen?.key === key && chosen.scene === scene && chosen.looks === looks) return chosen;
    const distance = (DISTANCE * FOREMOST_PX * factor) / Math.pow(2, step / STEPS_AN_OCTAVE);
    const ranks = thin(this.byPriority.subarray(0, most), scene.positions, distance, (rank) => looks?.bytes[rank] !== HIDDEN).reverse();
    this.chosen = { key, scene, looks, ranks, members: new Set(ranks) };
    return this.chosen;
  }
}

/** Of some images, in their order, those that keep their distance (Chebyshev's) from all taken before. */
export function thin(ranks: Uint32Array, positions: Float32Array, distance: number, isMeant: (rank: number) => boolean): Uint32Array {
  const cells = new Map<number, number[]>();
  const taken: number[] = [];
  for (const rank of ranks) {
    if (!isMeant(rank)) continue;
    const x = positions[2 * rank];
    const y = positions[2 * rank + 1];
    const column = Math.floor(x / distance);
    const row = Math.floor(y / distance);
    let isFree = true;
    for (let c = column - 1; isFree && c <= column + 1; c++) {
      for (let r = row - 1; isFree && r <= row + 1; r++) {
        isFree = !cells.get(c * 4194304 + r)?.some((other) => Math.max(Math.abs(positions[2 * other] - x), Math.abs(positions[2 * other + 1] - y)) < distance);
      }
    }
    if (!isFree) continue;
    taken.push(rank);
    const key = column * 4194304 + row;
    const cell = cells.get(key);
    if (cell) cell.push(rank);
    else cells.set(key, [rank]);
  }
  return Uint32Array.from(taken);
}
