// How a value of a facet is written: as it is, unless it is one of ours.
import type { FacetKind } from '../data/facets';
import { BLANK } from '../data/filter';
import { strings } from '../strings';

export function valueText(kind: FacetKind | undefined, value: string): string {
  if (value === BLANK) return strings.filters.none;
  if (kind !== 'boolean' && kind !== 'duplicates') return value;
  return value === 'yes' ? strings.yes : strings.no;
}
