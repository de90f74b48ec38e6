import { describe, expect, it } from 'vitest';
import { cameraAt, formatAddress, LARGEST_FACTOR, parseAddress, placeOf, SMALLEST_FACTOR } from '../src/state/url';

const viewport = { width: 1280, height: 800 };
const home = { layout: null, place: null, image: null, isRaw: false, sizeFactor: 1, filters: new Map(), unlit: 'grey' as const, colorBy: null, chosen: [], isOnlySelection: false, query: '', isList: false, listOrder: '', timeBy: null, hasContours: false };

describe('the address of a view', () => {
  it('is empty for the view at home', () => {
    expect(formatAddress(home)).toBe('');
    expect(parseAddress('')).toEqual(home);
  });

  it('comes back whole', () => {
    const address = { ...home, layout: 'a&b=c', place: { x: -0.125, y: 0.5, span: 0.25 }, image: '0123456789abcdef0123' };
    for (const more of [{}, { sizeFactor: 1.35 }, { isRaw: true, place: { ...address.place, spread: -1 } }, { place: { ...address.place, spread: 1 } }, { query: 'ré&=# "x"' }, { isList: true, listOrder: '-field:a b' }, { timeBy: 'field:a b&c', hasContours: true }]) {
      expect(parseAddress(formatAddress({ ...address, ...more }))).toEqual({ ...address, ...more });
    }
  });

  it('says in which arrangement a place is meant only where it is not the first', () => {
    const place = { x: 0, y: 0, span: 1, spread: 0 };
    expect(formatAddress({ ...home, place })).toBe('#at=0,0,1');
    expect(formatAddress({ ...home, place: { ...place, spread: -1 } })).toBe('#at=0,0,1');
    expect(formatAddress({ ...home, isRaw: true })).toBe('#positions=raw');
  });

  it('is exact enough to see the same pictures, at any depth', () => {
    for (const span of [3, 0.1, 0.001, 0.00002]) {
      const place = { x: 0.123456789123, y: -0.987654321987, span };
      const again = parseAddress(formatAddress({ ...home, place })).place;
      expect(again).not.toBeNull();
      expect(Math.abs((again?.x ?? 0) - place.x)).toBeLessThan(span / 500);
      expect(Math.abs((again?.y ?? 0) - place.y)).toBeLessThan(span / 500);
      expect((again?.span ?? 0) / span).toBeCloseTo(1, 3);
    }
  });

  it('does not depend on the window: the same part of the world in another one', () => {
    const place = placeOf({ x: 0.1, y: 0.2, scale: 400 }, viewport, 0);
    expect(place).toEqual({ x: 0.1, y: 0.2, span: 2, spread: 0 });
    expect(cameraAt(place, { width: 390, height: 844 }).scale).toBe(195);
  });

  it('leaves out what makes no sense', () => {
    for (const hash of ['#at=1,2', '#at=1,2,x', '#at=1,2,0', '#at=1,2,-3', '#at=1e9,0,1', '#at=,,', '#at=1,2,3,4', '#at=NaN,0,1']) {
      expect(parseAddress(hash).place).toBeNull();
    }
    expect(parseAddress('#at=0,0,1&positions=12').place?.spread).toBeUndefined();
    for (const size of ['x', '-1', '0', '', 'NaN', 'Infinity']) expect(parseAddress(`#size=${size}`).sizeFactor).toBe(1);
    expect(parseAddress('#size=900').sizeFactor).toBe(LARGEST_FACTOR);
    expect(parseAddress('#size=0.001').sizeFactor).toBe(SMALLEST_FACTOR);
    expect(parseAddress('#image=<b>').image).toBeNull();
    expect(parseAddress('#image=..%2F..').image).toBeNull();
  });
});
