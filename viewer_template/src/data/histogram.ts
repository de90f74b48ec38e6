// The bins of a histogram: over round numbers, whole years, months or days. Pure.
import { dayOf, type FacetData, NO_DAY, type RangeFilter, readDays, readNumbers, textOfDay } from './filter';

const MOST_BINS = 40;
const MONTH_DAYS = 30.44;
const YEAR_DAYS = 365.25;

export type Unit = 'real' | 'whole' | 'day' | 'month' | 'year';

export interface Histogram {
  /** Borders of the bins, rising: one more than there are bins. A value on a border belongs to the bin above. */
  readonly edges: readonly number[];
  readonly unit: Unit;
  /** The bin of every rank, -1 where it has no value. */
  readonly bins: Int16Array;
}

/** Null where no image has a value. @param most bins */
export function makeHistogram(data: FacetData & { kind: 'numbers' | 'days' }, most = MOST_BINS): Histogram | null {
  const values = data.kind === 'numbers' ? data.numbers : data.first;
  const isBlank = data.kind === 'numbers' ? Number.isNaN : (value: number) => value === NO_DAY;
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    if (isBlank(value)) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  if (low > high) return null;
  const { edges, unit } = data.kind === 'numbers' ? cutNumbers(data.numbers, low, high, most) : cutDays(data.first, data.last, low, high, most);
  const bins = new Int16Array(values.length);
  for (let rank = 0; rank < bins.length; rank++) bins[rank] = isBlank(values[rank]) ? -1 : binOf(edges, values[rank]);
  return { edges, unit, bins };
}

/** The bin that a value falls in: the first or the last one where it lies outside. */
export function binOf(edges: readonly number[], value: number): number {
  let low = 0;
  let high = edges.length - 2;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (edges[middle] <= value) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** The smallest of 1, 2, 5, 10, 20 … times a power of ten that is not below `least`. */
export function roundStep(least: number): number {
  const power = Math.pow(10, Math.floor(Math.log10(least)));
  return power * ([1, 2, 5, 10].find((m) => m * power >= least * (1 - 1e-9)) ?? 10);
}

function cutNumbers(values: Float64Array, low: number, high: number, most: number): { edges: number[]; unit: Unit } {
  const isWhole = values.every((value) => Number.isNaN(value) || Number.isSafeInteger(value));
  if (isWhole) {
    const step = Math.max(1, roundStep((high - low + 1) / most));
    return { edges: cut(Math.floor(low / step), Math.floor(high / step), step), unit: 'whole' };
  }
  const step = roundStep(Math.max(high - low, Math.abs(high) * 1e-9, 1e-12) / most);
  return { edges: cut(Math.floor(low / step), Math.max(Math.floor(low / step), Math.ceil(high / step) - 1), step), unit: 'real' };
}

/** Borders of the bins from number `first` to number `last`; made by multiplying, so that they are as round as can be. */
function cut(first: number, last: number, step: number): number[] {
  const decimals = Math.max(0, -Math.floor(Math.log10(step)));
  return Array.from({ length: last - first + 2 }, (_, i) => Number(((first + i) * step).toFixed(Math.min(20, decimals))));
}

function cutDays(first: Int32Array, last: Int32Array, low: number, high: number, most: number): { edges: number[]; unit: Unit } {
  // No finer than the finest date: where all that is known are years, days would be a pretence.
  let finest = Infinity;
  for (let rank = 0; rank < first.length; rank++) if (first[rank] !== NO_DAY) finest = Math.min(finest, last[rank] - first[rank] + 1);
  const [from, to] = [partsOf(low), partsOf(high)];
  const days = high - low + 1;
  if (days <= most && finest < 28) return { edges: Array.from({ length: days + 1 }, (_, i) => low + i), unit: 'day' };
  if (days <= most * MONTH_DAYS && finest < YEAR_DAYS - 1) {
    const months = 12 * (to.year - from.year) + to.month - from.month;
    return { edges: Array.from({ length: months + 2 }, (_, i) => dayOf(from.year, from.month + i, 1)), unit: 'month' };
  }
  const step = Math.max(1, roundStep((to.year - from.year + 1) / most));
  const start = Math.floor(from.year / step);
  return { edges: Array.from({ length: Math.floor(to.year / step) - start + 2 }, (_, i) => dayOf((start + i) * step, 1, 1)), unit: 'year' };
}

function partsOf(day: number): { year: number; month: number } {
  const date = new Date(day * 86_400_000);
  return { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1 };
}

/** The range from bin `from` to bin `to`, both included; null where that is everything. */
export function rangeOfBins({ edges, unit }: Histogram, from: number, to: number): RangeFilter | null {
  if (from <= 0 && to >= edges.length - 2) return null;
  return { kind: 'range', low: from <= 0 ? '' : lowText(edges[from], unit), high: to >= edges.length - 2 ? '' : highText(edges[to + 1], unit) };
}

/** The lower border of a bin in words, as a filter has it. */
export function lowText(edge: number, unit: Unit): string {
  if (unit === 'real' || unit === 'whole') return String(edge);
  return textOfDay(edge).slice(0, { year: 4, month: 7, day: 10 }[unit]);
}

/** The last value below the upper border of a bin. */
export function highText(edge: number, unit: Unit): string {
  return unit === 'real' ? String(edge) : lowText(edge - 1, unit);
}

/** Where a range begins and ends among the bins: 0 is the lower border of the first, n the upper one of the last. */
export function placeRange({ edges, unit }: Histogram, range: RangeFilter | undefined): [number, number] {
  const size = edges.length - 1;
  if (!range) return [0, size];
  const [low, high] = unit === 'real' || unit === 'whole' ? readNumbers(range) : readDays(range);
  const above = unit === 'real' ? high : high + 1;
  return [placeValue(edges, low), placeValue(edges, above)];
}

function placeValue(edges: readonly number[], value: number): number {
  const size = edges.length - 1;
  if (value <= edges[0]) return 0;
  if (value >= edges[size]) return size;
  const bin = binOf(edges, value);
  return bin + (value - edges[bin]) / (edges[bin + 1] - edges[bin]);
}
