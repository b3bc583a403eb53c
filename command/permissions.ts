/** Permissions of Deno. */
import { type Bytes, display, wellFormed } from "../ffi/bytes.ts";
import type { LaunchSpec } from "../launch/spec.ts";

/** The messages for missing flags. */
const ADVICE = {
  ffi: "Command needs --allow-ffi: add that flag (it makes system calls)",
  run:
    "Command needs --allow-run: add that flag, without a list of programs (what Deno starts is the " +
    "launcher, by the path of a descriptor)",
} as const;

/** Runs `use`. @throws {Deno.errors.NotCapable} that names the missing flag. */
export function withPermissions<T>(use: () => T): T {
  try {
    return use();
  } catch (error) {
    const kind = error instanceof Deno.errors.NotCapable &&
      error.message.match(/^Requires (ffi|run)/)?.[1] as keyof typeof ADVICE | undefined;
    if (!kind) throw error;
    throw new Deno.errors.NotCapable(ADVICE[kind], { cause: error });
  }
}

function isDenied(program: Bytes, cwd: Bytes | undefined): boolean {
  const path = wellFormed(program);
  const isRelative = path.includes("/") && !path.startsWith("/");
  const command = isRelative && cwd !== undefined ? `${wellFormed(cwd)}/${path}` : path;
  return Deno.permissions.querySync({ name: "run", command }).state === "denied";
}

/**
 * Asks for the permission to start launchers, once: Deno itself would ask each time, for the path of
 * another descriptor.
 *
 * @throws {Deno.errors.NotCapable} if the program is one of `--deny-run`.
 */
export function askToRun({ program, cwd }: LaunchSpec): void {
  const { state, partial } = Deno.permissions.requestSync({ name: "run" });
  // Where nothing is denied, this is not.
  if (state !== "granted" || !partial || program === undefined) return;
  if (!isDenied(program, cwd)) return;
  throw new Deno.errors.NotCapable(`Command may not run ${display(program)}: --deny-run names it`);
}
