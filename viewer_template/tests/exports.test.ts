import { describe, expect, it } from 'vitest';
import { archiveNames, columnNames, fileNameFor, toCell, toCsv, toJson, toList } from '../src/data/exports';
import type { Field } from '../src/data/manifest';
import { loadRows } from '../src/data/row_loader';
import type { FieldValue, Row } from '../src/data/words';

const field = (name: string, kind: Field['kind']): Field => ({ name, title: name, kind, column: null, values: null });
const fields = [field('Größe', 'text'), field('tags', 'tags'), field('year', 'number'), field('image_id', 'text')];
const row = (id: string, path: string, values: [string, FieldValue][] = []): Row => ({ id, path, widthPx: 4, heightPx: 3, fields: new Map(values), neighbors: [], concepts: [] });

/** Reads a table as RFC 4180 has it. */
function parse(csv: string): string[][] {
  const rows: string[][] = [[]];
  for (const found of csv.replace(/^\ufeff/, '').matchAll(/("(?:[^"]|"")*"|[^",\r\n]*)(,|\r\n|$)/g)) {
    rows[rows.length - 1].push(found[1].startsWith('"') ? found[1].slice(1, -1).replaceAll('""', '"') : found[1]);
    if (found[2] === '\r\n') rows.push([]);
  }
  return rows.filter((cells) => cells.length > 1);
}

describe('a table of images', () => {
  it('has the columns of the person’s table, under their names', () => {
    const csv = toCsv([row('a1', 'x/ä, "b".jpg', [['Größe', 'two\nlines'], ['tags', ['red', 'rôti']], ['year', -20], ['image_id', 'inv. 7']]), row('b2', 'y.jpg')], fields);
    expect(csv.startsWith('\ufeff')).toBe(true);
    expect(parse(csv)).toEqual([
      ['image_id', 'filename', 'Größe', 'tags', 'year', 'field_image_id'],
      ['a1', 'x/ä, "b".jpg', 'two\nlines', 'red|rôti', '-20', 'inv. 7'],
      ['b2', 'y.jpg', '', '', '', ''],
    ]);
    expect(columnNames([])).toEqual(['image_id', 'filename']);
  });

  it('holds no formulas', () => {
    for (const text of ['=1+1', '+1', '-1', '@x', '\tx', '\rx', '=HYPERLINK("http://x","y")']) {
      expect(parse(`${toCell(text)},\r\n`)[0][0]).toBe(`'${text}`);
      expect(parse(toCsv([row('a', text)], []))[1][1]).toBe(`'${text}`);
      expect(parse(`${toCell([text, 'b'])},\r\n`)[0][0]).toBe(`'${text}|b`);
    }
    expect(parse(toCsv([], [field('=x', 'text')]))[0][2]).toBe("'=x");
    expect(toCell(-1.5)).toBe('-1.5');
    expect(toCell(true)).toBe('true');
    expect(toCell('a=b')).toBe('a=b');
  });
});

describe('other files', () => {
  it('say what the site says, and where it is from', () => {
    const json = JSON.parse(toJson([row('a1', 'x.jpg', [['tags', ['red']], ['year', 1890]])], fields, { title: 'T', buildId: 'b', address: 'http://x/' })) as unknown;
    expect(json).toEqual({
      collection: { title: 'T', build_id: 'b', address: 'http://x/' },
      count: 1,
      images: [{ image_id: 'a1', filename: 'x.jpg', width_px: 4, height_px: 3, tags: ['red'], year: 1890 }],
    });
    expect(toList([row('a', 'x y.jpg'), row('b', 'z.jpg')])).toBe('x y.jpg\nz.jpg\n');
  });

  it('in an archive have names of their own, that lead nowhere else', () => {
    const names = archiveNames(['a.png', 'A.jpg', '../../etc/x.tif', 'C:\\x?.jpg', 'no ending', '...', 'a.jpg'].map((path) => row('i', path)));
    expect(names).toEqual(['a.jpg', 'A (2).jpg', 'etc/x.jpg', 'C_/x_.jpg', 'no ending.jpg', 'image.jpg', 'a (3).jpg']);
    expect(new Set(names.map((name) => name.toLowerCase())).size).toBe(names.length);
  });

  it('are named by the collection', () => {
    expect(fileNameFor('Fruit & <b>Vases</b>, 1890', 12, 'csv')).toBe('fruit-b-vases-b-1890-12.csv');
    expect(fileNameFor('///', 1, 'zip')).toBe('images-1.zip');
  });
});

describe('the words of many images', () => {
  it('come in order, each block asked for by one', async () => {
    const asked: number[] = [];
    const words = { row: (rank: number) => (asked.push(rank), Promise.resolve(row(String(rank), 'x'))) };
    const ranks = Uint32Array.from({ length: 300 }, (_, i) => 7 * i);
    const seen: number[] = [];
    const rows = await loadRows(words, ranks, 256, (done) => seen.push(done), new AbortController().signal);
    expect(rows.map(({ id }) => id)).toEqual([...ranks].map(String));
    expect(seen[seen.length - 1]).toBe(300);
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
  });

  it('end when one has enough', async () => {
    const abort = new AbortController();
    const words = { row: (rank: number) => (abort.abort(), Promise.resolve(row(String(rank), 'x'))) };
    await expect(loadRows(words, Uint32Array.of(1, 300, 600), 256, () => undefined, abort.signal)).rejects.toThrow();
  });
});
