import { describe, expect, it } from 'vitest';
import { isLabelTimely, type Label, placeLabels } from '../src/geometry/labels';

const viewport = { width: 1000, height: 600 };
const camera = { x: 0, y: 0, scale: 300 };
const label = (text: string, x: number, y: number, more: Partial<Label> = {}): Label => ({ text, x, y, size: 0.6, level: 0, kind: 'cluster', count: 10, height: 0, ...more });
const boxes = (labels: readonly Label[]) => labels.map((l) => ({ width: 10 * l.text.length, height: 20 }));
const names = (labels: readonly Label[], shown = new Set<number>(), cam = camera) =>
  placeLabels(labels, boxes(labels), cam, viewport, shown).map((p) => labels[p.index].text);

describe('labels', () => {
  it('never cover one another, the larger going first', () => {
    const labels = [label('small', 0, 0, { count: 5 }), label('large', 0.02, 0.01, { count: 50 }), label('aside', 0.9, 0.5)];
    expect(names(labels)).toEqual(['large', 'aside']);
  });

  it('of many at random have no two boxes that touch', () => {
    let state = 3;
    const random = () => ((state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 4294967296) * 2 - 1;
    const labels = Array.from({ length: 300 }, (_, i) => label(`label ${String(i)}`, random(), random(), { count: i, level: i % 3 }));
    const sizes = boxes(labels);
    const placed = placeLabels(labels, sizes, camera, viewport, new Set());
    expect(placed.length).toBeGreaterThan(10);
    placed.forEach((a, i) => {
      placed.slice(i + 1).forEach((b) => {
        const isApart =
          Math.abs(a.x - b.x) >= (sizes[a.index].width + sizes[b.index].width) / 2 || Math.abs(a.y - b.y) >= (sizes[a.index].height + sizes[b.index].height) / 2;
        expect(isApart).toBe(true);
      });
    });
  });

  it('keep their place against a slightly larger rival once they are shown', () => {
    const labels = [label('first', 0, 0, { count: 10 }), label('rival', 0.01, 0, { count: 12 })];
    expect(names(labels)).toEqual(['rival']);
    expect(names(labels, new Set([0]))).toEqual(['first']);
  });

  it('come with the zoom: fine ones when there is room for what they name, coarse ones go when it fills the view', () => {
    const fine = label('fine', 0, 0, { level: 1, size: 0.1 });
    const coarse = label('coarse', 0, 0.3, { level: 0, size: 1 });
    expect(isLabelTimely(fine, 300, viewport, 1)).toBe(false);
    expect(isLabelTimely(fine, 3000, viewport, 1)).toBe(true);
    expect(isLabelTimely(coarse, 300, viewport, 1)).toBe(true);
    expect(isLabelTimely(coarse, 3000, viewport, 1)).toBe(false);
    expect(isLabelTimely(coarse, 3000, viewport, 0)).toBe(true);
  });

  it('lie where their place is, not outside, not without text, and wholly in the window near its edge', () => {
    const labels = [label('middle', 0, 0), label('gone', 9, 0), label('', 0.5, 0.5), label('at the edge', 1.66, 0.5)];
    const placed = placeLabels(labels, boxes(labels), camera, viewport, new Set());
    expect(placed[0]).toEqual({ index: 0, x: 500, y: 300 });
    expect(placed.map((p) => p.index)).toEqual([0, 3]);
    expect(placed[1].x + 55).toBeLessThanOrEqual(1000);
  });
});
