// Keeps the criteria, and puts what they make together into the store as `lit` (see data/lit.ts).
import { type Criterion, Lit } from '../data/lit';
import type { AppStore } from './app_state';

export class Criteria {
  private readonly byName = new Map<string, Uint8Array>();

  /** @param gone by rank, not 0 where an image has been taken down; null: none has */
  constructor(
    private readonly app: AppStore,
    private readonly count: number,
    private readonly gone: Uint8Array | null,
  ) {
    this.tell();
  }

  /** Says which images a criterion means (by rank, not 0), or with null that it says nothing any more. */
  set(name: string, ranks: Uint8Array | null): void {
    this.setAll([{ name, ranks }]);
  }

  /** Several at once: the map changes once. */
  setAll(criteria: readonly Criterion[]): void {
    let isChanged = false;
    for (const { name, ranks } of criteria) {
      if ((this.byName.get(name) ?? null) === ranks) continue;
      if (ranks === null) this.byName.delete(name);
      else this.byName.set(name, ranks);
      isChanged = true;
    }
    if (isChanged) this.tell();
  }

  private tell(): void {
    const criteria = [...this.byName].map(([name, ranks]) => ({ name, ranks }));
    this.app.set({ lit: criteria.length > 0 || this.gone ? new Lit(this.count, criteria, this.gone) : null });
  }
}
