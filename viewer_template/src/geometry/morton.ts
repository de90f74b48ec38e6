// Z-order (Morton order) of the cells in a tile. Pure integer arithmetic; knows nothing of files.

/** Gathers the even bits (0, 2, 4 …) of a Morton code of at most 30 bits. */
function compactBits(code: number): number {
  let v = code & 0x55555555;
  v = (v | (v >>> 1)) & 0x33333333;
  v = (v | (v >>> 2)) & 0x0f0f0f0f;
  v = (v | (v >>> 4)) & 0x00ff00ff;
  return (v | (v >>> 8)) & 0x0000ffff;
}

/** Column of cell `j` on the Z-curve: its even bits. */
export function mortonColumn(j: number): number {
  return compactBits(j);
}

/** Row of cell `j` on the Z-curve: its odd bits. */
export function mortonRow(j: number): number {
  return compactBits(j >>> 1);
}

/** Columns and rows in use by the cells 0 … last: the size to which a last tile is cropped. */
export function mortonExtent(last: number): { columns: number; rows: number } {
  let columns = 1;
  let rows = 1;
  // The widest cell not after `last` is found by clearing one set bit and filling the bits below it.
  for (let bit = 0; bit < 30; bit++) {
    if ((last & (1 << bit)) === 0) continue;
    const filled = (last & ~((1 << (bit + 1)) - 1)) | ((1 << bit) - 1);
    columns = Math.max(columns, compactBits(filled) + 1);
    rows = Math.max(rows, compactBits(filled >>> 1) + 1);
  }
  return { columns: Math.max(columns, mortonColumn(last) + 1), rows: Math.max(rows, mortonRow(last) + 1) };
}
