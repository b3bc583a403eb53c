/** The program of a command line, and the shell that is run if there is none. */
import { effectiveUser, readAccounts, variable } from "../launch/run/facts.ts";
import { decode } from "../ffi/bytes.ts";
import type { LaunchSpec } from "../launch/spec.ts";

/** $SHELL as the program will have it, the caller's shell in /etc/passwd, or /bin/sh. */
function shell({ clearEnv, whitelistEnv, join }: Environment): string {
  const cleared = clearEnv || whitelistEnv;
  const named = cleared && !whitelistEnv?.includes("SHELL")
    ? undefined
    : variable("SHELL", join?.env ? join.target : undefined);
  if (named?.length) return decode(named);
  const uid = effectiveUser();
  return readAccounts().find((account) => account.uid === uid)?.shell || "/bin/sh";
}

type Environment = Pick<LaunchSpec, "clearEnv" | "whitelistEnv" | "join">;

/** The program that the operands name; without any, the caller's shell as a login shell. */
export function programOf(
  operands: readonly string[],
  environment: Environment,
): Pick<LaunchSpec, "program" | "argv" | "search"> {
  const [program] = operands;
  if (program !== undefined) return { program, argv: operands };
  const path = shell(environment);
  return { program: path, argv: [`-${path.slice(path.lastIndexOf("/") + 1)}`], search: false };
}

const SHELL_NAME = /^-?(ba|da|a|z|k|mk|fi|tc|c)?sh$/;

/** Whether a person will type into it: a shell with no script and no command. */
export function isInteractiveShell({ argv }: LaunchSpec): boolean {
  const [name = "", ...words] = argv.map((word) => typeof word === "string" ? word : decode(word));
  const isShell = SHELL_NAME.test(name.slice(name.lastIndexOf("/") + 1));
  return isShell && words.every((word) => /^(-[il]+|--login|--norc|--noprofile)$/.test(word));
}
