// A value that others can watch. Keeps to Svelte's store contract, and knows nothing of Svelte.

export interface Readable<T> {
  get(): T;
  /** Calls at once and after every change. @returns what ends it */
  subscribe(watch: (value: T) => void): () => void;
}

export class Store<T extends object> implements Readable<T> {
  private readonly watchers = new Set<(value: T) => void>();

  constructor(private value: T) {}

  get(): T {
    return this.value;
  }

  /** Replaces some keys; watchers are called only if one of them really changed. */
  set(patch: Partial<T>): void {
    const keys = Object.keys(patch) as (keyof T)[];
    if (keys.every((key) => Object.is(this.value[key], patch[key]))) return;
    this.value = { ...this.value, ...patch };
    for (const watch of [...this.watchers]) watch(this.value);
  }

  subscribe(watch: (value: T) => void): () => void {
    this.watchers.add(watch);
    watch(this.value);
    return () => this.watchers.delete(watch);
  }
}
