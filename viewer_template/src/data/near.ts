// The images most like some others: what a selection grows by. Pure.
import type { Row } from './words';

/** More would read more words than a person waits for. */
export const MOST_TO_GROW = 2000;

/**
 * The nearest neighbours of images, those images included, of those that are meant.
 * @param rows of these ranks, in their order
 * @param most neighbours of each
 * @param meant by rank, not 0 where an image may be taken
 */
export function growByNeighbors(ranks: Uint32Array, rows: readonly Pick<Row, 'neighbors'>[], most: number, meant: Uint8Array): Uint8Array {
  const grown = new Uint8Array(meant.length);
  for (const rank of ranks) grown[rank] = 1;
  for (const { neighbors } of rows) for (const near of neighbors.slice(0, most)) if (meant[near] !== 0) grown[near] = 1;
  return grown;
}
