// Hands on the map: what moves it, and what does not.
import { describe, expect, it, vi } from 'vitest';
import { type Hand, Input } from '../src/map/input';
import { Motion } from '../src/map/motion';

function start() {
  const listeners = new Map<string, (event: unknown) => void>();
  const element = {
    addEventListener: (type: string, listen: (event: unknown) => void) => listeners.set(type, listen),
    getBoundingClientRect: () => ({ left: 0, top: 0 }),
    setPointerCapture: () => undefined,
    clientWidth: 200,
    clientHeight: 100,
    dataset: {},
  };
  const calls: string[] = [];
  const note = (name: string) => () => { calls.push(name); };
  const motion = new Motion({ width: 200, height: 100 });
  const hand: Hand = {
    motion, moved: note('moved'), click: note('click'), beginDrawing: () => false, draw: note('draw'), endDrawing: note('endDrawing'),
    cancelDrawing: note('cancelDrawing'), rest: vi.fn(), hover: vi.fn(), fit: note('fit'), openNearest: note('open'), step: (direction) => { calls.push(direction); }, escape: note('escape'), help: note('help'),
  };
  new Input(element as unknown as HTMLElement, hand);
  let time = 0;
  const point = (type: string, x: number, y: number) => listeners.get(type)?.({ type, button: 0, pointerId: 1, pointerType: 'mouse', clientX: x, clientY: y, timeStamp: (time += 20) });
  const key = (name: string, shiftKey = false) => listeners.get('keydown')?.({ key: name, shiftKey, preventDefault: () => undefined });
  return { calls, motion, point, key };
}

describe('hands on the map', () => {
  it('that press and let go click, and move nothing', () => {
    const { calls, point } = start();
    point('pointerdown', 50, 50);
    point('pointerup', 51, 50);
    expect(calls).toEqual(['click']);
  });

  it('that drag move it', () => {
    const { calls, motion, point } = start();
    point('pointerdown', 50, 50);
    point('pointermove', 80, 50);
    point('pointerup', 80, 50);
    expect(new Set(calls)).toEqual(new Set(['moved']));
    expect(motion.camera.x).toBeLessThan(0);
  });

  it('that stop it on its way leave it where it is', () => {
    const { calls, motion, point } = start();
    motion.flyTo({ x: 1, y: 1, scale: 9 }, 0);
    point('pointerdown', 50, 50);
    expect([calls, motion.isMoving]).toEqual([['moved'], false]);
  });

  it('have keys that move it, and keys that do not: the whole map stays whole', () => {
    for (const name of ['ArrowLeft', '+', '-']) {
      const { calls, key } = start();
      key(name);
      expect(calls).toEqual(['moved']);
    }
    for (const [name, call] of [['0', 'fit'], ['Home', 'fit'], ['Enter', 'open'], ['Escape', 'escape'], ['?', 'help']]) {
      const { calls, key } = start();
      key(name);
      expect(calls).toEqual([call]);
    }
  });

  it('have keys that step from image to image', () => {
    for (const direction of ['left', 'right', 'up', 'down']) {
      const { calls, motion, key } = start();
      key(`Arrow${direction[0].toUpperCase()}${direction.slice(1)}`, true);
      expect([calls, motion.isMoving]).toEqual([[direction], false]);
    }
  });
});
