// Colours by a facet: which colour each image has, and what the colours mean. Pure.
// Values have colours that most colour-blind people tell apart (Okabe & Ito 2008 on dark ground, Tol's "muted" on
// light); numbers and dates run along viridis, whose steps look equally large (van der Walt & Smith 2015).
import type { FacetData } from './filter';
import { BLANK, NO_DAY } from './filter';

/** #rrggbb. */
export type Color = string;

export interface ColoredValue {
  readonly value: string;
  readonly color: Color;
}

export interface Coloring {
  /** Key of the facet. */
  readonly key: string;
  /** By rank: the number of its colour, 0 for none. */
  readonly codes: Uint8Array;
  /** By number; the first stands for images without a value. */
  readonly palette: readonly Color[];
  /** Of values: the most frequent ones, and the colour of all others together (null where there are no others). */
  readonly values: readonly ColoredValue[] | null;
  readonly other: Color | null;
  /** Of numbers and dates: where the scale begins and ends; values beyond have the colour of its ends. */
  readonly scale: { readonly low: number; readonly high: number; readonly isDays: boolean; readonly isClipped: boolean } | null;
}

const ON_DARK: readonly Color[] = ['#e69f00', '#56b4e9', '#009e73', '#f0e442', '#cc79a7', '#d55e00', '#4f93d2'];
const ON_LIGHT: readonly Color[] = ['#332288', '#cc6677', '#117733', '#999933', '#44aa99', '#aa4499', '#882255'];
const OTHER = { dark: '#8d8a84', light: '#8a857b' };
const VIRIDIS: readonly Color[] = ['#440154', '#482475', '#414487', '#355f8d', '#2a788e', '#21918c', '#22a884', '#44bf70', '#7ad151', '#bddf26', '#fde725'];
/** The part of the scale that can be told from the ground. */
const PART = { dark: [0.27, 1], light: [0, 0.75] } as const;
const STEPS = 254;
/** Where single values lie very far out, the scale ends before them, so that the others differ. */
const OUTLIER_SHARE = 0.01;
const FAR_OUT = 2.5;

/** @param isLight whether the ground is light */
export function colorFacet(key: string, data: FacetData, isLight: boolean): Coloring | null {
  switch (data.kind) {
    case 'codes':
      return data.colors ? colorOwn(key, data.codes, data.values, data.colors, isLight) : colorValues(key, data.codes, data.values, isLight);
    case 'numbers':
      return colorScale(key, data.numbers, Number.isNaN, isLight, false);
    case 'days':
      return colorScale(key, data.first, (day) => day === NO_DAY, isLight, true);
    case 'lists':
      return null; // several tags would want several colours
  }
}

function colorValues(key: string, codes: Int8Array | Int16Array | Int32Array, names: readonly string[], isLight: boolean): Coloring {
  const counts = new Map<string, number>();
  const tally = new Uint32Array(names.length);
  for (const code of codes) if (code >= 0) tally[code]++;
  names.forEach((name, index) => counts.set(name, (counts.get(name) ?? 0) + tally[index]));
  const colors = isLight ? ON_LIGHT : ON_DARK;
  const named = [...counts].filter(([name, n]) => name !== BLANK && n > 0).sort((a, b) => b[1] - a[1]);
  const values = named.slice(0, colors.length).map(([value], i) => ({ value, color: colors[i] }));
  const numbers = new Map(values.map(({ value }, i) => [value, i + 1]));
  const ofOthers = values.length + 1;
  const numberOf = names.map((name) => numbers.get(name) ?? ofOthers);
  const other = OTHER[isLight ? 'light' : 'dark'];
  return {
    key,
    codes: Uint8Array.from(codes, (code) => (code < 0 ? 0 : numberOf[code])),
    palette: [other, ...values.map(({ color }) => color), other],
    values,
    other: named.length > values.length || (counts.get(BLANK) ?? 0) > 0 ? other : null,
    scale: null,
  };
}

/** Values that have colours of their own; what has no value keeps the neutral one. */
function colorOwn(key: string, codes: Int8Array | Int16Array | Int32Array, names: readonly string[], colors: readonly Color[], isLight: boolean): Coloring {
  const values = names.slice(0, STEPS).map((value, i) => ({ value, color: colors[i] }));
  const other = OTHER[isLight ? 'light' : 'dark'];
  return { key, codes: Uint8Array.from(codes, (code) => (code < values.length ? code + 1 : 0)), palette: [other, ...values.map(({ color }) => color)], values, other: null, scale: null };
}

function colorScale(key: string, numbers: Float64Array | Int32Array, isBlank: (value: number) => boolean, isLight: boolean, isDays: boolean): Coloring {
  const known = Float64Array.from(numbers.filter((value: number) => !isBlank(value) && Number.isFinite(value))).sort();
  const [least, most] = known.length > 0 ? [known[0], known[known.length - 1]] : [0, 0];
  const at = (share: number) => known[Math.round(share * (known.length - 1))];
  const [inner, outer] = known.length > 0 ? [at(OUTLIER_SHARE), at(1 - OUTLIER_SHARE)] : [0, 0];
  const isClipped = outer > inner && most - least > FAR_OUT * (outer - inner);
  const [low, high] = isClipped ? [inner, outer] : [least, most];
  const codes = new Uint8Array(numbers.length);
  for (let rank = 0; rank < codes.length; rank++) {
    const value = numbers[rank];
    if (isBlank(value)) continue;
    const share = high > low ? Math.min(1, Math.max(0, (value - low) / (high - low))) : 0.5;
    codes[rank] = 1 + Math.round(share * (STEPS - 1));
  }
  const palette = Array.from({ length: STEPS }, (_, i) => scaleColor(i / (STEPS - 1), isLight));
  return { key, codes, palette: [OTHER[isLight ? 'light' : 'dark'], ...palette], values: null, other: null, scale: { low, high, isDays, isClipped } };
}

/** The colour at a place of the scale. @param share within [0, 1] */
export function scaleColor(share: number, isLight: boolean): Color {
  const [from, to] = PART[isLight ? 'light' : 'dark'];
  const place = (from + share * (to - from)) * (VIRIDIS.length - 1);
  const below = Math.min(VIRIDIS.length - 2, Math.floor(place));
  const [a, b] = [partsOf(VIRIDIS[below]), partsOf(VIRIDIS[below + 1])];
  return `#${a.map((part, i) => Math.round(part + (place - below) * (b[i] - part)).toString(16).padStart(2, '0')).join('')}`;
}

/** Red, green, blue within [0, 1]; grey where it is no #rrggbb. */
export function readColor(color: string): [number, number, number] {
  if (!/^\s*#[0-9a-f]{6}\s*$/i.test(color)) return [0.5, 0.5, 0.5];
  return partsOf(color.trim()).map((part) => part / 255) as [number, number, number];
}

/** Red, green, blue, 0 to 255. */
export function partsOf(color: Color): [number, number, number] {
  return [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16)) as [number, number, number];
}
