// Choosing by hand: a lasso or a rectangle is drawn on the map, in world units so that it stays where it is.
import { maskOfRanks } from './data/selection';
import type { Point } from './geometry/camera';
import { LEAST_STEP_PX, rectangleOf } from './geometry/outline';
import type { ImageMap } from './map/image_map';
import type { Keys } from './map/input';
import type { AppStore, Tool } from './state/app_state';
import type { Choosing } from './state/choosing';

export class Drawing {
  private tool: Tool | null = null;
  /** What the store said when the drawing began: where it says something else the drawing is called off. */
  private chosen: Tool | null = null;
  private start: Point = { x: 0, y: 0 };
  private last: Point = { x: 0, y: 0 };

  constructor(
    private readonly app: AppStore,
    private readonly map: ImageMap,
    private readonly choosing: Choosing,
  ) {}

  /** A press of the pointer. @returns whether what follows is drawn: a tool is chosen, or Shift is held */
  begin(x: number, y: number, keys: Keys): boolean {
    this.chosen = this.app.get().tool;
    this.tool = this.chosen ?? (keys.shift ? 'rectangle' : null);
    this.start = this.last = { x, y };
    return this.tool !== null;
  }

  draw(x: number, y: number): void {
    if (this.tool === null || this.app.get().tool !== this.chosen) return;
    if (this.tool === 'rectangle') {
      this.app.set({ outline: rectangleOf(this.start, { x, y }).map((point) => this.map.worldAt(point)) });
      return;
    }
    const { outline } = this.app.get();
    if (outline && Math.hypot(x - this.last.x, y - this.last.y) < LEAST_STEP_PX) return;
    this.last = { x, y };
    this.app.set({ outline: [...(outline ?? [this.map.worldAt(this.start)]), this.map.worldAt({ x, y })] });
  }

  end(keys: Keys): void {
    const { outline, tool, joining } = this.app.get();
    this.tool = null;
    this.app.set({ outline: null });
    if (!outline || outline.length < 3) return;
    const inside = maskOfRanks(this.map.ranksInside(outline), this.map.renderer.imageCount);
    this.choosing.join(inside, keys.alt ? 'remove' : keys.shift || tool === null ? 'add' : joining);
  }

  cancel(): void {
    this.tool = null;
    this.app.set({ outline: null });
  }
}
