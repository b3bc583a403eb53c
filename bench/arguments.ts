/**
 * What launches by `Command` cost that have other values each time (arguments, variables, a folder, a host
 * name), beside the same each time, and beside another checkout: CPU time, children included, in one process,
 * in turns.
 *
 *     deno run --allow-all bench/arguments.ts [FOLDER]
 *
 * @module
 */
import { Command } from "../mod.ts";
import { median } from "./race.ts";

const ROUNDS = 60;
const TIMES = 20;

/** struct rusage: ru_utime 0, ru_stime 16, each s64 tv_sec, tv_usec. */
const RUSAGE_BYTES = 144;
const RUSAGE_SELF = 0;
const RUSAGE_CHILDREN = -1;

const libc = Deno.dlopen("libc.so.6", {
  /** int getrusage(int who, struct rusage *usage); */
  getrusage: { parameters: ["i32", "buffer"], result: "i32" },
});

/** CPU that this process and its children took so far, in milliseconds. */
function cpu(): number {
  const usage = new Uint8Array(RUSAGE_BYTES);
  const view = new DataView(usage.buffer);
  let sum = 0;
  for (const who of [RUSAGE_SELF, RUSAGE_CHILDREN]) {
    libc.symbols.getrusage(who, usage);
    for (const time of [0, 16]) {
      sum += 1000 * Number(view.getBigInt64(time, true)) +
        Number(view.getBigInt64(time + 8, true)) / 1000;
    }
  }
  return sum;
}

/** Makes one launch. `n` is another each time. */
type Launch = (n: number) => { output(): Promise<unknown> };

const QUIET = { stdin: "null", stdout: "null", stderr: "null" } as const;

function launches(Started: typeof Command): Record<string, Launch> {
  const options = {
    namespaces: ["user", "pid", "mnt", "uts", "ipc"],
    mapRootUser: true,
    mountProc: true,
    hostname: "nest",
    env: { LANG: "C" },
    cwd: "/tmp",
    wd: "/",
    ...QUIET,
  } as const;
  const same = new Started("/bin/true", { ...options, args: ["0"] });
  return {
    "the same": () => same,
    "made anew": () => new Started("/bin/true", { ...options, args: ["0"] }),
    "other values": (n) =>
      new Started("/bin/true", {
        ...options,
        args: [`${n}`],
        env: { LANG: "C", NUMBER: `${n}` },
        hostname: `nest-${n}`,
        wd: n % 2 ? "/" : "/usr",
      }),
  };
}

if (import.meta.main) {
  const [folder] = Deno.args;
  const contenders: [string, Launch][] = Object.entries(launches(Command));
  if (folder !== undefined) {
    const { Command: Other } = await import(`file://${await Deno.realPath(folder)}/mod.ts`);
    const others = Object.entries(launches(Other));
    contenders.push(...others.map(([name, one]): [string, Launch] => [`${name}, there`, one]));
  }
  contenders.push(["Deno.Command", () => new Deno.Command("/bin/true", QUIET)]);
  const taken = contenders.map((): number[] => []);
  let n = 0;
  // The first round is for the compiler.
  for (let round = 0; round <= ROUNDS; round++) {
    for (const [i, [, launch]] of contenders.entries()) {
      const before = cpu();
      for (let time = 0; time < TIMES; time++) await launch(n++).output();
      if (round > 0) taken[i]!.push((cpu() - before) / TIMES);
    }
  }
  const middle = taken.map((one) => median(one.toSorted((a, b) => a - b)));
  contenders.forEach(([name], i) => {
    const ratio = middle[i]! / middle[0]!;
    console.log(`${name}: ${middle[i]!.toFixed(2)} ms, ${ratio.toFixed(2)} of the same`);
  });
}
