/**
 * Explains and writes many launches in one process, as `nido explain` and `nido bwrap` would each. Who asks is a
 * process that stands where the launch will be: its words, directory and descriptors are those of it.
 *
 *     deno run -A explainer.ts FOLDER
 *
 * FOLDER has the FIFOs "asked", with a PID in each line, and "told", which gets the name of a folder with the program
 * and its steps, or nothing where the words launch nothing; and "environ", the environment of the next launch.
 */
import { bwrap } from "../../cli/bwrap.ts";
import { BWRAP_WORDS } from "../../cli/bwrap_words.ts";
import { planFor } from "../../cli/launching.ts";
import { OUTSIDE } from "../../cli/outside.ts";
import { UsageError } from "../../cli/getopt.ts";
import { imageOf } from "../../engine/image.ts";
import { runSteps } from "../../engine/print.ts";
import { AT_FDCWD, O_ACCMODE, O_CLOEXEC, O_RDONLY } from "../../ffi/abi/fcntl.ts";
import { check, cString, syscall } from "../../ffi/syscall.ts";
import { SpecError } from "../../launch/errors.ts";
import { dryRunHere, programOf } from "../../launch/run/dry_run.ts";
import { readRestore } from "../../launch/run/facts.ts";

/** Descriptors that lines give. */
const DESCRIPTORS = [0, 3, 4, 5, 6, 8, 9];

const [folder = ""] = Deno.args;
let count = 0;

/** Strings that end with NUL. */
const strings = (path: string): string[] => Deno.readTextFileSync(path).split("\0").slice(0, -1);

/** Replaces the environment, in this order. */
function takeEnvironment(variables: readonly string[]): void {
  for (const name of Object.keys(Deno.env.toObject())) Deno.env.delete(name);
  for (const variable of variables) {
    const end = variable.indexOf("=");
    Deno.env.set(variable.slice(0, end), variable.slice(end + 1));
  }
}

/** Takes a descriptor of another process: nothing if it has none, or what comes through it is not known before. */
function takeDescriptor(pid: number, fd: number): void {
  // It waits for an answer on its standard input meanwhile.
  const theirs = fd === 0 ? 7 : fd;
  const path = `/proc/${pid}/fd/${theirs}`;
  let isFifo: boolean | null;
  let info: string;
  try {
    isFifo = Deno.statSync(path).isFifo;
    info = Deno.readTextFileSync(`/proc/${pid}/fdinfo/${theirs}`);
  } catch {
    return;
  }
  if (isFifo) return;
  const access = Number.parseInt(/^flags:\s+(\d+)$/m.exec(info)![1]!, 8) & O_ACCMODE;
  const opened = check(
    syscall("openat", AT_FDCWD, cString(path), access | O_CLOEXEC, 0),
    "openat",
    path,
  );
  if (opened === fd) return;
  // As it is for who inherits it.
  check(syscall("dup3", opened, fd, 0), "dup3", `${opened}, ${fd}`);
  syscall("close", opened);
}

/** Gives up descriptors of others: whoever reads them is to see their end. */
function leaveDescriptors(): void {
  const nothing = syscall("openat", AT_FDCWD, cString("/dev/null"), O_RDONLY | O_CLOEXEC, 0);
  for (const fd of DESCRIPTORS) syscall("dup3", nothing, fd, 0);
  if (!DESCRIPTORS.includes(nothing)) syscall("close", nothing);
}

/** Explains and writes the launch of a process. @returns The folder's name; nothing if it launches nothing. */
function explain(pid: number): string {
  const [, , ...words] = strings(`/proc/${pid}/cmdline`);
  takeEnvironment(strings(`${folder}/environ`));
  Deno.chdir(Deno.readLinkSync(`/proc/${pid}/cwd`));
  const [, umask = "22"] = /^Umask:\s+(\d+)$/m.exec(Deno.readTextFileSync(`/proc/${pid}/status`)) ??
    [];
  const own = Deno.umask(Number.parseInt(umask, 8));
  for (const fd of DESCRIPTORS) takeDescriptor(pid, fd);
  try {
    const spec = bwrap.parse(words, new Set(), OUTSIDE);
    if (typeof spec === "string") return "";
    const plan = planFor(spec, BWRAP_WORDS, { restore: readRestore() });
    const name = String(++count);
    Deno.mkdirSync(`${folder}/${name}`);
    const steps = runSteps(dryRunHere(programOf(plan), ["bwrap", ...words]));
    Deno.writeTextFileSync(`${folder}/${name}/steps`, JSON.stringify(steps));
    Deno.writeFileSync(`${folder}/${name}/bwrap`, imageOf(plan, Deno.build.arch), { mode: 0o755 });
    return name;
  } catch (error) {
    if (!(error instanceof UsageError || error instanceof SpecError)) throw error;
    Deno.writeTextFileSync(`${folder}/refused`, `${error.message}\n`, { append: true });
    return "";
  } finally {
    leaveDescriptors();
    Deno.umask(own);
    Deno.chdir("/");
  }
}

// Opened for both, so that neither open waits.
const options = { read: true, write: true };
using asked = Deno.openSync(`${folder}/asked`, options);
using told = Deno.openSync(`${folder}/told`, options);
const room = new Uint8Array(64);
for (;;) {
  const pid = new TextDecoder().decode(room.subarray(0, asked.readSync(room)!)).trim();
  let name = "";
  try {
    name = explain(Number(pid));
  } catch (error) {
    Deno.writeTextFileSync(`${folder}/errors`, `${(error as Error).stack}\n`, { append: true });
  }
  told.writeSync(new TextEncoder().encode(`${name}\n`));
}
