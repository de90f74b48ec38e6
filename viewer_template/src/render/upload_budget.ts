// How much is sent to the graphics card in a frame: so little that no frame stutters, more where frames take long
// anyway. Knows no pictures.

const QUICK_MS = 1000 / 60;
const QUICK_BYTES = 1024 * 1024;
const MOST_TIMES = 8;

/**
 * Bytes that a frame may send: its share of the frame stays what it is at 60 frames a second. Without this a machine
 * that draws by software, a frame a second, would take a minute for what others have at once.
 * @param sinceMs time since the frame before; null where none came directly before
 */
export function uploadBudget(sinceMs: number | null): number {
  return QUICK_BYTES * Math.max(1, Math.min(MOST_TIMES, (sinceMs ?? 0) / QUICK_MS));
}
