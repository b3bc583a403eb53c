/** Runs images of plans: natively, or under qemu where the architecture is another one. */
import type { Arch } from "../../ffi/machine/machine.ts";
import { decode } from "../../ffi/bytes.ts";
import { elfOf } from "../../engine/elf.ts";
import { imageOf } from "../../engine/image.ts";
import type { Plan } from "../../engine/plan.ts";
import type { Program } from "../../engine/program.ts";
import { type Needs, requires } from "../requires.ts";
import type { Skip } from "../support/skip.ts";

/** Both architectures, this machine's first. */
export const ARCHS: readonly Arch[] = Deno.build.arch === "x86_64"
  ? ["x86_64", "aarch64"]
  : ["aarch64", "x86_64"];

/** How an image ended, and what it wrote. */
export interface Outcome {
  readonly code: number;
  readonly signal: string | null;
  readonly stdout: Uint8Array;
  readonly stderr: string;
}

/** What an image is given. */
export interface Given {
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

const emulator = (arch: Arch): string => `qemu-${arch}-static`;

/** Where it is: images are given other values of PATH. */
function emulatorPath(arch: Arch): string {
  const paths = (Deno.env.get("PATH") ?? "").split(":").map((dir) => `${dir}/${emulator(arch)}`);
  const isFile = (path: string): boolean => {
    try {
      return Deno.statSync(path).isFile;
    } catch {
      return false;
    }
  };
  return paths.find(isFile) ?? emulator(arch);
}

/** What a test of an architecture's images needs. */
export function runs(arch: Arch, needs: Needs = {}): Skip {
  const emulated = [...needs.programs ?? [], emulator(arch)];
  return requires(arch === Deno.build.arch ? needs : { ...needs, programs: emulated });
}

/** Runs a program and gathers what it writes. */
export async function run(program: string, given: Given = {}): Promise<Outcome> {
  const { code, signal, stdout, stderr } = await new Deno.Command(program, {
    args: [...given.args ?? []],
    clearEnv: true,
    env: given.env ?? {},
    ...(given.cwd === undefined ? {} : { cwd: given.cwd }),
    stdin: "null",
  }).output();
  return { code, signal, stdout, stderr: decode(stderr) };
}

/** Writes an image to a file that is gone afterwards. */
export async function withImage<T>(
  plan: Plan | Program,
  arch: Arch,
  use: (path: string) => Promise<T>,
): Promise<T> {
  const path = Deno.makeTempFileSync({ prefix: "nido-image-" });
  try {
    const image = "layout" in plan ? elfOf(plan.layout, plan.machine) : imageOf(plan, arch);
    Deno.writeFileSync(path, image);
    Deno.chmodSync(path, 0o700);
    return await use(path);
  } finally {
    Deno.removeSync(path);
  }
}

/** Runs an image that is a file. */
export function runImage(path: string, arch: Arch, given: Given = {}): Promise<Outcome> {
  if (arch === Deno.build.arch) return run(path, given);
  return run(emulatorPath(arch), { ...given, args: [path, ...given.args ?? []] });
}

/** Runs the image of a plan, or of one that is laid out. */
export function runPlan(plan: Plan | Program, arch: Arch, given: Given = {}): Promise<Outcome> {
  return withImage(plan, arch, (path) => runImage(path, arch, given));
}
