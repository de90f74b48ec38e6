// Sensitive pictures: until they are asked for, the map shows their coarsest cell alone.
import type { AppStore } from '../state/app_state';
import type { Pictures } from './pictures';

/** Has other pictures asked for when others are veiled than before. */
export function followVeils(app: AppStore, pictures: Pictures, wake: () => void): void {
  let { veiled } = app.get();
  app.subscribe((state) => {
    if (state.veiled === veiled) return;
    veiled = state.veiled;
    pictures.viewMoved();
    wake();
  });
}

/** Puts what is veiled on the coarsest level. @param levels of the ranks, changed in place. @returns the ranks */
export function coarsen(ranks: Uint32Array, levels: Uint8Array, veiled: Uint8Array | null): Uint32Array {
  if (veiled) ranks.forEach((rank, i) => (levels[i] = veiled[rank] === 1 ? 0 : levels[i]));
  return ranks;
}
