/** Launches with a root of their own, as root and as an ordinary user, with and without system calls. */
import { assertEquals } from "@std/assert";
import type { Syscall } from "../../../ffi/abi/syscall.ts";
import { imageOf } from "../../../engine/image.ts";
import { compileFor } from "../../../launch/compile.ts";
import type { RootOperation } from "../../../launch/root/spec.ts";
import { type Refused, withFilter } from "../../support/filter.ts";
import { AS_USER, type Outcome, run, type RunOptions } from "../../support/nido.ts";
import { type Asked, specOf } from "../specs.ts";

/** Who starts a launch: root's tests do both. */
export type Who = "root" | "user";
export const EVERYBODY: readonly Who[] = Deno.uid() === 0 ? ["root", "user"] : ["user"];

/** What a shell needs. */
export const SHELL: readonly RootOperation[] = ["usr", "bin", "sbin", "lib", "lib32", "lib64"]
  .flatMap((name): RootOperation[] => {
    const destination = `/${name}`;
    try {
      if (Deno.lstatSync(destination).isSymlink) {
        return [{ kind: "symlink", target: Deno.readLinkSync(destination), destination }];
      }
      return [{ kind: "ro-bind", source: destination, destination }];
    } catch {
      return [];
    }
  });

/** How a launch is started. */
export interface Started extends RunOptions {
  /** Default: root, or who runs the tests. */
  readonly who?: Who;
  /** Calls that are refused, each by a filter. */
  readonly refused?: readonly Refused[];
  /** What else is asked for. */
  readonly asked?: Asked;
  /** Words in front of the launcher's path: a shell, for instance. */
  readonly through?: readonly string[];
  /** Leave out what a shell needs. */
  readonly bare?: boolean;
}

/** An ordinary user is root inside. */
export const mapsOf = (who: Who): Asked => who === "user" ? { mapUser: 0, mapGroup: 0 } : {};

/** Gives a body what runs a script in a root that these operations make, as often as it likes. */
export async function withRoot<T>(
  operations: readonly RootOperation[],
  script: string,
  options: Started,
  body: (start: () => Promise<Outcome>) => Promise<T>,
): Promise<T> {
  const { who = EVERYBODY[0]!, refused = [], asked = {}, through = [], bare } = options;
  const plan = compileFor(
    specOf({
      program: "/bin/sh",
      argv: ["sh", "-c", script],
      ...mapsOf(who),
      newRoot: [...bare ? [] : SHELL, ...operations],
      ...asked,
    }),
    {},
  );
  const path = Deno.makeTempFileSync({ prefix: "nido-image-" });
  const behind = (launcher: string, left: readonly Refused[]): Promise<T> => {
    const [filter, ...others] = left;
    if (filter) return withFilter(filter, [launcher], (path) => behind(path, others));
    const words = [...who === "user" ? AS_USER : [], ...through, launcher];
    return body(() => run(words, options));
  };
  try {
    Deno.writeFileSync(path, imageOf(plan, Deno.build.arch));
    Deno.chmodSync(path, 0o755);
    return await behind(path, refused);
  } finally {
    Deno.removeSync(path);
  }
}

/** Runs a script in such a root. */
export function inRoot(
  operations: readonly RootOperation[],
  script: string,
  options: Started = {},
): Promise<Outcome> {
  return withRoot(operations, script, options, (start) => start());
}

/** What a script prints in such a root. */
export async function seenIn(
  operations: readonly RootOperation[],
  script: string,
  options: Started = {},
): Promise<string> {
  const { code, stdout, stderr } = await inRoot(operations, script, options);
  assertEquals({ code, stderr }, { code: 0, stderr: "" }, `${stdout}${options.who}`);
  return stdout;
}

/** Writes files, given by their paths below a folder; a path that ends in a slash is a folder. */
export function fill(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    const path = `${folder}/${name}`;
    Deno.mkdirSync(path.slice(0, path.lastIndexOf("/")), { recursive: true });
    if (!name.endsWith("/")) Deno.writeTextFileSync(path, text);
  }
}

/** The calls that older kernels lack and filters refuse, each way. */
export const NEW_CALLS: readonly Syscall[] = [
  "open_tree",
  "move_mount",
  "mount_setattr",
  "openat2",
];
