// The person's own collections: kept in the browser, for this site alone; shown as selections and as colours.
import { type Collection, freeName, nextColor } from '../data/collections';
import { idAt } from '../data/column';
import type { Facets } from '../data/facets';
import { ranksOfIds } from '../data/many_ids';
import { maskOfRanks, ranksOf, type Selection, selectionOf } from '../data/selection';
import type { Site } from '../data/site';
import type { AppStore } from './app_state';

export const OWN = 'own:collections';

export class Keeping {
  private readonly key: string;

  constructor(
    private readonly app: AppStore,
    private readonly site: Site,
    private readonly facets: Facets,
    private readonly storage: Pick<Storage, 'getItem' | 'setItem'> | null,
    private readonly title: string,
  ) {
    this.key = `clipplot-collections ${site.source.url('')}`;
  }

  /** What is kept; nothing where the browser keeps nothing. */
  read(): readonly Collection[] {
    try {
      return (JSON.parse(this.storage?.getItem(this.key) ?? '[]') as Collection[]).filter((one) => Array.isArray(one.images));
    } catch {
      return [];
    }
  }

  /** @returns whether the browser keeps them */
  write(collections: readonly Collection[]): boolean {
    try {
      this.storage?.setItem(this.key, JSON.stringify(collections));
      return this.storage !== null;
    } catch {
      return false; // full, or forbidden
    }
  }

  async make(selection: Selection, name: string, others: readonly Collection[]): Promise<Collection> {
    const ids = await this.site.column('id');
    const images = Array.from(ranksOf(selection), (rank) => idAt(ids, rank));
    return { name: freeName(name, others), color: nextColor(others), note: '', images };
  }

  /** The images of a collection that are in the site now; null where none is. */
  async find({ images }: Collection): Promise<Selection | null> {
    const { imageCount, gone } = this.site.manifest;
    const ranks = ranksOfIds(await this.site.column('id'), images).filter((rank) => rank >= 0 && gone?.[rank] !== 1);
    return selectionOf(maskOfRanks(ranks, imageCount));
  }

  /** Colours the map by collections; an image in several has the colour of the last one. */
  async paint(collections: readonly Collection[]): Promise<void> {
    await this.lend(collections);
    this.app.set({ colorBy: null }); // so that what was shown under this name before is forgotten
    this.app.set({ colorBy: OWN });
  }

  /** Shows collections as they are now, if the map is coloured or filtered by them. */
  async renew(collections: readonly Collection[]): Promise<void> {
    const { colorBy, filters } = this.app.get();
    if (colorBy === OWN) await this.paint(collections);
    else if (filters.has(OWN)) await this.lend(collections);
  }

  private async lend(collections: readonly Collection[]): Promise<void> {
    const ids = await this.site.column('id');
    const codes = new Int16Array(this.site.manifest.imageCount).fill(-1);
    collections.forEach(({ images }, number) => {
      for (const rank of ranksOfIds(ids, images)) if (rank >= 0) codes[rank] = number;
    });
    const values = collections.map(({ name }) => name);
    const colors = collections.map(({ color }) => color);
    this.facets.lend({ key: OWN, kind: 'category', name: 'collections', title: this.title }, { kind: 'codes', codes, values, colors });
    const { filters } = this.app.get();
    if (filters.has(OWN)) this.app.set({ filters: new Map(filters) }); // the filter on them is applied anew
  }
}
