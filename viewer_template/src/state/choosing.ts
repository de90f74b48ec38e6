// The chosen images: how the choice changes, its part of the address, and whether it narrows the map.
import type { Facets } from '../data/facets';
import { evaluate } from '../data/filter';
import { maskFor } from '../data/lit';
import { invert, join, type Joining, maskOfRanks, ranksOf, type Selection, selectionOf } from '../data/selection';
import type { Site } from '../data/site';
import type { AppState, AppStore } from './app_state';
import type { Criteria } from './criteria';
import { untilReached } from './reconnected';

/** A longer choice is not in the address: it would be longer than servers and people take. */
export const MOST_IN_ADDRESS = 30;
const CRITERION = 'selection';

export class Choosing {
  private selection: Selection | null = null;
  /** The ids of `selection`, or those of the address while their images are looked up. */
  private ids: readonly string[];
  private turn = 0;
  /** Whether the images of the address are still looked up. */
  private isFinding = false;

  constructor(
    private readonly app: AppStore,
    private readonly site: Pick<Site, 'idOf' | 'rankOf' | 'manifest'>,
    private readonly facets: Facets,
    private readonly criteria: Criteria,
    private readonly onError: (error: unknown) => void,
  ) {
    this.ids = app.get().chosen;
    app.subscribe((state) => {
      this.follow(state);
    });
  }

  private follow(state: AppState): void {
    if (state.selection !== this.selection) {
      this.selection = state.selection;
      this.run(this.tellIds(state.selection));
    } else if (state.chosen.join() !== this.ids.join()) {
      this.ids = state.chosen;
      this.run(this.find(state.chosen));
    }
    if (state.isOnlySelection && !state.selection && !this.isFinding) this.app.set({ isOnlySelection: false });
    this.criteria.set(CRITERION, state.isOnlySelection && state.selection ? state.selection.mask : null);
  }

  private run(work: Promise<void>): void {
    work.catch(this.onError);
  }

  /** Puts the ids of the chosen images into the address, if they are few. */
  private async tellIds(selection: Selection | null): Promise<void> {
    const turn = ++this.turn;
    this.isFinding = false;
    const isShort = selection !== null && selection.count <= MOST_IN_ADDRESS;
    const ids = isShort ? await this.ask(turn, () => Array.from(ranksOf(selection), (rank) => this.site.idOf(rank))) : [];
    if (turn !== this.turn) return;
    this.ids = ids.length === 0 && this.ids.length === 0 ? this.ids : ids;
    this.app.set({ chosen: this.ids });
  }

  /** Chooses the images that an address names; those that are gone are passed over. */
  private async find(ids: readonly string[]): Promise<void> {
    const turn = ++this.turn;
    this.isFinding = true;
    const ranks = await this.ask(turn, () => ids.map((id) => this.site.rankOf(id)));
    if (turn !== this.turn) return;
    this.isFinding = false;
    this.selection = selectionOf(maskOfRanks(ranks, this.site.manifest.imageCount));
    this.app.set(this.selection ? { selection: this.selection } : { selection: null, isOnlySelection: false });
  }

  private ask<T>(turn: number, all: () => Promise<T>[]): Promise<T[]> {
    return untilReached(this.app, () => Promise.all(all()), () => turn === this.turn);
  }

  private set(selection: Selection | null): void {
    this.app.set({ selection });
  }

  /** Joins images to the choice, as the store says unless told otherwise. @param by by rank, not 0 where meant */
  join(by: Uint8Array, joining: Joining = this.app.get().joining): void {
    this.set(join(this.app.get().selection, by, joining));
  }

  toggle(rank: number): void {
    const { selection } = this.app.get();
    const one = maskOfRanks([rank], this.site.manifest.imageCount);
    this.set(join(selection, one, selection?.mask[rank] === 1 ? 'remove' : 'add'));
  }

  /** All images that meet the filters and the search. */
  joinLit(): void {
    const { lit, joining } = this.app.get();
    this.join(maskFor(lit, CRITERION, this.site.manifest.imageCount), joining);
  }

  /** All images of a group, of those that are lit. */
  joinGroup(level: number, name: string, joining?: Joining): void {
    const join = async () => {
      const group = evaluate(await this.facets.data(`cluster:${String(level)}`), { kind: 'values', values: [name], mode: 'any' });
      const { lit } = this.app.get();
      if (group) this.join(group.map((meant, rank) => (lit && lit.mask[rank] === 0 ? 0 : meant)), joining);
    };
    this.run(join());
  }

  /** What is lit and not chosen instead of what is chosen. */
  invert(): void {
    const { lit, selection } = this.app.get();
    this.app.set({ isOnlySelection: false });
    this.set(invert(selection, maskFor(lit, CRITERION, this.site.manifest.imageCount)));
  }

  clear(): void {
    this.set(null);
  }
}
