// Which picture lies in which cell of a pool texture, and which goes first when room is needed.
// The order is least recently used, by cell (not by tile). Pure bookkeeping: knows no GL.

const NONE = -1;

export class CellPool {
  private readonly slotOfRank = new Map<number, number>();
  private readonly rankOfSlot: Int32Array;
  private readonly newer: Int32Array;
  private readonly older: Int32Array;
  private readonly lastUsed: Float64Array;
  private newest = NONE;
  private oldest = NONE;
  private used = 0;

  constructor(readonly capacity: number) {
    this.rankOfSlot = new Int32Array(capacity).fill(NONE);
    this.newer = new Int32Array(capacity).fill(NONE);
    this.older = new Int32Array(capacity).fill(NONE);
    this.lastUsed = new Float64Array(capacity);
  }

  get size(): number {
    return this.slotOfRank.size;
  }

  get free(): number {
    return this.capacity - this.slotOfRank.size;
  }

  /** The slot of a rank, or -1. */
  slotOf(rank: number): number {
    return this.slotOfRank.get(rank) ?? NONE;
  }

  /** Notes that a slot is drawn in this frame. */
  touch(slot: number, frame: number): void {
    this.lastUsed[slot] = frame;
    if (slot === this.newest) return;
    this.unlink(slot);
    this.link(slot);
  }

  /**
   * A slot for a rank: its own, a free one, or (if allowed) the least recently used one.
   * What has been drawn in frame `frame` is never taken. -1 if there is none.
   */
  place(rank: number, frame: number, mayEvict: boolean): number {
    const own = this.slotOf(rank);
    if (own !== NONE) return own;
    let slot: number;
    if (this.used < this.capacity) {
      slot = this.used++;
    } else {
      slot = this.oldest;
      if (!mayEvict || slot === NONE || this.lastUsed[slot] >= frame) return NONE;
      this.slotOfRank.delete(this.rankOfSlot[slot]);
      this.unlink(slot);
    }
    this.slotOfRank.set(rank, slot);
    this.rankOfSlot[slot] = rank;
    this.lastUsed[slot] = mayEvict ? frame : 0;
    this.link(slot);
    return slot;
  }

  private link(slot: number): void {
    this.older[slot] = this.newest;
    this.newer[slot] = NONE;
    if (this.newest !== NONE) this.newer[this.newest] = slot;
    this.newest = slot;
    if (this.oldest === NONE) this.oldest = slot;
  }

  private unlink(slot: number): void {
    const newer = this.newer[slot];
    const older = this.older[slot];
    if (newer !== NONE) this.older[newer] = older;
    else if (this.newest === slot) this.newest = older;
    if (older !== NONE) this.newer[older] = newer;
    else if (this.oldest === slot) this.oldest = newer;
    this.newer[slot] = NONE;
    this.older[slot] = NONE;
  }
}
