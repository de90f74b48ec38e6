// Which level of thumbnails suits a size on the screen. Pure.

export const MAX_MAGNIFICATION = 1.4;

/**
 * The smallest level that need not be magnified by more than 1.4 for this size, or the largest there is.
 * @param levels sides of cells in pixels, rising; @param devicePx the picture's longer side in device pixels
 */
export function chooseLevel(levels: readonly number[], devicePx: number): number {
  for (const level of levels) if (level * MAX_MAGNIFICATION >= devicePx) return level;
  return levels[levels.length - 1];
}

/**
 * In which order to fall back on other levels while the wanted one is missing: larger ones would be drawn
 * reduced, and one step of that looks better than a blur; then the nearest smaller ones; then what is left.
 */
export function fallbackOrder(levels: readonly number[], wanted: number): number[] {
  const at = levels.indexOf(wanted);
  const larger = levels.slice(at + 1);
  const smaller = levels.slice(0, Math.max(0, at)).reverse();
  return [wanted, ...larger.slice(0, 1), ...smaller, ...larger.slice(1)];
}
