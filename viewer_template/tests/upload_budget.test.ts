import { expect, test } from 'vitest';

import { uploadBudget } from '../src/render/upload_budget';

const MEGABYTE = 1024 * 1024;

test('a frame that comes quickly, or after a rest, sends a megabyte', () => {
  for (const since of [null, 0, 4, 8.3, 1000 / 60]) expect(uploadBudget(since)).toBe(MEGABYTE);
});

test('what is sent in a second is the same at 60 and at 10 frames', () => {
  expect(uploadBudget(100) * 10).toBeCloseTo(uploadBudget(1000 / 60) * 60, 0);
});

test('however long a frame took, the next one sends no more than eight times as much', () => {
  expect(uploadBudget(30_000)).toBe(8 * MEGABYTE);
});
