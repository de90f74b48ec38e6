// Guessed words: found beside text, taken instead of it where no text has them, always said to be guessed.
import { describe, expect, it } from 'vitest';
import { type ConceptList, Concepts, queryOf } from '../src/data/concepts';
import type { FileSource } from '../src/data/fetching';
import { Search } from '../src/data/search';
import { findWord, foldWords, offerWords, takeGuessed } from '../src/data/search_concepts';
import { openDisk, openSite, SAMPLE } from './disk_site';

// heron: level 63 at ranks 5, 7; level 2 at rank 0. sailing ship: level 9 at ranks 1, 2. fruit: level 1 at rank 3.
const POSTINGS = [[2, 1, 0, 63, 2, 5, 2], [9, 2, 1, 1], [1, 1, 3]];
const WORDS = {
  headings: ['birds', 'ships'],
  words: ['Heron', 'sailing ship', 'fruit'],
  heading: [0, 1, 0],
  counts: [3, 2, 1],
  bytes: POSTINGS.map((part) => part.length),
  firsts: [0, 2],
};
const ENTRY = { folder: 'k/0', words: 3, files: 2, model: 'M' };

function gzip(bytes: Uint8Array<ArrayBuffer>): Promise<ArrayBuffer> {
  return new Response(new Blob([bytes]).stream().pipeThrough(new CompressionStream('gzip'))).arrayBuffer();
}

function makeSource(words: unknown = WORDS, asked: string[] = []): FileSource {
  const disk = openDisk(SAMPLE);
  const own = new Map([
    ['k/0/words.bin', new TextEncoder().encode(JSON.stringify(words))],
    ['k/0/0.bin', Uint8Array.from([...POSTINGS[0], ...POSTINGS[1]])],
    ['k/0/1.bin', Uint8Array.from(POSTINGS[2])],
  ]);
  return {
    ...disk,
    bytes: (path) => {
      asked.push(path);
      const file = own.get(path);
      return file ? gzip(file) : disk.bytes(path);
    },
  };
}

async function makeSearch(gone: Uint8Array | null = null): Promise<Search> {
  const site = await openSite(SAMPLE);
  const { search } = site.manifest;
  if (!search) throw new Error('the sample has no search index');
  const source = makeSource();
  return new Search(source, search, { ...site.manifest, gone }, site.words, new Concepts(source, ENTRY, 40));
}

describe('guessed words', () => {
  it('find their images, the best first', async () => {
    const found = await (await makeSearch()).find('guessed:heron');
    expect([...(found?.ordered ?? [])]).toEqual([5, 7, 0]);
    expect(found).toMatchObject({ count: 3, guessed: ['Heron'], isInstead: false, mended: [] });
  });

  it('that cannot be read are no reason to find nothing in texts', async () => {
    const site = await openSite(SAMPLE);
    const { search } = site.manifest;
    if (!search) throw new Error('the sample has no search index');
    const source = makeSource('no list of words');
    const find = (concepts: Concepts | null, query: string) => new Search(source, search, site.manifest, site.words, concepts).find(query);
    const plain = await find(null, 'fruit');
    expect(plain?.count).toBeGreaterThan(0);
    expect((await find(new Concepts(source, ENTRY, 40), 'fruit'))?.ordered).toEqual(plain?.ordered);
    await expect(find(new Concepts(source, ENTRY, 40), 'guessed:heron')).rejects.toThrow('words.bin');
  });

  it('are never images that were taken down', async () => {
    const found = await (await makeSearch(Uint8Array.from({ length: 40 }, (_, rank) => (rank === 5 ? 1 : 0)))).find('guessed:heron');
    expect([...(found?.ordered ?? [])]).toEqual([7, 0]);
  });

  it('narrow what text finds', async () => {
    const search = await makeSearch();
    const all = await search.find('fruit');
    const both = await search.find('fruit guessed:"sailing ship"');
    const expected = [1, 2].filter((rank) => all?.ranks[rank] === 1);
    expect([...(both?.ordered ?? [])].sort()).toEqual(expected);
    expect(both?.guessed).toEqual(['sailing ship']);
  });

  it('are offered beside text, and do not mix with it', async () => {
    const found = await (await makeSearch()).find('fruit');
    expect(found?.count).toBe(10);
    expect(found?.guessed).toEqual([]);
    expect(found?.offers).toEqual([{ word: 'fruit', query: 'guessed:fruit', heading: 'birds', count: 1 }]);
  });

  it('are taken where no text has the word, and it is said', async () => {
    const found = await (await makeSearch()).find('Sailing  SHIP');
    expect([...(found?.ordered ?? [])]).toEqual([1, 2]);
    expect(found).toMatchObject({ guessed: ['sailing ship'], isInstead: true, offers: [], suggestions: [] });
    const part = await (await makeSearch()).find('sailing');
    expect(part).toMatchObject({ count: 0, guessed: [], isInstead: false });
    expect(part?.offers.map(({ query }) => query)).toEqual(['guessed:"sailing ship"']);
  });

  it('that are not there find nothing', async () => {
    expect(await (await makeSearch()).find('guessed:unicorn')).toMatchObject({ count: 0, guessed: [] });
    expect(await (await makeSearch()).find('"" ')).toBeNull();
  });

  it('are fetched file by file, each once', async () => {
    const asked: string[] = [];
    const concepts = new Concepts(makeSource(WORDS, asked), ENTRY, 40);
    await concepts.visit(2, () => undefined);
    expect(asked).toEqual(['k/0/words.bin', 'k/0/1.bin']);
    const seen: number[][] = [];
    await concepts.visit(1, (...one) => seen.push(one));
    await concepts.visit(0, () => undefined);
    expect(seen).toEqual([[1, 9], [2, 9]]);
    expect(asked).toEqual(['k/0/words.bin', 'k/0/1.bin', 'k/0/0.bin']);
  });

  it('in damaged files are told', async () => {
    for (const wrong of [{}, { ...WORDS, counts: [1] }, { ...WORDS, firsts: [1, 2] }, { ...WORDS, bytes: [1, 0, 2] }]) {
      await expect(new Concepts(makeSource(wrong), ENTRY, 40).list()).rejects.toThrow('words.bin');
    }
    await expect(new Concepts(makeSource({ ...WORDS, bytes: [8, 90, 3] }), ENTRY, 40).visit(1, () => undefined)).rejects.toThrow('0.bin');
    await expect(new Concepts(makeSource(), ENTRY, 4).visit(0, () => undefined)).rejects.toThrow('image 5');
  });
});

describe('what a query means', () => {
  const list: ConceptList = { words: ['ship model', 'ship', 'ships of war', 'flagship', 'crane (bird)'], headings: ['', '', '', '', ''], counts: [9, 2, 5, 50, 1], sizes: [], firsts: [] };

  it('is the word itself before others', () => {
    expect(offerWords(list, 'SHIP', 9).map(({ word }) => word)).toEqual(['ship', 'ship model', 'ships of war']);
    expect(offerWords(list, 'crane', 9).map(({ query }) => query)).toEqual(['guessed:"crane (bird)"']);
    expect(offerWords(list, 'war ship', 9).map(({ word }) => word)).toEqual(['ships of war']);
    expect(offerWords(list, ' ', 9)).toEqual([]);
    expect(list.words[findWord(list, 'ship')]).toBe('ship');
    expect(list.words[findWord(list, 'ship m')]).toBe('ship model');
    expect(findWord(list, '?')).toBe(-1);
    expect(foldWords('Crané (BIRD)')).toBe('crane bird');
  });

  it('is written so that it is read again', () => {
    for (const word of ['ship', "bird's nest", 'crane (bird)', 'café', 'black-and-white', '3D rendering', 'a "b"']) {
      const { rest, named } = takeGuessed(`red ${queryOf(word)} 1901`);
      expect(foldWords(named[0])).toBe(foldWords(word));
      expect(rest.split(/\s+/)).toEqual(['red', '1901']);
    }
  });
});
