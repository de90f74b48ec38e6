// Waits for the server: what it did not answer is wished for still, and is asked for when it answers again.
import { UnreachableError } from '../data/site_error';
import type { AppStore } from './app_state';

/** Resolves once the server has answered again after `since` reconnections. */
export function reconnected(app: AppStore, since: number): Promise<void> {
  return new Promise((done) => {
    let isBack = false;
    let unsubscribe = (): unknown => undefined;
    const watch = () => {
      if (app.get().reconnections === since) return;
      isBack = true;
      unsubscribe();
      done();
    };
    unsubscribe = app.subscribe(watch);
    if (isBack) unsubscribe(); // it was called before there was anything to unsubscribe by
  });
}

/**
 * Asks, and again with each reconnection, until there is an answer.
 * @param isWanted whether it is still waited for; what is not is given up with its error
 * @throws what is wrong, where the server did answer
 */
export async function untilReached<T>(app: AppStore, ask: () => Promise<T>, isWanted: () => boolean): Promise<T> {
  for (;;) {
    const { reconnections } = app.get();
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof UnreachableError) || !isWanted()) throw error;
      await reconnected(app, reconnections);
      if (!isWanted()) throw error;
    }
  }
}
