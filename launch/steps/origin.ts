/** What the program is started with: what of it only the launch shows, it finds out then. */
import { display, encode } from "../../ffi/bytes.ts";
import type { Account } from "../find/account.ts";
import { joinArguments, scriptArguments } from "../find/arguments.ts";
import { filterEnvironment } from "../find/environment.ts";
import { findShell, FOUND_SHELL } from "../find/shell.ts";
import type { Part } from "../../engine/failure.ts";
import { type Operand, type Sequence, type Slot, slot, vector } from "../plan.ts";
import type { LaunchSpec } from "../spec.ts";
import type { Starter } from "../starter.ts";
import { inheritedEnvironment } from "./environment.ts";
import { SHELL } from "./shell_name.ts";

export interface Origin {
  /** The program, as messages show it. */
  readonly program: string;
  /** The program in the message that it was not executed. */
  readonly said: Part;
  /** Leaves the address of the environment, filtered if it is to be, in slot `environ`. */
  environment(s: Sequence): void;
  /** The program, a name or a path. Comes behind the environment, as what follows. */
  path(s: Sequence): Uint8Array | Slot;
  /** The arguments of the program. */
  argv(s: Sequence): Operand;
  /** The arguments of a shell that runs the program as script: its path is in slot `path`. */
  scriptArgv(s: Sequence): Operand;
}

/** @param account Of who starts the launch, once it is found. */
export function originOf(
  spec: LaunchSpec,
  { givesArguments }: Starter,
  account: () => Account,
): Origin {
  const { program } = spec;
  const words = spec.argv.map(encode);
  const argv = program === undefined ? [slot("shell name"), ...words] : words;
  return {
    program: program === undefined ? SHELL : display(program),
    said: program === undefined ? FOUND_SHELL : { path: program },
    environment(s) {
      inheritedEnvironment(s);
      if (spec.clearEnv || spec.whitelistEnv) filterEnvironment(s, spec.whitelistEnv ?? []);
    },
    path(s) {
      if (program !== undefined) return encode(program);
      findShell(s, account());
      return slot("shell");
    },
    argv(s) {
      const joined = givesArguments ? joinArguments(s, argv) : vector(argv, "arguments");
      if (program === undefined) s.put(joined, 0, slot("shell name"));
      return joined;
    },
    scriptArgv(s) {
      if (givesArguments) return scriptArguments(s);
      const script = vector(["/bin/sh", slot("path"), ...words.slice(1)], "script arguments");
      s.put(script, 8, slot("path"));
      return script;
    },
  };
}
