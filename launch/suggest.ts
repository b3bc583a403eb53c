/** "Did you mean" for mistyped words. */

/** The edit distance: letters left out, added, replaced, or swapped with their neighbours. */
function distance(from: string, to: string): number {
  // Row i: from the first i letters of `from` to each beginning of `to`. Optimal string alignment.
  let before: number[] = [];
  let above: number[] = Array.from({ length: to.length + 1 }, (_, j) => j);
  for (let i = 1; i <= from.length; i++) {
    const row = [i];
    for (let j = 1; j <= to.length; j++) {
      const changed = above[j - 1]! + (from[i - 1] === to[j - 1] ? 0 : 1);
      const swapped = i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1]
        ? before[j - 2]! + 1
        : Infinity;
      row.push(Math.min(changed, swapped, above[j]! + 1, row[j - 1]! + 1));
    }
    [before, above] = [above, row];
  }
  return above[to.length]!;
}

const bare = (word: string): string => word.replace(/^-*/, "").toLowerCase();

/** The largest distance at which a word of this length is still suggested. */
const mostSlips = (length: number): number => length < 3 ? 0 : length < 6 ? 1 : length < 12 ? 2 : 3;

/** The first of those that are nearest to the word, if any is near; else the only one that it begins, that begins it, or that has it in its name. */
export function nearest(word: string, among: readonly string[]): string | undefined {
  const meant = bare(word);
  const most = mostSlips(meant.length);
  let [found, least]: [string | undefined, number] = [undefined, most + 1];
  for (const one of among) {
    const known = bare(one);
    const slips = known === meant ? 0 : most === 0 ? Infinity : distance(meant, known);
    if (slips < least) [found, least] = [one, slips];
  }
  if (found !== undefined || meant.length < 2) return found;
  return onlyOne(among, (one) => bare(one).startsWith(meant)) ??
    onlyOne(among, (one) => bare(one).length > 2 && meant.startsWith(bare(one))) ??
    (meant.length < 4 ? undefined : onlyOne(among, (one) => bare(one).includes(meant)));
}

function onlyOne(among: readonly string[], is: (one: string) => boolean): string | undefined {
  const found = among.filter(is);
  return found.length === 1 ? found[0] : undefined;
}

/** `; did you mean 'this'?`, or nothing. */
export function didYouMean(word: string, among: readonly string[]): string {
  const guess = nearest(word, among);
  return guess === undefined ? "" : `; did you mean '${guess}'?`;
}
