// Which rows of a long grid are in sight, and where they stand. Browsers cannot make elements of any height: beyond
// some ten million pixels one scrolls faster than the rows are high.

const MOST_PX = 10_000_000;

export interface ListGrid {
  readonly count: number;
  readonly columns: number;
  readonly rows: number;
  readonly rowHeight: number;
  /** Of the element that is scrolled, px. */
  readonly height: number;
}

/** @param least smallest width of a cell, px */
export function makeGrid(count: number, width: number, least: number, rowHeight: number): ListGrid {
  const columns = Math.max(1, Math.floor(width / least));
  const rows = Math.ceil(count / columns);
  return { count, columns, rows, rowHeight, height: Math.min(MOST_PX, rows * rowHeight) };
}

export interface ListWindow {
  /** First item, and the one after the last. */
  readonly first: number;
  readonly end: number;
  /** Where the first row stands in the element, px. */
  readonly top: number;
}

/** By how many px the true rows are scrolled. */
function scrolledRows(grid: ListGrid, scrollTop: number, viewportHeight: number): number {
  const true_ = grid.rows * grid.rowHeight;
  if (true_ <= grid.height || grid.height <= viewportHeight) return scrollTop;
  return (scrollTop / (grid.height - viewportHeight)) * (true_ - viewportHeight);
}

/** @param beyond rows to draw before and after those in sight */
export function windowOf(grid: ListGrid, scrollTop: number, viewportHeight: number, beyond: number): ListWindow {
  const scrolled = scrolledRows(grid, scrollTop, viewportHeight);
  const firstRow = Math.max(0, Math.floor(scrolled / grid.rowHeight) - beyond);
  const endRow = Math.min(grid.rows, Math.ceil((scrolled + viewportHeight) / grid.rowHeight) + beyond);
  return {
    first: Math.min(grid.count, firstRow * grid.columns),
    end: Math.min(grid.count, endRow * grid.columns),
    top: scrollTop + firstRow * grid.rowHeight - scrolled,
  };
}

/** Where to scroll so that an item is in sight; where one is already if it is. */
export function scrollTo(grid: ListGrid, item: number, scrollTop: number, viewportHeight: number): number {
  const row = Math.floor(item / grid.columns);
  const scrolled = scrolledRows(grid, scrollTop, viewportHeight);
  const top = row * grid.rowHeight;
  const wanted = Math.max(top + grid.rowHeight - viewportHeight, Math.min(scrolled, top));
  if (wanted === scrolled) return scrollTop;
  const true_ = grid.rows * grid.rowHeight;
  const isTrue = true_ <= grid.height || grid.height <= viewportHeight;
  return Math.max(0, isTrue ? wanted : (wanted / (true_ - viewportHeight)) * (grid.height - viewportHeight));
}

/** Where a key leads from an item; null where the key is no such key. */
export function step(grid: ListGrid, item: number, key: string, viewportHeight: number): number | null {
  const page = Math.max(1, Math.floor(viewportHeight / grid.rowHeight)) * grid.columns;
  const steps: Readonly<Record<string, number>> = {
    ArrowRight: 1, ArrowLeft: -1, ArrowDown: grid.columns, ArrowUp: -grid.columns, PageDown: page, PageUp: -page,
    Home: -grid.count, End: grid.count,
  };
  if (!Object.hasOwn(steps, key)) return null;
  const to = item + steps[key];
  // Up and down stay in the column where they would leave the grid.
  if (key.startsWith('Arrow') && (to < 0 || to >= grid.count)) {
    const isPartRow = key === 'ArrowDown' && Math.floor(item / grid.columns) < grid.rows - 1;
    return isPartRow ? grid.count - 1 : item;
  }
  return Math.max(0, Math.min(grid.count - 1, to));
}
