// What the interface can ask for. main.ts carries it out.
import type { Cells } from '../data/cells';
import type { Facets } from '../data/facets';
import type { Site } from '../data/site';
import type { Insets, Point } from '../geometry/camera';
import type { Label } from '../geometry/labels';
import type { AppStore, ViewStore } from '../state/app_state';
import type { Choosing } from '../state/choosing';
import type { Criteria } from '../state/criteria';

export interface Actions {
  /** Takes the lasso, or puts the tool away that is in use. */
  startSelecting(): void;
  /** Selects the image that has the focus (-1: none), else the open one, else that of the map nearest to the middle; takes it out again. */
  toggleChosen(focused: number): void;
  /** Tells how to find the label shown at a point of the page. */
  setLabelFinder(find: (x: number, y: number) => Label | null): void;
  chooseLayout(name: string): void;
  /** Whether to show a layout's own positions, though it has some with room for pictures. */
  setRaw(isRaw: boolean): void;
  /** By how much larger than usual pictures are to be. */
  setSizeFactor(factor: number): void;
  /** Shows the whole map; not if more than this share of the images is in sight already. */
  fit(leastInSight?: number): void;
  zoomBy(factor: number): void;
  /** Brings a point of the map to the middle. @param at world units */
  lookAt(at: Point, isFlight: boolean): void;
  open(rank: number, how: 'stay' | 'fly'): void;
  close(): void;
  toggleTheme(): void;
  /** The images that the map shows; null where these are all. */
  ranksInView(): Uint32Array | null;
  setHelp(isOpen: boolean): void;
  /** Says what went wrong, unless it is that the server does not answer: that is said already. */
  tell(error: unknown): void;
  dismissNotice(): void;
  /** Tells how much of the window is covered; `home` without panels. */
  setInsets(now: Insets, home: Insets): void;
}

export interface Context {
  readonly site: Site;
  readonly cells: Cells;
  readonly app: AppStore;
  readonly view: ViewStore;
  readonly criteria: Criteria;
  readonly facets: Facets;
  readonly choosing: Choosing;
  readonly actions: Actions;
}
