import { describe, expect, it } from 'vitest';
import { ANY_FIELD, fieldBit, hasPhrase, parseQuery, type SearchedField } from '../src/data/search_query';

const fields: SearchedField[] = [
  { name: 'title', title: 'Title', bit: fieldBit(0) },
  { name: 'annee', title: 'Année', bit: fieldBit(1) },
];
const parse = (text: string) => parseQuery(text, fields);
const units = (text: string) => parse(text).units.map(({ forms, how }) => [forms.join('|'), how]);

describe('a query', () => {
  it.each([
    ['', []],
    ['  ,;- ', []],
    ['red', [['red', 'open']]],
    ['red ', [['red', 'whole']]],
    ['Red Äpfel', [['red', 'whole'], ['apfel|aepfel', 'open']]],
    ['"red apple', [['red', 'exact'], ['apple', 'exact']]],
    ['“red apple” pie', [['red', 'exact'], ['apple', 'exact'], ['pie', 'open']]],
    ['IMG_2034', [['img', 'whole'], ['2034', 'open']]],
    ['img2034', [['#img2034', 'open']]],
    ['猫', [['猫', 'open']]],
    ['黒猫の', [['黒猫', 'exact'], ['猫の', 'exact']]],
    ['12345678901234567890', [['#12345678901234567890|12345678901234567890', 'open']]],
    ['http://example', [['http', 'whole'], ['example', 'open']]],
  ])('%j', (text, expected) => {
    expect(units(text)).toEqual(expected);
  });

  it('may ask for a field, by its name or its title', () => {
    const mask = (text: string) => parse(text).units.map((unit) => unit.mask);
    expect(mask('title:red')).toEqual([2]);
    expect(mask('ANNEE:1901 red')).toEqual([4, ANY_FIELD]);
    expect(mask('annee:"a b"')).toEqual([4, 4]);
    expect(mask('file:a.jpg')).toEqual([1, 1]);
    expect(mask('nothing:red')).toEqual([ANY_FIELD, ANY_FIELD]);
    expect(units('title:re')).toEqual([['re', 'open']]);
    expect(units('title:')).toEqual([['title', 'open']]);
  });

  it('has an end', () => {
    expect(parse('a '.repeat(100)).units.length).toBe(12);
  });

  it('knows what can be mistyped, and what can be taken apart', () => {
    const [word, number, code] = parse('red 1901 b12').units;
    expect([word.isWord, number.isWord, code.isWord]).toEqual([true, false, false]);
    expect(code.parts).toEqual(['b', '12']);
    expect(word.parts).toEqual([]);
  });
});

describe('a phrase', () => {
  const [phrase] = parse('"Müller straße"').phrases;
  it.each([
    ['Die Müller-Straße', true],
    ['MUELLER STRASSE 3', true],
    ['muller strasse', true],
    ['Straße Müller', false],
    ['Müller und Straße', false],
    ['Müller', false],
  ])('%j', (text, expected) => {
    expect(hasPhrase(text, phrase)).toBe(expected);
  });
});

describe('bits', () => {
  it('are those of the writer', () => {
    expect([0, 29, 30, 99].map(fieldBit)).toEqual([2, 2 ** 30, 2 ** 31, 2 ** 31]);
  });
});
