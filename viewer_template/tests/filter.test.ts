import { describe, expect, it } from 'vitest';
import { addValue, BLANK, evaluate, type FacetData, type Filter, type Filters, NO_DAY, readBound, sameFilters, spanOfDate, textOfDay, toggleGroup, toggleValue, withFilter } from '../src/data/filter';
import { presenceOf } from '../src/data/facets';
import { tallyBins, tallyValues } from '../src/data/tally';
import { binOf, makeHistogram, placeRange, rangeOfBins, roundStep } from '../src/data/histogram';

const categories: FacetData & { kind: 'codes' } = { kind: 'codes', codes: Int16Array.of(0, 1, -1, 2, 0), values: ['fruit', 'map', '<b>vase</b>'] };
const tags: FacetData & { kind: 'lists' } = {
  kind: 'lists',
  lists: { starts: Uint32Array.of(0, 2, 2, 3, 6), values: Uint16Array.of(0, 1, 1, 0, 1, 2) },
  values: ['red', 'rôti', 'rare'],
};
const years: FacetData & { kind: 'numbers' } = { kind: 'numbers', numbers: Float64Array.of(1890, NaN, 1891.5, -20, 1890) };
const span = (text: string) => spanOfDate(text) ?? [NO_DAY, NO_DAY];
const dates = ['1890', '1890-06', '1890-06-15', '', '1891'].map(span);
const days: FacetData & { kind: 'days' } = { kind: 'days', first: Int32Array.from(dates, (d) => d[0]), last: Int32Array.from(dates, (d) => d[1]) };

const holds = (data: FacetData, filter: Filter) => [...(evaluate(data, filter) ?? [])];
const values = (wanted: string[], mode: 'any' | 'all' = 'any'): Filter => ({ kind: 'values', values: wanted, mode });
const range = (low: string, high: string): Filter => ({ kind: 'range', low, high });

describe('a filter', () => {
  it('on categories takes the values wanted, and the blank if asked for', () => {
    expect(holds(categories, values(['fruit', '<b>vase</b>']))).toEqual([1, 0, 0, 1, 1]);
    expect(holds(categories, values([BLANK, 'map']))).toEqual([0, 1, 1, 0, 0]);
    expect(holds(categories, values(['gone since']))).toEqual([0, 0, 0, 0, 0]);
  });

  it('on tags takes any, or all', () => {
    expect(holds(tags, values(['red', 'rôti']))).toEqual([1, 0, 1, 1]);
    expect(holds(tags, values(['red', 'rôti'], 'all'))).toEqual([1, 0, 0, 1]);
    expect(holds(tags, values(['red', 'gone since'], 'all'))).toEqual([0, 0, 0, 0]);
    expect(holds(tags, values([BLANK]))).toEqual([0, 1, 0, 0]);
  });

  it('takes values of one name together, and never those without a name', () => {
    const clusters: FacetData = { kind: 'codes', codes: Int16Array.of(0, 1, 2, -1), values: ['pears', '', 'pears'] };
    expect(holds(clusters, values(['pears']))).toEqual([1, 0, 1, 0]);
    expect(holds(clusters, values([BLANK]))).toEqual([0, 0, 0, 1]);
  });

  it('on numbers takes a range, both ends included, and no blanks', () => {
    expect(holds(years, range('1890', '1891.5'))).toEqual([1, 0, 1, 0, 1]);
    expect(holds(years, range('', '0'))).toEqual([0, 0, 0, 1, 0]);
    expect(holds(years, range('x', ''))).toEqual([1, 0, 1, 1, 1]);
  });

  it('on dates takes what may lie in the range', () => {
    expect(holds(days, range('1890-06-20', '1890-12'))).toEqual([1, 1, 0, 0, 0]);
    expect(holds(days, range('1890', '1890'))).toEqual([1, 1, 1, 0, 0]);
    expect(holds(days, range('1890-06-15', ''))).toEqual([1, 1, 1, 0, 1]);
  });

  it('that makes no sense for a facet is none', () => {
    expect(evaluate(categories, range('1', '2'))).toBeNull();
    expect(evaluate(years, values(['1890']))).toBeNull();
  });

  it('is changed without touching the others, and gone when it wants nothing', () => {
    const one: Filters = withFilter(new Map(), 'field:a', values(['x']));
    const two = withFilter(one, 'field:b', range('1', ''));
    expect([...two.keys()]).toEqual(['field:a', 'field:b']);
    expect(withFilter(two, 'field:a', toggleValue(two.get('field:a'), 'x'))).toEqual(new Map([['field:b', range('1', '')]]));
    expect(withFilter(one, 'field:b', null)).toBe(one);
    expect(toggleValue(one.get('field:a'), 'y').values).toEqual(['x', 'y']);
    expect(addValue(one.get('field:a'), 'x')).toEqual(values(['x']));
    expect(addValue(one.get('field:a'), 'y')).toEqual(values(['x', 'y']));
    expect(sameFilters(two, new Map(two))).toBe(true);
    expect(sameFilters(one, two)).toBe(false);
  });
});

describe('a bound that a person writes', () => {
  it('is read as it is meant', () => {
    expect([' 1890 ', '-1.50', '1890,5', ',5', '0,125', '1e3', ''].map((text) => readBound(text, 'numbers'))).toEqual(['1890', '-1.5', '1890.5', '0.5', '0.125', '1000', '']);
    expect(['1890', ' 1890-06 ', '1890-06-15', ''].map((text) => readBound(text, 'days'))).toEqual(['1890', '1890-06', '1890-06-15', '']);
  });

  it('is none where it cannot be read, or may mean two things', () => {
    for (const text of ['x', '1890 AD', '1,2,3', '1,000', '1..2', 'Infinity']) expect(readBound(text, 'numbers'), text).toBeNull();
    for (const text of ['1890-13', 'May 1890', '12.5.1890', 'x']) expect(readBound(text, 'days'), text).toBeNull();
  });
});

describe('a group', () => {
  it('is shown alone, and all are when it is clicked again', () => {
    const years: Filters = new Map([['field:year', range('1890', '')]]);
    const pears = toggleGroup(years, 0, 'pears');
    expect([...pears]).toEqual([['field:year', range('1890', '')], ['cluster:0', values(['pears'])]]);
    expect([...toggleGroup(pears, 1, 'small pears').keys()]).toEqual(['field:year', 'cluster:1']);
    expect(toggleGroup(pears, 0, 'pears')).toEqual(years);
  });
});

describe('a date', () => {
  it('means the days that it may mean', () => {
    expect(spanOfDate('1970')).toEqual([0, 364]);
    expect(spanOfDate('1970-01-02')).toEqual([1, 1]);
    expect(spanOfDate('1904-02')).toEqual([-24076, -24048]);
    expect(textOfDay(spanOfDate('0099-12')?.[1] ?? 0)).toBe('0099-12-31');
  });

  it('that is none is none', () => {
    for (const text of ['', '1890-13', '1890-02-30', '1890-00', 'May 1890', '18900101', '0000']) expect(spanOfDate(text)).toBeNull();
  });
});

describe('counts', () => {
  it('are of the mask alone', () => {
    const mask = Uint8Array.of(1, 1, 1, 0, 0);
    expect(tallyValues(categories, mask)).toEqual({ counts: Uint32Array.of(1, 1, 0), blank: 1 });
    expect(tallyValues(tags, Uint8Array.of(1, 1, 0, 1))).toEqual({ counts: Uint32Array.of(2, 2, 1), blank: 1 });
  });

  it('of what is filled agree with the blanks', () => {
    for (const data of [categories, tags, years, days]) {
      const { codes } = presenceOf(data);
      const blanks = codes.filter((code) => code === 0).length;
      expect(blanks).toBe(1);
    }
  });
});

describe('a histogram', () => {
  const numbers = (...list: number[]): FacetData & { kind: 'numbers' } => ({ kind: 'numbers', numbers: Float64Array.from(list) });

  it('has a bin a year where the years are few', () => {
    const made = makeHistogram(numbers(1901, 1905, NaN, 1903, 1901));
    expect(made?.edges).toEqual([1901, 1902, 1903, 1904, 1905, 1906]);
    expect([...(made?.bins ?? [])]).toEqual([0, 4, -1, 2, 0]);
    expect(made && rangeOfBins(made, 1, 3)).toEqual(range('1902', '1904'));
    expect(made && rangeOfBins(made, 0, 3)).toEqual(range('', '1904'));
    expect(made && rangeOfBins(made, 0, 4)).toBeNull();
  });

  it('has round bins over anything, that hold every value', () => {
    for (const list of [[0.001, 0.0123], [-5, 1e6], [3, 3], [0.5, 0.5], [1e-7, 5e9], [-0.25, 0.75], [1500, 2024]]) {
      const made = makeHistogram(numbers(...list));
      expect(made).not.toBeNull();
      if (!made) continue;
      const size = made.edges.length - 1;
      expect(size).toBeGreaterThan(0);
      expect(size).toBeLessThanOrEqual(42);
      expect(made.edges[0]).toBeLessThanOrEqual(Math.min(...list));
      expect(made.edges[size]).toBeGreaterThanOrEqual(Math.max(...list));
      list.forEach((value, i) => {
        expect(made.bins[i]).toBe(binOf(made.edges, value));
        expect(made.edges[made.bins[i]]).toBeLessThanOrEqual(value);
      });
      const some = rangeOfBins(made, 1, size - 1);
      if (some && size > 2) expect(placeRange(made, some)[0]).toBeCloseTo(1, 6);
    }
  });

  it('of a range chosen by its bins counts what the bins say', () => {
    const list = Array.from({ length: 500 }, (_, i) => 1500 + ((i * 7919) % 500));
    const data = numbers(...list);
    const made = makeHistogram(data);
    if (!made) throw new Error('no histogram');
    const counts = tallyBins(made.bins, made.edges.length - 1, new Uint8Array(500).fill(1));
    expect(counts.reduce((a, b) => a + b)).toBe(500);
    const chosen = rangeOfBins(made, 3, 7);
    if (!chosen) throw new Error('no range');
    expect(holds(data, chosen).filter((x) => x === 1).length).toBe(counts.slice(3, 8).reduce((a, b) => a + b));
    expect(placeRange(made, chosen)).toEqual([3, 8]);
  });

  it('of dates is no finer than the dates are', () => {
    const of = (...texts: string[]) => {
      const spans = texts.map(span);
      return makeHistogram({ kind: 'days', first: Int32Array.from(spans, (s) => s[0]), last: Int32Array.from(spans, (s) => s[1]) });
    };
    expect(of('1890', '1891')?.unit).toBe('year');
    expect(of('1890-05', '1890-07')?.unit).toBe('month');
    const close = of('1890-05-01', '1890-05-20', '');
    expect(close?.unit).toBe('day');
    expect([...(close?.bins ?? [])]).toEqual([0, 19, -1]);
    expect(close && rangeOfBins(close, 2, 4)).toEqual(range('1890-05-03', '1890-05-05'));
    const wide = of('1500-05-01', '2000-01-01');
    expect(wide?.unit).toBe('year');
    expect(wide && rangeOfBins(wide, 1, 2)).toEqual(range('1520', '1559'));
    const months = of('1890-11-03', '1892-02-01');
    expect(months && rangeOfBins(months, 2, 2)).toEqual(range('1891-01', '1891-01'));
    expect(of('', '')).toBeNull();
  });

  it('has steps of 1, 2 and 5', () => {
    expect([0.011, 0.02, 0.3, 1, 6, 11, 4.9].map(roundStep)).toEqual([0.02, 0.02, 0.5, 1, 10, 20, 5]);
  });
});
