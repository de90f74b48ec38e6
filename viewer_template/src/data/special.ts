// What is special about some images: what they have more often than the rest. Pure.
//
// Every property is put to Fisher's exact test, one-sided: how likely it is that so many of the chosen have it if they
// had been drawn by lot (the tail of the hypergeometric distribution). Many properties are tested at once, so the share of
// false finds is held at 1 % (Benjamini & Hochberg 1995). What remains is put in order by what is certain of its ratio: the
// lower end of Katz's 95 % interval (Katz et al. 1978), so that 3 of 3 does not go before 80 of 100.

/** A property that images have or have not. */
export interface Trait {
  /** What it is of: the key of a facet, or WORDS. */
  readonly group: string;
  readonly value: string;
  /** How many have it: of the chosen, and of the rest. */
  readonly inside: number;
  readonly outside: number;
}

export interface Finding extends Trait {
  /** Of the shares: by how much more often the chosen have it; Infinity where none of the rest does. */
  readonly ratio: number;
  /** The least that the ratio is, with 97.5 % certainty. */
  readonly atLeast: number;
  /** Of the exact test. */
  readonly p: number;
}

export const WORDS = 'words';
/** Of the finds so many at most are chance. */
const FALSE_SHARE = 0.01;
/** What fewer of the chosen have is no finding, whatever its ratio. */
const LEAST_INSIDE = 3;
const Z = 1.96;

/**
 * @param chosen how many images are chosen, @param rest how many are not
 * @returns the surest first
 */
export function findSpecial(traits: readonly Trait[], chosen: number, rest: number): Finding[] {
  if (chosen < LEAST_INSIDE || rest < 1) return [];
  const tested = traits.filter(({ inside, outside }) => inside + outside >= LEAST_INSIDE);
  const findings = tested.map((trait) => ({ ...trait, ...ratioOf(trait, chosen, rest), p: tailOf(trait, chosen, rest) }));
  findings.sort((a, b) => a.p - b.p);
  let kept = 0;
  findings.forEach(({ p }, i) => {
    if (p <= (FALSE_SHARE * (i + 1)) / findings.length) kept = i + 1;
  });
  return findings
    .slice(0, kept)
    .filter(({ inside, atLeast }) => inside >= LEAST_INSIDE && atLeast > 1)
    .sort((a, b) => b.atLeast - a.atLeast || a.p - b.p);
}

/**
 * A group that does not divide is found at every level, and is told once.
 * @param nameOf what a find is called where it is a group, null where it is none
 */
export function dropEchoes(findings: readonly Finding[], nameOf: (finding: Finding) => string | null): Finding[] {
  const told = new Set<string>();
  return findings.filter((finding) => {
    const name = nameOf(finding);
    if (name === null) return true;
    const key = `${String(finding.inside)} ${String(finding.outside)} ${name}`;
    if (told.has(key)) return false;
    told.add(key);
    return true;
  });
}

function ratioOf({ inside, outside }: Trait, chosen: number, rest: number): { ratio: number; atLeast: number } {
  const [a, b, n, m] = [inside + 0.5, outside + 0.5, chosen + 0.5, rest + 0.5]; // so that nothing is divided by 0
  const spread = Math.sqrt(Math.max(0, 1 / a - 1 / n + 1 / b - 1 / m));
  return { ratio: inside / chosen / (outside / rest), atLeast: Math.exp(Math.log(a / n) - Math.log(b / m) - Z * spread) };
}

/** P(X ≥ inside), X hypergeometric. */
export function tailOf({ inside, outside }: Pick<Trait, 'inside' | 'outside'>, chosen: number, rest: number): number {
  const having = inside + outside;
  if (inside * (chosen + rest) <= chosen * having) return 1; // not more often than by lot: not asked for
  const all = chosen + rest;
  let term = Math.exp(choose(having, inside) + choose(all - having, chosen - inside) - choose(all, chosen));
  let sum = term;
  for (let x = inside; x < Math.min(having, chosen) && term > sum * 1e-16; x++) {
    term *= ((having - x) * (chosen - x)) / ((x + 1) * (all - having - chosen + x + 1));
    sum += term;
  }
  return Math.min(1, sum);
}

/** Logarithm of the binomial coefficient. */
function choose(n: number, k: number): number {
  return logFactorial(n) - logFactorial(k) - logFactorial(n - k);
}

const SMALL = 256;
const small: number[] = [0];
for (let n = 1; n < SMALL; n++) small.push(small[n - 1] + Math.log(n));

/** Stirling's series; its error is below 1e-16 of the value from SMALL on. */
function logFactorial(n: number): number {
  if (n < SMALL) return small[n];
  return n * Math.log(n) - n + 0.5 * Math.log(2 * Math.PI * n) + 1 / (12 * n) - 1 / (360 * n ** 3);
}

/** The different words of some texts: folded in case, of three letters or more, no numbers. */
export function wordsIn(texts: readonly string[]): Set<string> {
  const words = new Set<string>();
  for (const text of texts) {
    for (const word of text.toLocaleLowerCase('en').match(/\p{L}[\p{L}\p{M}'’-]*/gu) ?? []) {
      const bare = word.replace(/['’](s|S)?$|-+$/u, '');
      if (Array.from(bare).length >= 3) words.add(bare);
    }
  }
  return words;
}
