// From one image to the next: along the map, whose order puts like beside like; among the chosen, if the image is one. Pure.
import { type Lit, nextLit } from './lit';
import type { Selection } from './selection';

export interface Walk {
  /** Ranks; -1 at an end. */
  readonly before: number;
  readonly after: number;
  /** Among the chosen: which one it is, from 1, and how many there are. 0 where one walks along the map. */
  readonly place: number;
  readonly of: number;
}

/** What is greyed out is passed over; who walks among the chosen meets them all. */
export function neighborOnWalk(lit: Lit | null, selection: Selection | null, rank: number, count: number): Walk {
  if (selection === null || selection.count < 2 || selection.mask[rank] !== 1) {
    return { before: nextLit(lit, rank, -1, count), after: nextLit(lit, rank, 1, count), place: 0, of: 0 };
  }
  const { mask } = selection;
  let place = 1;
  for (let at = 0; at < rank; at++) place += mask[at];
  return { before: rank === 0 ? -1 : mask.lastIndexOf(1, rank - 1), after: mask.indexOf(1, rank + 1), place, of: selection.count };
}
