// Asks for something, and again whenever the connection is back, until it is had.
import type { AppStore } from '../state/app_state';

/**
 * @param tell called with why it could not be had, at every try; nothing is said by default
 * @returns what calls it off: afterwards neither `take` nor `tell` is called
 */
export function askUntilHad<T>(
  app: AppStore,
  ask: () => Promise<T>,
  take: (found: T) => void,
  tell: (error: unknown) => void = () => undefined,
): () => void {
  let isWanted = true;
  let isAsking = false;
  let asked = -1; // the count of reconnections at the last try
  let unsubscribe = () => undefined as unknown;
  const stop = () => {
    isWanted = false;
    unsubscribe();
  };
  const attempt = () => {
    if (!isWanted || isAsking || app.get().reconnections === asked) return;
    asked = app.get().reconnections;
    isAsking = true;
    ask().then(
      (found) => {
        if (!isWanted) return;
        stop();
        take(found);
      },
      (error: unknown) => {
        isAsking = false;
        if (!isWanted) return;
        tell(error);
        attempt(); // the connection may have come back meanwhile
      },
    );
  };
  attempt();
  unsubscribe = app.subscribe(attempt);
  return stop;
}
