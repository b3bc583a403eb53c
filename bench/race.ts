/** Races: contenders in turn, round by round, so that what slows the machine for a while slows all. */
import { type Contender, QUIET, type Runnable } from "./contender.ts";

/** What a contender took, in milliseconds. */
export interface Times {
  readonly label: string;
  readonly median: number;
  readonly least: number;
}

export const median = (sorted: readonly number[]): number => {
  const middle = sorted.length >> 1;
  const upper = sorted[middle]!;
  return sorted.length % 2 ? upper : (sorted[middle - 1]! + upper) / 2;
};

async function mustSucceed(command: Runnable, label: string): Promise<void> {
  const { success, code } = await command.output();
  // A contender that fails early would look fast.
  if (!success) throw new Error(`${label} failed while it was measured, exit status ${code}`);
}

/** One lap: this many runs at once. Gives the time for each of them. */
async function lap(command: Runnable, label: string, atOnce: number): Promise<number> {
  const start = performance.now();
  if (atOnce === 1) await mustSucceed(command, label);
  else await Promise.all(Array.from({ length: atOnce }, () => mustSucceed(command, label)));
  return (performance.now() - start) / atOnce;
}

/**
 * Lets contenders run in turn, each so many at once.
 *
 * Rounds begin with another contender and change direction, so that none always follows the same.
 * The first rounds do not count.
 */
export async function race(
  contenders: readonly Contender[],
  rounds: { readonly warmUp: number; readonly counted: number },
  atOnce = 1,
): Promise<Times[]> {
  const lanes = contenders.map(({ label, command, every = 1 }) => ({
    label,
    every,
    command: command(QUIET),
    taken: [] as number[],
  }));
  for (let round = -rounds.warmUp; round < rounds.counted; round++) {
    const running = lanes.filter(({ every }) => round % every === 0);
    const first = (round + rounds.warmUp) % running.length;
    const order = [...running.slice(first), ...running.slice(0, first)];
    for (const { command, label, taken } of round % 2 ? order.reverse() : order) {
      const took = await lap(command, label, atOnce);
      if (round >= 0) taken.push(took);
    }
  }
  return lanes.map(({ label, taken }) => {
    const sorted = taken.sort((a, b) => a - b);
    return { label, median: median(sorted), least: sorted[0]! };
  });
}
