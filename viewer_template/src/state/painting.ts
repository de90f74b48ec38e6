// Keeps the colours of the map in step with what the store asks for, and with the theme.
import { colorFacet } from '../data/coloring';
import type { Facets } from '../data/facets';
import type { FacetData } from '../data/filter';
import { SiteError } from '../data/site_error';
import type { AppStore } from './app_state';
import { untilReached } from './reconnected';

export class Painting {
  private key: string | null = null;

  /** @param onLost called where there is nothing to colour by any more, or its file is broken */
  constructor(
    private readonly app: AppStore,
    private readonly facets: Facets,
    private readonly isLight: () => boolean,
    private readonly onLost: (key: string, error: SiteError | null) => void,
  ) {
    app.subscribe((state) => {
      if (state.colorBy === this.key) return;
      this.key = state.colorBy;
      void this.paint();
    });
  }

  /** Chooses the colours anew: the ground is another one. */
  async paint(): Promise<void> {
    const { key } = this;
    if (key === null) {
      this.app.set({ coloring: null });
      return;
    }
    let error: SiteError | null = null;
    try {
      const coloring = this.facets.get(key) ? colorFacet(key, await this.load(key), this.isLight()) : null;
      if (key !== this.key) return; // another was chosen meanwhile
      if (coloring) {
        this.app.set({ coloring });
        return;
      }
    } catch (caught) {
      if (key !== this.key) return;
      error = caught instanceof SiteError ? caught : new SiteError(key, String(caught));
    }
    this.onLost(key, error);
    this.app.set({ colorBy: null });
  }

  private load(key: string): Promise<FacetData> {
    return untilReached(this.app, () => this.facets.data(key), () => key === this.key);
  }
}
