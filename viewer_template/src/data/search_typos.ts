// Words that are nearly what was typed. Pure.

/** Mistakes allowed in a word of so many letters. */
export function mistakesIn(length: number): number {
  return length >= 8 ? 2 : length >= 4 ? 1 : 0;
}

/**
 * How many letters must be added, dropped, changed or swapped with their neighbour to make one word of the other
 * (optimal string alignment); more than `most` is `most + 1`.
 * @param isOpen the typed word may be the beginning of the other one
 */
export function countMistakes(typed: string, word: string, most: number, isOpen = false): number {
  const n = typed.length;
  const m = isOpen ? Math.min(word.length, n + most) : word.length;
  if (Math.abs(n - m) > most && !(isOpen && m > n)) return most + 1;
  let beforeLast: number[] = [];
  let last = Array.from({ length: m + 1 }, (_, j) => j);
  for (let i = 1; i <= n; i++) {
    const row = [i];
    let least = i;
    for (let j = 1; j <= m; j++) {
      const isSame = typed[i - 1] === word[j - 1];
      let value = Math.min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (isSame ? 0 : 1));
      if (i > 1 && j > 1 && typed[i - 1] === word[j - 2] && typed[i - 2] === word[j - 1]) value = Math.min(value, beforeLast[j - 2] + 1);
      row.push(value);
      least = Math.min(least, value);
    }
    if (least > most) return most + 1;
    beforeLast = last;
    last = row;
  }
  const mistakes = isOpen ? Math.min(...last) : last[m];
  return Math.min(mistakes, most + 1);
}

/** Beginnings and endings that a mistyped word still has, if the mistakes are in its other part. */
export function soundParts(typed: string): { beginnings: string[]; endings: string[] } {
  const letters = Array.from(typed);
  const kept = Math.max(2, Math.floor(letters.length / (letters.length >= 8 ? 3 : 2)));
  const start = letters.slice(0, kept);
  const swapped = [start[1], start[0], ...start.slice(2)];
  return {
    beginnings: [...new Set([start.join(''), swapped.join('')])],
    endings: [letters.slice(-kept).join('')],
  };
}

export function reverse(word: string): string {
  return Array.from(word).reverse().join('');
}
