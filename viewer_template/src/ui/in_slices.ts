// Long work in slices, so that the page breathes between them.

const SLICE_MS = 8;

/** Runs a generator to its end, unless it is called off. @returns what calls it off */
export function inSlices<T>(work: Generator<unknown, T>, done: (result: T) => void): () => void {
  let timer = 0;
  const run = () => {
    const until = performance.now() + SLICE_MS;
    do {
      const step = work.next();
      if (step.done === true) {
        done(step.value);
        return;
      }
    } while (performance.now() < until);
    timer = window.setTimeout(run, 0);
  };
  timer = window.setTimeout(run, 0);
  return () => {
    clearTimeout(timer);
  };
}
