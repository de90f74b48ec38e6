import { describe, expect, it } from 'vitest';
import { fittedSize, type Frame, holdView, largestZoom, moveBy, WHOLE, zoomAt } from '../src/geometry/picture_view';

const frame: Frame = { width: 1000, height: 600, pictureWidth: 800, pictureHeight: 512 };
/** What lies under a point of the window: a place in the picture, in its fitted size. */
const under = (view: { zoom: number; x: number; y: number }, x: number, y: number) => [(x - view.x) / view.zoom, (y - view.y) / view.zoom];

describe('looking closely at a picture', () => {
  it('shows all of it at first, and small pictures at most twice as large', () => {
    expect(fittedSize(frame).height).toBeCloseTo(600);
    expect(fittedSize({ ...frame, pictureWidth: 100, pictureHeight: 50 })).toEqual({ width: 200, height: 100 });
  });

  it('keeps what lies under the pointer', () => {
    const closer = zoomAt(WHOLE, 2, 120, -80, frame);
    const closest = zoomAt(closer, 1.5, 120, -80, frame);
    expect(under(closest, 120, -80)[0]).toBeCloseTo(under(WHOLE, 120, -80)[0]);
    expect(under(closest, 120, -80)[1]).toBeCloseTo(under(WHOLE, 120, -80)[1]);
  });

  it('never leaves a gap, never goes below the whole nor beyond its pixels', () => {
    for (const [factor, dx, dy] of [[0.1, 0, 0], [3, 9999, -9999], [1000, -500, 20], [1.2, 40, 4000]]) {
      const view = moveBy(zoomAt(WHOLE, factor, 10, 10, frame), dx, dy, frame);
      expect(view.zoom).toBeGreaterThanOrEqual(1);
      expect(view.zoom).toBeLessThanOrEqual(largestZoom(frame));
      const { width, height } = fittedSize(frame);
      for (const [at, size, room] of [[view.x, width, frame.width], [view.y, height, frame.height]]) {
        const overhang = Math.max(0, (size * view.zoom - room) / 2);
        expect(Math.abs(at)).toBeLessThanOrEqual(overhang + 1e-9);
      }
      expect(holdView(view, frame)).toEqual(view);
    }
  });
});
