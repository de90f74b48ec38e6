// What narrows the view, and its part of the address. Pure. By value: `is.category=fruit&is.category=vase`, `all.tags=red&all.tags=old`,
// `range.year=1890..1910`, `cluster.0=apples`, `has.title=no`, `near.duplicates=yes`, `within.kept=0..0.2`; an empty value stands for "has none".
import { type Filter, type Filters, sameFilters } from '../data/filter';

/** What becomes of images that are not lit. */
export type Unlit = 'grey' | 'hide';

export interface Narrowing {
  readonly filters: Filters;
  readonly unlit: Unlit;
  /** Key of the facet that pictures are coloured by; null: none. */
  readonly colorBy: string | null;
  /** Ids of the chosen images, if they are few. */
  readonly chosen: readonly string[];
  /** Whether only the chosen images are lit. */
  readonly isOnlySelection: boolean;
}

const MOST_VALUES = 200;
const LONGEST = 400; // characters of a name or value
/** What facets can be beside fields: their operator is their kind. */
const OTHER_KINDS: ReadonlySet<string> = new Set(['cluster', 'has', 'near']);
const RANGE = /^([^.]*(?:\.[^.]+)?)\.\.(.*)$/; // bounds may be decimal numbers

export function narrowingOf({ filters, unlit, colorBy, chosen, isOnlySelection }: Narrowing): Narrowing {
  return { filters, unlit, colorBy, chosen, isOnlySelection };
}

export function sameNarrowing(a: Narrowing, b: Narrowing): boolean {
  return sameFilters(a.filters, b.filters) && a.unlit === b.unlit && a.colorBy === b.colorBy && a.chosen.join() === b.chosen.join() && a.isOnlySelection === b.isOnlySelection;
}

export function formatNarrowing({ filters, unlit, colorBy, chosen, isOnlySelection }: Narrowing): string[] {
  const parts = formatFilters(filters);
  if (unlit === 'hide') parts.push('others=hidden');
  // What is one's own is not there for others.
  if (colorBy !== null && !colorBy.startsWith('own:')) parts.push(`color=${encodeURIComponent(colorBy.replace(/^field:/, ''))}`);
  if (chosen.length > 0) parts.push(`chosen=${chosen.join(',')}`);
  if (isOnlySelection) parts.push('only=yes');
  return parts;
}

export function parseNarrowing(parameters: URLSearchParams): Narrowing {
  const color = parameters.get('color') ?? '';
  const chosen = parameters.get('chosen') ?? '';
  const isField = !/^(cluster:\d|near:duplicates|measure:[a-z]+)$/.test(color);
  return {
    filters: parseFilters(parameters),
    unlit: parameters.get('others') === 'hidden' ? 'hide' : 'grey',
    chosen: /^[0-9a-f]{20}(,[0-9a-f]{20}){0,99}$/.test(chosen) ? [...new Set(chosen.split(','))] : [],
    isOnlySelection: parameters.get('only') === 'yes',
    colorBy: color === '' || color.length > LONGEST ? null : isField ? `field:${color}` : color,
  };
}

/** The parameters of all filters, in their order. */
export function formatFilters(filters: Filters): string[] {
  return [...filters].filter(([key]) => !key.startsWith('own:')).flatMap(([key, filter]) => {
    const [kind, name] = split(key, ':');
    const put = (operator: string, value: string) => `${operator}.${encodeURIComponent(name)}=${encodeURIComponent(value)}`;
    if (filter.kind === 'range') return [put(kind === 'measure' ? 'within' : 'range', `${filter.low}..${filter.high}`)];
    const operator = kind === 'field' ? (filter.mode === 'all' ? 'all' : 'is') : kind;
    return filter.values.map((value) => put(operator, value));
  });
}

/** Reads what it can: whether there are such fields and values shows when they are applied. */
export function parseFilters(parameters: URLSearchParams): Filters {
  const filters = new Map<string, Filter>();
  let taken = 0;
  for (const [parameter, value] of parameters) {
    const [operator, name] = split(parameter, '.');
    if (name === '' || name.length > LONGEST || value.length > LONGEST || ++taken > MOST_VALUES) continue;
    if (operator === 'range' || operator === 'within') {
      const bounds = RANGE.exec(value);
      if (bounds && bounds[1] + bounds[2] !== '') filters.set(`${operator === 'within' ? 'measure' : 'field'}:${name}`, { kind: 'range', low: bounds[1], high: bounds[2] });
    } else if (operator === 'is' || operator === 'all' || OTHER_KINDS.has(operator)) {
      const key = `${OTHER_KINDS.has(operator) ? operator : 'field'}:${name}`;
      const before = filters.get(key);
      const values = before?.kind === 'values' ? before.values : [];
      if (!values.includes(value)) filters.set(key, { kind: 'values', values: [...values, value], mode: operator === 'all' ? 'all' : 'any' });
    }
  }
  return filters;
}

/** Before and after the first separator; the second part is empty where there is none. */
function split(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}
