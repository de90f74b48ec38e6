// Carries out the search of the store: waits for a pause in typing, asks the index, and hands the images found to
// the criteria. The engine is loaded when something is first sought.
import type { Found, Search } from '../data/search';
import type { Site } from '../data/site';
import { UnreachableError } from '../data/site_error';
import type { AppStore } from './app_state';
import type { Criteria } from './criteria';

const PAUSE_MS = 140;
export const SEARCH = 'search';

/** That it does not come is told by connection.ts, as that a server does not answer. */
function loadCode() {
  return import('../data/search').catch((): never => {
    throw new UnreachableError('the code of the search');
  });
}

export class Searching {
  private query: string;
  private engine: Promise<Search> | null = null;
  private timer = 0;
  private turn = 0;
  private asked = new AbortController();
  /** Whether the last search failed. */
  private isLost = false;

  /** @param onTrouble called where a file of the index cannot be read */
  constructor(
    private readonly app: AppStore,
    private readonly site: Site,
    private readonly criteria: Criteria,
    private readonly onTrouble: (error: unknown) => void,
  ) {
    this.query = app.get().query;
    let { reconnections } = app.get();
    app.subscribe((state) => {
      const isBack = state.reconnections !== reconnections && this.isLost;
      ({ reconnections } = state);
      if (state.query === this.query && !isBack) return;
      this.query = state.query;
      this.follow(state.isReady ? PAUSE_MS : 0);
    });
  }

  private follow(pauseMs: number): void {
    clearTimeout(this.timer);
    this.turn++;
    this.asked.abort();
    this.asked = new AbortController();
    this.isLost = false;
    if (this.query.trim() === '') {
      this.tell(null);
      return;
    }
    this.app.set({ isSearching: true });
    this.timer = setTimeout(() => void this.find(this.query, this.turn), pauseMs);
  }

  private async find(query: string, turn: number): Promise<void> {
    const { signal } = this.asked;
    try {
      const found = await (await this.load())?.find(query, signal);
      if (turn === this.turn) this.tell(found ?? null);
    } catch (error) {
      if (turn !== this.turn) return; // something else is sought by now
      this.isLost = true;
      this.tell(null);
      this.onTrouble(error);
    }
  }

  private load(): Promise<Search> | null {
    const { source, manifest, words } = this.site;
    const { search: entry } = manifest;
    if (!this.engine && entry) {
      this.engine = Promise.all([loadCode(), this.site.concepts()]).then(([{ Search }, concepts]) => new Search(source, entry, manifest, words, concepts));
      this.engine.catch(() => (this.engine = null)); // to be asked for again
    }
    return this.engine;
  }

  private tell(found: Found | null): void {
    this.app.set({ found, isSearching: false });
    this.criteria.set(SEARCH, found?.ranks ?? null);
  }
}
