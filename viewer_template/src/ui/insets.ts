// How much of the window the interface covers, so that the map can keep to the rest. In step with the styles.
import type { Insets } from '../geometry/camera';

export const NARROW_PX = 720;
/** Share of the height that the sheet takes on a phone. */
const SHEET = 0.62;

export function insetsFor(width: number, height: number, isPanelOpen: boolean): Insets {
  const isNarrow = width <= NARROW_PX;
  const panel = Math.min(416, 0.4 * width);
  return {
    top: isNarrow ? 64 : 60,
    left: 0,
    right: isPanelOpen && !isNarrow ? panel : 0,
    bottom: isPanelOpen && isNarrow ? SHEET * height : isNarrow ? 68 : 60,
  };
}
