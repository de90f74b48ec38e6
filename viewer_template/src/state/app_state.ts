// The one store: what is shown. What of it is to outlive the page has a part in the address (url.ts).
import type { Bounds, Camera, Point, Viewport } from '../geometry/camera';
import type { Coloring } from '../data/coloring';
import type { Filters } from '../data/filter';
import type { Lit } from '../data/lit';
import type { Joining, Selection } from '../data/selection';
import type { Found } from '../data/search';
import type { Label } from '../geometry/labels';
import type { Unlit } from './filters_url';
import { remembered } from './remembered';
import { Store } from './store';
import type { Place } from './url';

export type Theme = 'auto' | 'dark' | 'light';

export type Tool = 'lasso' | 'rectangle';

export interface AppState {
  readonly layout: string;
  /** Where one looks, in the form of the address; null: the whole layout. */
  readonly place: Place | null;
  /** Whether a layout's own positions are wanted, though it has some with room for pictures. */
  readonly isRaw: boolean;
  /** By how much larger than usual pictures are wanted. */
  readonly sizeFactor: number;
  /** Rank of the image whose details are open, or -1; its id as soon as it is known. */
  readonly open: number;
  readonly openId: string | null;
  /** The image under the pointer after a short dwell, or -1, and where its picture lies. */
  readonly hovered: number;
  readonly hoveredAt: { readonly x: number; readonly y: number; readonly width: number; readonly height: number } | null;
  /** The image to which keys have stepped, or -1. */
  readonly stepped: number;
  readonly isHelpOpen: boolean;
  /** Whether single letters and signs are keys wherever the focus is: speech and shaky hands may write them unmeant. */
  readonly hasLetterKeys: boolean;
  /** Sheets over the map: how to cite it, and the person's own collections. */
  readonly isCiteOpen: boolean;
  readonly isCollectionsOpen: boolean;
  /** Whether it is shown what is special about the selection. */
  readonly isSpecialOpen: boolean;
  /** Whether the open image is looked at closely, in all of the window. */
  readonly isPictureOpen: boolean;
  readonly theme: Theme;
  readonly labels: readonly Label[];
  /** Things to tell, such as a damaged file. */
  readonly notice: string | null;
  /** Why there is no map at all. */
  readonly fatal: string | null;
  readonly isLayoutLoading: boolean;
  /** How many images lie in the view, when it is at rest. */
  readonly inView: number;
  readonly isReady: boolean;
  /** Which images meet all criteria; null: there are none, and nothing was taken down. Set by criteria.ts alone. */
  readonly lit: Lit | null;
  /** What becomes of the others. */
  readonly unlit: Unlit;
  /** Filters by the key of their facet. Applied by filtering.ts. */
  readonly filters: Filters;
  /** Whether a range is being dragged: the address waits for its end. */
  readonly isBrushing: boolean;
  readonly isFilterPanelOpen: boolean;
  /** Key of the facet that pictures are coloured by; null: none. */
  readonly colorBy: string | null;
  /** The colours of that facet, once they are known. Set by painting.ts alone. */
  readonly coloring: Coloring | null;
  /** The chosen images; null: none. */
  readonly selection: Selection | null;
  /** Their ids, if they are few: for the address. Followed by choosing.ts. */
  readonly chosen: readonly string[];
  /** What the pointer draws with, instead of moving the map; null: it moves the map. */
  readonly tool: Tool | null;
  /** What becomes of the choice before. */
  readonly joining: Joining;
  /** What is being drawn, world units; null: nothing. */
  readonly outline: readonly Point[] | null;
  /** Whether only the chosen images are lit. */
  readonly isOnlySelection: boolean;
  readonly isSelectionOpen: boolean;
  /** What is sought, as it was typed; empty: nothing. Carried out by searching.ts. */
  readonly query: string;
  /** What was found; null: nothing is sought, or nothing that has words. */
  readonly found: Found | null;
  readonly isSearching: boolean;
  /** By rank, 1 where a sensitive picture is blurred until it is asked for; null: none is. Not to be changed. */
  readonly veiled: Uint8Array | null;
  /** Whether images are shown as a list instead of a map. */
  readonly isList: boolean;
  /** In which order: 'similarity', 'match', or the key of a facet; a '-' before it turns it round. */
  readonly listOrder: string;
  /** Whether there is a map at all. */
  readonly hasMap: boolean;
  /** Key of the facet that the bar of time shows; null: there is no bar. */
  readonly timeBy: string | null;
  /** Whether lines show how densely images lie. */
  readonly hasContours: boolean;
  /** Whether a small map shows where one is, when zoomed in; null: where there is room for it. */
  readonly isMinimapWanted: boolean | null;
  /** How often the server has answered again after it could not be reached. */
  readonly reconnections: number;
}

/** The arrangement on view. Its arrays are not to be changed. */
export interface ShownMap {
  /** By rank, x and y, world units. */
  readonly positions: Float32Array;
  readonly bounds: Bounds;
  /** Whether images are still to come. */
  readonly isPartial?: boolean;
  /** Whether images stand in rows and columns, or were moved apart so that each has room. */
  readonly room: { readonly isRegular: boolean; readonly isPacked: boolean };
}

/** The moving view, apart from the rest because it changes with every frame. */
export interface ViewState {
  readonly camera: Camera;
  readonly viewport: Viewport;
  /** Whether a change of layout is under way: labels wait for its end. */
  readonly isChangingLayout: boolean;
  /** What is on view; null before there is anything. */
  readonly shown: ShownMap | null;
}

export type AppStore = Store<AppState>;
export type ViewStore = Store<ViewState>;

export function makeAppStore(layout: string, theme: Theme): AppStore {
  return new Store<AppState>({
    layout,
    place: null,
    isRaw: false,
    sizeFactor: 1,
    open: -1,
    openId: null,
    hovered: -1,
    hoveredAt: null,
    stepped: -1,
    isHelpOpen: false,
    hasLetterKeys: remembered('letter-keys') !== 'off',
    isCiteOpen: false,
    isCollectionsOpen: false,
    isSpecialOpen: false,
    isPictureOpen: false,
    theme,
    labels: [],
    notice: null,
    fatal: null,
    isLayoutLoading: false,
    inView: 0,
    isReady: false,
    lit: null,
    unlit: 'grey',
    filters: new Map(),
    isBrushing: false,
    isFilterPanelOpen: false,
    colorBy: null,
    coloring: null,
    selection: null,
    chosen: [],
    tool: null,
    joining: 'replace',
    outline: null,
    isOnlySelection: false,
    isSelectionOpen: false,
    query: '',
    found: null,
    isSearching: false,
    veiled: null,
    isList: false,
    listOrder: '',
    hasMap: true,
    timeBy: null,
    hasContours: false,
    isMinimapWanted: null,
    reconnections: 0,
  });
}

export function makeViewStore(): ViewStore {
  return new Store<ViewState>({
    camera: { x: 0, y: 0, scale: 1 },
    viewport: { width: 1, height: 1 },
    isChangingLayout: false,
    shown: null,
  });
}
