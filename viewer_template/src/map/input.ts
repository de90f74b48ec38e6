// Hands on the map: mouse, wheel, touch and keys become motions of the camera. Knows no pictures.
import type { Direction } from '../geometry/towards';
import type { Motion } from './motion';

const CLICK_PX = 6;
const DWELL_MS = 320;
const TRAIL_MS = 90; // of a drag, that its momentum is made of
const DOUBLE_ZOOM = 2.2;
const KEY_PAN_PX = 110;
const KEY_ZOOM = 1.5;

/** Keys held while the pointer does something. */
export interface Keys {
  readonly shift: boolean;
  readonly alt: boolean;
  /** Ctrl, or Command on a Mac. */
  readonly ctrl: boolean;
}

export interface Hand {
  readonly motion: Motion;
  /** The hand has moved the map, or stopped it on its way: it is no longer seen whole. */
  moved(): void;
  click(x: number, y: number, keys: Keys): void;
  /** A press of one pointer. @returns whether it draws instead of moving the map */
  beginDrawing(x: number, y: number, keys: Keys): boolean;
  draw(x: number, y: number): void;
  endDrawing(keys: Keys): void;
  /** A second finger has come: it was no drawing. */
  cancelDrawing(): void;
  /** Called when the pointer has rested, and with null when it leaves or moves on. */
  rest(at: { x: number; y: number } | null): void;
  /** The pointer moved without a button. */
  hover(x: number, y: number): void;
  fit(): void;
  openNearest(): void;
  /** To the next image in a direction. */
  step(direction: Direction): void;
  escape(): void;
  help(): void;
}

interface Finger {
  x: number;
  y: number;
}

function keysOf(event: PointerEvent): Keys {
  return { shift: event.shiftKey, alt: event.altKey, ctrl: event.ctrlKey || event.metaKey };
}

export class Input {
  private readonly fingers = new Map<number, Finger>();
  private pressed: { x: number; y: number; moved: boolean } | null = null;
  private trail: { x: number; y: number; time: number }[] = [];
  private dwell = 0;
  private isDrawing = false;
  /** Where a mouse or pen hovers; null while there is none over the map. */
  private pointer: Finger | null = null;

  constructor(
    private readonly element: HTMLElement,
    private readonly hand: Hand,
  ) {
    element.addEventListener('pointerdown', this.down);
    element.addEventListener('pointermove', this.move);
    element.addEventListener('pointerup', this.up);
    element.addEventListener('pointercancel', this.up);
    element.addEventListener('pointerleave', () => {
      this.pointer = null;
      this.unrest();
      if (this.fingers.size === 0) this.hand.hover(-1, -1);
    });
    element.addEventListener('wheel', this.wheel, { passive: false });
    element.addEventListener('dblclick', this.doubleClick);
    element.addEventListener('keydown', this.key);
  }

  /** The map has come to rest below the pointer: another picture may lie there now. */
  rehover(): void {
    if (this.pointer && this.fingers.size === 0) this.hand.hover(this.pointer.x, this.pointer.y);
  }

  private at(event: MouseEvent): Finger {
    const box = this.element.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  }

  private readonly down = (event: PointerEvent): void => {
    if (event.button !== 0) return;
    const at = this.at(event);
    this.element.setPointerCapture(event.pointerId);
    this.fingers.set(event.pointerId, at);
    if (this.isDrawing) this.hand.cancelDrawing();
    this.isDrawing = this.fingers.size === 1 && this.hand.beginDrawing(at.x, at.y, keysOf(event));
    const wasMoving = this.hand.motion.isMoving;
    this.hand.motion.stop();
    this.unrest();
    this.pressed = this.fingers.size === 1 ? { ...at, moved: false } : null;
    this.trail = [{ ...at, time: event.timeStamp }];
    if (wasMoving) this.hand.moved(); // a press alone moves nothing
  };

  private readonly move = (event: PointerEvent): void => {
    const at = this.at(event);
    const before = this.fingers.get(event.pointerId);
    if (!before) {
      if (event.pointerType === 'touch') return;
      this.pointer = at;
      this.hand.hover(at.x, at.y);
      this.unrest();
      this.dwell = window.setTimeout(() => {
        this.hand.rest(at);
      }, DWELL_MS);
      return;
    }
    if (this.fingers.size === 1) {
      if (this.pressed && !this.pressed.moved) {
        if (Math.hypot(at.x - this.pressed.x, at.y - this.pressed.y) < CLICK_PX) return;
        this.pressed.moved = true;
        this.hand.hover(-1, -1);
        if (!this.isDrawing) this.element.dataset['dragging'] = 'true';
      }
      if (this.isDrawing) {
        this.hand.draw(at.x, at.y);
        this.fingers.set(event.pointerId, at);
        return;
      }
      this.hand.motion.drag(at.x - before.x, at.y - before.y);
      this.trail.push({ ...at, time: event.timeStamp });
      this.trail = this.trail.filter((t) => event.timeStamp - t.time < TRAIL_MS);
    } else if (this.fingers.size === 2) {
      const other = [...this.fingers.entries()].find(([id]) => id !== event.pointerId)?.[1];
      if (other) {
        const spread = Math.hypot(at.x - other.x, at.y - other.y) / Math.max(1, Math.hypot(before.x - other.x, before.y - other.y));
        this.hand.motion.drag((at.x - before.x) / 2, (at.y - before.y) / 2);
        this.hand.motion.pinch((at.x + other.x) / 2, (at.y + other.y) / 2, spread);
      }
    }
    this.fingers.set(event.pointerId, at);
    this.hand.moved();
  };

  private readonly up = (event: PointerEvent): void => {
    const at = this.at(event);
    if (!this.fingers.delete(event.pointerId)) return;
    this.pointer = event.type === 'pointerup' && event.pointerType !== 'touch' ? at : null;
    delete this.element.dataset['dragging'];
    if (this.fingers.size > 0) {
      this.pressed = null; // a finger of a pinch has left: what remains is no click
      this.trail = [];
      return;
    }
    const isDrawn = this.isDrawing && this.pressed?.moved === true;
    this.isDrawing = false;
    if (isDrawn && event.type === 'pointerup') this.hand.endDrawing(keysOf(event));
    else if (isDrawn) this.hand.cancelDrawing();
    else if (event.type === 'pointerup' && this.pressed && !this.pressed.moved) this.hand.click(at.x, at.y, keysOf(event));
    else if (event.type === 'pointerup') {
      // A hand that rested before it let go meant to stop there.
      const first = this.trail.find((t) => event.timeStamp - t.time < TRAIL_MS);
      const elapsed = first ? event.timeStamp - first.time : 0;
      if (first && elapsed > 8) this.hand.motion.glide((at.x - first.x) / elapsed, (at.y - first.y) / elapsed);
      this.hand.moved();
    }
    this.pressed = null;
  };

  private unrest(): void {
    clearTimeout(this.dwell);
    this.hand.rest(null);
  }

  private readonly wheel = (event: WheelEvent): void => {
    event.preventDefault();
    this.unrest();
    this.hand.hover(-1, -1);
    const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 18 : event.deltaMode === WheelEvent.DOM_DELTA_PAGE ? 240 : 1;
    const dx = event.deltaX * lines;
    const dy = event.deltaY * lines;
    const at = this.at(event);
    // Sideways means sideways: a trackpad's horizontal swipe, or a wheel with Shift.
    if (!event.ctrlKey && Math.abs(dx) > 1.5 * Math.abs(dy)) this.hand.motion.drag(-dx, -dy);
    else {
      // Two fingers pinching on a trackpad arrive as small steps with Ctrl: they are meant to be followed closely.
      const strength = event.ctrlKey ? 0.011 : 0.0022;
      const step = Math.max(-240, Math.min(240, dy));
      if (event.ctrlKey && Math.abs(step) < 50) this.hand.motion.pinch(at.x, at.y, Math.exp(-step * strength));
      else this.hand.motion.zoomTowards(at.x, at.y, Math.exp(-step * (event.ctrlKey ? 0.004 : strength)));
    }
    this.hand.moved();
  };

  private readonly doubleClick = (event: MouseEvent): void => {
    const at = this.at(event);
    this.hand.motion.zoomTowards(at.x, at.y, event.shiftKey ? 1 / DOUBLE_ZOOM : DOUBLE_ZOOM);
    this.hand.moved();
  };

  private readonly key = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const middle = { x: this.element.clientWidth / 2, y: this.element.clientHeight / 2 };
    const arrow = (direction: Direction, dx: number, dy: number) => () => {
      if (event.shiftKey) {
        this.pointer = null; // until it moves: what slides under it is not pointed at
        this.hand.step(direction);
        return;
      }
      this.unrest();
      this.hand.motion.nudge(dx * KEY_PAN_PX, dy * KEY_PAN_PX);
      this.hand.moved();
    };
    const zoom = (factor: number) => () => {
      this.hand.motion.zoomTowards(middle.x, middle.y, factor);
      this.hand.moved();
    };
    const deeds: Record<string, () => void> = {
      ArrowLeft: arrow('left', -1, 0),
      ArrowRight: arrow('right', 1, 0),
      ArrowUp: arrow('up', 0, -1),
      ArrowDown: arrow('down', 0, 1),
      '+': zoom(KEY_ZOOM),
      '=': zoom(KEY_ZOOM),
      '-': zoom(1 / KEY_ZOOM),
      _: zoom(1 / KEY_ZOOM),
      '0': () => {
        this.hand.fit();
      },
      Home: () => {
        this.hand.fit();
      },
      Enter: () => {
        this.hand.openNearest();
      },
      Escape: () => {
        this.hand.escape();
      },
      '?': () => {
        this.hand.help();
      },
    };
    const deed = deeds[event.key] as (() => void) | undefined;
    if (!deed) return;
    event.preventDefault();
    deed();
  };
}
