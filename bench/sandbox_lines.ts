/** Command lines of sandboxes, in the words of bwrap(1): those that programs really start. */
import { find } from "./contender.ts";

/** A sandbox around a program. */
export interface Sandbox {
  readonly name: string;
  /**
   * The options.
   *
   * @param folder Where it is to have its files.
   * @param n Another number each time: what differs from one launch to the next.
   */
  readonly words: (folder: string, n: number) => readonly string[];
}

/** As many variables as sandbox-runtime sets, which has other ports and secrets in them each time. */
const VARIABLES = 26;

/** All namespaces, and the machine's files read-only. */
export const PLAIN: Sandbox = {
  name: "all namespaces, / read-only",
  words: () => ["--unshare-all", ..."--ro-bind / / --proc /proc --dev /dev".split(" ")],
};

let knowsArgv0: boolean | undefined;

/** bwrap has it since 0.9, and codex looks for it in the same way. Looked for once: words are made while it is timed. */
function hasArgv0(): boolean {
  if (knowsArgv0 !== undefined) return knowsArgv0;
  const path = find("bwrap");
  if (!path) return knowsArgv0 = true;
  const { stdout } = new Deno.Command(path, { args: ["--help"] }).outputSync();
  return knowsArgv0 = new TextDecoder().decode(stdout).includes("--argv0");
}

/** What can be written to, files in it that cannot, and what is hidden. */
const CODEX: Sandbox = {
  name: "as codex asks for it",
  words: (folder) => [
    ..."--new-session --die-with-parent --as-pid-1 --ro-bind / / --dev /dev".split(" "),
    ...["--bind", `${folder}/work`, `${folder}/work`],
    ...["--ro-bind", `${folder}/work/git`, `${folder}/work/git`],
    ...["--ro-bind", "/dev/null", `${folder}/work/env`],
    ...["--perms", "555", "--tmpfs", `${folder}/hidden`, "--remount-ro", `${folder}/hidden`],
    ..."--unshare-user --unshare-pid --unshare-net --proc /proc".split(" "),
    ...hasArgv0() ? ["--argv0", "codex-linux-sandbox"] : [],
  ],
};

/** Variables, and files hidden behind /dev/null. */
const SANDBOX_RUNTIME: Sandbox = {
  name: "as sandbox-runtime asks for it",
  words: (folder, n) => [
    ..."--new-session --die-with-parent --unshare-net".split(" "),
    ...Array.from({ length: VARIABLES }, (_, i) => ["--setenv", `PROXY_${i}`, `${i}:${n}`]).flat(),
    ..."--ro-bind / /".split(" "),
    ...["--bind", `${folder}/work`, `${folder}/work`],
    ...["env", "mask"].flatMap((name) => ["--ro-bind", "/dev/null", `${folder}/work/${name}`]),
    ..."--dev /dev --unshare-pid --unshare-user --cap-drop ALL --proc /proc".split(" "),
  ],
};

export const SANDBOXES: readonly Sandbox[] = [PLAIN, CODEX, SANDBOX_RUNTIME];

/** The files that they name. */
export function makeFiles(folder: string): void {
  for (const name of ["work/git", "hidden"]) {
    Deno.mkdirSync(`${folder}/${name}`, { recursive: true });
  }
  for (const name of ["env", "mask"]) Deno.writeTextFileSync(`${folder}/work/${name}`, "");
}

/** A root with so many binds; with none the same without them. */
export function manyBinds(count: number): Sandbox {
  return {
    name: `${count} binds`,
    words: (folder) => [
      ..."--unshare-user --unshare-pid --ro-bind / / --tmpfs /tmp".split(" "),
      ...Array.from({ length: count }, (_, i) => ["--ro-bind", `${folder}/work/env`, `/tmp/${i}`])
        .flat(),
    ],
  };
}
