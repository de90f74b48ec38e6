// The ranks of many image ids at once, in one walk along the column of ids. Pure.
import type { Column } from './column';

/** @returns the rank of every id, -1 where there is none */
export function ranksOfIds(column: Column, ids: readonly string[]): Int32Array {
  const { components, count, stored } = column;
  const ranks = new Int32Array(ids.length).fill(-1);
  const byHead = new Map<number, number[]>();
  ids.forEach((id, i) => {
    if (id.length !== 2 * components || !/^[0-9a-f]+$/.test(id)) return;
    const head = parseInt(id.slice(0, 6), 16);
    byHead.set(head, [...(byHead.get(head) ?? []), i]);
  });
  for (let rank = 0; rank < count; rank++) {
    const head = (stored[rank] << 16) | (stored[count + rank] << 8) | stored[2 * count + rank];
    for (const i of byHead.get(head) ?? []) {
      let c = 3;
      while (c < components && stored[c * count + rank] === parseInt(ids[i].slice(2 * c, 2 * c + 2), 16)) c++;
      if (c === components) ranks[i] = rank;
    }
  }
  return ranks;
}
