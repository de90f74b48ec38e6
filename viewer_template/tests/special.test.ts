import { describe, expect, it } from 'vitest';
import { dropEchoes, findSpecial, tailOf, type Trait, wordsIn } from '../src/data/special';
import { sampleBlocks, traitsOf } from '../src/data/traits';

const trait = (value: string, inside: number, outside: number): Trait => ({ group: 'g', value, inside, outside });

describe('what is special about a selection', () => {
  it('tells a group once that is the same at several levels, and nothing else less', () => {
    const named = (group: string, value: string, inside: number) => ({ group, value, inside, outside: 11, ratio: 2, atLeast: 1.5, p: 0 });
    const found = [named('cluster:0', 'animal', 32), named('cluster:1', 'animal', 32), named('cluster:2', 'animal', 20), named('field:a', 'animal', 32)];
    const nameOf = ({ group, value }: { group: string; value: string }) => (group.startsWith('cluster') ? value : null);
    expect(dropEchoes(found, nameOf).map(({ group }) => group)).toEqual(['cluster:0', 'cluster:2', 'field:a']);
  });

  it('has the probabilities of Fisher’s exact test', () => {
    // R: fisher.test(matrix(c(3, 1, 1, 3), 2), alternative = "greater")$p.value and others
    expect(tailOf({ inside: 3, outside: 1 }, 4, 4)).toBeCloseTo(17 / 70, 12);
    expect(tailOf({ inside: 4, outside: 0 }, 4, 4)).toBeCloseTo(1 / 70, 12);
    expect(tailOf({ inside: 10, outside: 0 }, 10, 990) * 2.6340956e23).toBeCloseTo(1, 4); // choose(1000, 10)
    expect(tailOf({ inside: 1, outside: 9 }, 10, 90)).toBe(1); // just as often as by lot
  });

  it('is exact at a million images, too', () => {
    const p = tailOf({ inside: 700, outside: 500_000 }, 1000, 999_000);
    expect(p).toBeGreaterThan(0);
    expect(p).toBeLessThan(1e-30);
  });

  it('puts the sure before the merely extreme', () => {
    const found = findSpecial([trait('few', 3, 0), trait('many', 80, 20), trait('usual', 50, 500)], 100, 1000);
    expect(found.map(({ value }) => value)).toEqual(['many', 'few']);
    expect(found[0].ratio).toBeCloseTo(40);
    expect(found[0].atLeast).toBeLessThan(40);
    expect(found[0].atLeast).toBeGreaterThan(20);
    expect(found[1].ratio).toBe(Infinity);
  });

  it('finds nothing in selections drawn by lot', () => {
    let state = 1;
    const lot = () => (state = (state * 48271) % 2147483647) / 2147483647;
    let finds = 0;
    for (let round = 0; round < 20; round++) {
      const traits = Array.from({ length: 200 }, (_, v) => {
        const draw = (n: number) => Array.from({ length: n }, lot).filter((u) => u < 0.05).length;
        return trait(String(v), draw(60), draw(540));
      });
      finds += findSpecial(traits, 60, 540).length;
    }
    expect(finds).toBeLessThanOrEqual(2); // of 4,000
  });

  it('says nothing of one or two images, nor where there is no rest', () => {
    expect(findSpecial([trait('a', 2, 0)], 2, 1000)).toEqual([]);
    expect(findSpecial([trait('a', 50, 0)], 50, 0)).toEqual([]);
  });

  it('counts values, tags and ranges on both sides', () => {
    const inside = Uint8Array.of(1, 1, 0, 0);
    const outside = Uint8Array.of(0, 0, 1, 1);
    const codes = traitsOf('c', { kind: 'codes', codes: Int8Array.of(0, 1, 1, -1), values: ['x', 'y'] }, inside, outside);
    expect(codes).toEqual([{ group: 'c', value: 'x', inside: 1, outside: 0 }, { group: 'c', value: 'y', inside: 1, outside: 1 }]);
    const years = traitsOf('n', { kind: 'numbers', numbers: Float64Array.of(1900, 1901, 1901, NaN) }, inside, outside);
    expect(years).toEqual([{ group: 'n', value: '1900..1900', inside: 1, outside: 0 }, { group: 'n', value: '1901..1901', inside: 1, outside: 1 }]);
  });

  it('knows words of many scripts', () => {
    expect([...wordsIn(['The Rose’s petals, 1912: a well-known Rose.', 'роза Ökologie'])]).toEqual(['the', 'rose', 'petals', 'well-known', 'роза', 'ökologie']);
  });

  it('reads a sample of whole blocks', () => {
    const ranks = Uint32Array.from({ length: 1000 }, (_, i) => i);
    const sample = sampleBlocks(ranks, 100, 3);
    expect(sample.length).toBe(300);
    expect(new Set(Array.from(sample, (rank) => Math.floor(rank / 100)))).toEqual(new Set([0, 3, 6]));
    expect(sampleBlocks(ranks, 100, 10)).toBe(ranks);
  });
});
