// Loads the words of many images in order, block by block.
import type { Row, Words } from './words';

const AT_ONCE = 6; // blocks

/**
 * @param ranks rising, so that each block is asked for once
 * @param onProgress called with how many images are read
 */
export async function loadRows(
  words: Pick<Words, 'row'>,
  ranks: Uint32Array,
  ranksPerBlock: number,
  onProgress: (done: number) => void,
  signal: AbortSignal,
): Promise<Row[]> {
  const rows = new Array<Row>(ranks.length);
  let at = 0;
  let done = 0;
  const work = async () => {
    while (at < ranks.length && !signal.aborted) {
      const first = at;
      const block = Math.floor(ranks[first] / ranksPerBlock);
      while (at < ranks.length && Math.floor(ranks[at] / ranksPerBlock) === block) at++;
      const end = at;
      for (let i = first; i < end; i++) rows[i] = await words.row(ranks[i]);
      done += end - first;
      onProgress(done);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  signal.throwIfAborted();
  return rows;
}
