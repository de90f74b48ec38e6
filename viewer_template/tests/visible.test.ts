import { describe, expect, it } from 'vitest';
import { Lit } from '../src/data/lit';
import { GridIndex } from '../src/geometry/grid_index';
import { measureRoom } from '../src/geometry/room';
import { dimmedFirst, isProminent, looksOf } from '../src/map/looks';
import type { Scene } from '../src/map/scene';
import { countInView, findVisible, pickImage } from '../src/map/visible';
import { DIMMED, HIDDEN, PLAIN } from '../src/render/frame';

const count = 4000;
const positions = Float32Array.from({ length: 2 * count }, (_, i) => ((Math.imul(i + 1, 2654435761) >>> 0) / 2 ** 31 - 1) * 0.9);
const index = new GridIndex(positions);
const scene = { positions, index, room: measureRoom(positions, index) } as unknown as Scene;
const camera = { x: 0, y: 0, scale: 300 };
const viewport = { width: 800, height: 600 };
const sizing = { pxPerRoom: 300, floorPx: 8, capPx: 12, shape: 0 as const, prominentPx: 0 };
const aspects = new Float32Array(count);
const few = Uint8Array.from({ length: count }, (_, rank) => (rank % 50 === 3 ? 1 : 0));
const gone = Uint8Array.from({ length: count }, (_, rank) => (rank % 400 === 3 ? 1 : 0));
const lit = new Lit(count, [{ name: 'a', ranks: few }], gone);

describe('how images are drawn', () => {
  it('is as themselves where nothing narrows the view', () => {
    expect(looksOf(null, 'hide')).toBeNull();
    expect(looksOf(new Lit(3, []), 'hide')?.bytes).toEqual(Uint8Array.of(PLAIN, PLAIN, PLAIN));
  });

  it('is greyed out or hidden where they are not lit, and hidden where they were taken down', () => {
    for (const unlit of ['grey', 'hide'] as const) {
      const looks = looksOf(lit, unlit);
      expect([3, 53, 4].map((rank) => looks?.bytes[rank])).toEqual([HIDDEN, PLAIN, unlit === 'grey' ? DIMMED : HIDDEN]);
      expect(looks?.plain).toBe(70);
      expect(looks?.dimmed).toBe(unlit === 'grey' ? count - 80 : 0);
      expect(isProminent(looks, 53)).toBe(true);
      expect(isProminent(looks, 4)).toBe(false);
    }
    expect(isProminent(looksOf(new Lit(count, [], gone), 'grey'), 53)).toBe(false);
  });

  it('has what is lit on top, all of it, even if there is no room for all', () => {
    const looks = looksOf(lit, 'grey');
    for (const most of [8192, 1000, 200]) {
      const { ranks, isWhole } = findVisible(scene, camera, viewport, sizing, most, looks);
      expect(ranks.length).toBeLessThanOrEqual(most);
      expect(isWhole).toBe(most > count);
      const plain = [...ranks].map((rank) => looks?.bytes[rank] === PLAIN);
      expect(plain.filter(Boolean).length).toBe(70);
      expect(plain.lastIndexOf(false)).toBeLessThan(plain.indexOf(true));
      expect([...ranks].some((rank) => looks?.bytes[rank] === HIDDEN)).toBe(false);
    }
    const only = findVisible(scene, camera, viewport, sizing, 8192, looks, true);
    expect(only.ranks.length).toBe(70);
    expect(only.isWhole).toBe(false);
  });

  it('is counted and picked as it is seen', () => {
    const grey = looksOf(lit, 'grey');
    const hide = looksOf(lit, 'hide');
    expect(countInView(scene, camera, viewport, grey)).toBe(70);
    expect(countInView(scene, camera, viewport, null)).toBe(count);
    const at = (rank: number) => ({ x: 400 + positions[2 * rank] * 300, y: 300 - positions[2 * rank + 1] * 300 });
    for (let rank = 0; rank < count; rank++) {
      const { x, y } = at(rank);
      const found = pickImage(scene, camera, viewport, sizing, aspects, x, y, [], hide);
      if (found >= 0) expect(hide?.bytes[found]).toBe(PLAIN);
      const grown = pickImage(scene, camera, viewport, sizing, aspects, x, y, [], grey);
      if (found >= 0) expect(grown).toBe(found); // what is lit lies on top
      else expect(grey?.bytes[grown] ?? DIMMED).toBe(DIMMED);
    }
  });

  it('keeps its order otherwise', () => {
    const looks = looksOf(lit, 'grey');
    expect([...dimmedFirst(Uint32Array.of(53, 4, 103, 5), looks)]).toEqual([4, 5, 53, 103]);
    expect([...dimmedFirst(Uint32Array.of(53, 4), null)]).toEqual([53, 4]);
  });
});
