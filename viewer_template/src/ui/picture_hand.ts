// Hands on an enlarged picture: wheel, pinch, drag, double click and keys become another view of it. Knows no files.
import { fittedSize, type Frame, isWhole, largestZoom, moveBy, type PictureView, WHOLE, zoomAt } from '../geometry/picture_view';

/** By how much a key or a button enlarges. */
export const STEP = 1.6;
const PAN_PX = 90;
const CLICK_PX = 6;
/** By how much a double click enlarges, at most. */
const TWICE = 2.5;

/** The picture in its window, as a hand finds and leaves it. */
export interface Held {
  /** The element that the picture lies in. */
  box(): DOMRect;
  frame(): Frame;
  view: PictureView;
  isDragging: boolean;
  /** Ends looking. */
  close(): void;
  /** Shows the next image, or the one before; null where there is none. */
  readonly before: (() => void) | null;
  readonly after: (() => void) | null;
}

export class PictureHand {
  private readonly fingers = new Map<number, { x: number; y: number }>();
  private hasMoved = false;

  constructor(private readonly held: Held) {}

  zoom(factor: number, x = 0, y = 0): void {
    this.held.view = zoomAt(this.held.view, factor, x, y, this.held.frame());
  }

  readonly wheel = (event: WheelEvent): void => {
    event.preventDefault();
    const { x, y } = this.at(event);
    const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 18 : 1;
    const delta = Math.max(-240, Math.min(240, event.deltaY * lines));
    this.zoom(Math.exp(-delta * (event.ctrlKey ? 0.01 : 0.0025)), x, y);
  };

  readonly down = (event: PointerEvent): void => {
    if (event.button !== 0) return;
    (event.currentTarget as Element).setPointerCapture(event.pointerId);
    this.fingers.set(event.pointerId, this.at(event));
    this.held.isDragging = true;
    if (this.fingers.size === 1) this.hasMoved = false;
  };

  readonly move = (event: PointerEvent): void => {
    const before = this.fingers.get(event.pointerId);
    if (!before) return;
    const now = this.at(event);
    const [dx, dy] = [now.x - before.x, now.y - before.y];
    if (this.fingers.size === 1) {
      if (!this.hasMoved && Math.hypot(dx, dy) < CLICK_PX) return;
      this.pan(dx, dy);
    } else {
      const other = [...this.fingers].find(([id]) => id !== event.pointerId)?.[1] ?? before;
      const spread = Math.hypot(now.x - other.x, now.y - other.y) / Math.max(1, Math.hypot(before.x - other.x, before.y - other.y));
      this.pan(dx / 2, dy / 2);
      this.zoom(spread, (now.x + other.x) / 2, (now.y + other.y) / 2);
    }
    this.hasMoved = true;
    this.fingers.set(event.pointerId, now);
  };

  readonly up = (event: PointerEvent): void => {
    if (!this.fingers.delete(event.pointerId)) return;
    const isDragging = this.fingers.size > 0;
    this.held.isDragging = isDragging;
    // A click beside the picture.
    if (event.type === 'pointerup' && !this.hasMoved && !isDragging && this.isOutside(this.at(event))) this.held.close();
  };

  readonly twice = (event: MouseEvent): void => {
    const { x, y } = this.at(event);
    if (isWhole(this.held.view)) this.zoom(Math.min(largestZoom(this.held.frame()), TWICE), x, y);
    else this.held.view = WHOLE;
  };

  readonly key = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { held } = this;
    const pan = (dx: number, dy: number) => () => {
      this.pan(dx, dy);
    };
    const zoom = (factor: number) => () => {
      this.zoom(factor);
    };
    const deeds: Record<string, (() => void) | null> = {
      ArrowLeft: isWhole(held.view) ? held.before : pan(PAN_PX, 0),
      ArrowRight: isWhole(held.view) ? held.after : pan(-PAN_PX, 0),
      ArrowUp: pan(0, PAN_PX),
      ArrowDown: pan(0, -PAN_PX),
      '+': zoom(STEP),
      '=': zoom(STEP),
      '-': zoom(1 / STEP),
      '0': () => (held.view = WHOLE),
    };
    if (!(event.key in deeds)) return;
    event.preventDefault();
    event.stopPropagation();
    deeds[event.key]?.();
  };

  private pan(dx: number, dy: number): void {
    this.held.view = moveBy(this.held.view, dx, dy, this.held.frame());
  }

  /** Where a hand is: CSS pixels from the middle. */
  private at(event: MouseEvent): { x: number; y: number } {
    const box = this.held.box();
    return { x: event.clientX - box.left - box.width / 2, y: event.clientY - box.top - box.height / 2 };
  }

  private isOutside({ x, y }: { x: number; y: number }): boolean {
    const { width, height } = fittedSize(this.held.frame());
    const { zoom } = this.held.view;
    return Math.abs(x) > (width * zoom) / 2 || Math.abs(y) > (height * zoom) / 2;
  }
}
