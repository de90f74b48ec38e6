import { describe, expect, it } from 'vitest';
import { rankRows } from '../src/ui/facet_rows';

const rows = (values: string[], counts: number[], blank: number, ...chosen: string[]) =>
  rankRows(values, { counts: Uint32Array.from(counts), blank }, new Set(chosen)).map(({ value, count }) => `${value}:${String(count)}`);

describe('the rows of a list of values', () => {
  it('begin with the most frequent; the blank stands before what has no images', () => {
    expect(rows(['a', 'b', 'c', 'd'], [2, 0, 5, 2], 1)).toEqual(['c:5', 'a:2', 'd:2', ':1', 'b:0']);
    expect(rows(['a'], [0], 0)).toEqual(['a:0']);
  });

  it('hold what is chosen, even if there is none', () => {
    expect(rows(['a'], [1], 0, 'gone', '')).toEqual(['a:1', ':0', 'gone:0']);
  });

  it('are one for values of one name, and none for no name', () => {
    expect(rows(['pears', '', 'pears'], [1, 9, 3], 0)).toEqual(['pears:4']);
  });
});
