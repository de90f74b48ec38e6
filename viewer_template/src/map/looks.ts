// How every image is to be drawn: as itself, greyed out, or not at all. Made of what is lit.
import type { Lit } from '../data/lit';
import { DIMMED, HIDDEN, PLAIN } from '../render/frame';
import type { Unlit } from '../state/filters_url';

export interface Looks {
  /** HIDDEN, DIMMED or PLAIN, by rank. */
  readonly bytes: Uint8Array;
  /** How many are drawn as themselves, and how many greyed out. */
  readonly plain: number;
  /** Whether the plain ones are lit among others that are not. */
  readonly isNarrowed: boolean;
  readonly dimmed: number;
}

/** Whether an image is lit while others are not. */
export function isProminent(looks: Looks | null, rank: number): boolean {
  return looks?.isNarrowed === true && looks.bytes[rank] === PLAIN;
}

/** Sorts greyed out ones to the front, so that they are drawn below the others; else the order stays. */
export function dimmedFirst(ranks: Uint32Array, looks: Looks | null): Uint32Array {
  if (!looks || looks.dimmed === 0) return ranks;
  const isDimmed = (rank: number) => looks.bytes[rank] === DIMMED;
  return Uint32Array.from([...ranks.filter(isDimmed), ...ranks.filter((rank) => !isDimmed(rank))]);
}

/** @returns null where all images are drawn as themselves */
export function looksOf(lit: Lit | null, unlit: Unlit): Looks | null {
  if (!lit) return null;
  const bytes = new Uint8Array(lit.mask.length);
  let dimmed = 0;
  for (let rank = 0; rank < bytes.length; rank++) {
    if (lit.mask[rank] !== 0) bytes[rank] = PLAIN;
    else if (unlit === 'hide' || lit.isGone(rank)) bytes[rank] = HIDDEN;
    else {
      bytes[rank] = DIMMED;
      dimmed++;
    }
  }
  return { bytes, plain: lit.drawn, isNarrowed: lit.isNarrowed, dimmed };
}
