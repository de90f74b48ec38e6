import { describe, expect, it } from 'vitest';
import { type Collection, freeName, fromFile, mergeCollections, nextColor, renameCollection, toFile, toTable } from '../src/data/collections';
import { idAt, rankOfId } from '../src/data/column';
import { ranksOfIds } from '../src/data/many_ids';

const roses: Collection = { name: 'Roses', color: '#cf4a5c', note: 'for room 3', images: ['aa00', 'bb11'] };
const origin = { title: 'T', buildId: 'b', address: 'https://e.org/' };

describe('collections of one’s own', () => {
  it('come back from the file as they went', () => {
    expect(fromFile(toFile([roses], origin))).toEqual([roses]);
    expect(fromFile(`\ufeff${toFile([roses], origin)}`)).toEqual([roses]);
  });

  it('become groups of the map by a table, each image once', () => {
    const more = { ...roses, name: '=Thorns, "old"', images: ['bb11', 'cc22'] };
    expect(toTable([roses, more])).toBe('\ufefffilename,cluster\r\naa00,Roses\r\nbb11,"\'=Thorns, ""old"""\r\ncc22,"\'=Thorns, ""old"""\r\n');
  });

  it('are read with care: files come from anywhere', () => {
    expect(fromFile('nonsense')).toBe('noJson');
    expect(fromFile('{"type": "FeatureCollection", "features": []}')).toBe('foreign');
    expect(fromFile('[]')).toBe('foreign');
    expect(fromFile('{"format": "clipplot-collections", "version": 2, "collections": []}')).toBe('newer');
    const odd = { format: 'clipplot-collections', version: 1, collections: [null, { name: 7, color: 'url(x)', images: ['ok', 3, '../x', 'ok'] }, { name: 'n' }] };
    expect(fromFile(JSON.stringify(odd))).toEqual([{ name: '2', color: nextColor([]), note: '', images: ['ok'] }]);
  });

  it('join what is there already', () => {
    const again = mergeCollections([roses], [{ ...roses, note: '', images: ['bb11', 'aa00'] }, { ...roses, images: ['cc22'] }]);
    expect(again.map(({ name, note }) => [name, note])).toEqual([['Roses', 'for room 3'], ['Roses 2', 'for room 3']]);
  });

  it('have names and colours of their own', () => {
    expect(freeName('Roses', [roses])).toBe('Roses 2');
    expect(freeName(' Tulips ', [roses])).toBe('Tulips');
    expect(nextColor([roses])).not.toBe(roses.color);
  });

  it('never share a name, however they are renamed', () => {
    const both = [roses, { ...roses, name: 'Tulips' }];
    expect(renameCollection(both, 1, ' Roses ').map(({ name }) => name)).toEqual(['Roses', 'Roses 2']);
    expect(renameCollection(both, 1, 'Tulips')).toEqual(both);
    expect(renameCollection(both, 1, '  ')).toEqual(both);
  });

  it('find their images again by id, as one by one', () => {
    const ids = Uint8Array.from({ length: 40 }, (_, i) => (i * 37) % 11); // ten images of four bytes, some alike at the start
    const column = { count: 10, components: 4, stored: ids, origin: 0, scale: 1 } as unknown as Parameters<typeof rankOfId>[0];
    const wanted = [...Array.from({ length: 10 }, (_, rank) => idAt(column, rank)), 'ffffffff', 'zz', ''];
    expect(Array.from(ranksOfIds(column, wanted))).toEqual(wanted.map((id) => rankOfId(column, id)));
  });
});
