// window.__clipplot: a read-only view of what is drawn, for tests and measurements. Not an interface for
// embedding: it may change with any version. Times are kept as performance marks.
import type { AppState, AppStore } from '../state/app_state';
import type { ImageMap } from './image_map';
import type { ScreenBox } from './visible';

export type Mark = 'first-dots' | 'first-thumbnails' | 'interactive' | 'settled';

/** Sets a mark `clipplot:<name>`, the first time only. */
export function markOnce(name: Mark): void {
  const full = `clipplot:${name}`;
  if (performance.getEntriesByName(full).length === 0) performance.mark(full);
}

export interface Diagnostics {
  /** Whether the map can be used. */
  readonly ready: boolean;
  /** Whether nothing moves, loads or fades. */
  readonly settled: boolean;
  /** Bytes of all textures, by own account. */
  readonly gpuBytes: number;
  /** Images drawn in their mean colour alone, images drawn with their picture, and the ranks drawn as quads. */
  drawn(): { points: number; thumbnails: number; ranksVisible: number[] };
  /** The topmost image under a point of the page (CSS pixels), or -1. */
  pick(x: number, y: number): number;
  /** Where the picture of an image lies: its middle and size, CSS pixels of the page. */
  screenOf(rank: number): ScreenBox | null;
  readonly state: AppState & { readonly camera: { readonly x: number; readonly y: number; readonly scale: number } };
}

declare global {
  interface Window {
    __clipplot?: Diagnostics;
  }
}

export function publishDiagnostics(map: ImageMap, app: AppStore): void {
  const diagnostics: Diagnostics = {
    get ready() {
      return app.get().isReady;
    },
    get settled() {
      return map.isSettled;
    },
    get gpuBytes() {
      return map.renderer.bytesAllocated;
    },
    drawn: () => ({ points: map.drawn.points, thumbnails: map.drawn.thumbnails, ranksVisible: Array.from(map.shownRanks) }),
    pick: (x, y) => map.pick(x, y),
    screenOf: (rank) => map.boxOf(rank),
    get state() {
      return { ...app.get(), camera: map.travel.motion.camera };
    },
  };
  Object.defineProperty(window, '__clipplot', { value: Object.freeze(diagnostics), configurable: true });
}
