/**
 * What steps need of whoever starts the program. Either it is known when the plan is made
 * (known.ts), or the plan finds it out when it runs (../find/caller.ts): the steps that need it are
 * the same.
 */
import type { Bytes } from "../../ffi/bytes.ts";
import type { Part } from "../../engine/failure.ts";
import type { Listener } from "../caller.ts";
import type { Problem } from "../errors.ts";
import type { IdRange } from "../id_map.ts";
import type { Span } from "../../engine/text.ts";
import type { Value, Variable } from "../../engine/value.ts";
import type { Operand, Sequence, Slot } from "../plan.ts";

/** How the shell is called where its path cannot be shown. */
export const SHELL = "the shell";

/** The map of users or of groups. */
export interface OriginMap {
  /** One id, written from inside the namespace. */
  readonly single?: {
    /** Where its text is. */
    text(s: Sequence): Span;
    readonly note: string;
  };
  /** Ranges, written from outside: by root itself, or by newuidmap(1) and newgidmap(1). */
  readonly ranges?: {
    text(s: Sequence): Span;
    /** The arguments of the tool, which is to map them for this process. */
    argv(s: Sequence, pid: Value): Value;
    /** The ranges, if they are known. */
    readonly known?: readonly IdRange[];
  };
}

export interface Origin {
  /** What is known of the caller when the plan is made. */
  readonly caller: Partial<Listener>;
  /** Whether that is all that the plan needs: its PATH too, if it has one. */
  readonly isKnown: boolean;
  /** The program, as messages show it. */
  readonly program: string;
  /** The program in the message that it was not executed. */
  readonly said: Part;
  readonly problems: readonly Problem[];
  readonly users: OriginMap;
  readonly groups: OriginMap;
  /** The effective user id; only where there are maps of users, or ranges. Comes behind `begin`. */
  euid(): number | Variable;
  /** The variables that a filtered environment keeps; undefined if it is not filtered, or not known. */
  readonly kept?: readonly Bytes[];
  /** Finds out what is not known, before anything is changed. */
  begin(s: Sequence): void;
  /** Leaves the address of the environment, filtered if it is to be, in slot `environ`. */
  environment(s: Sequence): void;
  /** The program, a name or a path. Comes behind the environment, as what follows. */
  path(s: Sequence): Uint8Array | Slot;
  /** The arguments of the program. */
  argv(s: Sequence): Operand;
  /** The arguments of a shell that runs the program as script: its path is in slot `path`. */
  scriptArgv(s: Sequence): Operand;
}
