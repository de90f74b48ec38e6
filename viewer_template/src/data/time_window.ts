// A window that moves through time: over the bins of a histogram, from border to border. Pure.
/** From border `low` to border `high` of the bins; low < high. */
export interface TimeWindow {
  readonly low: number;
  readonly high: number;
}

export const SPEEDS = [0.5, 1, 2, 4] as const;
/** One way through all of it takes about this long at the usual speed. */
const WAY_MS = 20_000;
const SHORTEST_STEP_MS = 160;
const LONGEST_STEP_MS = 900;
/** For people who asked for reduced motion: a step at a time, to be looked at. */
const CALM_STEP_MS = 1500;

/** Where a person has chosen no window yet: a tenth of all, at the beginning. */
export function firstWindow(size: number): TimeWindow {
  return { low: 0, high: Math.min(size, Math.max(1, Math.round(size / 10))) };
}

/** The window moved by so many bins, as wide as before, as far as there are bins. */
export function moveWindow({ low, high }: TimeWindow, by: number, size: number): TimeWindow {
  const to = Math.max(0, Math.min(size - (high - low), low + by));
  return { low: to, high: to + high - low };
}

/** One end moved; the other stays, at least a bin away. */
export function widenWindow({ low, high }: TimeWindow, end: 'low' | 'high', by: number, size: number): TimeWindow {
  if (end === 'low') return { low: Math.max(0, Math.min(high - 1, low + by)), high };
  return { low, high: Math.min(size, Math.max(low + 1, high + by)) };
}

/** The next window of a play; null at the end. A window that holds everything has nowhere to go. */
export function nextWindow(window: TimeWindow, size: number): TimeWindow | null {
  return window.high >= size ? null : moveWindow(window, 1, size);
}

/** Where a play begins: where the window is; at the beginning again where it is at the end; with a first one where it is everything. */
export function startWindow(window: TimeWindow, size: number): TimeWindow {
  if (window.low <= 0 && window.high >= size) return firstWindow(size);
  return window.high >= size ? moveWindow(window, -size, size) : window;
}

/** How long a window stays, milliseconds. */
export function stepMs(size: number, speed: number, isReduced: boolean): number {
  const usual = Math.min(LONGEST_STEP_MS, Math.max(SHORTEST_STEP_MS, WAY_MS / Math.max(1, size)));
  return (isReduced ? Math.max(CALM_STEP_MS, usual) : usual) / speed;
}
