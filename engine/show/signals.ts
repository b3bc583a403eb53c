/** Shows signals, sets of them, and what is done about them. @see signal(7) */
import { SIGNALS } from "../../ffi/abi/signal.ts";
import { flags, type Named, number, type Show } from "./numbers.ts";
import { structAt } from "./struct.ts";
import { contents, pointer } from "./text.ts";

const signalNames = new Map(
  Object.entries(SIGNALS).filter(([name]) => !/^SIG(IOT|POLL|CLD)$/.test(name))
    .map(([name, value]) => [value as number, name]),
);

/** A signal without its SIG; real-time signals, which have numbers only, count from 32. */
function shortName(signal: number): string {
  return signalNames.get(signal)?.slice(3) ?? `RT_${signal - 32}`;
}

/** Signals by name. */
export const namedSignals = (): Named =>
  Object.entries(SIGNALS).map(([name, number]) => [name, BigInt(number)]);

/** A signal's name. */
export const signal: Show = number((value) => {
  const known = signalNames.get(Number(value));
  if (known !== undefined) return known;
  return value > 32n && value <= 64n ? `SIGRT_${value - 32n}` : String(BigInt.asIntN(32, value));
});

/** Where more signals are in a set than not, those that are not are named. */
function setText(set: bigint): string {
  const inside = Array.from({ length: 64 }, (_, i) => i + 1)
    .filter((signal) => (set >> BigInt(signal - 1) & 1n) === 1n);
  if (inside.length < 43) return `[${inside.map(shortName).join(" ")}]`;
  const outside = Array.from({ length: 64 }, (_, i) => i + 1)
    .filter((signal) => !inside.includes(signal));
  return `~[${outside.map(shortName).join(" ")}]`;
}

const signalSet: Show = number(setText);

export const sigset: Show = contents((memory) => signalSet(memory.word(0), []));

const SA_RESTORER = 0x04000000n;
const SA_FLAGS = [
  ["SA_RESTORER", SA_RESTORER],
  ["SA_NOCLDSTOP", 1n],
  ["SA_NOCLDWAIT", 2n],
  ["SA_SIGINFO", 4n],
  ["SA_ONSTACK", 0x08000000n],
  ["SA_RESTART", 0x10000000n],
  ["SA_NODEFER", 0x40000000n],
  ["SA_RESETHAND", 0x80000000n],
] as const;
const handler = number((value) =>
  value === 0n ? "SIG_DFL" : value === 1n ? "SIG_IGN" : `0x${value.toString(16)}`
);

/** struct kernel_sigaction { handler, flags, restorer, mask } */
export const sigaction: Show = structAt((memory) => {
  const bits = memory.word(8);
  const hasRestorer = ((bits.value ?? 0n) & SA_RESTORER) !== 0n;
  return {
    sa_handler: handler(memory.word(0), []),
    sa_mask: signalSet(memory.word(24), []),
    sa_flags: flags(() => SA_FLAGS)(bits, []),
    sa_restorer: hasRestorer ? pointer(memory.word(16), []) : undefined,
  };
});
