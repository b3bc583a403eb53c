/** Who is measured: a program, or a command of nido's library, that does its part of a comparison. */

/** The streams of a contender. */
export type Streams = Pick<Deno.CommandOptions, "stdin" | "stdout" | "stderr">;

/** What is measured of a contender: both `Deno.Command` and nido's `Command` are that. */
export interface Runnable {
  output(): Promise<Deno.CommandOutput>;
  spawn(): { readonly pid: number; readonly status: Promise<unknown> };
}

/** Somebody who takes part. */
export interface Contender {
  readonly label: string;
  command(streams: Streams): Runnable;
  /** Takes part in one of so many rounds: it takes long, and leaves caches cold for others. */
  readonly every?: number;
}

/** Somebody who cannot take part here, and why. */
export interface Absent {
  readonly label: string;
  readonly problem: string;
}

/** No stream goes anywhere. */
export const QUIET = { stdin: "null", stdout: "null", stderr: "null" } as const;

/** Whether there is a file of this path. */
export const isFile = (path: string): boolean => {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
};

/** The path of an installed program: a search in PATH would count as its time. */
export function find(name: string): string | undefined {
  const folders = (Deno.env.get("PATH") ?? "").split(":").filter(Boolean);
  // Users' PATH often lacks the folder of runc.
  return [...folders, "/usr/sbin"].map((folder) => `${folder}/${name}`).find(isFile);
}

/** A program that is started by its path. */
export function file(label: string, path: string, args: readonly string[] = []): Contender {
  return { label, command: (streams) => new Deno.Command(path, { ...streams, args: [...args] }) };
}

/** One that is started with other words each time. */
export function anew(label: string, start: (n: number, streams: Streams) => Runnable): Contender {
  return {
    label,
    command(streams) {
      let n = 0;
      return {
        output: () => start(n++, streams).output(),
        spawn: () => start(n++, streams).spawn(),
      };
    },
  };
}

/** A program that is started by its path, with other words each time. */
export function fileWith(
  label: string,
  path: string,
  words: (n: number) => readonly string[],
): Contender {
  return anew(label, (n, streams) => new Deno.Command(path, { ...streams, args: [...words(n)] }));
}

/** A program that is searched in PATH. */
export function installed(name: string, args: readonly string[] = []): Contender | Absent {
  const path = find(name);
  return path ? file(name, path, args) : { label: name, problem: "not installed" };
}

/** Why a contender cannot do its work here, or undefined if it can. */
async function problemOf({ command }: Contender): Promise<string | undefined> {
  try {
    const { success, code, stderr } = await command({ ...QUIET, stderr: "piped" }).output();
    if (success) return undefined;
    return new TextDecoder().decode(stderr).trim().split("\n").at(-1) || `exit status ${code}`;
  } catch (error) {
    return (error as Error).message.split("\n")[0];
  }
}

/** Measures each of those that are there; who fails is added to `absent`. */
export async function measureEach<T>(
  asked: readonly (Contender | Absent)[],
  absent: Absent[],
  measure: (contender: Contender) => Promise<T>,
): Promise<Map<string, T>> {
  const found = new Map<string, T>();
  for (const one of asked) {
    if ("problem" in one) absent.push(one);
    else {
      try {
        found.set(one.label, await measure(one));
      } catch (error) {
        absent.push({ label: one.label, problem: (error as Error).message });
      }
    }
  }
  return found;
}

/** Who can take part, found by trying; who cannot is added to `absent`. */
export async function able(
  asked: readonly (Contender | Absent)[],
  absent: Absent[],
): Promise<Contender[]> {
  const found: Contender[] = [];
  for (const one of asked) {
    const problem = "problem" in one ? one.problem : await problemOf(one);
    if (problem === undefined) found.push(one as Contender);
    else absent.push({ label: one.label, problem });
  }
  return found;
}
