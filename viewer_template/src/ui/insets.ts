// How much of the window the interface covers, so that the map can keep to the rest. In step with the styles.
import type { Insets } from '../geometry/camera';

export const NARROW_PX = 720;
/** Share of the height that the sheet takes on a phone. */
const SHEET = 0.62;

/** What else there may be beside the panel of details. */
export interface Furniture {
  readonly hasFilters: boolean;
  readonly hasChips: boolean;
  /** The bar of time at the foot. */
  readonly hasTime: boolean;
}

const FILTERS_PX = 12 + 312 + 12;
const CHIPS_PX = 38;
const TIME_PX = { wide: 82, narrow: 124 };

export function insetsFor(width: number, height: number, isPanelOpen: boolean, more: Partial<Furniture> = {}): Insets {
  const isNarrow = width <= NARROW_PX;
  const panel = Math.min(416, 0.4 * width);
  return {
    top: (isNarrow ? 64 : 60) + (more.hasChips ? CHIPS_PX : 0),
    left: more.hasFilters === true && !isNarrow ? FILTERS_PX : 0,
    right: isPanelOpen && !isNarrow ? panel : 0,
    bottom: (isPanelOpen || more.hasFilters === true) && isNarrow ? SHEET * height : isNarrow ? 68 + (more.hasTime ? TIME_PX.narrow : 0) : 60 + (more.hasTime ? TIME_PX.wide : 0),
  };
}
