import { describe, expect, it } from 'vitest';
import { Captions } from '../src/data/alt_text';
import type { FieldKind } from '../src/data/manifest';
import type { FieldValue } from '../src/data/words';
import { readJson } from './disk_site';

interface Vector {
  readonly fields: [string, FieldKind][];
  readonly cells: Record<string, FieldValue>;
  readonly path: string;
  readonly name: string;
  readonly alt: string;
  readonly facts: string[];
}

const vectors = (await readJson(new URL('../../tests/site/alt_text_vectors.json', import.meta.url))) as Vector[];

describe('the name of what shows a picture', () => {
  const captions = new Captions([{ name: 'title', kind: 'text' }, { name: 'year', kind: 'number' }, { name: 'description', kind: 'text' }]);
  it.each([
    [{}, 'b.jpg'],
    [{ year: 1901 }, 'b.jpg 1901'],
    [{ title: 'Boat', year: 1901 }, 'Boat 1901'],
    [{ title: 'Boat', description: 'Two men row.' }, 'Boat. Two men row.'],
    [{ title: 'Boat', year: 1901, description: 'A Boat, rowed.' }, 'Boat 1901. A Boat, rowed.'],
  ])('%j', (cells, label) => {
    expect(captions.label({ path: 'a/b.jpg', fields: new Map(Object.entries(cells)) })).toBe(label);
  });
});

describe('the words of a picture', () => {
  it.each(vectors)('$alt', ({ fields, cells, path, name, alt, facts }) => {
    const captions = new Captions(fields.map(([field, kind]) => ({ name: field, kind })));
    const row = { path, fields: new Map(Object.entries(cells)) };
    expect({ name: captions.name(row), alt: captions.describe(row), facts: captions.facts(row, name) }).toEqual({ name, alt, facts });
  });
});
