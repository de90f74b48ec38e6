// The chosen images, whatever they were chosen by. Pure; a change is a new one.

export interface Selection {
  /** By rank, 1 where an image is chosen. Not to be changed. */
  readonly mask: Uint8Array;
  readonly count: number;
}

/** What becomes of the choice before: it goes, grows, shrinks, or keeps what is in both. */
export type Joining = 'replace' | 'add' | 'remove' | 'keep';

/** @returns null where nothing is chosen */
export function selectionOf(mask: Uint8Array): Selection | null {
  let count = 0;
  for (const chosen of mask) if (chosen !== 0) count++;
  return count > 0 ? { mask, count } : null;
}

/** The images of a list of ranks. @param imageCount of the collection */
export function maskOfRanks(ranks: Iterable<number>, imageCount: number): Uint8Array {
  const mask = new Uint8Array(imageCount);
  for (const rank of ranks) if (rank >= 0 && rank < imageCount) mask[rank] = 1;
  return mask;
}

/** Joins further images to a choice. @param by by rank, not 0 where an image is meant */
export function join(before: Selection | null, by: Uint8Array, joining: Joining): Selection | null {
  const mask = Uint8Array.from(by, (meant) => (meant !== 0 ? 1 : 0));
  if (before && joining !== 'replace') {
    for (let rank = 0; rank < mask.length; rank++) {
      const was = before.mask[rank];
      if (joining === 'add') mask[rank] |= was;
      else if (joining === 'remove') mask[rank] = was & (1 - mask[rank]);
      else mask[rank] &= was;
    }
  } else if (joining === 'remove' || joining === 'keep') return null;
  return selectionOf(mask);
}

/** All that are not chosen. @param among by rank, not 0 where an image can be chosen */
export function invert(before: Selection | null, among: Uint8Array): Selection | null {
  return selectionOf(Uint8Array.from(among, (can, rank) => (can !== 0 && before?.mask[rank] !== 1 ? 1 : 0)));
}

/** The ranks chosen, rising. */
export function ranksOf(selection: Selection): Uint32Array {
  const ranks = new Uint32Array(selection.count);
  let at = 0;
  selection.mask.forEach((chosen, rank) => {
    if (chosen !== 0) ranks[at++] = rank;
  });
  return ranks;
}
