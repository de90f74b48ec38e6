// Applies the filters of the store: loads what they need, and hands each to the criteria under the key of its facet.
import type { Facets } from '../data/facets';
import { evaluate, type FacetData, type Filter, type Filters, withFilter } from '../data/filter';
import { SiteError, UnreachableError } from '../data/site_error';
import type { AppStore } from './app_state';
import type { Criteria } from './criteria';
import { reconnected } from './reconnected';

interface Applied {
  readonly filter: Filter;
  /** What it was applied to: the person's own collections change. */
  readonly data: FacetData;
  readonly ranks: Uint8Array;
}

export class Filtering {
  private applied: ReadonlyMap<string, Applied> = new Map();
  private filters: Filters;
  private turn = 0;

  /** @param onLost called with what could not be applied: there is no such facet any more, or its file is broken */
  constructor(
    private readonly app: AppStore,
    private readonly facets: Facets,
    private readonly criteria: Criteria,
    private readonly onLost: (key: string, error: SiteError | null) => void,
  ) {
    this.filters = app.get().filters;
    app.subscribe((state) => {
      if (state.filters === this.filters) return;
      this.filters = state.filters;
      void this.apply(state.filters);
    });
  }

  private async apply(filters: Filters): Promise<void> {
    const turn = ++this.turn;
    const { reconnections } = this.app.get();
    const asked = await Promise.all([...filters].map(async ([key, filter]) => [key, await this.find(key, filter)] as const));
    if (turn !== this.turn) return; // the filters have changed meanwhile
    // What the server did not answer is wished for still; the others need not wait for it.
    const found = asked.filter(([, applied]) => !(applied instanceof UnreachableError));
    if (found.length < asked.length) void reconnected(this.app, reconnections).then(() => (turn === this.turn ? this.apply(filters) : undefined));
    const lost = found.filter(([, applied]) => !(applied && 'ranks' in applied));
    if (lost.length > 0) {
      for (const [key, error] of lost) this.onLost(key, error instanceof SiteError ? error : null);
      this.app.set({ filters: lost.reduce<Filters>((left, [key]) => withFilter(left, key, null), filters) });
      return;
    }
    const applied = new Map(found as [string, Applied][]);
    const gone = [...this.applied.keys()].filter((key) => !applied.has(key));
    this.applied = applied;
    this.criteria.setAll([...gone.map((name) => ({ name, ranks: null })), ...[...applied].map(([name, { ranks }]) => ({ name, ranks }))]);
  }

  private async find(key: string, filter: Filter): Promise<Applied | SiteError | null> {
    if (!this.facets.get(key)) return null;
    try {
      const data = await this.facets.data(key);
      const before = this.applied.get(key);
      if (before?.filter === filter && before.data === data) return before;
      const ranks = evaluate(data, filter);
      return ranks && { filter, data, ranks };
    } catch (error) {
      return error instanceof SiteError ? error : new SiteError(key, String(error));
    }
  }
}
