import { describe, expect, it } from 'vitest';
import { compareTerms, extractTerms, findLast } from '../src/data/search_terms';
import { readJson } from './disk_site';

const vectors = (await readJson(new URL('../../tests/site/search_vectors.json', import.meta.url))) as { text: string; terms: string[] }[];

describe('terms of a text', () => {
  it.each(vectors)('$text', ({ text, terms }) => {
    expect([...extractTerms(text)].sort(compareTerms)).toEqual(terms);
  });

  it('there are vectors of many scripts', () => {
    expect(vectors.length).toBeGreaterThan(50);
  });
});

describe('the order of terms', () => {
  it('is that of code points, beyond U+FFFF too', () => {
    const rising = ['', '#a', '1', 'a', 'aa', 'ab', 'b', 'é', '猫', '\ufb01', '\u{1f600}', '\u{20bb7}'];
    expect([...rising].reverse().sort(compareTerms)).toEqual(rising);
  });

  it('finds the last that is not above', () => {
    const terms = ['b', 'd', 'f'];
    expect(['a', 'b', 'c', 'f', 'g'].map((term) => findLast(terms, term))).toEqual([-1, 0, 0, 2, 2]);
    expect(findLast([], 'a')).toBe(-1);
  });
});
