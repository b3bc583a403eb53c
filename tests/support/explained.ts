/** Command lines of bwrap that are explained, and run under strace(1) at once: nothing changes in between. */
import type { PrintedStep } from "../../engine/print.ts";
import { AS_USER, quote } from "./nido.ts";
import { Comparison, ending } from "./strace.ts";
import { fileCalls, programStatus, readTraces, type SeenCall } from "./traces.ts";

/** What explain has said of a launch, and what strace has seen of it. */
export interface Explained {
  readonly steps: readonly PrintedStep[];
  readonly traces: ReadonlyMap<number, readonly SeenCall[]>;
  /** How the program ended, as wait(2) gives it. */
  readonly status: number;
}

/** Where the two differ. */
export const differenceOf = ({ steps, traces, status }: Explained): string | undefined =>
  new Comparison(ending(steps, status), traces, true, fileCalls).difference();

/** Explains, as long as it is there. */
export interface Explainer extends AsyncDisposable {
  /** A folder with a bwrap for shells. */
  readonly programs: string;
  /** What has been launched since this was asked last. */
  taken(): Explained[];
  /** Why words were refused since this was asked last; undefined if none were. */
  refused(): string | undefined;
}

const EXPLAINER = decodeURI(new URL("explainer.ts", import.meta.url).pathname);

/** Asks for an explanation of itself, and becomes what was explained. */
const bwrap = (folder: string): string =>
  `#!/bin/sh
/usr/bin/env -0 >${folder}/environ
exec 7<&0
echo $$ >${folder}/asked
read name <${folder}/told
[ "$name" ] || exit 1
exec /usr/bin/strace -ff -v -s 4096 -o ${folder}/$name/of ${folder}/$name/bwrap 7<&-
`;

/** Descriptors that lines give. */
const GIVEN = [3, 4, 5, 6, 8, 9].map((fd) => `${fd}</dev/null`).join(" ");

/** Starts one, for lines of root or of the ordinary user. */
export async function startExplainer(as: "root" | "user"): Promise<Explainer> {
  const base = Deno.makeTempDirSync({ prefix: "nido-explained-" });
  const [folder, programs] = [`${base}/launches`, `${base}/programs`];
  Deno.chmodSync(base, 0o755);
  for (const made of [folder, programs]) Deno.mkdirSync(made);
  Deno.writeTextFileSync(`${programs}/bwrap`, bwrap(folder), { mode: 0o755 });
  for (const name of ["unshare", "nsenter", "lsns"]) {
    Deno.symlinkSync(`/usr/bin/${name}`, `${programs}/${name}`);
  }
  const before = as === "user" ? AS_USER : [];
  if (before.length > 0) Deno.chmodSync(folder, 0o777);
  const [make, ...fifos] = [["mkfifo", "-m", "666"], `${folder}/asked`, `${folder}/told`].flat();
  await new Deno.Command(make!, { args: fifos }).output();
  const words = [Deno.execPath(), "run", "-A", "--no-check", "--quiet", EXPLAINER, folder];
  const explainer = new Deno.Command("sh", {
    // Deno must not have its own there.
    args: ["-c", `exec ${quote([...before, ...words])} ${GIVEN}`],
    stdin: "null",
    stdout: "null",
  }).spawn();
  let count = 0;
  return {
    programs,
    taken() {
      const all: Explained[] = [];
      for (; isThere(`${folder}/${count + 1}`); count++) {
        const of = `${folder}/${count + 1}`;
        const steps = JSON.parse(Deno.readTextFileSync(`${of}/steps`));
        all.push({ steps, traces: readTraces(of), status: programStatus(of) });
      }
      if (isThere(`${folder}/errors`)) throw new Error(Deno.readTextFileSync(`${folder}/errors`));
      return all;
    },
    refused() {
      if (!isThere(`${folder}/refused`)) return undefined;
      const why = Deno.readTextFileSync(`${folder}/refused`);
      Deno.removeSync(`${folder}/refused`);
      return why;
    },
    async [Symbol.asyncDispose]() {
      explainer.kill("SIGKILL");
      await explainer.status;
      Deno.removeSync(base, { recursive: true });
    },
  };
}

function isThere(path: string): boolean {
  try {
    return Boolean(Deno.lstatSync(path));
  } catch {
    return false;
  }
}
