// The rows of a list of values. Pure.
import { BLANK } from '../data/filter';
import type { Tally } from '../data/tally';

export interface ValueRow {
  readonly value: string;
  readonly count: number;
}

/**
 * Every value once, the most frequent first, equals as in the file; what is chosen but no longer in the collection
 * too. The blank comes after all that has images. Values of one name are one row; what has no name has none.
 */
export function rankRows(values: readonly string[], { counts, blank }: Tally, chosen: ReadonlySet<string>): ValueRow[] {
  const byValue = new Map<string, number>();
  values.forEach((value, index) => {
    if (value !== BLANK) byValue.set(value, (byValue.get(value) ?? 0) + counts[index]);
  });
  for (const value of chosen) if (value !== BLANK && !byValue.has(value)) byValue.set(value, 0);
  const rows = Array.from(byValue, ([value, count]) => ({ value, count })).sort((a, b) => b.count - a.count);
  if (blank === 0 && !chosen.has(BLANK)) return rows;
  const filled = rows.filter((row) => row.count > 0);
  return [...filled, { value: BLANK, count: blank }, ...rows.slice(filled.length)];
}
