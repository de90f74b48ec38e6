// By which of its facets a site can tell time. Pure.
import type { Facet } from './facets';

const YEARS = /(^|[^\p{L}])(years?|decades?|centur(y|ies)|jahr(e|zehnt)?|années?|annees?|años?|anno|jaar|rok|år|год)($|[^\p{L}])/iu;

/** What time can be told by: dates first, then numbers that are named as years are. */
export function timeFacets(facets: readonly Facet[]): Facet[] {
  const dates = facets.filter(({ kind }) => kind === 'date');
  return [...dates, ...facets.filter(({ kind, name, title }) => kind === 'number' && (YEARS.test(name) || YEARS.test(title)))];
}
