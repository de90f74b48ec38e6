import { describe, expect, it } from 'vitest';
import { citeAsBibtex, citeAsText, dayOfHeader } from '../src/data/citation';

const cited = {
  name: 'Malus domestica: Ben Davis',
  year: '1912',
  file: 'pom_0001.jpg',
  collection: 'Pomological watercolours',
  buildId: 'abc123def456',
  published: '2026-11-02',
  accessed: '2026-11-21',
  address: 'https://example.org/map/#image=e71',
};

describe('a citation', () => {
  it('names image, collection, build, address and days', () => {
    expect(citeAsText(cited)).toBe(
      'Malus domestica: Ben Davis (1912). File pom_0001.jpg. In: Pomological watercolours. Map of images, build abc123def456, published 2026-11-02. ' +
        'https://example.org/map/#image=e71 (accessed 2026-11-21).',
    );
    expect(citeAsText({ ...cited, name: null, published: '' })).toBe(
      'Pomological watercolours. Map of images, build abc123def456. https://example.org/map/#image=e71 (accessed 2026-11-21).',
    );
  });

  it('does not say the name of the file twice', () => {
    expect(citeAsText({ ...cited, name: 'pom_0001.jpg', year: '' })).toContain('pom_0001.jpg. In: ');
  });

  it('is BibTeX that no odd name breaks', () => {
    const entry = citeAsBibtex({ ...cited, name: 'A {50%} & $1_# ~\\', address: 'https://e.org/#q=a%20b&x={' });
    expect(entry).toContain('title = {A \\{50\\%\\} \\& \\$1\\_\\# \\textasciitilde{}\\textbackslash{}}');
    expect(entry).toContain('url = {https://e.org/#q=a%20b&x=%7B}');
    const depth = [...entry.replace(/\\[{}]/g, '')].reduce((d, c) => d + (c === '{' ? 1 : c === '}' ? -1 : 0), 0);
    expect(depth).toBe(0);
  });

  it('reads the day of publication from a header', () => {
    expect(dayOfHeader('Sat, 21 Nov 2026 23:59:59 GMT')).toBe('2026-11-21');
    expect(dayOfHeader(null)).toBe('');
    expect(dayOfHeader('yesterday')).toBe('');
  });
});
