// A filter: which images of a facet are meant, by value and never by index, so that an address outlives a rebuild.
// Pure. A facet is a property that all images have: a field, a level of clusters, or whether a field is filled.
import type { RaggedColumn } from './ragged';

/** Stands for "has no value" in a filter on values. */
export const BLANK = '';
/** What a date's column holds where there is none. */
export const NO_DAY = -2147483648;
const DAY_MS = 86_400_000;

export interface ValueFilter {
  readonly kind: 'values';
  readonly values: readonly string[];
  /** `all`: of several tags an image must have every one. */
  readonly mode: 'any' | 'all';
}

/** Bounds as text, both included: numbers, or ISO dates of any precision; empty: open. */
export interface RangeFilter {
  readonly kind: 'range';
  readonly low: string;
  readonly high: string;
}

export type Filter = ValueFilter | RangeFilter;
/** By the key of the facet. */
export type Filters = ReadonlyMap<string, Filter>;

/** The values of a facet, by rank. */
export type FacetData =
  | { readonly kind: 'codes'; readonly codes: Int8Array | Int16Array | Int32Array; readonly values: readonly string[]; /** #rrggbb, where the values have colours of their own. */ readonly colors?: readonly string[] }
  | { readonly kind: 'lists'; readonly lists: RaggedColumn; readonly values: readonly string[] }
  | { readonly kind: 'numbers'; readonly numbers: Float64Array }
  | { readonly kind: 'days'; readonly first: Int32Array; readonly last: Int32Array };

export function countOf(data: FacetData): number {
  switch (data.kind) {
    case 'codes':
      return data.codes.length;
    case 'lists':
      return data.lists.starts.length - 1;
    case 'numbers':
      return data.numbers.length;
    case 'days':
      return data.first.length;
  }
}

/** By rank, 1 where a filter holds; null where a filter of this kind makes no sense for the facet. */
export function evaluate(data: FacetData, filter: Filter): Uint8Array | null {
  if (filter.kind === 'values') {
    if (data.kind === 'codes') return evaluateCodes(data.codes, data.values, filter);
    return data.kind === 'lists' ? evaluateLists(data.lists, data.values, filter) : null;
  }
  const out = new Uint8Array(countOf(data));
  if (data.kind === 'numbers') {
    const [low, high] = readNumbers(filter);
    data.numbers.forEach((value, rank) => (out[rank] = value >= low && value <= high ? 1 : 0));
    return out;
  }
  if (data.kind !== 'days') return null;
  // A date that may lie in the range does: what is known as "1890" is found by June 1890.
  const [low, high] = readDays(filter);
  data.first.forEach((first, rank) => (out[rank] = first !== NO_DAY && first <= high && data.last[rank] >= low ? 1 : 0));
  return out;
}

/** For the blank and every value, in this order, whether it is wanted. Values may share a name. */
function wantedOf(values: readonly string[], filter: ValueFilter): Uint8Array {
  const names = new Set(filter.values);
  const wanted = new Uint8Array(values.length + 1);
  wanted[0] = names.has(BLANK) ? 1 : 0;
  values.forEach((value, index) => (wanted[index + 1] = value !== BLANK && names.has(value) ? 1 : 0));
  return wanted;
}

function evaluateCodes(codes: Int8Array | Int16Array | Int32Array, values: readonly string[], filter: ValueFilter): Uint8Array {
  const wanted = wantedOf(values, filter);
  const out = new Uint8Array(codes.length);
  for (let rank = 0; rank < codes.length; rank++) out[rank] = wanted[codes[rank] + 1];
  return out;
}

function evaluateLists({ starts, values: indices }: RaggedColumn, values: readonly string[], filter: ValueFilter): Uint8Array {
  const wanted = wantedOf(values, filter);
  const least = filter.mode === 'all' ? new Set(filter.values).size : 1;
  const out = new Uint8Array(starts.length - 1);
  for (let rank = 0; rank < out.length; rank++) {
    let met = starts[rank] === starts[rank + 1] ? wanted[0] : 0;
    for (let k = starts[rank]; k < starts[rank + 1]; k++) met += wanted[indices[k] + 1];
    out[rank] = met >= least ? 1 : 0;
  }
  return out;
}

/** The bounds of a range of numbers; what is open or no number does not bound. */
export function readNumbers({ low, high }: RangeFilter): [number, number] {
  const read = (text: string, open: number) => (text.trim() === '' || Number.isNaN(Number(text)) ? open : Number(text));
  return [read(low, -Infinity), read(high, Infinity)];
}

/** A bound as a person wrote it, as a filter has it; null where it cannot be read. A decimal comma is one, that of thousands is not. */
export function readBound(text: string, kind: 'numbers' | 'days'): string | null {
  const written = text.trim();
  if (written === '') return '';
  if (kind === 'days') return spanOfDate(written) ? written : null;
  if (/^[+-]?[1-9]\d{0,2},\d{3}$/.test(written)) return null; // it may be meant either way
  const number = Number(written.replace(/^([+-]?\d*),(?=\d+$)/, '$1.'));
  return Number.isFinite(number) ? String(number) : null;
}

/** The first and the last day of a range of dates, in days since 1970-01-01. */
export function readDays({ low, high }: RangeFilter): [number, number] {
  return [spanOfDate(low)?.[0] ?? -Infinity, spanOfDate(high)?.[1] ?? Infinity];
}

/** First and last day that a date may mean: a year, a month of a year, a day. Null where it is none. */
export function spanOfDate(text: string): [number, number] | null {
  const found = /^\s*(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?\s*$/.exec(text);
  if (!found) return null;
  const [year, month, day] = found.slice(1).map((part: string | undefined) => (part === undefined ? 0 : Number(part)));
  if (year < 1 || month > 12 || day > 31 || (found[2] && month < 1) || (found[3] && day < 1)) return null;
  if (month === 0) return [dayOf(year, 1, 1), dayOf(year + 1, 1, 1) - 1];
  const [first, next] = [dayOf(year, month, 1), dayOf(year, month + 1, 1)];
  if (day === 0) return [first, next - 1];
  return first + day - 1 < next ? [first + day - 1, first + day - 1] : null;
}

/** Days from 1970-01-01; a month of 13 is January of the next year. */
export function dayOf(year: number, month: number, day: number): number {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day); // Date.UTC takes years below 100 for those of 1900
  return Math.round(date.getTime() / DAY_MS);
}

/** ISO 8601: YYYY-MM-DD. */
export function textOfDay(day: number): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10);
}

/** The filters with one changed; null takes it away. A filter that wants no value is none. */
export function withFilter(filters: Filters, key: string, filter: Filter | null): Filters {
  const isEmpty = filter === null || (filter.kind === 'values' ? filter.values.length === 0 : filter.low === '' && filter.high === '');
  if (isEmpty && !filters.has(key)) return filters;
  const changed = new Map(filters);
  if (isEmpty) changed.delete(key);
  else changed.set(key, filter);
  return changed;
}

/** Takes a value into a filter, where it is not in it. */
export function addValue(filter: Filter | undefined, value: string, mode: 'any' | 'all' = 'any'): ValueFilter {
  const before = filter?.kind === 'values' ? filter : { kind: 'values' as const, values: [], mode };
  return before.values.includes(value) ? before : { ...before, values: [...before.values, value] };
}

/** Takes a value into a filter, or out of it. */
export function toggleValue(filter: Filter | undefined, value: string, mode: 'any' | 'all' = 'any'): ValueFilter {
  const added = addValue(filter, value, mode);
  return added === filter ? { ...added, values: added.values.filter((v) => v !== value) } : added;
}

/** Whether two sets of filters ask for the same, in the same order. */
export function sameFilters(a: Filters, b: Filters): boolean {
  return a === b || JSON.stringify([...a]) === JSON.stringify([...b]);
}

/** Shows one group of clusters alone, beside the filters on fields; all groups if it was alone before. */
export function toggleGroup(filters: Filters, level: number, name: string): Filters {
  const key = `cluster:${String(level)}`;
  const before = filters.get(key);
  const isAlone = before?.kind === 'values' && before.values.length === 1 && before.values[0] === name;
  const others = [...filters].filter(([other]) => !other.startsWith('cluster:'));
  return new Map<string, Filter>(isAlone ? others : [...others, [key, { kind: 'values', values: [name], mode: 'any' }]]);
}
