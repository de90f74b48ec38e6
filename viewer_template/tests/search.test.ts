// Search on the sample site: the words of every image find it, and nothing finds others.
import { describe, expect, it } from 'vitest';
import { MOST_ORDERED, Search } from '../src/data/search';
import { visitPostings } from '../src/data/search_files';
import { extractTerms } from '../src/data/search_terms';
import type { Words } from '../src/data/words';
import { openSite, SAMPLE } from './disk_site';

const site = await openSite(SAMPLE);
const { manifest } = site;
const { search: entry } = manifest;
if (entry === null) throw new Error('the sample has no search index');
const search = new Search(site.source, entry, manifest, site.words);
const rows = await Promise.all(Array.from({ length: manifest.imageCount }, (_, rank) => site.words.row(rank)));

async function find(query: string): Promise<number[]> {
  const found = await search.find(query);
  if (!found) return [];
  const ranks = [...found.ranks].flatMap((isFound, rank) => (isFound !== 0 ? [rank] : []));
  expect(ranks.length).toBe(found.count);
  expect([...found.ordered].sort((a, b) => a - b)).toEqual(ranks);
  return ranks;
}

const ranksWhere = (holds: (rank: number) => boolean) => rows.flatMap((_, rank) => (holds(rank) ? [rank] : []));

function textsOf(rank: number): string[] {
  const row = rows[rank];
  const values = manifest.fields.flatMap((field) => {
    const value = row.fields.get(field.name);
    if (value === undefined || field.kind === 'boolean') return [];
    return [value].flat().map((v) => (field.kind === 'url' ? String(v).replace(/^\w+:\/\//, '') : String(v)));
  });
  return [row.id, row.path, ...values];
}

describe('search', () => {
  it('finds every image by each of its words, and no other', async () => {
    const termsOf = rows.map((_, rank) => new Set(textsOf(rank).flatMap((text) => [...extractTerms(text)])));
    const all = new Set(termsOf.flatMap((terms) => [...terms]));
    expect(all.size).toBeGreaterThan(120);
    for (const term of all) {
      expect(await find(`"${term.replace('#', '')}"`), term).toEqual(ranksWhere((rank) => termsOf[rank].has(term)));
    }
  });

  it('finds by file name and by id', async () => {
    for (const rank of [0, 7, 39]) {
      const row = rows[rank];
      expect(await find(row.id)).toEqual([rank]);
      expect(await find(row.id.slice(0, 9))).toEqual([rank]);
      expect(await find(row.path)).toContain(rank);
      const name = row.path.slice(row.path.lastIndexOf('/') + 1);
      expect(await find(`file:"${name}"`)).toEqual([rank]);
    }
  });

  const hasWord = (field: string, ...words: string[]) => ranksWhere((rank) => words.every((word) => String(rows[rank].fields.get(field) ?? '').includes(word)));

  it('completes what is being typed, and folds accents', async () => {
    expect(await find('portr')).toEqual(hasWord('category', 'portrait'));
    expect(await find('ROT')).toEqual(hasWord('tags', 'rôti'));
    expect(await find('rôti ')).toEqual(hasWord('tags', 'rôti'));
    expect(await find('"portr"')).toEqual([]);
  });

  it.each(['portrai', 'protrait', 'portriat', 'opRtrait', 'portrqit', 'portraiit', 'qortrait', 'prtrait '])('mends %j', async (typed) => {
    const found = await search.find(typed);
    expect([...(found?.ranks ?? [])].flatMap((isFound, rank) => (isFound ? [rank] : []))).toEqual(hasWord('category', 'portrait'));
    expect(found?.mended.map((one) => one.taken)).toEqual(typed === 'portrai' ? [] : [['portrait']]);
  });

  it('does not mend what is quoted, short or a number', async () => {
    for (const typed of ['"portriat"', 'rde', '19999']) expect(await find(typed)).toEqual([]);
  });

  it('wants all words', async () => {
    expect(await find('fruit red')).toEqual(ranksWhere((rank) => rows[rank].fields.get('category') === 'fruit' && Array.isArray(rows[rank].fields.get('tags'))));
    expect(await find('fruit portrait')).toEqual([]);
    expect(await find('category:fruit')).toEqual(hasWord('category', 'fruit'));
    expect(await find('tags:fruit')).toEqual([]);
    expect(await find('Année:1895 ')).toEqual(ranksWhere((rank) => Math.floor(Number(rows[rank].fields.get('year'))) === 1895));
  });

  it('looks for phrases in the texts', async () => {
    expect(await find('"he said no"')).toEqual(hasWord('description', 'He said'));
    expect(await find('"no said he"')).toEqual([]);
    expect(await find('he no said')).toEqual(hasWord('description', 'He said'));
  });

  it('says what to try where nothing is found', async () => {
    const both = await search.find('fruit portrait');
    expect(both?.suggestions).toEqual([
      { query: 'fruit', count: hasWord('category', 'fruit').length },
      { query: 'portrait', count: hasWord('category', 'portrait').length },
    ]);
    const none = await search.find('"portable"');
    expect(none?.suggestions.map((one) => one.query)).toContain('portrait');
    expect(await search.find(' ')).toBeNull();
  });

  it('puts the whole word before longer ones', async () => {
    const found = await search.find('1');
    const isWhole = Array.from(found?.ordered ?? [], (rank) => textsOf(rank).some((text) => extractTerms(text).has('1')));
    expect(isWhole).toContain(true);
    expect(isWhole).toContain(false);
    expect(isWhole.lastIndexOf(true)).toBeLessThan(isWhole.indexOf(false));
  });

  it('never finds what was taken down', async () => {
    const gone = new Uint8Array(manifest.imageCount);
    gone[3] = 1;
    const without = new Search(site.source, entry, { ...manifest, gone }, site.words);
    const found = await without.find('picture');
    expect(found?.count).toBe(39);
    expect(found?.ranks[3]).toBe(0);
  });

  it('fetches a few files, each once', async () => {
    const asked: string[] = [];
    const fresh = await openSite(SAMPLE, asked);
    const own = new Search(fresh.source, entry, manifest, fresh.words);
    await own.find('fruit');
    await own.find('fruit');
    expect(asked.filter((path) => path.startsWith('q/')).map((path) => path.split('/')[2])).toEqual(['directory.bin', 't0.bin', 'p0.bin']);
  });
});

describe('a search that finds very many', () => {
  // An index of one term, `a`, in every image; in every third one in the title too.
  const count = 3 * MOST_ORDERED;
  const varints: number[] = [];
  const put = (value: number): void => {
    for (; value > 127; value = Math.floor(value / 128)) varints.push((value % 128) + 128);
    varints.push(value);
  };
  const others = Array.from({ length: count }, (_, rank) => rank).filter((rank) => rank % 3 !== 0);
  for (const [mask, ranks] of [[1, others], [3, Array.from({ length: MOST_ORDERED }, (_, i) => 3 * i)]] as const) {
    put(mask);
    put(ranks.length);
    ranks.forEach((rank, i) => {
      put(rank - (i > 0 ? ranks[i - 1] : 0));
    });
  }
  const files: Record<string, unknown> = {
    'q/x/directory.bin': { terms: ['a'], reversed: [] },
    'q/x/t0.bin': { terms: ['a'], counts: [count], bytes: [varints.length] },
  };
  const bytes = (path: string) => Promise.resolve((path === 'q/x/p0.bin' ? Uint8Array.from(varints) : new TextEncoder().encode(JSON.stringify(files[path]))).buffer);
  const one = { folder: 'q/x', dictionaries: 1, reversedDictionaries: 0, fieldNames: ['title'] };
  const fields = [{ name: 'title', title: 'Title', kind: 'text' as const, column: null, values: null }];
  const many = new Search({ ...site.source, bytes }, one, { imageCount: count, fields, gone: null, ranksPerBlock: 1 }, site.words);

  it('finds them all, and puts the best first', async () => {
    const found = await many.find('a');
    expect(found?.count).toBe(count);
    expect(found?.ranks.every((isFound) => isFound === 1)).toBe(true);
    expect([...(found?.ordered ?? [])]).toEqual(Array.from({ length: MOST_ORDERED }, (_, i) => 3 * i));
    const file = await many.find('file:a');
    expect([...(file?.ordered ?? [])]).toEqual(Array.from({ length: MOST_ORDERED }, (_, i) => i));
  });
});

describe('a phrase in very many texts', () => {
  // Two terms, `a` and `b`, side by side in every text, of a collection whose words lie in a thousand files.
  const [count, ranksPerBlock] = [4000, 4];
  const varints: number[] = [1, count & 127 | 128, count >> 7, ...Array.from({ length: count }, (_, rank) => (rank === 0 ? 0 : 1))];
  const files: Record<string, unknown> = {
    'q/x/directory.bin': { terms: ['a'], reversed: [] },
    'q/x/t0.bin': { terms: ['a', 'b'], counts: [count, count], bytes: [varints.length, varints.length] },
  };
  const bytes = (path: string) => Promise.resolve((path === 'q/x/p0.bin' ? Uint8Array.from([...varints, ...varints]) : new TextEncoder().encode(JSON.stringify(files[path]))).buffer);
  const one = { folder: 'q/x', dictionaries: 1, reversedDictionaries: 0, fieldNames: [] };

  /** @param onAsk called whenever an image is asked for */
  function start(onAsk: () => void = () => undefined) {
    const blocks = new Set<number>();
    const asking = { now: 0, most: 0 };
    const row = async (rank: number) => {
      blocks.add(Math.floor(rank / ranksPerBlock));
      asking.most = Math.max(asking.most, ++asking.now);
      onAsk();
      await new Promise((done) => setTimeout(done, 0));
      asking.now--;
      return { id: 'x', path: 'a b.jpg', fields: new Map() };
    };
    const search = new Search({ ...site.source, bytes }, one, { imageCount: count, fields: [], gone: null, ranksPerBlock }, { row } as unknown as Words);
    return { search, blocks, asking };
  }

  it('is looked for in a few files, a few at a time, and the search says that there may be more', async () => {
    const { search, blocks, asking } = start();
    const found = await search.find('"a b"');
    expect(found?.count).toBeGreaterThan(0);
    expect(found?.isPartial).toBe(true);
    expect(blocks.size).toBeLessThanOrEqual(60);
    expect(asking.most).toBeLessThanOrEqual(6);
  });

  it('is given up when something else is sought', async () => {
    const mine = new AbortController();
    const { search, blocks } = start(() => { mine.abort(); });
    await expect(search.find('"a b"', mine.signal)).rejects.toThrow();
    expect(blocks.size).toBeLessThanOrEqual(6);
  });
});

describe('postings', () => {
  const read = (...bytes: number[]) => {
    const seen: number[][] = [];
    visitPostings('p', Uint8Array.from(bytes), 1000, (rank, mask) => seen.push([rank, mask]));
    return seen;
  };

  it('are read as they are written', () => {
    expect(read(1, 2, 5, 3, 0x80, 0x80, 0x80, 0x80, 8, 1, 0x80, 1)).toEqual([[5, 1], [8, 1], [128, 2 ** 31]]);
  });

  it.each([[[1, 2, 5]], [[1, 1]], [[1, 2, 5, 0]], [[1, 1, 0x80, 8]], [[0x80]], [[0x81, 0x81, 0x81, 0x81, 0x81, 1]]])('%j are refused', (bytes) => {
    expect(() => read(...bytes)).toThrow();
  });
});
