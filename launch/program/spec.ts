/** The program, its environment, and where it starts, as a spec has them. */
import type { Bytes } from "../../ffi/bytes.ts";
import type { Parameter } from "../parameter.ts";

/** A change of the environment. */
export type EnvironmentEdit<Open = never> =
  | {
    /** The variable that is set. */
    readonly set: string;
    /** Its value. */
    readonly value: string | Open;
  }
  | {
    /** The variable that is unset. */
    readonly unset: string;
  }
  | {
    /** Unset all. */
    readonly clear: true;
  };

/** The program, what it gets as arguments and environment, and where it starts. */
export interface ProgramSpec<Open = never> {
  /** The program: a path, or a name to be searched in PATH. Default: the caller's shell, as a login shell. */
  readonly program?: Bytes | Open;
  /** What the program gets as arguments, argv[0] included, but for that of the default shell. */
  readonly argv: readonly (Bytes | Open)[] | Open;
  /** Whether a name without a slash is searched in PATH, and a script without #! is the shell's. Default: yes. */
  readonly search?: boolean;
  /** Start the program with an empty environment. */
  readonly clearEnv?: boolean | Open;
  /** Clear the environment but for these variables. */
  readonly whitelistEnv?: readonly Bytes[] | Open;
  /** Variables that the program gets beside, or instead of, those that it would have anyway. */
  readonly env?: Readonly<Record<string, string | Open>> | Open;
  /** Changes of the environment, one after the other. The program is searched in the PATH that it gets. */
  readonly environment?: readonly EnvironmentEdit<Open>[] | Open;
  /**
   * Start in the caller's working directory, by that path in the program's root, or else in $HOME, or in `/`;
   * `wd` goes before. PWD is where it starts.
   */
  readonly keepWd?: boolean | Open;
}

/** What an edit is as a C string: `NAME=value` sets, `NAME` unsets, nothing unsets all. */
export function editText<Open extends Parameter>(edit: EnvironmentEdit<Open>): string {
  if ("clear" in edit) return "";
  return "unset" in edit ? edit.unset : `${edit.set}=${edit.value}`;
}
