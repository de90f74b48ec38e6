import { describe, expect, it } from 'vitest';
import { countMistakes, mistakesIn, soundParts } from '../src/data/search_typos';

/** Optimal string alignment by its definition. */
function distance(a: string, b: string): number {
  if (a === '' || b === '') return a.length + b.length;
  const tail = (s: string, n = 1) => s.slice(0, -n);
  const same = a.at(-1) === b.at(-1) ? 0 : 1;
  let least = Math.min(distance(tail(a), b) + 1, distance(a, tail(b)) + 1, distance(tail(a), tail(b)) + same);
  if (a.length > 1 && b.length > 1 && a.at(-1) === b.at(-2) && a.at(-2) === b.at(-1)) least = Math.min(least, distance(tail(a, 2), tail(b, 2)) + 1);
  return least;
}

function* words(letters: string, most: number): Generator<string> {
  let now = [''];
  for (let length = 0; length <= most; length++) {
    yield* now;
    now = now.flatMap((word) => [...letters].map((letter) => word + letter));
  }
}

describe('mistakes', () => {
  it('are counted as defined, for all short words', () => {
    const all = [...words('ab', 3), 'abab', 'baba', 'abba'];
    for (const a of all) {
      for (const b of all) {
        const true_ = distance(a, b);
        for (const most of [0, 1, 2]) expect(countMistakes(a, b, most), `${a} ${b}`).toBe(Math.min(true_, most + 1));
      }
    }
  });

  it('of a beginning are those to the nearest beginning of the word', () => {
    const all = [...words('ab', 3), 'abab'];
    for (const a of all) {
      for (const b of all) {
        const nearest = Math.min(...Array.from({ length: b.length + 1 }, (_, n) => distance(a, b.slice(0, n))));
        expect(countMistakes(a, b, 2, true), `${a} ${b}`).toBe(Math.min(nearest, 3));
      }
    }
  });

  it('are allowed in longer words', () => {
    expect([1, 3, 4, 7, 8, 20].map(mistakesIn)).toEqual([0, 0, 1, 1, 2, 2]);
  });

  it('leave a part of the word sound', () => {
    expect(soundParts('fruit')).toEqual({ beginnings: ['fr', 'rf'], endings: ['it'] });
    expect(soundParts('portrait')).toEqual({ beginnings: ['po', 'op'], endings: ['it'] });
    expect(soundParts('aabb').beginnings).toEqual(['aa']);
  });
});
