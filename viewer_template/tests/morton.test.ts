import { describe, expect, it } from 'vitest';
import { mortonColumn, mortonExtent, mortonRow } from '../src/geometry/morton';

/** The definition of the format page, bit by bit. */
function slow(j: number): [number, number] {
  let column = 0;
  let row = 0;
  for (let bit = 0; bit < 15; bit++) {
    column |= ((j >> (2 * bit)) & 1) << bit;
    row |= ((j >> (2 * bit + 1)) & 1) << bit;
  }
  return [column, row];
}

describe('Z-order', () => {
  it('begins with the Z', () => {
    expect([0, 1, 2, 3, 4].map((j) => [mortonColumn(j), mortonRow(j)])).toEqual([[0, 0], [1, 0], [0, 1], [1, 1], [2, 0]]);
  });

  it('equals the definition for every cell of the finest tile', () => {
    for (let j = 0; j < 4096; j++) expect([mortonColumn(j), mortonRow(j)]).toEqual(slow(j));
  });

  it('knows the box around the cells in use', () => {
    let columns = 0;
    let rows = 0;
    for (let last = 0; last < 4096; last++) {
      const [column, row] = slow(last);
      columns = Math.max(columns, column + 1);
      rows = Math.max(rows, row + 1);
      expect(mortonExtent(last)).toEqual({ columns, rows });
    }
  });
});
