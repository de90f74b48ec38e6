import { describe, expect, it } from 'vitest';
import { type Criterion, Lit, nextLit } from '../src/data/lit';
import { makeAppStore } from '../src/state/app_state';
import { Criteria } from '../src/state/criteria';

/** Random sets, the same every time. */
function randomSets(count: number, share: readonly number[]): Uint8Array[] {
  let seed = 12345;
  const random = () => (seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0) / 2 ** 32;
  return share.map((s) => Uint8Array.from({ length: count }, () => (random() < s ? 1 : 0)));
}

const named = (sets: readonly Uint8Array[]): Criterion[] => sets.map((ranks, i) => ({ name: `c${String(i)}`, ranks }));

describe('what is lit', () => {
  const count = 500;
  const sets = randomSets(count, [0.9, 0.7, 0.5, 0.6]);
  const gone = randomSets(count, [0.1])[0];

  it('is what every criterion holds, and was not taken down', () => {
    const lit = new Lit(count, named(sets), gone);
    const expected = Uint8Array.from({ length: count }, (_, r) => (gone[r] === 0 && sets.every((s) => s[r] === 1) ? 1 : 0));
    expect(lit.mask).toEqual(expected);
    expect(lit.drawn).toBe(expected.reduce((a, b) => a + b));
    expect(lit.total).toBe(count - gone.reduce((a, b) => a + b));
    expect(lit.isNarrowed).toBe(true);
  });

  it('without a criterion is what the others hold', () => {
    const lit = new Lit(count, named(sets), gone);
    sets.forEach((_, without) => {
      const others = new Lit(count, named(sets).filter((__, i) => i !== without), gone);
      expect(lit.maskWithout(`c${String(without)}`)).toEqual(others.mask);
    });
    expect(lit.maskWithout('none of them')).toEqual(lit.mask);
  });

  it('is everything where nobody says anything', () => {
    const lit = new Lit(3, [{ name: 'a', ranks: null }]);
    expect([...lit.mask]).toEqual([1, 1, 1]);
    expect(lit.isNarrowed).toBe(false);
    expect(new Lit(0, []).drawn).toBe(0);
  });

  it('takes any byte but 0 as meant', () => {
    const lit = new Lit(2, [{ name: 'a', ranks: Uint8Array.of(0, 7) }]);
    expect([...lit.mask]).toEqual([0, 1]);
  });

  it('can be walked through', () => {
    const few = new Lit(5, [{ name: 'a', ranks: Uint8Array.of(0, 1, 0, 0, 1) }]);
    expect([nextLit(few, 1, 1, 5), nextLit(few, 4, 1, 5), nextLit(few, 4, -1, 5), nextLit(few, 1, -1, 5), nextLit(few, 2, 1, 5)]).toEqual([4, -1, 1, -1, 4]);
    expect([nextLit(null, 0, 1, 2), nextLit(null, 1, 1, 2), nextLit(null, 0, -1, 2)]).toEqual([1, -1, -1]);
  });

  it('refuses a criterion of another collection', () => {
    expect(() => new Lit(3, [{ name: 'year', ranks: new Uint8Array(2) }])).toThrow('year: 2 bytes for 3 images');
  });
});

describe('the criteria', () => {
  it('change the store once for several, and not for nothing', () => {
    const app = makeAppStore('umap', 'auto');
    const criteria = new Criteria(app, 3, null);
    const seen: (number | undefined)[] = [];
    app.subscribe((state) => seen.push(state.lit?.drawn));
    const first = Uint8Array.of(1, 1, 0);
    criteria.setAll([
      { name: 'a', ranks: first },
      { name: 'b', ranks: Uint8Array.of(0, 1, 1) },
    ]);
    criteria.set('a', first);
    criteria.set('none', null);
    criteria.set('b', null);
    criteria.set('a', null);
    expect(seen).toEqual([undefined, 1, 2, undefined]);
  });

  it('leave out what was taken down, even if nobody asks', () => {
    const app = makeAppStore('umap', 'auto');
    const criteria = new Criteria(app, 3, Uint8Array.of(0, 1, 0));
    expect(app.get().lit?.total).toBe(2);
    expect([...(app.get().lit?.mask ?? [])]).toEqual([1, 0, 1]);
    expect(app.get().lit?.isNarrowed).toBe(false);
    criteria.set('a', Uint8Array.of(1, 1, 0));
    expect(app.get().lit?.drawn).toBe(1);
  });
});
