import { beforeEach, describe, expect, it, vi } from 'vitest';
import { WHOLE } from '../src/geometry/picture_view';
import { type Held, PictureHand } from '../src/ui/picture_hand';

const box = { left: 0, top: 0, width: 800, height: 600 } as DOMRect;
const frame = { width: 800, height: 600, pictureWidth: 2000, pictureHeight: 1000 }; // drawn 800 × 400
const target = { setPointerCapture: () => undefined };

const close = vi.fn<() => void>();
const before = vi.fn<() => void>();
let held: Held;
let hand: PictureHand;

vi.stubGlobal('WheelEvent', { DOM_DELTA_LINE: 1 });

beforeEach(() => {
  held = { box: () => box, frame: () => frame, view: WHOLE, isDragging: false, close, before, after: null };
  vi.clearAllMocks();
  hand = new PictureHand(held);
});

function pointer(type: string, id: number, clientX: number, clientY: number): PointerEvent {
  return { type, pointerId: id, clientX, clientY, button: 0, currentTarget: target } as unknown as PointerEvent;
}

function press(key: string): { preventDefault: ReturnType<typeof vi.fn> } {
  const event = { key, preventDefault: vi.fn(), stopPropagation: vi.fn() };
  hand.key(event as unknown as KeyboardEvent);
  return event;
}

describe('hands on an enlarged picture', () => {
  it('enlarge about the point under the wheel', () => {
    hand.wheel({ preventDefault: () => undefined, clientX: 600, clientY: 300, deltaY: -200, deltaMode: 0, ctrlKey: false } as unknown as WheelEvent);
    const { zoom, x } = held.view;
    expect(zoom).toBeCloseTo(Math.exp(0.5));
    expect((200 - x) / zoom).toBeCloseTo(200); // what lay under the wheel lies there still
  });

  it('close by a click beside the picture, not by one on it, nor by a drag that ends beside it', () => {
    const click = (x: number, y: number) => {
      hand.down(pointer('pointerdown', 1, x, y));
      hand.up(pointer('pointerup', 1, x, y));
    };
    click(400, 300);
    hand.down(pointer('pointerdown', 1, 400, 300));
    hand.move(pointer('pointermove', 1, 400, 590));
    expect(held.isDragging).toBe(true);
    hand.up(pointer('pointerup', 1, 400, 590));
    expect(held.isDragging).toBe(false);
    expect(close).not.toHaveBeenCalled();
    click(400, 590);
    expect(close).toHaveBeenCalledOnce();
  });

  it('pull apart with two fingers', () => {
    hand.down(pointer('pointerdown', 1, 350, 300));
    hand.down(pointer('pointerdown', 2, 450, 300));
    hand.move(pointer('pointermove', 1, 300, 300));
    hand.move(pointer('pointermove', 2, 500, 300));
    expect(held.view.zoom).toBeCloseTo(2);
    hand.up(pointer('pointerup', 1, 300, 300));
    expect(held.isDragging).toBe(true);
    hand.up(pointer('pointerup', 2, 500, 300));
    expect(close).not.toHaveBeenCalled();
  });

  it('walk to the next image while all of it is in sight, and move it while it is enlarged', () => {
    press('ArrowLeft');
    expect(before).toHaveBeenCalledOnce();
    expect(press('ArrowRight').preventDefault).toHaveBeenCalledOnce(); // there is none after it
    hand.twice({ clientX: 400, clientY: 300 } as MouseEvent);
    expect(held.view.zoom).toBeCloseTo(2.5);
    press('ArrowLeft');
    expect(held.view.x).toBe(90);
    expect(before).toHaveBeenCalledOnce();
    press('0');
    expect(held.view).toEqual(WHOLE);
    expect(press('a').preventDefault).not.toHaveBeenCalled();
  });
});
