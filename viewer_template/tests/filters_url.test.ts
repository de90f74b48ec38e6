import { describe, expect, it } from 'vitest';
import type { Filter, Filters, ValueFilter } from '../src/data/filter';
import { formatFilters, formatNarrowing, narrowingOf, parseFilters, parseNarrowing, sameNarrowing } from '../src/state/filters_url';

const again = (filters: Filters) => parseFilters(new URLSearchParams(formatFilters(filters).join('&')));
const values = (wanted: string[], mode: 'any' | 'all' = 'any'): Filter => ({ kind: 'values', values: wanted, mode });
const range = (low: string, high: string): Filter => ({ kind: 'range', low, high });

describe('filters in the address', () => {
  it('come back whole, whatever the words', () => {
    const filters: Filters = new Map<string, Filter>([
      ['field:category', values(['a&b=c', '', '100 % „rôti“ + #1', '..'])],
      ['field:tags', values(['x', 'y'], 'all')],
      ['field:Größe.x:y=1&2', range('-1.5', '2.25')],
      ['field:taken', range('1890-06', '')],
      ['field:year', range('', '1910')],
      ['cluster:0', values(['apples, pears'])],
      ['has:title', values(['no'])],
      ['near:duplicates', values(['yes'])],
      ['measure:kept', range('0', '0.25')],
    ]);
    expect(again(filters)).toEqual(filters);
    expect([...again(filters).keys()]).toEqual([...filters.keys()]);
  });

  it('can be read and written by hand', () => {
    expect(formatFilters(new Map([['field:category', values(['fruit', 'vase'])]]))).toEqual(['is.category=fruit', 'is.category=vase']);
    expect(formatFilters(new Map([['field:year', range('1890', '1910')]]))).toEqual(['range.year=1890..1910']);
    expect(formatFilters(new Map([['has:title', values(['no'])]]))).toEqual(['has.title=no']);
  });

  it('are left out where they make no sense', () => {
    for (const text of ['range.year=1890', 'range.year=..', 'is.=x', 'is=x', 'layout=grid', 'at=1,2,3', 'was.year=1', `is.x=${'y'.repeat(500)}`]) {
      expect(parseFilters(new URLSearchParams(text)).size).toBe(0);
    }
    const many = Array.from({ length: 999 }, (_, i) => `is.a=${String(i)}`).join('&');
    expect((parseFilters(new URLSearchParams(many)).get('field:a') as ValueFilter).values.length).toBe(200);
  });
});

describe('what else narrows the view', () => {
  const again = (narrowing: Parameters<typeof formatNarrowing>[0]) => parseNarrowing(new URLSearchParams(formatNarrowing(narrowing).join('&')));

  it('comes back whole', () => {
    const filters: Filters = new Map([['field:a', values(['x'])]]);
    const chosen = ['0123456789abcdef0123', 'ffffffffffffffffffff'];
    for (const colorBy of [null, 'field:Größe & mehr', 'cluster:1']) {
      for (const unlit of ['grey', 'hide'] as const) {
        const narrowing = { filters, unlit, colorBy, chosen, isOnlySelection: unlit === 'hide' };
        expect(again(narrowing)).toEqual(narrowing);
      }
    }
  });

  it('is nothing in an empty address', () => {
    const none = parseNarrowing(new URLSearchParams(''));
    expect(formatNarrowing(none)).toEqual([]);
    expect(sameNarrowing(none, narrowingOf({ ...none, filters: new Map() }))).toBe(true);
    expect(sameNarrowing(none, { ...none, unlit: 'hide' })).toBe(false);
    expect(sameNarrowing(none, { ...none, chosen: ['a'] })).toBe(false);
    expect(sameNarrowing(none, { ...none, isOnlySelection: true })).toBe(false);
    expect(parseNarrowing(new URLSearchParams('chosen=<b>,x')).chosen).toEqual([]);
  });
});
