/** The word that was probably meant. */

/** The nearest of the words, when one is near enough to be a slip of the pen. */
export function nearest(word: string, words: Iterable<string>): string | undefined {
  let best: { one: string; distance: number } | undefined;
  for (const one of words) {
    const found = distance(word.toLowerCase(), one.toLowerCase());
    if (!best || found < best.distance) best = { one, distance: found };
  }
  return best && best.distance <= Math.max(2, Math.floor(word.length / 3)) ? best.one : undefined;
}

/** A finding's suggestion: `did you mean "x"?`, or nothing when no word is near. */
export function didYouMean(word: string, words: Iterable<string>): { suggestion?: string } {
  const near = nearest(word, words);
  return near === undefined ? {} : { suggestion: `did you mean "${near}"?` };
}

/** The words of a finding, at most twelve. */
export function listed(words: readonly string[]): string {
  if (words.length === 0) return "none";
  return words.length <= 12 ? words.join(", ") : `${words.slice(0, 12).join(", ")} and ${words.length - 12} more`;
}

/** What was expected, when it is one of some words. */
export const oneOfThese = (words: readonly string[]): string => (words.length === 0 ? "none exists here" : `one of ${listed(words)}`);

/** Levenshtein's distance. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++)
      next.push(Math.min((next[j - 1] ?? 0) + 1, (row[j] ?? 0) + 1, (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)));
    row = next;
  }
  return row[b.length] ?? 0;
}
