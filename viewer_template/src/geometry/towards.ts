// The next image in a direction, for those who walk over the map with keys. Pure.
import type { GridIndex } from './grid_index';

export type Direction = 'left' | 'right' | 'up' | 'down';

/** By how much farther an image counts that lies aside. */
const ASIDE = 2;

/**
 * The image to which a step leads, or -1: of those within 45 degrees of the direction the nearest, sideways counted double.
 * @param positions x, y interleaved, (n × 2), world units, y upwards
 * @param isMeant whether a rank may be stepped on
 */
export function nextTowards(index: GridIndex, positions: Float32Array, from: number, direction: Direction, isMeant: (rank: number) => boolean): number {
  const [x, y] = [positions[2 * from], positions[2 * from + 1]];
  const isAcross = direction === 'left' || direction === 'right';
  const sign = direction === 'right' || direction === 'up' ? 1 : -1;
  const { minX, maxX, minY, maxY } = index.bounds;
  const farthest = Math.max(maxX - minX, maxY - minY);
  let best = -1;
  let least = Infinity;
  const look = (rank: number) => {
    const [dx, dy] = [positions[2 * rank] - x, positions[2 * rank + 1] - y];
    const ahead = sign * (isAcross ? dx : dy);
    const aside = Math.abs(isAcross ? dy : dx);
    if (rank === from || ahead <= 0 || aside > ahead) return;
    const cost = ahead + ASIDE * aside;
    if ((cost < least || (cost === least && rank < best)) && isMeant(rank)) [best, least] = [rank, cost];
  };
  // What lies outside a square costs more than half its side: once something cheaper is found, no larger one is needed.
  for (let reach = Math.max(index.distanceToNeighbor(from, 1), farthest / 1024); ; reach *= 2) {
    index.forEachIn({ minX: x - reach, maxX: x + reach, minY: y - reach, maxY: y + reach }, look);
    if (least <= reach || !(reach < farthest)) return best;
  }
}
