/** The environment of the program, and where it starts, as a spec has them. */
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

/** The environment, changed in order, and the directory of the caller. */
export interface ProgramSpec<Open = never> {
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
